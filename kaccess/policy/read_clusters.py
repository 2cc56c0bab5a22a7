"""The `clusters` section: which EKS clusters the policy is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaccess.model.policy import Backend, Cluster
from kaccess.policy.document import Node, Scalar
from kaccess.policy.fields import fields, named, text
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.policy.shapes import wrong_account, wrong_alias, wrong_cluster, wrong_region

CLUSTER_KEYS: Final = ("name", "region", "account", "backend")


def read_clusters(node: Node | None, report: Report) -> dict[str, Cluster]:
    """The clusters by alias."""
    return named(node, "clusters", report, lambda key, value: _read_cluster(key, value, report))


def check_distinct(clusters: Mapping[str, Cluster], report: Report) -> None:
    """Refuse two aliases of one cluster: each would undo what the other does."""
    seen: dict[tuple[str, str, str], Cluster] = {}
    for cluster in clusters.values():
        first = seen.setdefault((cluster.account, cluster.region, cluster.name), cluster)
        if first is not cluster and cluster.name:
            report.refuse(cluster.place, f"{show(cluster.alias)} is the same cluster as {show(first.alias)}")


def _read_cluster(key: Scalar, node: Node, report: Report) -> Cluster:
    report.refuse(key.place, wrong_alias(key.text))
    found = fields(node, "a cluster", report, known=CLUSTER_KEYS, required=CLUSTER_KEYS[:3])
    values = {name: text(found.get(name), name, report) for name in CLUSTER_KEYS[:3]}
    shapes = {"name": wrong_cluster, "region": wrong_region, "account": wrong_account}
    for name, value in values.items():
        if value:
            report.refuse(found[name].place, shapes[name](value))
    return Cluster(key.text, **values, backend=_read_backend(found.get("backend"), report), place=key.place)


def _read_backend(node: Node | None, report: Report) -> Backend:
    word = text(node, "backend", report)
    names = [backend.value for backend in Backend]
    if node is None or not word or word in names:
        return Backend(word or Backend.AUTO)
    report.refuse(node.place, f"unknown backend {show(word)}{did_you_mean(word, names)}; it is {' or '.join(names)}")
    return Backend.AUTO
