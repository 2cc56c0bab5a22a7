"""Items as Kubernetes objects and back. Pure; also what `render` writes into a GitOps repository."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, astuple, fields
from typing import Any, Final, TypeAlias

from kaccess.model.names import (
    DIRECTORY_ROLE,
    GROUP_ANNOTATION,
    MANAGED_BY,
    OWNER,
    PREFIX,
    ROLE_ANNOTATION,
    group_of,
)
from kaccess.model.rule import RBAC_GROUP, RoleRef, Subject, rules_from_json
from kaccess.model.state import Binding, Card, CardLine, KubeRole, Namespace

Json: TypeAlias = dict[str, Any]
KubeItem: TypeAlias = Namespace | KubeRole | Binding | Card

_RBAC: Final = f"{RBAC_GROUP}/v1"
_GROUP: Final = "group"
_GRANTS: Final = "grants.json"
_OWNED: Final = {MANAGED_BY: OWNER}


def to_manifest(item: KubeItem) -> Json:
    """The Kubernetes object that `item` is, with our label if it is owned, and without a status."""
    match item:
        case Namespace():
            metadata = _metadata(item.name, "", {}, dict(item.labels) | (_OWNED if item.owned else {}))
            return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        case KubeRole():
            metadata = _metadata(item.name, item.namespace, _role_annotations(item))
            rules = [rule.to_json() for rule in item.rules]
            return {"apiVersion": _RBAC, "kind": "Role", "metadata": metadata, "rules": rules}
        case Binding():
            return {
                "apiVersion": _RBAC,
                "kind": "RoleBinding",
                "metadata": _metadata(item.name, item.namespace, _binding_annotations(item)),
                "roleRef": item.role_ref.to_json(),
                "subjects": [subject.to_json() for subject in item.subjects],
            }
        case Card():
            metadata = _metadata(item.name, item.namespace, {GROUP_ANNOTATION: item.group})
            data = {_GROUP: item.group, _GRANTS: json.dumps([asdict(line) for line in item.lines], indent=1)}
            return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def from_manifest(kind: str, manifest: Json) -> KubeItem:
    """The item that a Kubernetes object is.

    Args:
        kind: the item's kind, as in `Key`: `namespace`, `role`, `binding` or `card`.
        manifest: the object; in a list it says nothing of its own kind.
    """
    return _READERS[kind](manifest)


def namespace_from(manifest: Json) -> Namespace:
    """A namespace. Whether it is ours is said by `owned` alone; our label is left out of `labels`."""
    metadata = manifest["metadata"]
    owned = is_owned(manifest)
    labels = metadata.get("labels") or {}
    return Namespace(
        metadata["name"],
        tuple(sorted((key, value) for key, value in labels.items() if not (owned and key == MANAGED_BY))),
        owned,
        terminating="deletionTimestamp" in metadata,
    )


def role_from(manifest: Json) -> KubeRole:
    """A Role."""
    return KubeRole(*_place(manifest), rules_from_json(manifest.get("rules")))


def binding_from(manifest: Json) -> Binding:
    """A RoleBinding; or a ClusterRoleBinding, which has no namespace."""
    subjects = tuple(Subject.from_json(subject) for subject in manifest.get("subjects") or ())
    return Binding(*_place(manifest), RoleRef.from_json(manifest["roleRef"]), subjects)


def card_from(manifest: Json) -> Card:
    """A card. One that somebody broke has no lines, so that it differs from the desired one and is mended."""
    data = manifest.get("data") or {}
    return Card(*_place(manifest), data.get(_GROUP) or "", _card_lines(data.get(_GRANTS) or ""))


_READERS: Final[Mapping[str, Callable[[Json], KubeItem]]] = {
    "namespace": namespace_from,
    "role": role_from,
    "binding": binding_from,
    "card": card_from,
}


def is_owned(manifest: Json) -> bool:
    """Whether the object carries our label."""
    labels = manifest["metadata"].get("labels") or {}
    return bool(labels.get(MANAGED_BY) == OWNER)


def _place(manifest: Json) -> tuple[str, str]:
    return manifest["metadata"].get("namespace") or "", manifest["metadata"]["name"]


def _card_lines(text: str) -> tuple[CardLine, ...]:
    try:
        lines = tuple(_card_line(line) for line in json.loads(text))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ()
    whole = all(isinstance(value, str) for line in lines for value in astuple(line))
    return lines if whole else ()


def _card_line(line: Json) -> CardLine:
    """One line; parts that only a newer kaccess knows are left out, so that its cards still serve to log in."""
    known = {part.name for part in fields(CardLine)}
    return CardLine(**{name: value for name, value in line.items() if name in known})


def _metadata(name: str, namespace: str, annotations: Json, labels: Mapping[str, str] = _OWNED) -> Json:
    metadata: Json = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = annotations
    return metadata


def _role_annotations(role: KubeRole) -> Json:
    ours = role.name.startswith(PREFIX)
    return {ROLE_ANNOTATION: role.name[len(PREFIX) :] if ours else DIRECTORY_ROLE}


def _binding_annotations(binding: Binding) -> Json:
    """Group and role; the group comes from the subject, since the name of a directory binding may be a digest."""
    groups = [name for name in map(group_of, sorted(binding.kube_groups)) if name]
    if len(groups) != 1:
        return {}
    role, _, _ = binding.name.removeprefix(f"{PREFIX}{groups[0]}:").partition(":")
    return {GROUP_ANNOTATION: groups[0], ROLE_ANNOTATION: DIRECTORY_ROLE if role == binding.name else role}
