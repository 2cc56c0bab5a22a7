"""Who gets which entry: every source, in both backends, without those who are offboarded."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.model.identity import Principal
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, without_role_path
from kaccess.policy.resolve import desired
from tests.policy.samples import CLUSTERS, HEAD, NOW, policy_of

ACCOUNT = "arn:aws:iam::111122223333"
ANA, BEN = f"{ACCOUNT}:user/ana", f"{ACCOUNT}:user/people/ben"
ONCALL = "arn:aws:iam::999999999999:role/ops/eu/oncall"
ADMINS = "AWSReservedSSO_Admins_0123456789abcdef"
SSO = f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-south-1/{ADMINS}"
GROUPS = f"""\
groups:
  oncall: {{iam_role: "{ONCALL}"}}
  admins: {{permission_set: Admins}}
  data: {{iam_group: data-engineers, assume: true}}
"""


def policy_with(*granted, more="", clusters=CLUSTERS):
    grants = "".join(f"  - {{group: '{group}', role: r, namespaces: [n]}}\n" for group in granted)
    roles = "roles: {r: {cluster_role: view}}\nnamespaces: {n: }\n"
    return policy_of(f"{HEAD}{clusters}{GROUPS}{roles}grants:\n{grants}{more}")


def leavers(*arns):
    lines = "".join(f"  - {{principal: '{arn}', at: 2026-11-24T12:00:00Z}}\n" for arn in arns)
    return f"offboarded:\n{lines}"


def entries(policy, members, backend=Backend.ACCESS_ENTRIES, cluster="cardo"):
    known = {group: tuple(map(Principal, arns)) for group, arns in members.items()}
    on = policy.clusters[cluster]
    state = desired(policy, on, backend=backend, namespaces={"n": {}}, members=known, now=NOW).state
    return {entry.principal: entry for entry in state.all(Entry)}


def groups_of(found):
    return {arn: entry.kube_groups for arn, entry in found.items()}


MEMBERS = {"pay": (ANA, BEN), "oncall": (ONCALL,), "admins": (SSO,), "data": ()}


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        (Backend.ACCESS_ENTRIES, [f"{ACCOUNT}:role/kaccess/kaccess-data", SSO, ANA, BEN, ONCALL]),
        (
            Backend.AWS_AUTH,
            [
                f"{ACCOUNT}:role/{ADMINS}",
                f"{ACCOUNT}:role/kaccess-data",
                ANA,
                BEN,
                "arn:aws:iam::999999999999:role/oncall",
            ],
        ),
    ],
)
def test_aws_auth_has_roles_without_their_path_and_users_with_it(backend, expected):
    found = entries(policy_with("pay", "oncall", "admins", "data"), MEMBERS, backend)
    assert sorted(found) == sorted(expected)
    assert {entry.backend for entry in found.values()} == {backend}
    kind = "row" if backend is Backend.AWS_AUTH else "entry"
    assert {entry.key.kind for entry in found.values()} == {kind}


def test_each_entry_says_which_source_it_is_from():
    found = entries(policy_with("pay", "oncall", "admins", "data"), MEMBERS)
    assert {arn: entry.origin for arn, entry in found.items()} == {
        ANA: "member of IAM group pay",
        BEN: "member of IAM group pay",
        ONCALL: f"IAM role {ONCALL}",
        SSO: f"permission set Admins by role {ADMINS}",
        f"{ACCOUNT}:role/kaccess/kaccess-data": "role of IAM group data-engineers",
    }


@pytest.mark.parametrize("backend", [Backend.ACCESS_ENTRIES, Backend.AWS_AUTH])
def test_a_person_in_ten_groups_has_one_entry_with_all_of_them(backend):
    groups = [f"g{number}" for number in range(10)]
    found = entries(policy_with(*groups), dict.fromkeys(groups, (BEN,)), backend)
    assert groups_of(found) == {BEN: tuple(f"kaccess:{group}" for group in groups)}
    assert found[BEN].origin.count("member of IAM group") == 10


@pytest.mark.parametrize("name", ["a+b=c,d.e@f-g_H", "x" * 64, "1e3"])
def test_names_with_every_sign_that_iam_allows(name):
    arn = f"{ACCOUNT}:user/{name}"
    policy = policy_with(name)
    assert groups_of(entries(policy, {name: (arn,)})) == {arn: (f"kaccess:{name}",)}


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-south-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_role_to_assume_is_in_the_account_and_partition_of_the_cluster(region, partition):
    clusters = f'clusters: {{cardo: {{name: c, region: {region}, account: "222222222222"}}}}\n'
    found = entries(policy_with("data", clusters=clusters), {"data": ()})
    assert list(found) == [f"arn:{partition}:iam::222222222222:role/kaccess/kaccess-data"]


def test_a_role_of_that_name_that_others_made_elsewhere_gets_no_entry():
    found = entries(policy_with("data"), {"data": (f"{ACCOUNT}:role/kaccess-data",)})
    assert list(found) == [f"{ACCOUNT}:role/kaccess/kaccess-data"]


def test_a_group_that_could_not_be_read_has_no_entry_whatever_its_source():
    assert entries(policy_with("pay", "oncall", "admins", "data"), {}) == {}


@pytest.mark.parametrize("backend", [Backend.ACCESS_ENTRIES, Backend.AWS_AUTH])
def test_one_principal_spelled_in_two_ways_has_one_entry(backend):
    upper = ANA.replace("user/ana", "user/Ana")
    found = entries(policy_with("pay", "ops"), {"pay": (ANA,), "ops": (upper, ANA)}, backend)
    assert groups_of(found) == {upper: ("kaccess:ops", "kaccess:pay")}


def test_a_role_named_and_the_role_of_a_permission_set_may_be_one():
    policy = policy_with("admins", "oncall")
    found = entries(policy, {"admins": (SSO,), "oncall": (SSO,)}, Backend.AWS_AUTH)
    assert groups_of(found) == {f"{ACCOUNT}:role/{ADMINS}": ("kaccess:admins", "kaccess:oncall")}


@pytest.mark.parametrize("backend", [Backend.ACCESS_ENTRIES, Backend.AWS_AUTH])
@pytest.mark.parametrize(
    ("leaver", "stays"),
    [
        (ANA, {BEN}),
        (ANA.replace("ana", "ANA"), {BEN}),
        (BEN, {ANA}),
        (BEN.replace("people/", ""), {ANA}),
        (ANA.replace("user/", "user/somewhere/else/"), {BEN}),
        (ANA.replace("user/", "role/"), {ANA, BEN}),
        (ANA.replace("111122223333", "999999999999"), {ANA, BEN}),
        (ANA.replace("ana", "anastasia"), {ANA, BEN}),
    ],
)
def test_the_offboarded_are_in_no_group_whatever_iam_says(backend, leaver, stays):
    policy = policy_with("pay", "ops", more=leavers(leaver))
    found = entries(policy, {"pay": (ANA, BEN), "ops": (BEN, ANA)}, backend)
    assert set(found) == stays


@pytest.mark.parametrize("leaver", [SSO, f"{ACCOUNT}:role/{ADMINS.lower()}"])
def test_an_offboarded_role_gets_nothing_by_its_permission_set(leaver):
    assert entries(policy_with("admins", more=leavers(leaver)), {"admins": (SSO,)}) == {}


def test_the_offboarded_are_out_from_the_moment_their_line_is_there():
    later = (NOW + timedelta(days=1)).isoformat()
    policy = policy_with("pay", more=f"offboarded: [{{principal: '{ANA}', at: '{later}'}}]\n")
    assert set(entries(policy, {"pay": (ANA, BEN)})) == {BEN}


ARNS = st.builds(
    "arn:aws:iam::{}:{}/{}{}".format,
    st.sampled_from(["111122223333", "999999999999"]),
    st.sampled_from(["user", "role"]),
    st.sampled_from(["", "a/", "b/c/"]),
    st.sampled_from(["ana", "Ana", "ben"]),
)


@given(
    members=st.dictionaries(st.sampled_from(["pay", "ops", "dev"]), st.lists(ARNS, max_size=4).map(tuple)),
    out=ARNS,
    backend=st.sampled_from([Backend.ACCESS_ENTRIES, Backend.AWS_AUTH]),
)
def test_each_principal_has_one_entry_with_just_the_groups_it_is_in(members, out, backend):
    found = entries(policy_with("pay", "ops", "dev", more=leavers(out)), members, backend)
    identities = [entry.identity for entry in found.values()]
    assert len(identities) == len(set(identities))
    wanted = {}
    for group, arns in members.items():
        for arn in arns:
            if name_of(arn) != name_of(out):
                wanted.setdefault(without_role_path(arn.lower()), set()).add(f"kaccess:{group}")
    assert {entry.identity: set(entry.kube_groups) for entry in found.values()} == wanted


def name_of(arn):
    account, resource = arn.lower().split(":")[4:]
    return account, resource.split("/")[0], resource.split("/")[-1]
