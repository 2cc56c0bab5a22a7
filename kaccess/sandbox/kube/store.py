"""The objects of the cluster, in memory: identity, versions, conflicts, finalizers and the history that watches read.

The store knows no HTTP, no rights and no kinds' rules. Objects go in and come out as copies, so that nobody can change
what is stored without a version. Time is passed in by whoever writes.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final, TypeAlias

from kaccess.sandbox.kube import statuses
from kaccess.sandbox.kube.resources import NAMESPACES, Resource

Json: TypeAlias = Any
"""A JSON value of whatever shape; the types in `types.txt` say which."""

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object in its JSON shape, with a metadata."""

HISTORY: Final = 4096
"""Events kept for watches; whoever asks for older ones is told to list again, as etcd's compaction would."""

_FIXED: Final = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
)
"""The metadata that the store sets and no update changes."""


@dataclass(frozen=True)
class Event:
    """One change: `type` is ADDED, MODIFIED or DELETED, `before` the object as it was (None: it was not)."""

    version: int
    type: str
    resource: Resource
    object: Object
    before: Object | None


class Store:
    """Objects by resource, namespace (empty for cluster-wide ones) and name."""

    def __init__(self, history: int = HISTORY) -> None:
        self._objects: dict[Resource, dict[tuple[str, str], Object]] = defaultdict(dict)
        self._events: deque[Event] = deque(maxlen=history)
        self._version = 0
        self._changed: dict[Resource, int] = defaultdict(int)
        self._listeners: list[Callable[[], object]] = []

    @property
    def version(self) -> int:
        """The resourceVersion of the latest write."""
        return self._version

    def changed(self, *resources: Resource) -> int:
        """The resourceVersion of the latest write to any of these resources."""
        return max(self._changed[resource] for resource in resources)

    def get(self, resource: Resource, namespace: str, name: str) -> Object:
        """The object.

        Raises:
            StatusError: 404.
        """
        found = self._objects[resource].get((namespace, name))
        if found is None:
            raise statuses.not_found(resource.group, resource.plural, name)
        return copied(found)

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        found = self._objects[resource].get((namespace, name))
        return None if found is None else copied(found)

    def list(self, resource: Resource, namespace: str = "") -> Sequence[Object]:
        """The objects of a namespace (empty: of all), ordered by namespace and name."""
        found = sorted(self._objects[resource].items())
        return [copied(obj) for (where, _), obj in found if not namespace or where == namespace]

    def create(self, resource: Resource, obj: Object, at: datetime) -> Object:
        """Store a new object and return it with uid, creationTimestamp, generation and resourceVersion.

        Raises:
            StatusError: 409, the name is taken.
        """
        return self._put("ADDED", resource, self.rehearse_create(resource, obj, at), None)

    def rehearse_create(self, resource: Resource, obj: Object, at: datetime) -> Object:
        """What `create` would store, but for the resourceVersion."""
        namespace, name = key_of(obj)
        if (namespace, name) in self._objects[resource]:
            raise statuses.already_exists(resource.group, resource.plural, name)
        born = copied(obj)
        born["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": rfc3339(at)}
        if resource.generations:
            born["metadata"]["generation"] = 1
        return born

    def update(self, resource: Resource, obj: Object) -> Object:
        """Replace an object that is there; an equal one is left as it is. What the store set stays as it was set.

        An object under deletion whose last finalizer goes is deleted.

        Raises:
            StatusError: 404; 409, it is not at the resourceVersion, or has not the uid, that `obj` names.
        """
        stored = self.get(resource, *key_of(obj))
        updated = self.rehearse_update(resource, obj)
        if updated == stored:
            return stored
        if "deletionTimestamp" in updated["metadata"] and not _held(updated):
            return self._remove(resource, updated)
        return self._put("MODIFIED", resource, updated, stored)

    def rehearse_update(self, resource: Resource, obj: Object) -> Object:
        """What `update` would store, but for the resourceVersion."""
        stored = self.get(resource, *key_of(obj))
        updated = copied(obj)
        _check_identity(resource, stored, updated)
        metadata = {key: value for key, value in updated["metadata"].items() if key not in _FIXED}
        updated["metadata"] = metadata | {key: stored["metadata"][key] for key in _FIXED if key in stored["metadata"]}
        if "generation" in updated["metadata"] and _specified(updated) != _specified(stored):
            updated["metadata"]["generation"] += 1
        return updated

    def delete(self, resource: Resource, namespace: str, name: str, at: datetime) -> Object:
        """Delete an object, or mark it as being deleted if finalizers hold it; returns its last state.

        A namespace takes its contents with it, and stays Terminating while any of them is held.

        Raises:
            StatusError: 404.
        """
        obj = self.get(resource, namespace, name)
        if resource is NAMESPACES:
            return self._delete_namespace(obj, at)
        if not _held(obj):
            return self._remove(resource, obj)
        return self._mark_deleted(resource, obj, at)

    def rehearse_delete(self, resource: Resource, namespace: str, name: str, at: datetime) -> Object:
        """What `delete` would return, but for the resourceVersion."""
        obj = self.get(resource, namespace, name)
        if resource is NAMESPACES:
            _terminate(obj)
        return _marked(obj, at) if resource is NAMESPACES or _held(obj) else obj

    def events_after(self, version: int) -> Sequence[Event]:
        """All events later than `version`.

        Raises:
            StatusError: 410, the history does not reach back that far, or `version` never was.
        """
        if not self.remembers(version):
            raise statuses.expired(f"too old resource version: {version} ({self._forgotten})")
        return [event for event in list(self._events) if event.version > version]

    def remembers(self, version: int) -> bool:
        """Whether everything that happened after `version` is still known."""
        return self._forgotten <= version <= self._version

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call `listener` after every write, on the writer's thread; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def _forgotten(self) -> int:
        """The version up to which the history is gone."""
        return self._version - len(self._events)

    def _delete_namespace(self, namespace: Object, at: datetime) -> Object:
        name = namespace["metadata"]["name"]
        _terminate(namespace)
        marked = self._mark_deleted(NAMESPACES, namespace, at)
        for resource, key in list(self._contents(name)):
            self.delete(resource, *key, at)
        self._finish_namespace(name)
        return marked

    def _contents(self, namespace: str) -> Iterator[tuple[Resource, tuple[str, str]]]:
        for resource, objects in list(self._objects.items()):
            yield from ((resource, key) for key in list(objects) if key[0] == namespace)

    def _mark_deleted(self, resource: Resource, obj: Object, at: datetime) -> Object:
        if "deletionTimestamp" in obj["metadata"]:
            return obj
        before = copied(obj)
        return self._put("MODIFIED", resource, _marked(obj, at), before)

    def _remove(self, resource: Resource, obj: Object) -> Object:
        before = self._objects[resource].pop(key_of(obj))
        self._record("DELETED", resource, obj, before)
        if resource.namespaced:
            self._finish_namespace(obj["metadata"]["namespace"])
        return copied(obj)

    def _finish_namespace(self, name: str) -> None:
        """Remove a namespace under deletion if nothing is left in it and nothing holds it."""
        namespace = self.find(NAMESPACES, "", name)
        if namespace is None or "deletionTimestamp" not in namespace["metadata"] or _held(namespace):
            return
        if next(self._contents(name), None) is None:
            self._remove(NAMESPACES, namespace)

    def _put(self, change: str, resource: Resource, obj: Object, before: Object | None) -> Object:
        self._objects[resource][key_of(obj)] = obj
        self._record(change, resource, obj, before)
        return copied(obj)

    def _record(self, change: str, resource: Resource, obj: Object, before: Object | None) -> None:
        self._version += 1
        self._changed[resource] = self._version
        obj["metadata"]["resourceVersion"] = str(self._version)
        self._events.append(Event(self._version, change, resource, copied(obj), before))
        for listener in list(self._listeners):
            listener()


def key_of(obj: Object) -> tuple[str, str]:
    """The namespace (empty for cluster-wide objects) and name of an object."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def copied(obj: Object) -> Object:
    """A deep copy of an object, which is JSON; several times faster than `copy.deepcopy`."""
    copy: Object = json.loads(json.dumps(obj))
    return copy


def rfc3339(at: datetime) -> str:
    """An aware time as Kubernetes writes it, to the second."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _terminate(namespace: Object) -> None:
    namespace.setdefault("status", {})["phase"] = "Terminating"


def _marked(obj: Object, at: datetime) -> Object:
    """The object under deletion, since `at` or since before."""
    marks = {"deletionTimestamp": rfc3339(at), "deletionGracePeriodSeconds": 0}
    return obj | {"metadata": marks | obj["metadata"]}


def _check_identity(resource: Resource, stored: Object, updated: Object) -> None:
    name = stored["metadata"]["name"]
    given, actual = updated["metadata"].get("uid"), stored["metadata"]["uid"]
    if given and given != actual:
        why = f"Precondition failed: UID in precondition: {given}, UID in object meta: {actual}"
        raise statuses.conflict(resource.group, resource.plural, name, why)
    if updated["metadata"].get("resourceVersion") not in {None, "", stored["metadata"]["resourceVersion"]}:
        why = "the object has been modified; please apply your changes to the latest version and try again"
        raise statuses.conflict(resource.group, resource.plural, name, why)


def _specified(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in {"metadata", "status"}}


def _held(obj: Object) -> bool:
    """Whether finalizers keep the object. A namespace's spec.finalizers do not: its emptying is done here."""
    return bool(obj["metadata"].get("finalizers"))
