"""The guards, each met by somebody who tries to get around it; a flag lets the plan through where there is one.

The caller's own way in and the removal of a large part by access entries are in test_security_claims.py.
"""

import json

import pytest

from kaccess.sandbox import world
from kaccess.sandbox.aws.errors import AwsError
from tests.e2e.company import POLICY
from tests.e2e.planes import API, API_AND_CONFIG_MAP, CONFIG_MAP, SANDBOX, in_modes, on, on_both_planes
from tests.e2e.sessions import hire
from tests.e2e.test_identity_sources import sourced

EVERY_FLAG = (
    "--yes",
    "--keep-going",
    "--allow-self-removal",
    "--allow-last-admin-removal",
    "--allow-shadowing",
    "--allow-mass-removal",
)
DARIO = "arn:aws:iam::111122223333:user/dario"
EMIL = "arn:aws:iam::111122223333:user/contractors/emil"
NODE = "arn:aws:iam::111122223333:role/cardo-nodes"
READS = ("platform-admins", "reader", "production")


def refused(company, flag, *words, person="admin"):
    """Hold the command to be refused for want of this flag, whatever other flags there are, and to change nothing."""
    before = written(company)
    done = company.kaccess(person, *words, *(each for each in EVERY_FLAG if each != flag))
    assert done.code == 4, done.said
    assert flag in done.err
    assert done.out == ""
    assert written(company) == before


def written(company):
    """All that a command could have written."""
    return entries_if_any(company), company.objects(), company.policy_file.read_text()


def entries_if_any(company):
    return {} if company.sandbox.cloud.mode("cardo-eks") == CONFIG_MAP else company.entries()


def in_mode(*modes):
    return pytest.mark.parametrize("company", [on(SANDBOX, mode=mode) for mode in modes], indirect=True)


def with_administrator(company, *rows):
    """Dario, who is allowed everything in AWS, comes in by these groups of a row of his own."""
    company.client("iam").add_user_to_group(GroupName="platform-admins", UserName="dario")
    groups = f"- {{userarn: '{DARIO}', username: '{DARIO}', groups: {list(rows)}}}\n"
    company.write_aws_auth(mapUsers=world.AWS_AUTH["mapUsers"] + groups)


@in_mode(CONFIG_MAP)
def test_nobody_removes_their_own_row_by_any_command(company):
    """Dario is an administrator by a binding that somebody made for a group of kaccess's, and has a row of its own."""
    iam, api = company.client("iam"), "rbac.authorization.k8s.io"
    iam.add_user_to_group(GroupName="platform-admins", UserName="dario")
    subject = {"apiGroup": api, "kind": "Group", "name": "kaccess:platform-admins"}
    role = {"apiGroup": api, "kind": "ClusterRole", "name": "cluster-admin"}
    body = {"metadata": {"name": "x"}, "roleRef": role, "subjects": [subject]}
    assert company.ask(f"/apis/{api}/v1/clusterrolebindings", body)[0] == 201
    company.policy(READS)
    company.apply()
    iam.attach_user_policy(UserName="dario", PolicyArn=everything(iam))
    for words in (
        ("revoke", "platform-admins"),
        ("offboard", "dario"),
        ("offboard", DARIO.replace("user/", "user/x/")),
    ):
        refused(company, "--allow-self-removal", *words, person="dario")
    iam.remove_user_from_group(GroupName="platform-admins", UserName="dario")
    refused(company, "--allow-self-removal", "apply", person="dario")
    assert company.kaccess("dario", "apply", "--yes", "--allow-self-removal").code == 0
    assert company.who("dario") is None


def everything(iam):
    return iam.create_policy(PolicyName="everything", PolicyDocument=world.policy(("*",)))["Policy"]["Arn"]


@in_modes(API_AND_CONFIG_MAP)
def test_the_last_administrator_stays_even_if_only_hidden(company):
    """An entry for the last one would hide the row that makes him one, so the flag for hiding is not enough."""
    with_administrator(company, "system:masters")
    company.policy(READS)
    company.client("eks").delete_access_entry(clusterName="cardo-eks", principalArn=company_arn("admin"))
    done = company.kaccess("dario", "apply", *(flag for flag in EVERY_FLAG if flag != "--allow-last-admin-removal"))
    assert done.code == 4
    assert "--allow-last-admin-removal" in done.err
    assert company.who("dario") == (DARIO, ("system:masters",))
    assert company.kaccess("dario", "apply", *EVERY_FLAG).code == 0
    expected = (DARIO, ("kaccess:platform-admins",))
    assert company.until(lambda: company.who("dario"), lambda found: found == expected) == expected


def company_arn(person):
    return world.ACCOUNT.arn("iam", f"user/{person}")


@in_modes(API, API_AND_CONFIG_MAP, CONFIG_MAP)
def test_what_lets_nodes_in_is_never_touched_whatever_the_flags(company):
    nodes = sourced(f'nodes: {{iam_role: "{NODE}"}}')
    company.policy(("nodes", "reader", "staging"), ("data-engineers", "reader", "staging"), head=nodes)
    before = entries_if_any(company)
    done = company.kaccess("admin", "apply", *EVERY_FLAG)
    assert done.code == 1
    assert f"{NODE}: " in done.err
    assert "never changes" in done.err
    assert entries_if_any(company).get(NODE) == before.get(NODE)
    if company.sandbox.cloud.mode("cardo-eks") != API:
        assert company.aws_auth()["mapRoles"] == world.AWS_AUTH["mapRoles"]
    assert company.who("carla")[1] == ("kaccess:data-engineers",)


@in_mode(API_AND_CONFIG_MAP)
def test_a_node_row_without_an_entry_is_not_hidden_by_one(company):
    company.client("eks").delete_access_entry(clusterName="cardo-eks", principalArn=NODE)
    company.policy(("nodes", "reader", "staging"), head=sourced(f'nodes: {{iam_role: "{NODE}"}}'))
    done = company.kaccess("admin", "apply", *EVERY_FLAG)
    assert done.code == 1
    assert "lets nodes in, and an access entry would hide it" in done.err
    assert NODE not in company.entries()


@in_modes(API_AND_CONFIG_MAP)
def test_an_entry_hides_no_row_that_gives_more(company):
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="emil")
    company.policy()
    for words in (
        ("grant", "data-engineers", "--role", "reader", "-n", "staging"),
        ("grant", "data-engineers", "--role", "reader", "-n", "staging", "--for", "1h"),
    ):
        refused(company, "--allow-shadowing", *words)
    company.policy(("data-engineers", "reader", "staging"))
    refused(company, "--allow-shadowing", "apply")
    assert company.kaccess("admin", "migrate", "--yes").code == 0
    assert EMIL not in company.entries()
    assert company.kaccess("admin", "apply", "--yes", "--allow-shadowing").code == 0
    expected = (EMIL, ("kaccess:data-engineers",))
    assert company.until(lambda: company.who("emil"), lambda found: found == expected) == expected


@in_mode(API, CONFIG_MAP)
def test_an_iam_group_that_empties_is_a_large_part_at_once_in_either_backend(company):
    iam = company.client("iam")
    iam.create_group(GroupName="crowd")
    for number in range(12):
        hire(company, f"person-{number}", "crowd")
    company.policy(("crowd", "reader", "staging"))
    company.apply()
    for number in range(12):
        iam.remove_user_from_group(GroupName="crowd", UserName=f"person-{number}")
    for words in (("apply",), ("grant", "crowd", "--role", "viewer", "-n", "staging")):
        done = company.kaccess("admin", *words, *(flag for flag in EVERY_FLAG if flag != "--allow-mass-removal"))
        assert done.code == 4
        assert "--allow-mass-removal" in done.err
    once = company.kaccess("admin", "reconcile", "--once")
    assert once.code == 4
    assert company.who("person-11")
    company.apply()
    assert company.who("person-11") is None


FAILING = {
    "iam:GetGroup": lambda request: request.parameters.get("Action") == "GetGroup",
    "eks:ListAccessEntries": lambda request: request.path.endswith("/access-entries"),
    "eks:DescribeAccessEntry": lambda request: "/access-entries/" in request.path,
    "eks:DescribeCluster": lambda request: request.path == "/clusters/cardo-eks",
}


@on_both_planes
@pytest.mark.parametrize("call", FAILING)
def test_a_call_that_fails_takes_nothing_from_anybody(company, call):
    company.policy(("payments-developers", "reader", "staging"))
    company.apply()
    before = company.entries()
    company.policy(("payments-developers", "reader", "staging"), ("payments-developers", "reader", "production"))
    company.sandbox.observers.aws = denying(FAILING[call])
    done = company.kaccess("admin", "apply", *EVERY_FLAG)
    company.sandbox.observers.aws = None
    assert done.code == 1
    assert call in done.err
    assert company.entries() == before


def denying(is_meant):
    def refuse(request):
        if is_meant(request):
            raise AwsError("AccessDeniedException", "no", 403)

    return refuse


FOREIGN_NAMES = ("system:masters", "eks:k8s-metrics", "SYSTEM:masters", "s\\u0443stem-masters", "payments\\u200b")
FIELDS = {
    "grant": '  - {{group: "{}", role: reader, namespaces: [staging]}}\n',
    "group": '  []\ngroups:\n  "{}": {{}}\n',
    "iam_group": '  []\ngroups:\n  g: {{iam_group: "{}"}}\n',
    "permission_set": '  []\ngroups:\n  g: {{permission_set: "{}"}}\n',
    "iam_role": '  []\ngroups:\n  g: {{iam_role: "arn:aws:iam::999900001111:role/{}"}}\n',
    "cluster_role": "  []\n",
    "role": '  - {{group: g, role: "{}", namespaces: [staging]}}\n',
    "namespaces": '  - {{group: g, role: reader, namespaces: ["{}"]}}\n',
    "match": '  - {{group: g, role: reader, namespaces: {{match: "{}"}}}}\n',
    "selector": '  - {{group: g, role: reader, namespaces: {{selector: {{"{}": x}}}}}}\n',
    "clusters": '  - {{group: g, role: reader, namespaces: [staging], clusters: ["{}"]}}\n',
}


def test_no_field_of_a_policy_takes_a_group_of_others_or_a_look_alike(company):
    said = {}
    for field, text in FIELDS.items():
        for name in FOREIGN_NAMES:
            head = POLICY
            if field == "cluster_role":
                head = POLICY.replace("cluster_role: view", f'cluster_role: "{name}"')
            company.policy_file.write_text(head + text.format(name))
            said[field, name] = company.kaccess("admin", "validate").code
    assert set(said.values()) <= {1, 4}, said


TWINS = {
    "names that differ in case alone": ("Payments", "payments"),
    "names with other letters that look alike": ("payments", "p\u0430yments"),
}


@pytest.mark.parametrize("name", TWINS)
def test_two_groups_never_become_one(company, name):
    before = company.objects(), company.entries()
    company.policy(*((f'"{group}"', "reader", "staging") for group in TWINS[name]))
    done = company.kaccess("admin", "apply", *EVERY_FLAG)
    assert done.code == 1
    assert "kaccess.yaml:" in done.err
    assert (company.objects(), company.entries()) == before
    assert json.loads(company.kaccess("admin", "apply", "--yes", "-o", "json").out)["data"] is None
