"""Watches over HTTP, line by line."""

import json
from concurrent.futures import ThreadPoolExecutor

from kaccess.sandbox.kube import watch

CM = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def cm(name, label="x"):
    return {"metadata": {"name": name, "labels": {"l": label}}}


def seen(api, query, count, *, path=CM, act=None, **headers):
    """The first events of a watch, `act` having been done after it was open."""
    with (
        ThreadPoolExecutor() as pool,
        api.open("GET", f"{path}?watch=1&timeoutSeconds=10&{query}", **headers) as stream,
    ):
        acting = pool.submit(act) if act else None
        events = [json.loads(stream.readline()) for _ in range(count)]
        if acting:
            acting.result()
    return events


def told(events):
    return [(event["type"], event["object"]["metadata"]["name"]) for event in events]


def test_without_a_version_it_starts_with_what_is_there(api):
    api.make(CM, cm("a"))
    events = seen(api, "", 2, act=lambda: api.make(CM, cm("b")))
    assert told(events) == [("ADDED", "a"), ("ADDED", "b")]


def test_from_a_version_it_tells_every_change_since_and_no_other(api):
    version = api.make(CM, cm("a"))["metadata"]["resourceVersion"]
    api.make("/api/v1/namespaces/kube-public/configmaps", cm("elsewhere"))
    api.make("/api/v1/namespaces/default/secrets", cm("other"))
    changed = cm("a") | {"data": {"k": "v"}}
    api.ask("PUT", f"{CM}/a", changed)

    def act():
        api.make(CM, cm("b"))
        api.ask("DELETE", f"{CM}/a")

    events = seen(api, f"resourceVersion={version}", 3, act=act)
    assert told(events) == [("MODIFIED", "a"), ("ADDED", "b"), ("DELETED", "a")]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))


def test_what_leaves_a_selection_is_deleted_from_it_and_what_enters_is_added(api):
    version = api.make(CM, cm("a"))["metadata"]["resourceVersion"]
    for label in ("y", "y2", "x"):
        api.ask("PUT", f"{CM}/a", cm("a", label))
    events = seen(api, f"labelSelector=l%3Dx&resourceVersion={version}", 2)
    assert told(events) == [("DELETED", "a"), ("ADDED", "a")]


def test_one_object_may_be_watched_by_name(api):
    api.make(CM, cm("a"))
    api.make(CM, cm("b"))
    assert told(seen(api, "fieldSelector=metadata.name%3Db", 1)) == [("ADDED", "b")]


def test_rows_of_a_table_may_be_watched(api):
    api.make(CM, cm("a"))
    (event,) = seen(api, "", 1, Accept=TABLE)
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][0] == "a"


def test_a_list_may_be_streamed_and_its_end_is_marked(api):
    api.make(CM, cm("a"))
    query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    added, end = seen(api, query, 2)
    assert told([added]) == [("ADDED", "a")]
    assert end["type"] == "BOOKMARK"
    assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert end["object"]["metadata"]["resourceVersion"] == str(api.store.version)


def test_a_quiet_watch_gets_bookmarks(api, monkeypatch):
    monkeypatch.setattr(watch, "BOOKMARK_SECONDS", 0.05)
    version = api.store.version
    (event,) = seen(api, f"resourceVersion={version}&allowWatchBookmarks=true", 1)
    assert (event["type"], event["object"]["kind"]) == ("BOOKMARK", "ConfigMap")


def test_it_ends_when_its_time_is_over(api):
    with api.open("GET", f"{CM}?watch=1&timeoutSeconds=1") as stream:
        assert stream.read() == b""


def test_a_history_that_is_gone_is_an_error_event(start):
    api = start(history=4)
    version = api.make(CM, cm("a"))["metadata"]["resourceVersion"]
    for name in "bcdefg":
        api.make(CM, cm(name))
    (event,) = seen(api, f"resourceVersion={version}", 1)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_a_version_that_never_was_is_an_error_event(api):
    (event,) = seen(api, "resourceVersion=999999", 1)
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


def test_malformed_parameters_are_refused_before_it_starts(api):
    assert api.get(f"{CM}?watch=1&resourceVersion=x").code == 400
    assert api.get(f"{CM}?watch=1&labelSelector=%28").code == 400


def test_many_watches_end_with_their_clients(api):
    for _ in range(20):  # each leaves when the server next writes to it
        seen(
            api,
            f"resourceVersion={api.store.version}",
            1,
            act=lambda: api.make(CM, {"metadata": {"generateName": "w"}}),
        )
    api.make(CM, cm("last"))
    assert len(api.store._listeners) < 20
