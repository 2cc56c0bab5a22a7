from dataclasses import replace
from datetime import datetime, timezone

import pytest

from kaccess.model.identity import Principal
from kaccess.model.policy import Backend, Place
from kaccess.model.state import AwsAuth, Entry, State
from kaccess.workflows.backend import MANY_ENTRIES, Held, WrongBackend, read_entries, with_stale, written_backend
from tests.workflows.fakes import CLUSTER, LONG_AGO, World, arn, cluster_of, row

ENTRIES, AWS_AUTH = Backend.ACCESS_ENTRIES, Backend.AWS_AUTH
STATE = State.of([Entry(arn("ana"), ("a",)), row(arn("ana"), "b")])


@pytest.mark.parametrize(
    ("mode", "named", "written"),
    [
        ("API", Backend.AUTO, ENTRIES),
        ("API", ENTRIES, ENTRIES),
        ("API_AND_CONFIG_MAP", Backend.AUTO, ENTRIES),
        ("API_AND_CONFIG_MAP", AWS_AUTH, AWS_AUTH),
        ("CONFIG_MAP", Backend.AUTO, AWS_AUTH),
        ("CONFIG_MAP", AWS_AUTH, AWS_AUTH),
    ],
)
def test_the_mode_decides_unless_the_policy_does(mode, named, written):
    assert written_backend(cluster_of("cardo", backend=named), World(mode=mode).info) is written


@pytest.mark.parametrize(("mode", "named"), [("API", AWS_AUTH), ("CONFIG_MAP", ENTRIES), ("NEW", Backend.AUTO)])
def test_a_backend_that_the_cluster_does_not_look_at_is_refused_with_its_place(mode, named):
    cluster = replace(CLUSTER, backend=named, place=Place("p.yaml", 5, 3))
    with pytest.raises(WrongBackend, match=mode) as refused:
        written_backend(cluster, World(mode=mode).info)
    assert mode == "NEW" or str(refused.value).startswith("p.yaml:5:3: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("mode", "kinds"), [("API", {"entry"}), ("CONFIG_MAP", {"row"}), ("API_AND_CONFIG_MAP", {"entry", "row"})]
)
def test_only_backends_that_count_are_read(mode, kinds):
    world = World(STATE, mode=mode)
    held = read_entries(CLUSTER, world.info, world, world)
    assert {entry.key.kind for entry in held.all} == kinds
    assert (held.aws_auth is None) == (mode == "API")


def test_an_entry_older_than_its_principal_is_stale():
    born = datetime(2026, 1, 1, tzinfo=timezone.utc)
    old, young = Entry(arn("ana"), (), created_at=LONG_AGO), Entry(arn("ben"), (), created_at=born)
    ageless, unknown = Entry(arn("eva"), ()), Entry(arn("argocd"), (), created_at=LONG_AGO)
    principals = {arn(name): Principal(arn(name), born) for name in ("ana", "ben", "eva")}
    marked = with_stale(Held((old, young, ageless, unknown)), principals)
    assert [entry.stale for entry in marked.entries] == [True, False, False, False]


def test_many_entries_are_told_with_what_aws_auth_notes():
    entries = tuple(Entry(arn(str(number)), ()) for number in range(MANY_ENTRIES))
    assert Held(entries[1:]).notes == ()
    count, odd = Held(entries, AwsAuth(notes=("odd",))).notes
    assert (count, odd) == (f"{MANY_ENTRIES} access entries described one by one: EKS lists ARNs alone", "odd")
