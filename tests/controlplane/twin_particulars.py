"""What is particular to some kinds: fields that may not change, odd contents, pages, and workloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from .rbac_objects import RBAC
from .twin_access import BINDINGS
from .twin_kinds import NAMESPACE, TEMPLATE, VIEW
from .twin_shapes import MERGE, STRATEGIC
from .twins import RITA, Memory, Step

DEFAULT = "/api/v1/namespaces/default"

Manifest = dict[str, Any]


def steps() -> Iterator[Step]:
    for particular in (_unchangeable, _odds, _pages, _workloads):
        yield from particular()


def _unchangeable() -> Iterator[Step]:
    other = {"roleRef": VIEW | {"name": "edit"}}
    yield Step("another roleRef", "PATCH", f"{BINDINGS}/gives-held", other, headers=MERGE)
    yield Step("another subject", "PATCH", f"{BINDINGS}/gives-held", {"subjects": []}, headers=MERGE)
    card: Manifest = {"metadata": {"name": "card"}, "immutable": True, "data": {"a": "1"}}
    yield Step("create an immutable card", "POST", f"/api/v1/namespaces/{NAMESPACE}/configmaps", card)
    at = f"/api/v1/namespaces/{NAMESPACE}/configmaps/card"
    yield Step("change an immutable card", "PATCH", at, {"data": {"a": "2"}}, headers=MERGE)
    yield Step("make it mutable", "PATCH", at, {"immutable": False}, headers=MERGE)
    yield Step("rita reads the card", "GET", at, user=RITA)
    by_name = f"/api/v1/namespaces/{NAMESPACE}/configmaps?fieldSelector=metadata.name%3Dcard"
    yield Step("rita lists the card", "GET", by_name, user=RITA)
    yield Step("rita watches the card", "GET", f"{by_name}&watch=1&resourceVersion=0&timeoutSeconds=1", user=RITA)
    for field in ("name", "namespace", "uid", "creationTimestamp", "generation"):
        value: object = {"creationTimestamp": "2020-01-01T00:00:00Z", "generation": 7}.get(field, "x")
        yield Step(f"change {field}", "PATCH", at, {"metadata": {field: value}}, headers=MERGE)


def _odds() -> Iterator[Step]:
    secrets, cards = (f"/api/v1/namespaces/{NAMESPACE}/{plural}" for plural in ("secrets", "configmaps"))
    x = {"metadata": {"name": "x"}}
    yield Step("secret that is not base64", "POST", secrets, {**x, "data": {"a": "?"}})
    yield Step("card with a number", "POST", cards, {**x, "data": {"a": 1}})
    yield Step("card with a broken key", "POST", cards, {**x, "data": {"a b": "1"}})
    yield Step("in a namespace that is not there", "POST", "/api/v1/namespaces/none/configmaps", x)
    yield Step("list in a namespace that is not there", "GET", "/api/v1/namespaces/none/configmaps")
    yield Step("role in a namespace that is not there", "POST", f"{RBAC}/namespaces/none/roles", x)
    yield Step("get default", "GET", DEFAULT)
    yield Step("delete default", "DELETE", DEFAULT)
    named = "labelSelector=kubernetes.io/metadata.name%20in%20(default,kube-system,kube-public,kube-node-lease)"
    yield Step("list namespaces", "GET", f"/api/v1/namespaces?{named}")
    yield Step("the cluster's CA", "GET", f"{DEFAULT}/configmaps/kube-root-ca.crt")


def _pages() -> Iterator[Step]:
    for number in range(5):
        card = {"metadata": {"name": f"paged-{number}", "labels": {"paged": "yes"}}}
        yield Step(f"page card {number}", "POST", f"{DEFAULT}/configmaps", card)
    paged = f"{DEFAULT}/configmaps?labelSelector=paged=yes&limit=2"

    def rest(kept: str) -> Callable[[Memory], str]:
        return lambda memory: f"{paged}&continue={quote(memory[kept]['metadata']['continue'])}"

    yield Step("first page", "GET", paged, keep="first")
    yield Step("second page", "GET", rest("first"), keep="second")
    yield Step("last page", "GET", rest("second"))


def _workloads() -> Iterator[Step]:
    deployments = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
    two = f"{deployments}/two"

    def containers(*containers: Manifest) -> Manifest:
        return {"spec": {"template": {"spec": {"containers": list(containers)}}}}

    image, added = containers({"name": "main", "image": "x:2"}), containers({"name": "more", "image": "y:1"})
    yield Step("image by strategic patch", "PATCH", two, image, headers=STRATEGIC)
    yield Step("container by strategic patch", "PATCH", two, added, headers=STRATEGIC)
    gone = containers({"name": "more", "$patch": "delete"})
    yield Step("no container by strategic patch", "PATCH", two, gone, headers=STRATEGIC)
    yield Step("scale", "GET", f"{two}/scale")
    yield Step("scale up", "PATCH", f"{two}/scale", {"spec": {"replicas": 3}}, headers=MERGE)
    other = {"spec": {"selector": {"matchLabels": {"b": "c"}}}}
    yield Step("deployment with another selector", "PATCH", two, other, headers=MERGE)
    empty = {"selector": {"matchLabels": {"app": "one"}}, "template": TEMPLATE | {"spec": {}}}
    yield Step("deployment without containers", "POST", deployments, {"metadata": {"name": "x"}, "spec": empty})
