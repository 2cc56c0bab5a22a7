"""The Kubernetes half of the one write path: one change becomes one write, or an error that says why not.

Nothing foreign is overwritten: before an update or delete the object is read, must still carry our label, and is
written under the resourceVersion that was read. What others added to an object of ours (annotations, labels,
finalizers) is sent back as it was.
"""

from __future__ import annotations

from typing import Final

from kaccess.kube.errors import Conflict, NotFound
from kaccess.kube.manifests import Json, KubeItem, is_owned, to_manifest
from kaccess.kube.resources import collection_path, object_path
from kaccess.kube.transport import Transport
from kaccess.model.errors import Refused
from kaccess.model.names import MANAGED_BY, group_of
from kaccess.model.plan import Change, Operation
from kaccess.model.state import Binding, Entry, IamGroupPolicy, IamRole, Key, Namespace

_MANAGER: Final = {"fieldManager": "kaccess"}
_REPLACED: Final = ("rules", "subjects", "data")
"""The parts of an object that are ours as a whole."""


def write(transport: Transport, change: Change) -> None:
    """Make one change.

    Raises:
        Conflict: the object is foreign, or someone changed it in the same moment; planning again helps.
        KubeError: it was not done, or (Unreachable) perhaps done; running again finishes it.
        Refused: the change is one that kaccess never makes.
        TypeError: the item lives in AWS.
    """
    item = _writable(change)
    match change.operation:
        case Operation.CREATE:
            _create(transport, change.key, item)
        case Operation.UPDATE:
            _update(transport, change.key, item)
        case Operation.DELETE:
            _delete(transport, change.key)


def _writable(change: Change) -> KubeItem:
    """The change's item, if it is one that may be written at all; planning knows this too."""
    item = change.item
    if isinstance(item, Entry | IamRole | IamGroupPolicy):
        raise TypeError(f"{item.key} lives in AWS")
    if isinstance(item, Namespace) and change.operation is Operation.DELETE:
        raise Refused(f"kaccess never deletes a namespace: {item.name}")
    if isinstance(change.after, Binding):
        strangers = [s.name for s in change.after.subjects if s.kind != "Group" or group_of(s.name) is None]
        if strangers:
            raise Refused(f"{item.key}: kaccess binds its own groups alone, not {', '.join(strangers)}")
    return item


def _create(transport: Transport, key: Key, item: KubeItem) -> None:
    path = collection_path(key.kind, key.namespace)
    try:
        transport.call("POST", path, f"create {key}", body=to_manifest(item), query=_MANAGER)
    except Conflict as error:
        raise (_taken(transport, key) if error.reason == "AlreadyExists" else error) from None


def _taken(transport: Transport, key: Key) -> Conflict:
    live = _read(transport, key)
    if live is None or is_owned(live):
        return Conflict(f"{key}: another run created it meanwhile; run again")
    return Conflict(f"{key} exists and is not kaccess's (no label {MANAGED_BY}: kaccess); rename or remove it")


def _update(transport: Transport, key: Key, item: KubeItem) -> None:
    live = _read(transport, key)
    if live is None:
        raise Conflict(f"{key} is gone; run again")
    released = isinstance(item, Namespace) and not item.owned
    if not is_owned(live):
        if released:
            return
        raise _foreign(key)
    desired = to_manifest(item)
    if live.get("roleRef") != desired.get("roleRef"):
        raise Conflict(f"{key} is bound to something else now; run again")
    body = _merged(live, desired)
    if released:
        del body["metadata"]["labels"][MANAGED_BY]
    transport.call("PUT", object_path(key), f"update {key}", body=body, query=_MANAGER)


def _merged(live: Json, desired: Json) -> Json:
    """The live object with our parts as desired. It keeps the resourceVersion, so that the server sees a race."""
    metadata = dict(live["metadata"])
    for marks in ("labels", "annotations"):
        metadata[marks] = (metadata.get(marks) or {}) | (desired["metadata"].get(marks) or {})
    return {**live, **{part: desired[part] for part in _REPLACED if part in desired}, "metadata": metadata}


def _delete(transport: Transport, key: Key) -> None:
    live = _read(transport, key)
    if live is None:
        return
    if not is_owned(live):
        raise _foreign(key)
    seen = {name: live["metadata"][name] for name in ("uid", "resourceVersion")}
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": seen}
    try:
        transport.call("DELETE", object_path(key), f"delete {key}", body=body)
    except NotFound:
        return


def _read(transport: Transport, key: Key) -> Json | None:
    try:
        return transport.call("GET", object_path(key), f"read {key}", repeatable=True)
    except NotFound:
        return None


def _foreign(key: Key) -> Conflict:
    return Conflict(f"{key} lost the label {MANAGED_BY}: kaccess; it is someone else's now and stays as it is")
