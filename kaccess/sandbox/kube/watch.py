"""Watches: the changes of a collection as a stream, from a resourceVersion or from what is there now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.reading import Selection, select
from kaccess.sandbox.kube.resources import Resource
from kaccess.sandbox.kube.responses import choose_form, object_in_form
from kaccess.sandbox.kube.statuses import StatusError, bad_request
from kaccess.sandbox.kube.store import Event, Object

BOOKMARK_SECONDS: Final = 60
"""How often a quiet watch that allows bookmarks gets one; kube-apiserver's own interval is about a minute."""

_LONGEST_SECONDS: Final = 1800  # kube-apiserver's --min-request-timeout
_INITIAL_EVENTS_END: Final = {"annotations": {"k8s.io/initial-events-end": "true"}}


def watch_objects(call: Call, resource: Resource) -> Response:
    """Answer a watch.

    Raises:
        StatusError: 400, the parameters are malformed; 406.
    """
    form = choose_form(call, ("Table", "PartialObjectMetadata"))
    stream = _Stream(call, resource, form)
    return StreamingResponse(stream.lines(), media_type="application/json")


class _Stream:
    """One watch. It starts at `version`; the objects there before it are sent first if the client wants them."""

    def __init__(self, call: Call, resource: Resource, form: str) -> None:
        self._call = call
        self._resource = resource
        self._form = form
        self._selection = Selection.of(call, resource)
        self._bookmarks = call.query.get("allowWatchBookmarks") in {"true", "1"}
        self._with_initial = call.query.get("sendInitialEvents") in {"true", "1"}
        self._version = _number(call, "resourceVersion", 0)
        self._seconds = _number(call, "timeoutSeconds", _LONGEST_SECONDS) or _LONGEST_SECONDS

    async def lines(self) -> AsyncIterator[bytes]:
        """The events, one JSON document a line, until the time is over or the history is."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        stop_listening = self._call.store.listen(lambda: loop.call_soon_threadsafe(changed.set))
        try:
            for line in self._initial():
                yield line
            end = loop.time() + self._seconds
            while loop.time() < end:
                changed.clear()
                for line in self._news():
                    yield line
                if not await _wait(changed, min(BOOKMARK_SECONDS, end - loop.time())) and self._bookmarks:
                    yield self._bookmark({})
        except StatusError as error:
            yield _line("ERROR", error.to_json())
        finally:
            stop_listening()

    def _initial(self) -> Iterator[bytes]:
        if self._version and not self._with_initial:
            return
        self._version = self._call.store.version
        for obj in select(self._call, self._resource):
            yield self._line("ADDED", obj)
        if self._with_initial and self._bookmarks:
            yield self._bookmark(_INITIAL_EVENTS_END)

    def _news(self) -> Iterator[bytes]:
        for event in self._call.store.events_after(self._version):
            self._version = event.version
            change = self._seen(event)
            if change:
                yield self._line(change, event.object)

    def _seen(self, event: Event) -> str:
        """What the change is to someone who sees only what the selection includes; empty if nothing."""
        where = event.object["metadata"].get("namespace", "")
        if event.resource != self._resource or self._call.namespace not in {"", where}:
            return ""
        was = event.before is not None and self._selection.includes(event.before)
        included = event.type != "DELETED" and self._selection.includes(event.object)
        if was and included:
            return "MODIFIED"
        return "ADDED" if included else "DELETED" if was else ""

    def _line(self, change: str, obj: Object) -> bytes:
        return _line(change, object_in_form(self._call, self._resource, obj, self._form))

    def _bookmark(self, metadata: dict[str, Any]) -> bytes:
        obj = {
            "kind": self._resource.kind,
            "apiVersion": self._resource.api_version,
            "metadata": {"resourceVersion": str(self._version), "creationTimestamp": None} | metadata,
        }
        if self._form == "Table":
            table = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": []}
            row = {"cells": [], "object": obj | {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}}
            version = {"resourceVersion": str(self._version)}
            return _line("BOOKMARK", table | {"metadata": version, "rows": [row]})
        return _line("BOOKMARK", obj)


async def _wait(changed: asyncio.Event, seconds: float) -> bool:
    """Whether something changed within that time."""
    try:
        await asyncio.wait_for(changed.wait(), max(seconds, 0))
    except asyncio.TimeoutError:
        return False
    return True


def _line(change: str, obj: Object) -> bytes:
    return json.dumps({"type": change, "object": obj}, ensure_ascii=False).encode(errors="replace") + b"\n"


def _number(call: Call, name: str, default: int) -> int:
    value = call.query.get(name) or str(default)
    if not value.isdecimal():
        raise bad_request(f"invalid {name}: {value!r} is not a number")
    return int(value)
