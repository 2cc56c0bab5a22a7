"""Each way in which the people of a group come to it: they get in, nobody else does, and what they leave is gone."""

import json

import pytest
from botocore.exceptions import ClientError

from kaccess.sandbox import world
from kaccess.sandbox.aws.iam import christen
from tests.e2e.company import POLICY
from tests.e2e.planes import API, CONFIG_MAP, in_modes, on_both_planes
from tests.e2e.sessions import assume, comes_in, hire, role_to_sign_in_to, signed_in

ODD = "a+b=c,d.e@f-g_h"
"""Every character that IAM has for names and Kubernetes has not."""

TEAM = "Team+=,.@-x"
READS_STAGING = ("payments-developers", "reader", "staging")
ROLE = "arn:aws:iam::111122223333:role/kaccess/kaccess-payments-developers"


def sourced(*groups):
    """The policy's head with these lines under `groups:`."""
    lines = "".join(f"  {line}\n" for line in groups)
    return POLICY.replace("\nnamespaces:\n", f"\ngroups:\n{lines}\nnamespaces:\n")


def pods(company, token, namespace):
    return company.status(f"/api/v1/namespaces/{namespace}/pods", token)


@on_both_planes
def test_members_come_in_whatever_their_names_and_paths_and_however_many_their_groups(company):
    iam = company.client("iam")
    teams = [TEAM, *(f"team-{number}" for number in range(9))]
    for team in teams:
        iam.create_group(GroupName=team)
    arn = hire(company, ODD, *teams, path="/contractors/2026/")
    iam.add_user_to_group(GroupName=TEAM, UserName="emil")
    company.policy(*((f'"{team}"', "reader", "staging") for team in teams))
    company.apply()
    comes_in(company, company.token(ODD), (arn, tuple(sorted(f"kaccess:{team}" for team in teams))))
    comes_in(
        company, company.token("emil"), (f"{world.ACCOUNT.arn('iam', 'user/contractors/emil')}", (f"kaccess:{TEAM}",))
    )
    assert [pods(company, company.token(ODD), where) for where in ("staging", "production")] == [200, 403]
    iam.remove_user_from_group(GroupName=TEAM, UserName="emil")
    iam.remove_user_from_group(GroupName=TEAM, UserName=ODD)
    company.apply()
    comes_in(company, company.token("emil"), None)
    comes_in(company, company.token(ODD), (arn, tuple(f"kaccess:{team}" for team in teams[1:])))


def test_a_group_of_2500_members_is_read_page_by_page(company):
    iam = company.sandbox.cloud.account.iam
    iam.create_group("crowd")
    for number in range(2500):
        iam.create_user("eu-south-1", f"person-{number:04}", "/")
        iam.add_user_to_group("crowd", f"person-{number:04}")
    pages = []
    company.sandbox.observers.aws = lambda request: pages.append(request.parameters.get("Action") == "GetGroup")
    company.policy(("crowd", "reader", "staging"))
    done = company.kaccess("admin", "plan", "-o", "json")
    company.sandbox.observers.aws = None
    (plan,) = json.loads(done.out)["data"]["plans"]
    entries = {change["name"] for change in plan["changes"] if change["kind"] == "entry"}
    assert entries == {f"arn:aws:iam::111122223333:user/person-{number:04}" for number in range(2500)}
    assert sum(pages) >= 3


@on_both_planes
def test_nobody_assumes_a_role_under_another_name(company):
    """Nor without a code where one is asked for, nor without being in the IAM group."""
    company.policy(READS_STAGING, head=sourced("payments-developers: {assume: true, mfa: true, session_duration: 2h}"))
    company.apply()
    for person in ("ana", "carla"):
        if company.sandbox.cloud.mfa.serial_of(person) is None:
            world.give_device(person)
    company.client("iam").put_user_policy(UserName="dario", PolicyName="x", PolicyDocument=world.policy(("sts:*",)))
    for person, session_name, with_code in (
        ("ana", "ben", True),
        ("ana", "ana", False),
        ("ben", "ben", False),
        ("carla", "carla", True),
        ("dario", "ana", False),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            assume(company, person, ROLE, session_name, with_code=with_code)
    token = assume(company, "ana", ROLE, "ana", with_code=True)
    ana = "arn:aws:sts::111122223333:assumed-role/kaccess-payments-developers/ana"
    comes_in(company, token, (ana, ("kaccess:payments-developers",)))
    assert [pods(company, token, where) for where in ("staging", "production")] == [200, 403]
    assert company.who("ana") is None
    assert company.kaccess("admin", "plan", "--check").code == 0
    assert company.kaccess("admin", "revoke", "payments-developers", "--yes").code == 0
    comes_in(company, token, None)
    iam = company.client("iam")
    assert iam.list_group_policies(GroupName="payments-developers")["PolicyNames"] == ["access"]
    assert iam.list_roles(PathPrefix="/kaccess/")["Roles"] == []
    assert ROLE not in company.entries()


@on_both_planes
def test_an_existing_role_lets_in_whoever_has_it_by_its_whole_path(company):
    arn = role_to_sign_in_to(company, "oncall", "/team/a/")
    company.policy(
        ("oncall", "reader", "staging"), head=sourced(f'oncall: {{iam_role: "{arn.replace("/a/", "/b/")}"}}')
    )
    wrong = company.kaccess("admin", "apply", "--yes")
    assert wrong.code == 1
    assert f"IAM has the role 'oncall' as {arn}" in wrong.err
    other = "arn:aws:iam::999900001111:role/elsewhere"
    head = sourced(f'oncall: {{iam_role: "{arn}"}}', f'partner: {{iam_role: "{other}"}}')
    company.policy(("oncall", "reader", "staging"), ("partner", "reader", "staging"), head=head)
    company.apply()
    assert company.entries()[other]["kubernetesGroups"] == ["kaccess:partner"]
    token = signed_in(company, "oncall", "night")
    name = "arn:aws:sts::111122223333:assumed-role/oncall/night"
    comes_in(company, token, (name, ("kaccess:oncall",)))
    assert [pods(company, token, where) for where in ("staging", "production")] == [200, 403]
    company.policy(("partner", "reader", "staging"), head=head)
    company.apply()
    comes_in(company, token, None)


def provisioned_anew(company):
    """What IAM Identity Center, and nobody else, does to the role of a permission set; returns the new role's name."""
    iam, old = company.sandbox.cloud.account.iam, world.SSO_ROLE
    trust = iam.get_role(old).assume_role_policy_document
    iam.delete_role_policy(old, "AwsSSOInlinePolicy")
    iam.delete_role(old)
    made = iam.create_role(f"{old[:-16]}0123456789abcdef", trust, world.SSO_PATH, None, "", [], None)
    christen(made, company.sandbox.cloud.now())
    return made.name


@in_modes(API, CONFIG_MAP)
def test_a_permission_set_stays_the_same_when_its_role_is_made_anew(company):
    head = sourced(f"platform: {{permission_set: {world.PERMISSION_SET}}}")
    company.policy(("platform", "reader", "staging"), head=head)
    company.apply()
    name = f"arn:aws:sts::111122223333:assumed-role/{world.SSO_ROLE}/sofia"
    comes_in(company, signed_in(company, world.SSO_ROLE, "sofia"), (name, ("kaccess:platform",)))
    anew = provisioned_anew(company)
    plan = company.kaccess("admin", "plan")
    assert f"permission set PlatformEngineer was provisioned anew: its role {world.SSO_ROLE} is {anew} now" in plan.out
    company.apply()
    token = signed_in(company, anew, "sofia")
    comes_in(company, token, (f"arn:aws:sts::111122223333:assumed-role/{anew}/sofia", ("kaccess:platform",)))
    assert company.kaccess("admin", "plan", "--check").code == 0
