"""A small world for planning tests: states drawn at random, plans carried out in memory, access read off a state."""

from dataclasses import replace

from hypothesis import strategies as st

from kaccess.model.names import binding_name, card_name, kube_group, kube_role_name
from kaccess.model.plan import Change, Plan
from kaccess.model.policy import Backend
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, Entry, KubeRole, Namespace, State

NAMES = ("ana", "ben", "ops")
ARNS = {name: f"arn:aws:iam::111122223333:user/{name}" for name in ("ana", "ben")}
ARNS["ops"] = "arn:aws:iam::111122223333:role/team/ops"
ROW_ARNS = {**ARNS, "ops": "arn:aws:iam::111122223333:role/ops"}
PRINCIPALS = tuple(ARNS.values())
GROUPS = ("a", "b", "c")
ROLES = ("r", "s")
NAMESPACES = ("dev", "prod")
VERBS = ("get", "list", "create")


def rules(verbs):
    return (Rule(verbs=tuple(sorted(verbs)), api_groups=("",), resources=("pods",)),)


def policy_state(members, grants, role_rules):
    """The state a policy would ask for: who is in which group, which (group, namespace, role) are granted."""
    groups = {group for group, _, _ in grants}
    items = [
        Entry(principal, tuple(sorted(kube_group(g) for g in joined & groups)), origin="member")
        for principal, joined in members.items()
        if joined & groups
    ]
    items += [Namespace(namespace, owned=True, origin="policy") for namespace in {ns for _, ns, _ in grants}]
    items += [
        KubeRole(ns, kube_role_name(role), rules(role_rules[role])) for ns, role in {(n, r) for _, n, r in grants}
    ]
    items += [
        Binding(ns, binding_name(g, r), RoleRef("Role", kube_role_name(r)), (Subject.group(kube_group(g)),))
        for g, ns, r in grants
    ]
    for group in groups:
        lines = tuple(sorted(CardLine(ns, r) for g, ns, r in grants if g == group))
        items.append(Card("kaccess-system", card_name(group), group, lines))
    return State.of(items)


states = st.builds(
    policy_state,
    members=st.fixed_dictionaries({principal: st.frozensets(st.sampled_from(GROUPS)) for principal in PRINCIPALS}),
    grants=st.frozensets(
        st.tuples(st.sampled_from(GROUPS), st.sampled_from(NAMESPACES), st.sampled_from(ROLES)), max_size=7
    ),
    role_rules=st.fixed_dictionaries({role: st.frozensets(st.sampled_from(VERBS), min_size=1) for role in ROLES}),
)


def applied(change: Change, state: State) -> State:
    """The state after one change."""
    items = dict(state.by_key)
    if change.before is not None:
        assert items.pop(change.key) == change.before, f"{change.key} is not as the plan says"
    else:
        assert change.key not in items, f"{change.key} exists already"
    if change.after is not None:
        items[change.key] = change.after
    return State.of(items.values())


def run(plan: Plan, state: State, failing: frozenset[int] = frozenset()):
    """Carry out a plan, yielding the state after each change; what needs a failed change is left out."""
    done: set[int] = set()
    for position, change in enumerate(plan.changes):
        if position in failing or not change.needs <= done:
            continue
        state = applied(change, state)
        done.add(position)
        yield state


def name_of(entry: Entry) -> str:
    """Who an entry is for, told without the help of the code under test."""
    return entry.principal.rsplit("/", 1)[-1].lower()


def ways(state: State):
    """Who is in by which groups: by the access entry, unless it is stale, else by the row."""
    rows = {name_of(e): e for e in state.all(Entry) if e.backend is Backend.AWS_AUTH}
    live = {name_of(e): e for e in state.all(Entry) if e.backend is not Backend.AWS_AUTH and not e.stale}
    return {name: set(entry.kube_groups) for name, entry in {**rows, **live}.items()}


def access_by_group(state: State):
    """The set of (principal's name, Kubernetes group, namespace, verb) a state allows."""
    role_rules = {(role.namespace, role.name): role.rules for role in state.all(KubeRole)}
    return {
        (name, group, binding.namespace, verb)
        for name, groups in ways(state).items()
        for binding in state.all(Binding)
        for group in binding.kube_groups & groups
        for rule in role_rules.get((binding.namespace, binding.role_ref.name), ())
        for verb in rule.verbs
    }


def access(state: State):
    """The set of (principal, namespace, verb) a state allows."""
    return {(principal, namespace, verb) for principal, _, namespace, verb in access_by_group(state)}


def with_foreign(state: State, groups: frozenset[str]):
    """The same state with foreign groups on every entry, and one entry that is wholly someone else's."""
    items = [
        replace(item, kube_groups=tuple(sorted({*item.kube_groups, *groups}))) if isinstance(item, Entry) else item
        for item in state.items
    ]
    return State.of([*items, Entry("arn:aws:iam::111122223333:role/argocd", ("argocd",), owned=False)])


def tampered_with(state: State, gone: frozenset[str], other_role: bool, other_group: str | None) -> State:
    """A state somebody edited by hand: kinds of items deleted, bindings moved to another role or opened to a group."""
    items = []
    for number, item in enumerate(sorted(state.items, key=lambda item: item.key)):
        if item.key.kind in gone and number % 2:
            continue
        if isinstance(item, Binding) and other_role and number % 3 == 0:
            item = replace(item, role_ref=RoleRef("Role", kube_role_name(ROLES[number % 2])))  # noqa: PLW2901
        if isinstance(item, Binding) and other_group and number % 3 == 1:
            item = replace(item, subjects=(*item.subjects, Subject.group(kube_group(other_group))))  # noqa: PLW2901
        items.append(item)
    return State.of(items)


tampered_states = st.builds(
    tampered_with,
    states,
    gone=st.frozensets(st.sampled_from(["role", "binding", "entry", "namespace", "card"])),
    other_role=st.booleans(),
    other_group=st.none() | st.sampled_from(GROUPS),
)
