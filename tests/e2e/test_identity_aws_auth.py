"""The backend aws-auth on both planes: rows let people in and out, and nothing of others changes by a byte."""

import pytest

from kaccess.sandbox import world
from tests.e2e.company import AWS_AUTH, POLICY
from tests.e2e.planes import API, CONFIG_MAP, OBSERVED, in_modes

GRANTS = (("payments-developers", "developer", "development"), ("data-engineers", "reader", "production"))
EMIL = ("emil", (world.ON_CALL_GROUP,))
FOREIGN = {
    "mapUsers": world.AWS_AUTH["mapUsers"]
    + "- {userarn: 'arn:aws:iam::999900001111:user/eve', username: eve, groups: [x], sso: true} # synced\n",
    "mapAccounts": "- '999900001111'\n",
    "x-synced-by": "somebody\n",
}
BACKUP = AWS_AUTH.replace("aws-auth", "kaccess-aws-auth-backup")


def written(company):
    """What of aws-auth is anybody's: its data, labels and annotations."""
    found = company.get(AWS_AUTH)
    return found["data"], found["metadata"].get("labels"), found["metadata"].get("annotations")


@in_modes(CONFIG_MAP)
def test_in_aws_auth_nothing_of_others_changes_by_a_byte(company):
    """A grant and a revocation are rows that come and go, and groups on a row of someone else."""
    company.write_aws_auth(**FOREIGN)
    iam = company.client("iam")
    iam.add_user_to_group(GroupName="data-engineers", UserName="emil")
    before = written(company)
    entries = []
    company.sandbox.observers.aws = lambda request: entries.append("/access-entries" in request.path)
    company.policy(*GRANTS)
    company.apply()
    rows = company.aws_auth()
    assert rows["mapRoles"] == world.AWS_AUTH["mapRoles"]
    assert [line for line in FOREIGN["mapUsers"].splitlines() if line not in rows["mapUsers"]] == [
        "  groups: [on-call]"
    ]
    emil = company.until(lambda: company.who("emil"), lambda found: found != EMIL)
    assert emil == ("emil", ("kaccess:data-engineers", world.ON_CALL_GROUP))
    company.until(lambda: company.who("ana"), bool)
    assert company.kaccess("ana", "login").code == 0
    assert company.kubectl("ana", "development", "get", "pods").code == 0
    assert "Forbidden" in company.kubectl("ana", "development", "-n", "production", "get", "pods").err
    assert company.kaccess("admin", "plan", "--check").code == 0
    for group in ("payments-developers", "data-engineers"):
        assert company.kaccess("admin", "revoke", group, "--yes", "--allow-mass-removal").code == 0
    company.sandbox.observers.aws = None
    assert written(company) == before
    assert not any(entries)
    assert "Unauthorized" in company.kubectl_until("Unauthorized", "ana", "development", "get", "pods").err
    assert company.until(lambda: company.who("emil"), lambda found: found == EMIL) == EMIL


@in_modes(CONFIG_MAP)
def test_restore_goes_back_to_what_was_there_and_once_more_undoes_it(company):
    company.write_aws_auth(**FOREIGN)
    before = company.aws_auth()
    company.policy(*GRANTS)
    company.apply()
    after = company.aws_auth()
    assert company.get(BACKUP)["data"] == before
    for expected, ana in ((before, False), (after, True)):
        done = company.kaccess("admin", "aws-auth", "restore", "--yes")
        assert done.code == 0, done.said
        assert company.aws_auth() == expected
        assert bool(company.until(lambda: company.who("ana"), lambda found, ana=ana: bool(found) == ana)) == ana


@in_modes(API, real=OBSERVED)
def test_where_it_is_dead_it_is_neither_read_nor_written(company):
    """Not even if it is nonsense, and not even if the policy asks for it."""
    body = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapUsers": "- ["}}
    assert company.ask(AWS_AUTH.rpartition("/")[0], body)[0] == 201
    asked = []
    company.sandbox.observers.kube = lambda request: asked.append(request.path)
    company.policy(*GRANTS)
    company.apply()
    company.policy(*GRANTS, head=POLICY.replace('"111122223333"}', '"111122223333", backend: aws-auth}'))
    before = company.entries()
    refused = company.kaccess("admin", "apply", "--yes")
    company.sandbox.observers.kube = None
    assert refused.code == 1
    assert refused.err.startswith(
        "error: kaccess.yaml:5:3: cluster cardo has `backend: aws-auth`, at which it does not"
    )
    assert refused.err.count("\n") == 1
    assert company.entries() == before
    assert asked
    assert not [path for path in asked if "aws-auth" in path]
    assert company.aws_auth() == body["data"]


UNREADABLE = {
    "mapUsers": "- userarn: 'x'\n groups: [\n",
    "mapRoles": world.AWS_AUTH["mapRoles"] + "- <<: *nowhere\n",
}


@in_modes(CONFIG_MAP)
@pytest.mark.parametrize("section", UNREADABLE)
def test_what_cannot_be_read_is_refused_and_never_rewritten(company, section):
    company.write_aws_auth(**{section: UNREADABLE[section]})
    before, objects = written(company), company.objects()
    company.policy(*GRANTS)
    for words in (("apply", "--yes"), ("offboard", "ana", "--yes")):
        done = company.kaccess("admin", *words)
        assert (done.code, done.out) == (1, "")
        assert "repair it" in done.err.splitlines()[-1]
    assert (written(company), company.objects()) == (before, objects)
    company.write_aws_auth(**world.AWS_AUTH)
    company.apply()
