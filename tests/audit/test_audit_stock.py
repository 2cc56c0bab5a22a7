"""What comes with every EKS cluster is quiet, and what only looks like it is not."""

import pytest

from kaccess.audit.access import spoken_of
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.aggregate import ClusterRole
from kaccess.workflows.audit import audit

from .stock_eks import ANYTHING, stock_bindings, stock_cluster_roles, stock_roles
from .worlds import Cluster, arn

POD_READER = (Rule(("get",), ("",), ("pods",)),)
BOT = Subject("ServiceAccount", "bot", "legacy")


def audited(cluster):
    (one,) = audit(cluster.snapshot()).clusters
    return one


def stock():
    cluster = Cluster()
    cluster.bindings += stock_bindings()
    cluster.cluster_roles += stock_cluster_roles()
    cluster.roles += stock_roles()
    return cluster


def test_a_stock_cluster_is_silent():
    one = audited(stock())
    assert one.findings == ()
    spoken = {each.principal for each in one.access if any(True for _ in spoken_of(each))}
    assert spoken == {arn("ana"), arn("otto"), arn("kaccess/kaccess-oncall", "role")}


@pytest.mark.parametrize(
    ("name", "role", "subject"),
    [
        ("cluster-admin", "cluster-admin", BOT),
        ("eks:addon-cluster-admin", "cluster-admin", BOT),
        ("eks:mine", "cluster-admin", Subject("User", "eks:mine")),
        ("eks:mine", "eks:mine", Subject("ServiceAccount", "default", "kube-system")),
        ("system:mine", "system:mine", Subject.group("system:nodes")),
        ("aws-node", "aws-node", BOT),
        ("system:discovery", "cluster-admin", Subject.group("system:authenticated")),
        ("system:basic-user", "system:basic-user", Subject.group("system:unauthenticated")),
        ("eks:node-bootstrapper", "eks:node-bootstrapper", Subject.group("system:authenticated")),
        ("system:controller:mine", "system:controller:mine", Subject("ServiceAccount", "default", "kube-system")),
    ],
)
def test_a_binding_that_only_looks_like_stock_is_found(name, role, subject):
    cluster = Cluster()
    cluster.bindings = [each for each in cluster.bindings if each.name != name]
    if not any(each.name == role for each in cluster.cluster_roles):
        cluster.cluster_roles.append(ClusterRole(role, ANYTHING))
    elif role == "system:basic-user":
        cluster.cluster_roles = [each for each in cluster.cluster_roles if each.name != role]
        cluster.cluster_roles.append(ClusterRole(role, POD_READER))
    cluster.bindings.append(Binding("", name, RoleRef("ClusterRole", role), (subject,)))
    assert audited(cluster).findings != ()


def test_a_node_of_the_stock_is_no_finding_though_nobody_is_it():
    cluster = stock()
    cluster.bind("kube-system", "lease", "system:node-proxier", Subject.group("system:nodes"))
    assert [each.id for each in audited(cluster).findings] == []
