"""EKS access policies within their scopes."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from kaccess.rbac.request import Request
from kaccess.sandbox.aws.access_entry import AssociatedPolicy
from kaccess.sandbox.aws.access_policies import access_allows

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)


def policy(name, *namespaces):
    return AssociatedPolicy(f"arn:aws:eks::aws:cluster-access-policy/{name}", namespaces, NOW, NOW)


GET_PODS = Request("get", "pods", namespace="staging")


@pytest.mark.parametrize(
    ("policies", "request_", "allowed"),
    [
        ([], GET_PODS, False),
        ([policy("AmazonEKSViewPolicy")], GET_PODS, True),
        ([policy("AmazonEKSViewPolicy", "staging")], GET_PODS, True),
        ([policy("AmazonEKSViewPolicy", "stag*")], GET_PODS, True),
        ([policy("AmazonEKSViewPolicy", "production")], GET_PODS, False),
        ([policy("AmazonEKSViewPolicy", "staging")], Request("list", "pods"), False),
        ([policy("AmazonEKSViewPolicy")], Request("get", "secrets", namespace="staging"), False),
        ([policy("AmazonEKSEditPolicy")], Request("get", "secrets", namespace="staging"), True),
        ([policy("AmazonEKSEditPolicy")], Request("create", "rolebindings", "rbac.authorization.k8s.io"), False),
        ([policy("AmazonEKSAdminViewPolicy")], Request("get", "secrets", namespace="staging"), True),
        ([policy("AmazonEKSAdminViewPolicy")], Request("delete", "pods", namespace="staging"), False),
        ([policy("AmazonEKSClusterAdminPolicy")], Request("delete", "nodes"), True),
        ([policy("AmazonEKSClusterAdminPolicy")], Request("get", path="/metrics"), True),
        ([policy("AmazonEKSClusterAdminPolicy", "staging")], Request("get", path="/metrics"), False),
        ([policy("AmazonEKSClusterAdminPolicy", "staging")], Request("delete", "nodes"), False),
    ],
)
def test_what_access_policies_allow(policies, request_, allowed):
    assert access_allows(policies, request_) is allowed
