"""What kaccess asks of the API server grows with pages where it reads and with changes where it writes."""

from __future__ import annotations

import pytest

from kaccess.kube.lists import PAGE
from tests.controlplane import binaries
from tests.controlplane.gate import require

from .company import LISTS, Size, part_of
from .measure import Run
from .stage import stage


def applied_and_planned(size: Size) -> tuple[Run, Run]:
    with stage(size) as empty:
        return empty.kaccess("apply", "--yes"), empty.kaccess("plan", "--check")


@pytest.mark.controlplane
def test_a_plan_asks_for_pages_and_an_apply_writes_each_object_once() -> None:
    require(binaries.ETCD, binaries.API_SERVER, binaries.CONTROLLER_MANAGER)
    sizes = part_of(0.1), part_of(0.2)
    runs = [applied_and_planned(size) for size in sizes]
    for size, (applied, _) in zip(sizes, runs, strict=True):
        assert applied.verbs == {"list": LISTS, "create": size.objects}
    small, large = (planned.verbs for _, planned in runs)
    assert set(small) == set(large) == {"list"}
    assert large["list"] - small["list"] == (sizes[1].bindings - sizes[0].bindings) // PAGE
    assert small["list"] <= sizes[0].pages
