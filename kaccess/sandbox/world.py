"""The company that a new sandbox holds: its people, their IAM groups, the cluster and what others have made in it.

The developers' IAM policies allow no more than finding the cluster, as least privilege would have it. One entry and one
binding belong to others, so that what must stay untouched is there to be touched.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from moto.iam.models import User

from kaccess.model.rule import RoleRef, Subject
from kaccess.sandbox import aws_auth
from kaccess.sandbox.address import DEFAULT_MODE
from kaccess.sandbox.aws.access_entries import API_MODES, CONFIG_MAP_MODES
from kaccess.sandbox.aws.access_entry import NewEntry
from kaccess.sandbox.aws.account import Account
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.aws.iam import christen
from kaccess.sandbox.kube import resources
from kaccess.sandbox.kube.controllers import add_default_service_account
from kaccess.sandbox.kube.defaults import fill_in, start
from kaccess.sandbox.kube.seed import seed
from kaccess.sandbox.kube.store import Object, Store

ACCOUNT: Final = Account("111122223333", "eu-south-1")
CLUSTER: Final = "cardo-eks"

KUBERNETES_VERSION: Final = "1.36"

PEOPLE: Final = ("admin", "ana", "ben", "carla", "dario", "emil", "olga")
"""IAM users, each a profile of the credentials file.

admin made the cluster. dario and emil are in no group and have no entry; emil has a row where aws-auth counts.
"""

PATHS: Final[Mapping[str, str]] = {"emil": "/contractors/"}
"""The paths of those whose ARN has one."""

IAM_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "payments-developers": ("ana", "ben"),
    "data-engineers": ("carla",),
    "auditors": ("olga",),
    "platform-admins": ("admin",),
}
NODE_ROLE: Final = "cardo-nodes"
ARGOCD_ROLE: Final = "argocd"
ARGOCD_GROUP: Final = "argocd-deployers"
ON_CALL_GROUP: Final = "on-call"

PERMISSION_SET: Final = "PlatformEngineer"
SSO_PATH: Final = "/aws-reserved/sso.amazonaws.com/eu-south-1/"
SSO_ROLE: Final = f"AWSReservedSSO_{PERMISSION_SET}_a1b2c3d4e5f60718"
"""The role that IAM Identity Center made for a permission set; the end of its name is another when made anew."""

MFA_PERSON: Final = "carla"
"""Who has a virtual MFA device from the start."""

MFA_PROFILE: Final = f"{MFA_PERSON}-mfa"
"""The profile that has the same keys and says with `mfa_serial` that a code is to be asked for."""

NAMESPACES: Final = ("staging", "production")

AWS_AUTH: Final[Mapping[str, str]] = {
    "mapRoles": f"""\
# The nodes. Without this row none of them can join.
- rolearn: arn:aws:iam::111122223333:role/{NODE_ROLE}
  username: system:node:{{{{EC2PrivateDNSName}}}}
  groups:
    - system:bootstrappers
    - system:nodes
""",
    "mapUsers": f"""\
# Emil looks after production at night. Ask olga before you take him out.
- userarn: arn:aws:iam::111122223333:user/contractors/emil
  username: emil   # not his ARN: the alerts name him by it
  groups: [{ON_CALL_GROUP}]
""",
}
"""The aws-auth of a cluster whose mode reads it: the row of its nodes and one that somebody wrote by hand."""

_FIND_CLUSTERS: Final = ("eks:DescribeCluster", "eks:ListClusters")
_READ_ACCESS: Final = ("eks:Describe*", "eks:List*", "iam:Get*", "iam:List*")
_GROUP_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "payments-developers": _FIND_CLUSTERS,
    "data-engineers": _FIND_CLUSTERS,
    "auditors": _READ_ACCESS,
    "platform-admins": ("*",),
}


def seed_aws(cloud: Cloud, endpoint: str, ca_pem: bytes, mode: str = DEFAULT_MODE) -> dict[str, tuple[str, str]]:
    """Fill an empty account and return everyone's access key id and secret.

    `endpoint` is the Kubernetes API that eks:DescribeCluster shows, `ca_pem` the authority its certificate is from,
    `mode` the cluster's authenticationMode.
    """
    keys = {name: _user(name, cloud.now()) for name in PEOPLE}
    _groups(cloud.now())
    _roles(cloud.now())
    give_device(MFA_PERSON)
    _cluster(cloud, endpoint, ca_pem, mode)
    if mode in API_MODES:
        _entries(cloud)
    return keys


def seed_kube(store: Store, at: datetime, mode: str = DEFAULT_MODE) -> None:
    """Fill an empty cluster: what every cluster is born with, two namespaces, and what somebody made by hand."""
    seed(store, at)
    for name in NAMESPACES:
        _create(store, resources.NAMESPACES, {"metadata": {"name": name, "labels": {"env": name}}}, at)
        add_default_service_account(store, name, at)
    labels = {"team": "platform"}
    _create(store, resources.ROLE_BINDINGS, _by_hand("argocd-deploys", ARGOCD_GROUP, "edit", labels), at)
    if mode in CONFIG_MAP_MODES:
        _create(store, resources.ROLE_BINDINGS, _by_hand("on-call-looks", ON_CALL_GROUP, "view", labels), at)
        metadata = {"name": aws_auth.NAME, "namespace": aws_auth.NAMESPACE}
        _create(store, resources.CONFIG_MAPS, {"metadata": metadata, "data": dict(AWS_AUTH)}, at)


def _by_hand(name: str, kube_group: str, cluster_role: str, labels: Mapping[str, str]) -> Object:
    return {
        "metadata": {"name": name, "namespace": "production", "labels": dict(labels)},
        "subjects": [Subject.group(kube_group).to_json()],
        "roleRef": RoleRef("ClusterRole", cluster_role).to_json(),
    }


def _create(store: Store, resource: resources.Resource, obj: Object, at: datetime) -> None:
    started: Object = {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
    start(resource, started)
    fill_in(resource, started)
    store.create(resource, started, at)


def give_device(person: str) -> str:
    """Give a person a virtual MFA device of a name like theirs; its serial number."""
    serial = str(ACCOUNT.iam.create_virtual_mfa_device(person, "/").serial_number)
    ACCOUNT.iam.enable_mfa_device(person, serial, "", "")
    return serial


def _groups(at: datetime) -> None:
    for name, members in IAM_GROUPS.items():
        christen(ACCOUNT.iam.create_group(name), at)
        ACCOUNT.iam.put_group_policy(name, "access", policy(_GROUP_ACTIONS[name]))
        for member in members:
            ACCOUNT.iam.add_user_to_group(name, member)
    for name in ("dario", "emil"):
        ACCOUNT.iam.put_user_policy(name, "access", policy(_FIND_CLUSTERS))


def _roles(at: datetime) -> None:
    for name, path, trust in (
        ("cardo-cluster", "/", _trust("eks.amazonaws.com")),
        (NODE_ROLE, "/", _trust("ec2.amazonaws.com")),
        (ARGOCD_ROLE, "/platform/", _trust("pods.eks.amazonaws.com")),
        (SSO_ROLE, SSO_PATH, _sso_trust()),
    ):
        christen(ACCOUNT.iam.create_role(name, trust, path, None, "", [], None), at)
    ACCOUNT.iam.put_role_policy(SSO_ROLE, "AwsSSOInlinePolicy", policy(_FIND_CLUSTERS))


def _user(name: str, at: datetime) -> tuple[str, str]:
    user: User = ACCOUNT.iam.create_user(ACCOUNT.region, name, PATHS.get(name, "/"))
    christen(user, at)
    key = ACCOUNT.iam.create_access_key(name)
    return key.access_key_id, key.secret_access_key


def _cluster(cloud: Cloud, endpoint: str, ca_pem: bytes, mode: str) -> None:
    role_arn = ACCOUNT.arn("iam", "role/cardo-cluster")
    cluster = ACCOUNT.eks.create_cluster(CLUSTER, role_arn, {}, version=KUBERNETES_VERSION)
    cluster.endpoint = endpoint
    cluster.certificate_authority = {"data": base64.b64encode(ca_pem).decode()}
    cloud.entries.born(CLUSTER, mode, ACCOUNT.arn("iam", "user/admin"))


def _entries(cloud: Cloud) -> None:
    entries = cloud.entries
    olga = ACCOUNT.arn("iam", "user/olga")
    entries.create(CLUSTER, NewEntry(olga))
    entries.associate(CLUSTER, olga, entries.policy_arn("AmazonEKSAdminViewPolicy"), ())
    entries.create(CLUSTER, NewEntry(ACCOUNT.arn("iam", f"role/{NODE_ROLE}"), type="EC2_LINUX"))
    argocd = ACCOUNT.arn("iam", f"role/platform/{ARGOCD_ROLE}")
    entries.create(CLUSTER, NewEntry(argocd, (ARGOCD_GROUP,), tags={"managed-by": "argocd"}))


def policy(actions: tuple[str, ...]) -> str:
    """An IAM policy that allows `actions` on everything."""
    return document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def document(*statements: Mapping[str, object]) -> str:
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _sso_trust() -> str:
    """The trust policy that IAM Identity Center writes: its SAML provider, and nobody else."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": ACCOUNT.arn("iam", "saml-provider/AWSSSO_0f1e2d3c4b5a6978_DO_NOT_DELETE")},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        }
    )


def _trust(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
