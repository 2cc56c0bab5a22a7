"""Server-side apply: merge what a manager wants into what is there, and refuse what others own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from kaccess.sandbox.kube.fieldsets import PRESENT, Path, flatten, item_key, path_text
from kaccess.sandbox.kube.managers import APPLY, UPDATE, Manager, Owned, managers_of, owned_now, write_managers
from kaccess.sandbox.kube.statuses import Cause, StatusError, apply_conflict
from kaccess.sandbox.kube.store import Json, Object, copied
from kaccess.sandbox.kube.types import RAW, Field, Type, is_atomic, message

_EMPTY: Final[tuple[Json, ...]] = (None, [], {}, PRESENT)


def server_side_apply(
    live: Object, wanted: Object, type_name: str, manager: Manager, *, force: bool, at: datetime
) -> Object:
    """The object after `manager` applied `wanted` to `live`.

    Fields it applied before and no longer wants go, unless others own them too.

    Raises:
        StatusError: 409, others own fields that would change, and not `force`.
    """
    managers = managers_of(live) or _before_first_apply(live, type_name, manager.api_version)
    merged = _merge_message(live, wanted, type_name)
    old, new = flatten(live, type_name), flatten(merged, type_name)
    changed = {path for path, value in new.items() if _differs(old.get(path), value)}
    others = {other: owned for other, owned in managers.items() if other != manager}
    conflicts = {other: owned.fields & changed for other, owned in others.items() if owned.fields & changed}
    if conflicts and not force:
        raise _refusal(conflicts, others)
    others = {other: Owned(owned.fields - changed, owned.time) for other, owned in others.items()}
    own, applied = managers.get(manager, Owned(frozenset())), frozenset(flatten(wanted, type_name))
    kept = applied.union(*(owned.fields for owned in others.values()))
    for path in sorted(own.fields - applied, key=len):
        if not _is_item_key(path) and not any(other[: len(path)] == path for other in kept):
            _remove(merged, Type("message", message=type_name), path)
    write_managers(merged, others | {manager: owned_now(own, applied, at)})
    return merged


def _differs(old: Json, new: Json) -> bool:
    """Whether a field changes: an empty one is stored as one that is not there."""
    return bool(old != new and not (old in _EMPTY and new in _EMPTY))


def _before_first_apply(live: Object, type_name: str, api_version: str) -> dict[Manager, Owned]:
    """Objects whose fields nobody manages are taken to be managed by whoever made them."""
    fields = frozenset(flatten(live, type_name))
    return {Manager("before-first-apply", UPDATE, api_version): Owned(fields)} if fields else {}


def _merge_message(live: dict[str, Any], wanted: dict[str, Any], name: str) -> dict[str, Any]:
    fields, merged = message(name).by_name, copied(live)
    for key, value in wanted.items():
        kind = fields.get(key, Field(key, 0, RAW)).type
        merged[key] = _merge(live[key], value, kind) if key in live else value
    return merged


def _merge(live: Json, wanted: Json, kind: Type) -> Json:
    if is_atomic(kind):
        return wanted
    if kind.code == "message":
        return _merge_message(live, wanted, kind.message)
    if kind.code == "map":
        item = kind.of_item()
        return live | {key: _merge(live[key], value, item) if key in live else value for key, value in wanted.items()}
    if not kind.keys:
        return [*live, *(value for value in wanted if value not in live)]
    items = {item_key(item, kind.keys): item for item in live}
    for item in wanted:
        key = item_key(item, kind.keys)
        items[key] = _merge(items[key], item, kind.of_item()) if key in items else item
    return list(items.values())


def _is_item_key(path: Path) -> bool:
    """Whether the field is what tells a list item apart, which goes with the item or not at all."""
    item, field = path[-2:] if len(path) > 1 else ("", "")
    return item.startswith("k:") and field[2:] in json.loads(item[2:])


def _remove(value: Json, kind: Type, path: Path) -> None:
    """Take the field at `path` away, and what it leaves empty above it."""
    element, rest = path[0], path[1:]
    if isinstance(value, list):
        _remove_item(value, kind, element, rest)
        return
    key = element[2:]
    if not isinstance(value, dict) or key not in value:
        return
    if rest:
        below = kind.of_item() if kind.code == "map" else message(kind.message).by_name[key].type
        _remove(value[key], below, rest)
    if not rest or value[key] in ({}, []):
        del value[key]


def _remove_item(items: list[Any], kind: Type, element: str, rest: Path) -> None:
    keys = kind.keys or ()
    for item in list(items):
        here = item_key(item, keys) if keys else f"v:{json.dumps(item)}"
        if here == element and rest:
            _remove(item, kind.of_item(), rest)
        elif here == element:
            items.remove(item)


def _refusal(conflicts: dict[Manager, frozenset[Path]], others: dict[Manager, Owned]) -> StatusError:
    told = {_told(manager, others[manager].time): sorted(paths) for manager, paths in conflicts.items()}
    causes = [
        Cause("FieldManagerConflict", f"conflict with {who}", path_text(path))
        for who, paths in told.items()
        for path in paths
    ]
    return apply_conflict(_message_of(causes, told), causes)


def _message_of(causes: list[Cause], told: dict[str, list[Path]]) -> str:
    if len(causes) == 1:
        return f"Apply failed with 1 conflict: {causes[0].message}: {causes[0].field}"
    blocks = (f"conflicts with {who}:\n{_listed(paths)}" for who, paths in sorted(told.items()))
    return f"Apply failed with {len(causes)} conflicts: " + "\n".join(blocks)


def _listed(paths: Iterable[Path]) -> str:
    return "\n".join(f"- {path_text(path)}" for path in paths)


def _told(manager: Manager, time: str) -> str:
    text = json.dumps(manager.name)
    if manager.subresource:
        text += f" with subresource {json.dumps(manager.subresource)}"
    if manager.operation == APPLY:
        return text
    return f"{text} using {manager.api_version}" + (f" at {time}" if time else "")
