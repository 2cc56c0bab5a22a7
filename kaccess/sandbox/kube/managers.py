"""metadata.managedFields: which manager set which field, kept through every write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kaccess.sandbox.kube.fieldsets import Path, decode, encode, flatten
from kaccess.sandbox.kube.store import Json, Object, rfc3339

APPLY: Final = "Apply"
UPDATE: Final = "Update"


@dataclass(frozen=True)
class Manager:
    """Someone who sets fields: one client by one operation through one version and subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""


@dataclass(frozen=True)
class Owned:
    """The fields of one manager, and when they last changed (RFC 3339)."""

    fields: frozenset[Path]
    time: str = ""


def managers_of(obj: Object) -> dict[Manager, Owned]:
    """Read the managedFields of an object."""
    return dict(map(_read, obj["metadata"].get("managedFields") or ()))


def _read(entry: Mapping[str, Any]) -> tuple[Manager, Owned]:
    manager = Manager(
        entry.get("manager", ""),
        entry.get("operation", UPDATE),
        entry.get("apiVersion", ""),
        entry.get("subresource", ""),
    )
    return manager, Owned(frozenset(decode(entry.get("fieldsV1") or {})), entry.get("time", ""))


def write_managers(obj: Object, managers: Mapping[Manager, Owned]) -> None:
    """Put managedFields into the object: applies first, then by time; managers of nothing are dropped."""
    kept = ((manager, owned) for manager, owned in managers.items() if owned.fields)
    ordered = sorted(kept, key=lambda pair: (pair[0].operation, pair[1].time, pair[0].name))
    obj["metadata"]["managedFields"] = [_entry(manager, owned) for manager, owned in ordered]


def _entry(manager: Manager, owned: Owned) -> dict[str, Any]:
    entry = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.api_version,
        "time": owned.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": encode(owned.fields),
        "subresource": manager.subresource,
    }
    return {key: value for key, value in entry.items() if value}


def track_update(before: Object | None, after: Object, type_name: str, manager: Manager, at: datetime) -> None:
    """Note in `after` that `manager` made of `before` what it is now, by a create, update or patch.

    What `after` says of its managers itself is taken for true: so kubectl moves fields from one manager to another.
    """
    old, new = _settable(before or {}, type_name, manager), _settable(after, type_name, manager)
    changed = {path for path, value in new.items() if path not in old or old[path] != value}
    told = after if after["metadata"].get("managedFields") else before
    managers = managers_of(told) if told else {}
    touched = changed | (old.keys() - new.keys())
    for other, owned in managers.items():
        managers[other] = Owned(owned.fields - touched, owned.time)
    own = managers.get(manager, Owned(frozenset()))
    managers[manager] = owned_now(own, own.fields | changed, at)
    write_managers(after, managers)


def _settable(obj: Object, type_name: str, manager: Manager) -> dict[Path, Json]:
    """The fields that the manager's endpoint sets: nobody owns a status but through its own."""
    flat = flatten(obj, type_name)
    return flat if manager.subresource == "status" else {path: flat[path] for path in flat if path[0] != "f:status"}


def owned_now(before: Owned, fields: frozenset[Path], at: datetime) -> Owned:
    """These fields as of `at`, or as of before if they are the same, so that a write of nothing changes nothing."""
    return Owned(fields, before.time if fields == before.fields and before.time else rfc3339(at))
