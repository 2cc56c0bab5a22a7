"""From a policy to what it wants of one cluster."""

from datetime import timedelta

import pytest

from kaccess.model.identity import Principal
from kaccess.model.names import SYSTEM_NAMESPACE
from kaccess.model.plan import Skipped
from kaccess.model.policy import Backend
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, Entry, KubeRole, Namespace
from kaccess.policy.resolve import desired, groups_in_force
from tests.policy.samples import CLUSTERS, HEAD, NOW, SMALL, policy_of

ANA = "arn:aws:iam::111122223333:user/ana"
CARLA = "arn:aws:iam::111122223333:user/people/carla"
TWO_CLUSTERS = CLUSTERS + '  other: {name: other-eks, region: eu-south-1, account: "111122223333"}\n'
READ_PODS = Rule(("get", "list"), ("",), ("pods",))


def resolved(policy, namespaces, members=(), now=NOW, cluster="cardo"):
    labels = namespaces if isinstance(namespaces, dict) else {name: {} for name in namespaces}
    known = {group: tuple(map(Principal, arns)) for group, arns in dict(members).items()}
    on = policy.clusters[cluster]
    return desired(policy, on, backend=Backend.ACCESS_ENTRIES, namespaces=labels, members=known, now=now)


def grants(*lines, clusters=CLUSTERS):
    text = "\n".join(f"  - {line}" for line in lines)
    return policy_of(
        f"{HEAD}{clusters}namespaces: {{dev: {{create: true, labels: {{env: dev}}}}, stage: {{}}}}\n"
        "roles:\n  viewer: {cluster_role: view}\n"
        "  reader: {rules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]}\n"
        f"grants:\n{text}\n"
    )


def test_a_small_policy_item_by_item():
    policy = policy_of(SMALL)
    members = {"payments": (ANA,), "data": (ANA, CARLA)}
    state = resolved(policy, ["staging", "production"], members).state
    assert state.all(Entry) == [
        Entry(ANA, ("kaccess:data", "kaccess:payments")),
        Entry(CARLA, ("kaccess:data",)),
    ]
    assert state.all(Namespace) == [Namespace("development", (("env", "development"),)), Namespace(SYSTEM_NAMESPACE)]
    assert [item for item in state.all(KubeRole) if item.namespace != SYSTEM_NAMESPACE] == [
        KubeRole("development", "kaccess:developer", (READ_PODS,))
    ]
    view, payments, data = (
        RoleRef("ClusterRole", "view"),
        Subject.group("kaccess:payments"),
        Subject.group("kaccess:data"),
    )
    assert [item for item in state.all(Binding) if item.namespace != SYSTEM_NAMESPACE] == [
        Binding("development", "kaccess:data:viewer:view", view, (data,)),
        Binding("development", "kaccess:payments:developer", RoleRef("Role", "kaccess:developer"), (payments,)),
        Binding("production", "kaccess:payments:viewer:view", view, (payments,)),
        Binding("staging", "kaccess:payments:viewer:view", view, (payments,)),
    ]


def test_the_directory_is_readable_by_its_group_alone():
    state = resolved(policy_of(SMALL), ["staging", "production"]).state
    name = "directory-data"
    line = CardLine("development", "viewer", "", "get configmaps")
    assert Card(SYSTEM_NAMESPACE, name, "data", (line,)) in state.items
    rule = Rule(("get",), ("",), ("configmaps",), (name,))
    assert KubeRole(SYSTEM_NAMESPACE, name, (rule,)) in state.items
    assert Binding(SYSTEM_NAMESPACE, name, RoleRef("Role", name), (Subject.group("kaccess:data"),)) in state.items
    payments = next(card for card in state.all(Card) if card.group == "payments")
    assert [(line.namespace, line.role, line.probe) for line in payments.lines] == [
        ("development", "developer", "get pods"),
        ("production", "viewer", "get configmaps"),
        ("staging", "viewer", "get configmaps"),
    ]


def test_everything_says_where_it_comes_from():
    state = resolved(policy_of(SMALL), ["staging", "production"], {"payments": (ANA,), "data": (ANA,)}).state
    origins = {str(item.key): item.origin for item in state.items}
    assert origins == {
        f"entry {ANA}": "member of IAM group data, member of IAM group payments",
        "namespace development": "p.yaml:6:3",
        "namespace kaccess-system": "the directory",
        "role development/kaccess:developer": "p.yaml:11:3",
        "binding development/kaccess:payments:developer": "p.yaml:15:5",
        "binding development/kaccess:data:viewer:view": "p.yaml:17:5",
        "binding staging/kaccess:payments:viewer:view": "p.yaml:16:5",
        "binding production/kaccess:payments:viewer:view": "p.yaml:16:5",
        **{f"{kind} kaccess-system/directory-data": "p.yaml:17:5" for kind in ("card", "role", "binding")},
        **{
            f"{kind} kaccess-system/directory-payments": "p.yaml:15:5, p.yaml:16:5"
            for kind in ("card", "role", "binding")
        },
    }


def test_a_policy_without_grants_wants_its_namespaces_and_nothing_else():
    policy = policy_of(SMALL[: SMALL.index("grants:")])
    assert resolved(policy, []).state.items == {Namespace("development", (("env", "development"),))}


def test_a_group_whose_members_could_not_be_read_has_bindings_and_no_entry():
    state = resolved(policy_of(SMALL), ["staging", "production"], {"payments": (ANA,)}).state
    assert [entry.kube_groups for entry in state.all(Entry)] == [("kaccess:payments",)]
    assert "development/kaccess:data:viewer:view" in {f"{item.namespace}/{item.name}" for item in state.all(Binding)}


def test_members_of_a_group_without_grants_get_no_entry():
    policy = grants("{group: g, role: viewer, namespaces: [dev], until: 2026-11-24T12:00:00Z}")
    assert resolved(policy, [], {"g": (ANA,), "h": (CARLA,)}).state.all(Entry) == []


@pytest.mark.parametrize(("seconds", "wanted"), [(-1, True), (0, False), (1, False)])
def test_a_grant_ends_with_the_moment_of_its_until(seconds, wanted):
    policy = grants("{group: g, role: viewer, namespaces: [dev], until: 2026-11-24T13:00:00+01:00}")
    state = resolved(policy, [], now=NOW + timedelta(seconds=seconds)).state
    assert bool(state.all(Binding)) is wanted
    assert (Namespace(SYSTEM_NAMESPACE) in state.items) is wanted


@pytest.mark.parametrize(
    ("untils", "expected"),
    [
        (["2026-12-01T18:00:00Z", "2026-12-02T00:00:00+12:00"], "2026-12-01T18:00:00Z"),
        (["2026-12-01T18:00:00Z", "2026-12-01T18:00:00-01:00"], "2026-12-01T19:00:00Z"),
        (["2026-12-01T18:00:00.5Z"], "2026-12-01T18:00:00Z"),
        (["2026-12-01T18:00:00Z", ""], ""),
        (["", "2026-12-01T18:00:00Z"], ""),
    ],
)
def test_of_two_grants_of_the_same_the_later_end_is_on_the_card(untils, expected):
    ends = [f", until: '{until}'" if until else "" for until in untils]
    policy = grants(*(f"{{group: g, role: viewer, namespaces: [dev]{end}}}" for end in ends))
    state = resolved(policy, []).state
    assert [line.until for line in state.all(Card)[0].lines] == [expected]
    assert len(state.all(Binding)) == 2


def test_a_namespace_that_is_missing_is_skipped_and_the_rest_is_wanted():
    policy = grants(
        "{group: g, role: reader, namespaces: [dev, stage]}", "{group: h, role: viewer, namespaces: [stage]}"
    )
    result = resolved(policy, [])
    reason = "does not exist and is not declared with create: true; granted at p.yaml:10:5, p.yaml:11:5"
    assert result.skipped == (Skipped("namespace stage", reason, missing=True, groups=("g", "h")),)
    assert {item.namespace for item in result.state.all(Binding)} == {"dev", SYSTEM_NAMESPACE}
    assert resolved(policy, ["stage"]).skipped == ()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("{match: 'pay-*'}", {"pay-a", "pay-b"}),
        ("{match: 'd?v'}", {"dev"}),
        ("{match: '*'}", {"dev", "pay-a", "pay-b", "ops"}),
        ("{match: 'k*-system'}", set()),
        ("{selector: {env: dev}}", {"dev", "ops"}),
        ("{selector: {env: dev, team: ops}}", {"ops"}),
        ("{selector: {env: prod}}", set()),
    ],
)
def test_patterns_and_labels_choose_among_what_is_there_and_what_will_be(choice, expected):
    policy = grants(f"{{group: g, role: viewer, namespaces: {choice}}}")
    there = {
        "kube-system": {"env": "dev"},
        SYSTEM_NAMESPACE: {"env": "dev"},
        "pay-a": {},
        "pay-b": {},
        "ops": {"env": "dev", "team": "ops"},
    }
    result = resolved(policy, there)
    assert {item.namespace for item in result.state.all(Binding)} - {SYSTEM_NAMESPACE} == expected
    assert [skipped.missing for skipped in result.skipped] == ([] if expected else [False])


def test_a_pattern_that_chooses_nothing_says_so():
    policy = grants(
        "{group: g, role: viewer, namespaces: {match: 'x-*'}}",
        "{group: g, role: viewer, namespaces: {selector: {a: b, c: d}}}",
    )
    assert list(map(str, resolved(policy, []).skipped)) == [
        "grant p.yaml:10:5: no namespace has a name that matches x-*",
        "grant p.yaml:11:5: no namespace has the labels a=b, c=d",
    ]


def test_a_grant_of_one_cluster_is_not_wanted_of_another():
    policy = grants(
        "{group: g, role: viewer, namespaces: [dev], clusters: [other]}",
        "{group: h, role: viewer, namespaces: [dev]}",
        clusters=TWO_CLUSTERS,
    )
    for alias, names in (("cardo", ["h"]), ("other", ["g", "h"])):
        assert [group.name for group in groups_in_force(policy, policy.clusters[alias], NOW)] == names
        assert [card.group for card in resolved(policy, [], cluster=alias).state.all(Card)] == names


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("{rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]}", "create pods/exec"),
        ("{rules: [{apiGroups: [apps], resources: [deployments/scale], verbs: ['*']}]}", "get deployments.apps/scale"),
        ("{rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}", "get pods"),
        ("{rules: [{apiGroups: [apps], resources: ['*'], verbs: [list]}]}", "list *.apps"),
        ("{rules: [{apiGroups: [''], resources: [pods], verbs: [get], resourceNames: [a]}]}", ""),
        ("{cluster_role: made-by-someone}", ""),
    ],
)
def test_the_card_names_a_request_that_proves_the_role(role, expected):
    policy = policy_of(
        f"{HEAD}{CLUSTERS}namespaces: {{dev: {{create: true}}}}\nroles: {{r: {role}}}\n"
        "grants: [{group: g, role: r, namespaces: [dev]}]\n"
    )
    assert resolved(policy, []).state.all(Card)[0].lines == (CardLine("dev", "r", "", expected),)
