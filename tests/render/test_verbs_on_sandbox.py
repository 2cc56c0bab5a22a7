"""Each verb of administrators and developers with exactly the rights that `render` gives them, on the sandbox."""

import json

import pytest

from kaccess.sandbox.server import running_sandbox
from tests.e2e.company import POLICY
from tests.e2e.planes import API, API_AND_CONFIG_MAP, CONFIG_MAP
from tests.e2e.test_identity_sources import sourced
from tests.render.hiring import ROBOT, Admins, Developers

pytestmark = pytest.mark.thorough

ANA = "arn:aws:iam::111122223333:user/ana"
GRANTS = (("payments-developers", "reader", "staging"), ("data-engineers", "viewer", "production"))
IN_ROWS = POLICY.replace('account: "111122223333"}', 'account: "111122223333", backend: aws-auth}')


@pytest.fixture
def admins(request, tmp_path):
    with running_sandbox(tmp_path / "sandbox", authentication_mode=request.param) as sandbox:
        company = Admins(sandbox, tmp_path)
        company.policy(*GRANTS)
        if request.param == CONFIG_MAP:
            come_in_by_a_row(company)
        company.hire()
        yield company


def come_in_by_a_row(company):
    """There are no access entries in this mode, so hiring is done without one."""
    client = company.client
    company.client = lambda service: NoEntries() if service == "eks" else client(service)
    rows = company.aws_auth()["mapUsers"]
    company.write_aws_auth(mapUsers=f"{rows}- {{userarn: '{ROBOT}', username: robot, groups: [kaccess-admins]}}\n")


class NoEntries:
    def create_access_entry(self, **_):
        """Nothing: a row lets the robot in."""


def does(company, *words, code=0):
    done = company.kaccess("robot", *words)
    assert done.code == code, done.said
    assert "not allowed to call" not in done.said
    return done


@pytest.mark.parametrize("admins", [API, API_AND_CONFIG_MAP, CONFIG_MAP], indirect=True)
def test_an_administrator_grants_revokes_and_offboards(admins):
    does(admins, "apply", "--yes")
    does(admins, "grant", "data-engineers", "--role", "reader", "-n", "staging", "--for", "1h", "--yes")
    does(admins, "plan", "--check")
    does(admins, "revoke", "data-engineers", "--role", "reader", "--yes")
    does(admins, "offboard", "ana", "--yes")
    assert admins.who("ana") is None
    (receipt,) = admins.folder.glob("offboard-ana-*.json")
    left = json.loads(receipt.read_text())["data"]["left"]
    assert not [each for each in left if "could not be read" in each["advice"]]
    does(admins, "plan", "--check")
    does(admins, "audit")


@pytest.mark.parametrize("admins", [API_AND_CONFIG_MAP], indirect=True)
def test_an_administrator_moves_to_access_entries_and_restores_aws_auth(admins):
    admins.policy(*GRANTS, head=IN_ROWS)
    does(admins, "apply", "--yes")
    assert ANA in admins.aws_auth()["mapUsers"]
    admins.policy(*GRANTS)
    does(admins, "migrate", "--yes")
    assert ANA in admins.entries()
    assert ANA not in admins.aws_auth()["mapUsers"]
    does(admins, "aws-auth", "restore", "--yes")
    assert ANA in admins.aws_auth()["mapUsers"]


@pytest.mark.parametrize("source", ["payments-developers: {}", "payments-developers: {assume: true}"])
def test_a_developer_finds_out_what_they_may_do(tmp_path, source):
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        company = Developers(sandbox, tmp_path)
        company.policy(*GRANTS, head=sourced(source))
        company.hire()
        company.client("eks").delete_access_entry(clusterName="cardo-eks", principalArn=ROBOT)
        company.client("iam").add_user_to_group(GroupName="payments-developers", UserName="robot")
        company.client("iam").delete_group_policy(GroupName="payments-developers", PolicyName="access")
        company.apply()
        for words in (
            ("login",),
            ("whoami",),
            ("can-i", "list", "pods", "-n", "staging"),
            ("doctor",),
            ("logout",),
        ):
            does(company, *words)
        does(company, "can-i", "delete", "pods", "-n", "staging", code=1)
