"""Who comes in, by which chain, and what they reach."""

from dataclasses import replace

import pytest

from kaccess.audit.access import effective_access, spoken_of
from kaccess.audit.given import Sources
from kaccess.audit.inventory import Inventory
from kaccess.audit.questions import allowed, answer, explain
from kaccess.audit.snapshot import AccountSnapshot, Assuming, ClusterSnapshot, IamGroup, IamUser, TrustedRole
from kaccess.model.access import Level, Step, StepKind
from kaccess.model.policy import Backend
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import AccessPolicy, AwsAuth, Binding, Entry, Key, KubeRole
from kaccess.rbac.request import Request
from kaccess.report.audit_spoken import highest_levels

from .worlds import ACCOUNT, OLD, TRUST, arn

ANA, ROLE = arn("ana"), arn("ops/kaccess-ops", "role")
PODS = (Rule(("get", "list"), ("",), ("pods",)),)
GET_PODS = Request("get", "pods", namespace="dev")
READER = KubeRole("dev", "reader", PODS)


def binding(subject, ref=RoleRef("Role", "reader"), namespace="dev", name="b"):  # noqa: B008
    return Binding(namespace, name, ref, (subject,))


def access(entries, *bindings, account=None, sources=None, mode="API", **more):
    cluster = ClusterSnapshot(
        "c", "c", ACCOUNT, "r", mode, tuple(entries), rbac=Inventory((READER,), (), tuple(bindings)), **more
    )
    return {each.principal: each for each in effective_access(cluster, account, sources or Sources())}


def chains(one):
    return [" > ".join(f"{step.kind.value} {step.name}" for step in arrival.steps) for arrival, _ in spoken_of(one)]


def test_a_chain_goes_from_the_group_to_the_rules_with_the_places():
    sources = Sources(
        {Key("binding", "dev", "b"): "p.yaml:9:5"}, {"kaccess:team": Step(StepKind.IAM_GROUP, "team", "p.yaml:3:3")}
    )
    account = AccountSnapshot(ACCOUNT, (IamUser(ANA, OLD, ("team",)),), (IamGroup("team"),))
    found = access(
        [Entry(ANA, ("kaccess:team",))], binding(Subject.group("kaccess:team")), account=account, sources=sources
    )
    (way,) = explain(found[ANA], GET_PODS)
    assert [str(step) for step in way.steps] == [
        "IAM group team (p.yaml:3:3)",
        f"access entry {ANA}",
        "Kubernetes group kaccess:team",
        "binding RoleBinding dev/b (p.yaml:9:5)",
        "role Role dev/reader",
    ]
    assert (way.rules, way.level, way.origin) == (PODS, Level.VIEW, "p.yaml:9:5")


def test_who_left_the_iam_group_comes_in_by_the_entry_alone():
    sources = Sources({}, {"kaccess:team": Step(StepKind.IAM_GROUP, "team")})
    account = AccountSnapshot(ACCOUNT, (IamUser(ANA, OLD),), (IamGroup("team"),))
    found = access(
        [Entry(ANA, ("kaccess:team",))], binding(Subject.group("kaccess:team")), account=account, sources=sources
    )
    assert chains(found[ANA]) == [f"access entry {ANA} > Kubernetes group kaccess:team"]


def test_groups_user_names_and_everybody_count():
    found = access(
        [Entry(ANA, ("ops",), username="ana")],
        binding(Subject.group("ops"), name="1"),
        binding(Subject("User", "ana"), name="2"),
        binding(Subject.group("system:authenticated"), name="3"),
    )
    assert [chain.rpartition(" > ")[2] for chain in chains(found[ANA])] == [
        "Kubernetes group ops",
        "Kubernetes group system:authenticated",
        "Kubernetes user ana",
    ]


def test_without_a_user_name_an_access_entry_has_the_default_one_and_a_row_none():
    row = Entry(arn("ben"), (), backend=Backend.AWS_AUTH)
    bound = (binding(Subject("User", ANA), name="1"), binding(Subject("User", arn("ben")), name="2"))
    found = access([Entry(ANA, ())], *bound, mode="API_AND_CONFIG_MAP", aws_auth=AwsAuth((row,)))
    assert allowed(found[ANA], GET_PODS) is True
    assert allowed(found[arn("ben")], GET_PODS) is False


def test_a_template_of_a_user_name_can_become_any_that_fits():
    entry = Entry(ROLE, (), username="ops:{{SessionName}}")
    found = access([entry], binding(Subject("User", "ops:eva"), name="1"), binding(Subject("User", "other"), name="2"))
    assert [chain.rpartition(" > ")[2] for chain in chains(found[ROLE])] == ["Kubernetes user ops:eva"]
    assert "User other" in found
    assert "User ops:eva" not in found


def test_access_policies_reach_their_scope_and_unknown_ones_are_not_none():
    policies = (AccessPolicy("AmazonEKSViewPolicy", ("dev", "qa-*")), AccessPolicy("Novel", ("prod",)))
    found = access([Entry(ANA, (), access_policies=policies)])[ANA]
    assert highest_levels(found) == {"dev": Level.VIEW, "prod": Level.UNKNOWN, "qa-*": Level.VIEW}
    for namespace, wanted in (("dev", True), ("qa-1", True), ("qa", False), ("prod", None), ("", False)):
        assert allowed(found, Request("get", "pods", namespace=namespace)) is wanted
    assert found.unknown == ("AWS does not document what Novel allows",)
    assert [each.may_be for each in answer([found], Request("get", "pods", namespace="prod"))] == [True]


def test_system_masters_may_do_everything_without_a_binding():
    found = access([Entry(ANA, ("system:masters",))])[ANA]
    assert highest_levels(found) == {"": Level.ADMIN}
    assert allowed(found, Request("delete", "nodes")) is True
    assert allowed(found, Request("get", path="/metrics")) is True


def test_an_access_entry_hides_a_row_and_a_stale_one_lets_nobody_in():
    row = Entry(ANA, ("ops",), backend=Backend.AWS_AUTH)
    bound = binding(Subject.group("ops"))
    hidden = access([Entry(ANA, ())], bound, mode="API_AND_CONFIG_MAP", aws_auth=AwsAuth((row,)))
    assert allowed(hidden[ANA], GET_PODS) is False
    stale = access([Entry(ANA, (), stale=True)], bound, mode="API_AND_CONFIG_MAP", aws_auth=AwsAuth((row,)))
    assert allowed(stale[ANA], GET_PODS) is True
    assert chains(stale[ANA]) == [f"aws-auth row {ANA} > Kubernetes group ops"]


def test_whole_accounts_come_in_under_their_arns():
    bound = (binding(Subject("User", arn("eva")), name="1"), binding(Subject("User", "eva"), name="2"))
    found = access([], *bound, mode="CONFIG_MAP", aws_auth=AwsAuth(accounts=(ACCOUNT,)))
    assert chains(found[arn("eva")]) == [f"aws-auth account {ACCOUNT} > Kubernetes user {arn('eva')}"]
    assert "User eva" in found


def test_subjects_that_no_entry_leads_to_are_listed():
    bot = Subject("ServiceAccount", "bot", "ci")
    found = access([], binding(Subject.group("ghosts"), name="1"), binding(bot, name="2"))
    assert {"Group ghosts", "ServiceAccount ci/bot"} <= found.keys()


def test_a_service_account_is_in_the_groups_of_service_accounts():
    found = access(
        [],
        binding(Subject("ServiceAccount", "bot", "ci"), name="1", ref=RoleRef("Role", "gone")),
        binding(Subject.group("system:serviceaccounts:ci"), name="2"),
    )
    assert allowed(found["ServiceAccount ci/bot"], GET_PODS) is True


def test_a_binding_to_a_role_that_does_not_exist_gives_nothing_and_is_listed():
    found = access([Entry(ANA, ("g",))], binding(Subject.group("g"), RoleRef("ClusterRole", "gone")))[ANA]
    (way,) = explain(found)
    assert (way.level, way.rules, way.steps[-1].name) == (Level.NONE, (), "ClusterRole gone, which does not exist")


class Assumable:
    """The role of a group, whom its account lets assume it, and what a test changes about that."""

    def __init__(self, trust=TRUST, **more):
        self.role = TrustedRole(ROLE, OLD, trust)
        self.users = {name: IamUser(arn(name), OLD, **each) for name, each in more.items()}
        self.groups = (IamGroup("ops", Assuming((ROLE,))), IamGroup("barred", Assuming((), ("*",))))
        self.others = ()

    def who(self):
        account = AccountSnapshot(ACCOUNT, tuple(self.users.values()), self.groups, (self.role, *self.others))
        found = access([Entry(ROLE, ("g",))], binding(Subject.group("g")), account=account)
        return {name: chains(found[each.arn]) for name, each in self.users.items() if each.arn in found}, found[
            ROLE
        ].unknown


def trust(principal, effect="Allow", condition=None):
    extra = f',"Condition":{condition}' if condition else ""
    return f'{{"Action":"sts:AssumeRole","Effect":"{effect}","Principal":{principal}{extra}}}'


def document(*statements):
    return f'{{"Statement":[{",".join(statements)}]}}'


def test_who_may_assume_a_role_comes_in_by_it():
    people = Assumable(
        ana={"iam_groups": ("ops",)},
        ben={"assuming": Assuming(("arn:aws:iam::*:role/ops/*",))},
        eva={},
        max={"iam_groups": ("ops", "barred")},
    )
    found, unknown = people.who()
    rest = f"IAM role {ROLE} > access entry {ROLE} > Kubernetes group g"
    assert found == {"ana": [f"IAM group ops > {rest}"], "ben": [rest]}
    assert unknown == ()


@pytest.mark.parametrize(
    ("statements", "who"),
    [
        ([trust(f'{{"AWS":"{arn("eva")}"}}')], {"eva"}),
        ([trust(f'{{"AWS":"{ACCOUNT}"}}')], {"ana"}),
        ([trust('"*"')], {"ana"}),
        ([trust('{"Service":"ec2.amazonaws.com"}')], set()),
        ([trust(f'{{"AWS":"{ACCOUNT}"}}'), trust('"*"', "Deny", '{"StringEquals":{"aws:username":["ana"]}}')], set()),
        ([trust(f'{{"AWS":"{ACCOUNT}"}}'), trust('"*"', "Deny", '{"Bool":{"aws:x":"true"}}')], {"ana"}),
    ],
)
def test_a_trust_policy_says_who(statements, who):
    people = Assumable(document(*statements), ana={"iam_groups": ("ops",)}, eva={})
    assert people.who()[0].keys() == who


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ('"*"', "anybody, of any AWS account"),
        ('{"Service":"ec2.amazonaws.com"}', "the AWS service ec2.amazonaws.com"),
        ('{"Federated":"arn:aws:iam::1:saml-provider/x"}', "people of arn:aws:iam::1:saml-provider/x"),
        ('{"AWS":"444455556666"}', "444455556666"),
    ],
)
def test_whom_kaccess_cannot_see_is_unknown_and_not_absent(principal, words):
    (reason,) = Assumable(document(trust(principal))).who()[1]
    assert words in reason


@pytest.mark.parametrize(
    ("statement", "is_open"),
    [
        (trust(f'{{"AWS":"{ACCOUNT}"}}'), True),
        (trust(f'{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}', condition='{"Bool":{"aws:x":"true"}}'), True),
        (trust('{"AWS":"444455556666"}'), False),
        (
            trust(f'{{"AWS":"{ACCOUNT}"}}', condition='{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}'),
            False,
        ),
    ],
)
def test_roles_from_which_it_can_be_assumed_are_not_absent(statement, is_open):
    people = Assumable(document(statement))
    able, other = arn("ci", "role"), arn("x", "role")
    people.others = (TrustedRole(able, OLD, TRUST, Assuming(("*",))), TrustedRole(other, OLD, TRUST))
    reasons = people.who()[1]
    assert any(able in reason for reason in reasons) is is_open
    assert not any(other in reason for reason in reasons)


def test_a_role_whose_trust_is_not_known_says_so():
    found = access([Entry(arn("x", "role"), ("g",))], binding(Subject.group("g")))
    (reason,) = found[arn("x", "role")].unknown
    assert "not known" in reason


def test_who_can_asks_each_binding_once_for_all_who_share_it():
    entries = [Entry(arn(f"u{number}"), ("g",)) for number in range(50)]
    found = access(entries, binding(Subject.group("g")))
    assert len(answer(found.values(), GET_PODS)) == 50
    assert answer(found.values(), replace(GET_PODS, namespace="prod")) == ()
