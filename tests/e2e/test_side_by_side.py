"""Several runs of kaccess on one cluster at once, and one run on several clusters."""

import json
from collections import Counter

import pytest

from kaccess.sandbox.kube.resources import ROLE_BINDINGS
from tests.e2e.bad_servers import CLOSED
from tests.e2e.company import POLICY
from tests.e2e.planes import API, CONFIG_MAP, in_modes
from tests.e2e.second_cluster import register, second_cluster
from tests.e2e.sessions import hire
from tests.e2e.test_faults import snapshot

pytestmark = pytest.mark.thorough

BEFORE = (("payments-developers", "reader", "staging"), ("crowd", "reader", "staging"))
AFTER = (
    ("payments-developers", "viewer", "development"),
    ("crowd", "reader", "production"),
    ("data-engineers", "viewer", "staging"),
    ("auditors", "reader", "staging"),
)
PEOPLE = tuple(f"person-{number}" for number in range(6))
FIRST_HALF, SECOND_HALF = PEOPLE[:3], PEOPLE[3:]


@in_modes(API, CONFIG_MAP)
def test_two_applies_and_a_reconcile_at_once_end_in_what_the_policy_says(company):
    """Who is late says so and exits 1; what others write into aws-auth meanwhile is not lost."""
    company.client("iam").create_group(GroupName="crowd")
    for person in PEOPLE:
        hire(company, person, *(["crowd"] if person in SECOND_HALF else []))
    ends = []
    for grants in (BEFORE, AFTER, BEFORE):
        wish_for(company, grants)
        company.apply()
        ends.append(snapshot(company))
    assert ends[0] == ends[2] != ends[1]
    wish_for(company, AFTER)
    codes = at_once(company)
    assert set(codes) <= {0, 1}, said(company)
    assert ("run again" in said(company)) == (1 in codes)
    if 0 not in codes:  # each was too late for something
        company.apply()
    assert company.kaccess("admin", "plan", "--check").code == 0
    assert snapshot(company) == ends[1]


def wish_for(company, grants):
    """Another policy, and other people in the IAM group; fewer removals than `reconcile` refuses to make at once."""
    iam, (out, into) = company.client("iam"), (FIRST_HALF, SECOND_HALF)[:: 1 if grants is AFTER else -1]
    for person in out:
        iam.remove_user_from_group(GroupName="crowd", UserName=person)
    for person in into:
        iam.add_user_to_group(GroupName="crowd", UserName=person)
    company.policy(*grants)


RUNS = (("apply", "--yes", "--allow-mass-removal"), ("apply", "--yes", "--allow-mass-removal"), ("reconcile", "--once"))


def at_once(company):
    """The exit codes of these runs, started at once."""
    runs = [company.start("admin", "kaccess", *words) for words in RUNS]
    said = [run.communicate(timeout=60) for run in runs]
    (company.folder / "at-once").write_text(json.dumps(said, indent=1))
    return [run.returncode for run in runs]


def said(company):
    return (company.folder / "at-once").read_text()


FLEET = """\
  second: {name: second-eks, region: eu-south-1, account: "111122223333"}
  away: {name: away-eks, region: eu-south-1, account: "111122223333"}
"""


def test_a_fleet_is_done_side_by_side_and_what_is_away_is_told(company):
    """IAM is read once for all clusters of the account."""
    with second_cluster(company, "second-eks") as second:
        register(company, "away-eks", f"https://{CLOSED}", (company.sandbox.address.ca_file).read_bytes())
        company.policy(*BEFORE[:1], *AFTER[2:], head=POLICY.replace("\nnamespaces:", f"{FLEET}\nnamespaces:", 1))
        asked = Counter()
        company.sandbox.observers.aws = lambda request: asked.update(groups_read(request))
        done = company.kaccess("admin", "apply", "--yes", "-o", "json")
        company.sandbox.observers.aws = None
        answer = json.loads(done.out)
        assert (done.code, answer["status"]) == (1, "partial")
        assert [each["cluster"] for each in answer["data"]["unreachable"]] == ["away"]
        assert [each["cluster"] for each in answer["data"]["clusters"]] == ["cardo", "second"]
        outcomes = {change["status"] for each in answer["data"]["clusters"] for change in each["changes"]}
        assert outcomes == {"applied"}
        assert asked == {"payments-developers": 1, "data-engineers": 1, "auditors": 1}
        bound = {each["metadata"]["name"] for each in second.list(ROLE_BINDINGS) if "kaccess:" in str(each["subjects"])}
        assert "kaccess:payments-developers:reader" in bound
        once = company.kaccess("admin", "plan", "--check")
        assert once.code == 1
        assert once.out == "cardo: nothing to do\nsecond: nothing to do\n"
        assert "away: " in once.err


def groups_read(request):
    return [request.parameters["GroupName"]] if request.parameters.get("Action") == "GetGroup" else []
