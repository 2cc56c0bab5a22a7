from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from kaccess.kube.api import KubeApi
from kaccess.kube.errors import Forbidden, Unreachable
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer, refusal

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=1)))
PATH = "/apis/coordination.k8s.io/v1/namespaces/kaccess-system/leases"
HERE = f"{PATH}/kaccess-reconciler"
GONE = refusal(404, "not found", "NotFound")
RACE = refusal(409, "the object has been modified", "Conflict")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Cell:
    """One Lease object that is kept as the API server would."""

    def __init__(self, stub: StubServer) -> None:
        self.live: dict[str, Any] | None = None
        self.version = 0
        stub.answer = self.answer

    @property
    def spec(self) -> dict[str, Any]:
        assert self.live is not None
        return dict(self.live["spec"])

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            return GONE if self.live is None else Answer(200, self.live)
        if asked.method == "POST" and self.live is not None:
            return refusal(409, "already exists", "AlreadyExists")
        if asked.method == "PUT":
            assert self.live is not None
            if asked.body["metadata"]["resourceVersion"] != self.live["metadata"]["resourceVersion"]:
                return RACE
        self.version += 1
        metadata = {**asked.body["metadata"], "resourceVersion": str(self.version)}
        self.live = {**asked.body, "metadata": metadata}
        return Answer(200, self.live)


@pytest.fixture
def cell(stub: StubServer) -> Cell:
    return Cell(stub)


def test_the_first_contender_makes_the_lease(api: KubeApi, stub: StubServer, cell: Cell) -> None:
    assert api.lease("kaccess-system", "kaccess-reconciler").acquire_or_renew("a", 15, NOW)
    assert stub.calls() == [f"GET {HERE}", f"POST {PATH}"]
    assert cell.spec == {
        "holderIdentity": "a",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-11-24T08:00:00.000000Z",
        "renewTime": "2026-11-24T08:00:00.000000Z",
        "leaseTransitions": 0,
    }


def test_the_holder_renews_and_others_wait_until_it_no_longer_does(api: KubeApi, cell: Cell) -> None:
    one, two = (api.lease("kaccess-system", "kaccess-reconciler") for _ in range(2))
    assert one.acquire_or_renew("a", 15, NOW)
    assert not two.acquire_or_renew("b", 15, later(1))
    assert one.acquire_or_renew("a", 15, later(10))
    assert cell.spec["acquireTime"] < cell.spec["renewTime"]
    assert not two.acquire_or_renew("b", 15, later(14))
    assert not two.acquire_or_renew("b", 15, later(28.9))  # 14.9 s after it saw the renewal
    assert two.acquire_or_renew("b", 15, later(29))
    assert (cell.spec["holderIdentity"], cell.spec["leaseTransitions"]) == ("b", 1)
    assert not one.acquire_or_renew("a", 15, later(30))


def test_only_time_that_passed_here_counts(api: KubeApi, cell: Cell) -> None:
    ahead, behind = (api.lease("kaccess-system", "kaccess-reconciler") for _ in range(2))
    assert behind.acquire_or_renew("a", 15, NOW)
    assert not ahead.acquire_or_renew("b", 15, later(3600)), "its clock is an hour ahead, and the lease is new to it"
    assert ahead.acquire_or_renew("b", 15, later(3615))


def test_what_was_released_is_had_at_once_and_by_nobody_else(api: KubeApi, cell: Cell) -> None:
    one, two = (api.lease("kaccess-system", "kaccess-reconciler") for _ in range(2))
    assert one.acquire_or_renew("a", 15, NOW)
    two.release("b")
    assert not two.acquire_or_renew("b", 15, later(1))
    one.release("a")
    assert two.acquire_or_renew("b", 15, later(2))
    assert cell.spec["leaseTransitions"] == 1


def test_unknown_fields_are_kept(api: KubeApi, cell: Cell) -> None:
    spec = {"holderIdentity": "", "leaseTransitions": 7, "strategy": "OldestEmulationVersion"}
    cell.live = {"metadata": {"resourceVersion": "3", "labels": {"team": "x"}}, "spec": spec}
    assert api.lease("kaccess-system", "kaccess-reconciler").acquire_or_renew("a", 15, NOW)
    assert (cell.spec["strategy"], cell.spec["leaseTransitions"]) == ("OldestEmulationVersion", 8)
    assert cell.live["metadata"]["labels"] == {"team": "x"}


@pytest.mark.parametrize("there", [[GONE], [Answer(200, {"metadata": {"resourceVersion": "1"}})]])
def test_who_loses_a_race_does_not_have_it(api: KubeApi, stub: StubServer, there: list[Answer]) -> None:
    stub.script(*there, RACE)
    assert not api.lease("kaccess-system", "kaccess-reconciler").acquire_or_renew("a", 15, NOW)


def test_a_lost_race_to_release_is_no_error(api: KubeApi, stub: StubServer) -> None:
    stub.script(Answer(200, {"metadata": {"resourceVersion": "1"}, "spec": {"holderIdentity": "a"}}), RACE)
    api.lease("kaccess-system", "kaccess-reconciler").release("a")


@pytest.mark.parametrize(("failure", "kind"), [(BROKEN, Unreachable), (refusal(403, "no", "Forbidden"), Forbidden)])
def test_no_answer_is_never_a_lease(api: KubeApi, stub: StubServer, failure: Answer, kind: type[Exception]) -> None:
    stub.answer = lambda asked: GONE if asked.method == "GET" else failure
    with pytest.raises(kind, match="lease kaccess-system/kaccess-reconciler"):
        api.lease("kaccess-system", "kaccess-reconciler").acquire_or_renew("a", 15, NOW)
