"""The sandbox answers as the real server does, but for the differences that are listed with their reasons."""

from __future__ import annotations

import collections
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from kaccess.rbac.request import Request

from . import rbac_objects, twin_access, twin_particulars, twin_shapes, twins
from .client import Client
from .servers import ControlPlane
from .summary import Summary
from .support import wait_until
from .twin_compare import Difference, differences
from .twin_differences import KNOWN, Known
from .twin_kinds import NAMESPACE
from .worlds import Asker

pytestmark = pytest.mark.controlplane

STEPS = (*twin_shapes.steps(), *twin_access.steps(), *twin_particulars.steps())


@pytest.fixture(scope="module")
def found(
    plane: ControlPlane, admin: Client, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Difference]:
    """All differences, by the step and the place in its answer."""
    with twins.sandbox(tmp_path_factory.mktemp("sandbox"), plane) as sandbox:
        for client in (admin, sandbox):
            answers = twins.play(client, twin_access.before())
            assert {answer.status for answer in answers.values()} == {201}
            wait_until(lambda client=client: _may_grant(client) and _has_service_account(client))
        with ThreadPoolExecutor() as threads:
            real, imitated = threads.map(lambda client: twins.play(client, STEPS), (admin, sandbox))
    return {
        (step.name, difference.place): difference
        for step in STEPS
        for difference in differences(real[step.name], imitated[step.name])
    }


def test_every_difference_is_listed(found: dict[tuple[str, str], Difference], summary: Summary) -> None:
    summary.add(f"twins: {len(STEPS)} requests to both servers, {len(found)} differences, each with its reason:")
    listed = [known for step, place in found for known in [_known(step, place)] if known]
    for (status, reason), count in collections.Counter((known.status, known.reason) for known in listed).items():
        summary.add(f"  {status}: {reason} ({count})")

    unlisted = [
        f"{step}: {place}\n  real:    {json.dumps(difference.real)}\n  sandbox: {json.dumps(difference.sandbox)}"
        for (step, place), difference in found.items()
        if _known(step, place) is None
    ]
    assert not unlisted, f"{len(unlisted)} differences are not listed:\n" + "\n".join(unlisted[:20])


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known.steps} [{known.place}]")
def test_what_is_listed_still_differs(found: dict[tuple[str, str], Difference], known: Known) -> None:
    assert any(_known(step, place) == known for step, place in found), "it agrees now: strike it from the list"


def _known(step: str, place: str) -> Known | None:
    return next((known for known in KNOWN if known.covers(step, place)), None)


def _may_grant(client: Client) -> bool:
    """The last binding of the steps before: a real authorizer takes a moment to see it."""
    escalate = Request("escalate", "roles", rbac_objects.RBAC_GROUP, name="gives-more")
    return bool(rbac_objects.review(client, Asker(twin_access.ESCALATOR, ()), escalate)["allowed"])


def _has_service_account(client: Client) -> bool:
    """Without it a real server admits no pods."""
    return client.request("GET", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default").status == 200
