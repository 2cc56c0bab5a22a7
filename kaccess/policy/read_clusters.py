"""The `clusters` section: which EKS clusters the policy is for, and how administrators reach them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaccess.model.arn import Arn, partition_of
from kaccess.model.policy import Backend, Cluster
from kaccess.policy.document import Node, Scalar
from kaccess.policy.fields import fields, named, text
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.policy.shapes import wrong_account, wrong_alias, wrong_cluster, wrong_iam_role, wrong_profile, wrong_region

_SHAPES: Final = {
    "name": wrong_cluster,
    "region": wrong_region,
    "account": wrong_account,
    "profile": wrong_profile,
    "iam_role": wrong_iam_role,
}
CLUSTER_KEYS: Final = ("name", "region", "account", "backend", "profile", "iam_role")


def read_clusters(node: Node | None, report: Report) -> dict[str, Cluster]:
    """The clusters by alias."""
    return named(node, "clusters", report, lambda key, value: _read_cluster(key, value, report))


def check_distinct(clusters: Mapping[str, Cluster], report: Report) -> None:
    """Refuse an account in two partitions, and two aliases of one cluster: each would undo what the other does."""
    seen: dict[tuple[str, str, str], Cluster] = {}
    homes: dict[str, Cluster] = {}
    for cluster in clusters.values():
        first = seen.setdefault((cluster.account, cluster.region, cluster.name), cluster)
        if first is not cluster and cluster.name:
            report.refuse(cluster.place, f"{show(cluster.alias)} is the same cluster as {show(first.alias)}")
        home = homes.setdefault(cluster.account, cluster)
        here, there = partition_of(cluster.region), partition_of(home.region)
        if here != there and cluster.account and cluster.region and home.region:
            account = f"the account {cluster.account} is in the partition {there} for {show(home.alias)}"
            report.refuse(cluster.place, f"{account} at {home.place} and in {here} here; an account is in one")


def _read_cluster(key: Scalar, node: Node, report: Report) -> Cluster:
    report.refuse(key.place, wrong_alias(key.text))
    found = fields(node, "a cluster", report, known=CLUSTER_KEYS, required=CLUSTER_KEYS[:3])
    values = {name: _read_value(name, found.get(name), report) for name in _SHAPES}
    cluster = Cluster(key.text, **values, backend=_read_backend(found.get("backend"), report), place=key.place)
    if "iam_role" in found:
        report.refuse(found["iam_role"].place, _wrong_home(cluster))
    return cluster


def _read_value(name: str, node: Node | None, report: Report) -> str:
    value = text(node, name, report)
    if node is not None and value:
        report.refuse(node.place, _SHAPES[name](value))
    return value


def _wrong_home(cluster: Cluster) -> str:
    """What is wrong with a sound iam_role of a cluster, seen from where the cluster is."""
    if not cluster.iam_role or any(_SHAPES[name](getattr(cluster, name)) for name in ("iam_role", "region", "account")):
        return ""
    role, partition = Arn.parse(cluster.iam_role), partition_of(cluster.region)
    if (role.partition, role.account) == (partition, cluster.account):
        return ""
    where = f"the account {role.account} of {role.partition}"
    return f"this iam_role is in {where}, the cluster in {cluster.account} of {partition}; name a role of the latter"


def _read_backend(node: Node | None, report: Report) -> Backend:
    word = text(node, "backend", report)
    names = [backend.value for backend in Backend]
    if node is None or not word or word in names:
        return Backend(word or Backend.AUTO)
    report.refuse(node.place, f"unknown backend {show(word)}{did_you_mean(word, names)}; it is {' or '.join(names)}")
    return Backend.AUTO
