"""The table after a login: how long each grant lasts, counted from a given moment."""

from datetime import datetime, timedelta, timezone

import pytest

from kaccess.model.identity import ClusterInfo, KubeIdentity
from kaccess.model.state import CardLine
from kaccess.report.own_access import length, lens_lines, own_access_json, own_access_table
from kaccess.workflows.login import OwnAccess, Reached, Target, WayIn
from kaccess.workflows.own_roles import RoleToAssume

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
INFO = ClusterInfo("cardo-eks", "arn:aws:eks:eu-south-1:111122223333:cluster/cardo-eks", "https://x", "", "API")
ROLE = RoleToAssume("arn:aws:iam::111122223333:role/kaccess/kaccess-data", "data")


def way(*lines, role=None):
    return WayIn(
        KubeIdentity("ana", ("kaccess:payments",)), tuple(Reached("payments", line) for line in lines), role=role
    )


def access(*ways):
    return OwnAccess(Target("cardo", "cardo-eks", "eu-south-1"), INFO, ways)


@pytest.mark.parametrize(
    ("until", "shown", "seconds"),
    [
        ("", "", None),
        ("2026-11-24T12:59:59Z", "12:59 UTC, in 59 min", 3599),
        ("2026-11-24T12:00:20Z", "12:00 UTC, in 1 min", 20),
        ("2026-11-24T16:00:00+02:00", "14:00 UTC, in 2 h", 7200),
        ("2026-12-01T18:00:00Z", "2026-12-01, in 7 d", 626400),
        ("2026-11-24T11:00:00Z", "over", 0),
        ("soon", "soon", None),
    ],
)
def test_a_grant_says_when_it_ends_and_how_far_off_that_is(until, shown, seconds):
    found = access(way(CardLine("staging", "viewer", until)))
    row = own_access_table([found], NOW).splitlines()[-1]
    assert row.removeprefix("cardo/staging  viewer  payments").strip() == shown
    assert own_access_json(found, NOW)["namespaces"][0]["secondsLeft"] == seconds


def test_contexts_are_called_as_the_kubeconfig_calls_them():
    found = access(way(CardLine("staging", "viewer")), way(CardLine("staging", "editor"), role=ROLE))
    names = [line.split()[:2] for line in own_access_table([found], NOW).splitlines()[2:]]
    assert names == [["cardo/staging", "viewer"], ["cardo/staging@data", "editor"]]
    names = [line.split()[:3] for line in own_access_table([found], NOW, one_context=True).splitlines()[2:]]
    assert names == [["cardo", "staging", "viewer"], ["cardo@data", "staging", "editor"]]


def test_lens_gets_the_namespaces_of_each_cluster_in_one_line():
    found = access(way(CardLine("staging", "viewer"), CardLine("development", "viewer")))
    assert lens_lines([found, access(way())]) == ["for Lens, accessible namespaces of cardo: development,staging"]


def test_nothing_reached_is_no_table():
    assert own_access_table([access(way())], NOW) == ""


@pytest.mark.parametrize(
    ("time", "shown"),
    [(timedelta(days=2, hours=23), "2 d"), (timedelta(hours=23, minutes=59), "23 h"), (timedelta(seconds=5), "1 min")],
)
def test_a_length_of_time_is_in_its_largest_unit(time, shown):
    assert length(time) == shown
