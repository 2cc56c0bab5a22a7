"""The store alone."""

from contextlib import suppress
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.sandbox.kube.resources import find_resource
from kaccess.sandbox.kube.seed import DEFAULT_NAMESPACES, seed
from kaccess.sandbox.kube.statuses import StatusError
from kaccess.sandbox.kube.store import Store, rfc3339

NOW = datetime(2026, 11, 24, 12, 0, 0, 999, tzinfo=timezone.utc)
CM = find_resource("", "v1", "configmaps")
NS = find_resource("", "v1", "namespaces")


def cm(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def test_what_is_handed_out_is_a_copy():
    store = Store()
    given_in = cm("a", x="1")
    made = store.create(CM, given_in, NOW)
    for obj in (given_in, made, store.get(CM, "default", "a"), store.list(CM)[0], store.events_after(0)[0].object):
        obj["data"]["x"] = "changed" if obj is not store.events_after(0)[0].object else obj["data"]["x"]
    assert store.get(CM, "default", "a")["data"] == {"x": "1"}


def test_times_are_whole_seconds_of_utc():
    assert Store().create(CM, cm("a"), NOW)["metadata"]["creationTimestamp"] == "2026-11-24T12:00:00Z"
    assert rfc3339(NOW) == "2026-11-24T12:00:00Z"


def test_versions_only_rise_and_each_write_has_its_own():
    store = Store()
    seed(store, NOW)
    events = store.events_after(0)
    assert [event.version for event in events] == list(range(1, store.version + 1))


def test_a_seeded_store_has_the_default_namespaces():
    store = Store()
    seed(store, NOW)
    assert tuple(obj["metadata"]["name"] for obj in store.list(NS)) == DEFAULT_NAMESPACES


def test_the_history_is_as_long_as_it_is_said():
    store = Store(history=3)
    for name in "abcde":
        store.create(CM, cm(name), NOW)
    assert [event.object["metadata"]["name"] for event in store.events_after(2)] == ["c", "d", "e"]
    with pytest.raises(StatusError, match="too old resource version"):
        store.events_after(1)
    with pytest.raises(StatusError):
        store.events_after(6)


def test_listeners_hear_of_writes_until_they_stop():
    store, heard = Store(), []
    stop = store.listen(lambda: heard.append(store.version))
    store.create(CM, cm("a"), NOW)
    stop()
    store.create(CM, cm("b"), NOW)
    assert heard == [1]


names = st.sampled_from("abc")
steps = st.lists(st.tuples(st.sampled_from(["create", "update", "delete"]), names, st.integers(0, 2)), max_size=30)


@given(steps)
def test_replaying_the_history_gives_what_is_there(script):
    store = Store()
    for step, name, value in script:
        with suppress(StatusError):
            if step == "create":
                store.create(CM, cm(name, v=str(value)), NOW)
            elif step == "update":
                store.update(CM, cm(name, v=str(value)))
            else:
                store.delete(CM, "default", name, NOW)
    replayed = {}
    for event in store.events_after(0):
        name = event.object["metadata"]["name"]
        assert (name in replayed) == (event.type != "ADDED")
        if event.type == "DELETED":
            del replayed[name]
        else:
            replayed[name] = event.object
    assert [replayed[name] for name in sorted(replayed)] == list(store.list(CM))
