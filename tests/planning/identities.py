"""States whose people come in by both backends: access entries, rows, both, stale ones, foreign ones, nodes."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from kaccess.model.names import kube_group
from kaccess.model.policy import Backend
from kaccess.model.state import AccessPolicy, Entry, State
from tests.planning.world import ARNS, GROUPS, NAMES, ROW_ARNS, name_of, states, tampered_states

NODES = Entry(
    "arn:aws:iam::111122223333:role/nodes",
    ("system:bootstrappers", "system:nodes"),
    owned=False,
    username="system:node:{{EC2PrivateDNSName}}",
    backend=Backend.AWS_AUTH,
)
FARGATE = Entry("arn:aws:iam::111122223333:role/fargate", (), owned=False, type="FARGATE_LINUX")
ADMIN = Entry("arn:aws:iam::111122223333:user/admin", ("system:masters",), owned=False, backend=Backend.AWS_AUTH)


@dataclass(frozen=True)
class Held:
    """What one person has in one backend."""

    groups: frozenset[str]
    foreign: frozenset[str] = frozenset()
    owned: bool = True
    stale: bool = False
    policies: tuple[AccessPolicy, ...] = ()
    node: str = ""

    def entry(self, name: str, backend: Backend) -> Entry | None:
        groups = {*map(kube_group, self.groups), *self.foreign}
        if backend is Backend.AWS_AUTH:
            groups |= {"system:nodes"} if self.node else set()
            owned = self.owned and not self.foreign and not self.node
            if not groups and owned:
                return None
            return Entry(ROW_ARNS[name], tuple(sorted(groups)), owned=owned, backend=backend)
        return Entry(
            ARNS[name],
            tuple(sorted(groups)),
            owned=self.owned and not self.node,
            stale=self.stale,
            access_policies=self.policies,
            type=self.node or "STANDARD",
        )


some_groups = st.frozensets(st.sampled_from(GROUPS))
ours_alone = st.builds(Held, some_groups)
ours_or_stale = st.builds(Held, some_groups, stale=st.booleans())
anything = st.builds(
    Held,
    some_groups,
    foreign=st.sampled_from([frozenset(), frozenset(), frozenset({"argocd"}), frozenset({"system:masters"})]),
    owned=st.booleans(),
    stale=st.booleans(),
    policies=st.sampled_from([(), (), (AccessPolicy("AmazonEKSViewPolicy"),)]),
    node=st.sampled_from(["", "", "", "EC2_LINUX"]),
)


def in_backend(state: State, backend: Backend) -> State:
    """The same state with every entry in one backend, as the policy would ask for it."""
    return State.of(
        replace(item, backend=backend, principal=(ROW_ARNS if backend is Backend.AWS_AUTH else ARNS)[name_of(item)])
        if isinstance(item, Entry)
        else item
        for item in state.items
    )


def with_people(state: State, entries, rows) -> State:
    """The same state with these people in it instead, and what is always there of others."""
    held = [found.entry(name, Backend.ACCESS_ENTRIES) for name, found in entries.items() if found]
    held += [found.entry(name, Backend.AWS_AUTH) for name, found in rows.items() if found]
    rest = [item for item in state.items if not isinstance(item, Entry)]
    return State.of([*rest, *(entry for entry in held if entry), NODES, FARGATE, ADMIN])


def people(held):
    return st.fixed_dictionaries({name: st.none() | held for name in NAMES})


backends = st.sampled_from([Backend.ACCESS_ENTRIES, Backend.AWS_AUTH])
desired_states = st.builds(in_backend, states, backends)
our_states = st.builds(with_people, states, entries=people(ours_or_stale), rows=people(ours_alone))
mixed_states = st.builds(with_people, tampered_states, entries=people(anything), rows=people(anything))
