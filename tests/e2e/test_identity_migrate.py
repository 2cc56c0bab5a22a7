"""Moving between the backends while somebody works all the time: they are never refused, not for a moment."""

import json
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

from kaccess.sandbox import world
from tests.e2e.company import POLICY
from tests.e2e.planes import API, API_AND_CONFIG_MAP, CONFIG_MAP, in_modes

pytestmark = pytest.mark.thorough

GRANTS = (("payments-developers", "reader", "staging"), ("data-engineers", "reader", "production"))
ANA = "arn:aws:iam::111122223333:user/ana"
CONSISTENT = timedelta(seconds=2)
"""How late the cluster of the sandbox looks at new access entries; EKS says "several seconds"."""


@contextmanager
def asking(company, person, path):
    """What the API server answers this person meanwhile, each time to a new token, since it remembers old ones."""
    answers, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            at = datetime.now(timezone.utc) - timedelta(seconds=len(answers) % 600)
            answers.append(company.status(path, company.token(person, now=at)))
            stop.wait(0.05)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield answers
    finally:
        stop.set()
        asker.join()


def be_late(company):
    """Let the sandbox's cluster look at new access entries some time later, but for those that are there."""
    time.sleep(CONSISTENT.total_seconds())
    company.sandbox.cloud.entries.delay = CONSISTENT


@in_modes(CONFIG_MAP)
def test_moving_from_aws_auth_to_access_entries_leaves_nobody_out_for_a_moment(company):
    company.policy(*GRANTS)
    company.apply()
    rows = company.aws_auth()
    company.move(API_AND_CONFIG_MAP)
    be_late(company)
    assert company.until(lambda: company.who("ana"), bool)
    with asking(company, "ana", "/api/v1/namespaces/staging/pods") as answers:
        done = company.kaccess("admin", "migrate", "--yes", "-o", "json")
    assert done.code == 0, done.said
    assert len(answers) > 50
    assert set(answers) == {200}
    stays = {each["what"]: each["reason"] for each in json.loads(done.out)["data"]["stranded"]}
    assert set(stays) == {
        f"row arn:aws:iam::111122223333:{name}" for name in ("role/cardo-nodes", "user/contractors/emil")
    }
    assert company.aws_auth() == world.AWS_AUTH != rows
    assert company.entries()[ANA]["kubernetesGroups"] == ["kaccess:payments-developers"]
    assert company.kaccess("admin", "plan", "--check").code == 0
    company.move(API)
    assert company.until(lambda: company.who("ana"), bool) == (ANA, ("kaccess:payments-developers",))


@in_modes(API_AND_CONFIG_MAP)
def test_the_policy_moves_entries_to_either_backend_and_back(company):
    """What is new comes first, what is old goes afterwards, in both directions."""
    be_late(company)
    rows = POLICY.replace('"111122223333"}', '"111122223333", backend: aws-auth}')
    company.policy(*GRANTS, head=rows)
    company.apply()
    assert ANA in company.aws_auth()["mapUsers"]
    assert ANA not in company.entries()
    assert company.until(lambda: company.who("ana"), bool)
    for head, is_entry in ((POLICY, True), (rows, False)):
        company.policy(*GRANTS, head=head)
        with asking(company, "ana", "/api/v1/namespaces/staging/pods") as answers:
            company.apply()
        assert set(answers) == {200}
        assert (ANA in company.entries()) == is_entry
        assert (ANA in company.aws_auth()["mapUsers"]) != is_entry
    assert company.aws_auth()["mapRoles"] == world.AWS_AUTH["mapRoles"]
