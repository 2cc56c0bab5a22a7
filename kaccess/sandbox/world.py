"""The company that a new sandbox holds: its people, their IAM groups, the cluster and what others have made in it.

The developers' IAM policies allow no more than finding the cluster, as least privilege would have it. One entry and one
binding belong to others, so that what must stay untouched is there to be touched.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from moto.iam.models import User

from kaccess.model.rule import RoleRef, Subject
from kaccess.sandbox.aws.access_entry import NewEntry
from kaccess.sandbox.aws.account import Account
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.kube import resources
from kaccess.sandbox.kube.controllers import add_default_service_account
from kaccess.sandbox.kube.defaults import fill_in, start
from kaccess.sandbox.kube.seed import seed
from kaccess.sandbox.kube.store import Object, Store

ACCOUNT: Final = Account("111122223333", "eu-south-1")
CLUSTER: Final = "cardo-eks"
AUTHENTICATION_MODE: Final = "API"
"""The sandbox's API server reads access entries alone, so it would be untrue to claim that aws-auth counts."""

KUBERNETES_VERSION: Final = "1.36"

PEOPLE: Final = ("admin", "ana", "ben", "carla", "dario", "olga")
"""IAM users, each a profile of the credentials file; dario is in no group and has no entry."""

IAM_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "payments-developers": ("ana", "ben"),
    "data-engineers": ("carla",),
    "auditors": ("olga",),
    "platform-admins": ("admin",),
}
NODE_ROLE: Final = "cardo-nodes"
ARGOCD_ROLE: Final = "argocd"
ARGOCD_GROUP: Final = "argocd-deployers"

NAMESPACES: Final = ("staging", "production")

_FIND_CLUSTERS: Final = ("eks:DescribeCluster", "eks:ListClusters")
_READ_ACCESS: Final = ("eks:Describe*", "eks:List*", "iam:Get*", "iam:List*")
_GROUP_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "payments-developers": _FIND_CLUSTERS,
    "data-engineers": _FIND_CLUSTERS,
    "auditors": _READ_ACCESS,
    "platform-admins": ("*",),
}


def seed_aws(cloud: Cloud, endpoint: str, ca_pem: bytes) -> dict[str, tuple[str, str]]:
    """Fill an empty account and return everyone's access key id and secret.

    `endpoint` is the Kubernetes API that eks:DescribeCluster shows, `ca_pem` the authority its certificate is from.
    """
    keys = {name: _user(name) for name in PEOPLE}
    for group, members in IAM_GROUPS.items():
        ACCOUNT.iam.create_group(group)
        ACCOUNT.iam.put_group_policy(group, "access", _policy(_GROUP_ACTIONS[group]))
        for member in members:
            ACCOUNT.iam.add_user_to_group(group, member)
    ACCOUNT.iam.put_user_policy("dario", "access", _policy(_FIND_CLUSTERS))
    for name, path, service in (
        ("cardo-cluster", "/", "eks.amazonaws.com"),
        (NODE_ROLE, "/", "ec2.amazonaws.com"),
        (ARGOCD_ROLE, "/platform/", "pods.eks.amazonaws.com"),
    ):
        ACCOUNT.iam.create_role(name, _trust(service), path, None, "", [], None)
    _cluster(cloud, endpoint, ca_pem)
    _entries(cloud)
    return keys


def seed_kube(store: Store, at: datetime) -> None:
    """Fill an empty cluster: what every cluster is born with, two namespaces, and a binding somebody made by hand."""
    seed(store, at)
    for name in NAMESPACES:
        _create(store, resources.NAMESPACES, {"metadata": {"name": name, "labels": {"env": name}}}, at)
        add_default_service_account(store, name, at)
    binding: Object = {
        "metadata": {"name": "argocd-deploys", "namespace": "production", "labels": {"team": "platform"}},
        "subjects": [Subject.group(ARGOCD_GROUP).to_json()],
        "roleRef": RoleRef("ClusterRole", "edit").to_json(),
    }
    _create(store, resources.ROLE_BINDINGS, binding, at)


def _create(store: Store, resource: resources.Resource, obj: Object, at: datetime) -> None:
    started: Object = {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
    start(resource, started)
    fill_in(resource, started)
    store.create(resource, started, at)


def _user(name: str) -> tuple[str, str]:
    user: User = ACCOUNT.iam.create_user(ACCOUNT.region, name)
    # moto's ids lack AWS's prefix, by which people tell users from roles
    user.id = "AIDA" + secrets.token_hex(8).upper() + "K"
    key = ACCOUNT.iam.create_access_key(name)
    return key.access_key_id, key.secret_access_key


def _cluster(cloud: Cloud, endpoint: str, ca_pem: bytes) -> None:
    role_arn = ACCOUNT.arn("iam", "role/cardo-cluster")
    cluster = ACCOUNT.eks.create_cluster(CLUSTER, role_arn, {}, version=KUBERNETES_VERSION)
    cluster.endpoint = endpoint
    cluster.certificate_authority = {"data": base64.b64encode(ca_pem).decode()}
    cloud.entries.modes[CLUSTER] = AUTHENTICATION_MODE


def _entries(cloud: Cloud) -> None:
    entries = cloud.entries
    for person, access_policy in (("admin", "AmazonEKSClusterAdminPolicy"), ("olga", "AmazonEKSAdminViewPolicy")):
        arn = ACCOUNT.arn("iam", f"user/{person}")
        entries.create(CLUSTER, NewEntry(arn))
        entries.associate(CLUSTER, arn, entries.policy_arn(access_policy), ())
    entries.create(CLUSTER, NewEntry(ACCOUNT.arn("iam", f"role/{NODE_ROLE}"), type="EC2_LINUX"))
    argocd = ACCOUNT.arn("iam", f"role/platform/{ARGOCD_ROLE}")
    entries.create(CLUSTER, NewEntry(argocd, (ARGOCD_GROUP,), tags={"managed-by": "argocd"}))


def _policy(actions: tuple[str, ...]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
