"""Where the API server keeps each kind of item."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from kaccess.model.rule import RBAC_GROUP
from kaccess.model.state import Key

CORE: Final = "/api/v1"
RBAC: Final = f"/apis/{RBAC_GROUP}/v1"

_PLACES: Final = {
    "namespace": (CORE, "namespaces"),
    "role": (RBAC, "roles"),
    "binding": (RBAC, "rolebindings"),
    "card": (CORE, "configmaps"),
    "service-account": (CORE, "serviceaccounts"),
}


def collection_path(kind: str, namespace: str = "") -> str:
    """The URL path of all objects of a kind, in one namespace or (empty) in all."""
    root, plural = _PLACES[kind]
    return f"{root}/namespaces/{quote(namespace, safe='')}/{plural}" if namespace else f"{root}/{plural}"


def object_path(key: Key) -> str:
    """The URL path of one object. Names of RBAC objects may hold any character but `/` and `%`, so they are quoted."""
    return f"{collection_path(key.kind, key.namespace)}/{quote(key.name, safe='')}"
