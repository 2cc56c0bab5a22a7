"""The patches that are computed before they are written: JSON patch, JSON merge patch, strategic merge patch."""

from __future__ import annotations

from typing import Any, Final

import jsonpatch
import jsonpointer

from kaccess.sandbox.kube.statuses import StatusError, bad_request
from kaccess.sandbox.kube.store import Json, copied
from kaccess.sandbox.kube.types import RAW, Field, Type, message

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"

_DIRECTIVE: Final = "$patch"
_RETAIN: Final = "$retainKeys"
_DELETE_ELEMENTS: Final = "$deleteFromPrimitiveList/"
_ORDER: Final = "$setElementOrder/"


def json_patch(obj: dict[str, Any], operations: Json) -> dict[str, Any]:
    """The object after an RFC 6902 patch.

    Raises:
        StatusError: 400, it is no patch; 422, it does not fit the object.
    """
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: a JSON patch is a list of operations")
    try:
        patched: dict[str, Any] = jsonpatch.apply_patch(obj, operations)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise StatusError(
            422, "Invalid", "the server rejected our request due to an error in our request", {}
        ) from error
    return patched


def merge_patch(obj: Json, patch: Json) -> Json:
    """The object after an RFC 7386 patch."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(obj) if isinstance(obj, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def strategic_patch(obj: dict[str, Any], patch: dict[str, Any], type_name: str) -> dict[str, Any]:
    """The object after a strategic merge patch, which merges lists by the keys that `types.txt` names.

    Raises:
        StatusError: 400, a directive is unknown or a list item lacks its key.
    """
    return _patch_dict(copied(obj), patch, Type("message", message=type_name))


def _patch_dict(obj: dict[str, Any], patch: dict[str, Any], kind: Type) -> dict[str, Any]:
    directive = patch.get(_DIRECTIVE, "merge")
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive != "merge":
        raise bad_request(f"unknown patch type found: {directive}")
    for key, value in patch.items():
        if not key.startswith("$"):
            _patch_field(obj, key, value, _below(kind, key))
    _drop_elements(obj, patch)
    for key, order in patch.items():
        name = key.removeprefix(_ORDER)
        if name != key and isinstance(obj.get(name), list):
            obj[name] = _ordered(obj[name], order, _below(kind, name).merge_key)
    retained = patch.get(_RETAIN)
    return obj if retained is None else {key: value for key, value in obj.items() if key in retained}


def _below(kind: Type, key: str) -> Type:
    if kind.code == "message":
        return message(kind.message).by_name.get(key, Field(key, 0, RAW)).type
    return kind.of_item() if kind.code == "map" else RAW


def _patch_field(obj: dict[str, Any], key: str, value: Json, kind: Type) -> None:
    if value is None or (isinstance(value, dict) and value.get(_DIRECTIVE) == "delete"):
        obj.pop(key, None)
    elif isinstance(value, dict):
        current = obj.get(key)
        obj[key] = _patch_dict(current if isinstance(current, dict) else {}, value, kind)
    elif isinstance(value, list) and kind.code == "list" and kind.merge_key is not None:
        obj[key] = _patch_list(obj.get(key) or [], value, kind, kind.merge_key)
    else:
        obj[key] = value


def _patch_list(items: list[Any], patch: list[Any], kind: Type, merge_key: str) -> list[Any]:
    if not merge_key:
        return [*items, *(value for value in patch if value not in items)]
    if not all(isinstance(item, dict) for item in patch):
        raise bad_request(f"an item of a list that is merged by {merge_key} is no object")
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [item for item in patch if item.get(_DIRECTIVE) != "replace"]
    merged = list(items)
    for item in patch:
        if merge_key not in item:
            raise bad_request(f"map: {item} does not contain declared merge key: {merge_key}")
        at = next((at for at, old in enumerate(merged) if old.get(merge_key) == item[merge_key]), None)
        if item.get(_DIRECTIVE) == "delete":
            merged = [old for old in merged if old.get(merge_key) != item[merge_key]]
        elif at is None:
            merged.append(_patch_dict({}, item, kind.of_item()))
        else:
            merged[at] = _patch_dict(merged[at], item, kind.of_item())
    return merged


def _drop_elements(obj: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, dropped in patch.items():
        name = key.removeprefix(_DELETE_ELEMENTS)
        if name != key and isinstance(obj.get(name), list):
            obj[name] = [value for value in obj[name] if value not in dropped]


def _ordered(items: list[Any], order: list[Any], merge_key: str | None) -> list[Any]:
    """The items in the wanted order; those it does not name stay behind the ones they followed."""
    wanted = [value.get(merge_key) if isinstance(value, dict) else value for value in order]
    ranks: list[tuple[int, Any]] = []
    rank = -1
    for item in items:
        key = item.get(merge_key) if isinstance(item, dict) else item
        rank = wanted.index(key) if key in wanted else rank
        ranks.append((rank, item))
    return [item for _, item in sorted(ranks, key=lambda pair: pair[0])]
