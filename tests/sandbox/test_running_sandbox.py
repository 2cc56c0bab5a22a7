"""Both planes together, over the network: credentials to cluster, refusals, and the seams for tests."""

from __future__ import annotations

import json
import ssl
import stat
import time
from datetime import datetime, timedelta, timezone
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from kaccess.sandbox import world
from kaccess.sandbox.address import SandboxError, mfa_seed
from kaccess.sandbox.server import running_sandbox

from .network import bearer, described, kube


def test_the_company_is_as_described(sandbox):
    assert {group: tuple(user.name for user in world.ACCOUNT.group(group).users) for group in world.IAM_GROUPS} == (
        world.IAM_GROUPS
    )
    entries = {
        entry.principal_arn.partition(":role/")[2] or entry.principal_arn.rpartition("/")[2]: entry
        for entry in sandbox.cloud.entries.list(world.CLUSTER)
    }
    assert set(entries) == {"admin", "olga", "cardo-nodes", "platform/argocd"}
    assert entries["cardo-nodes"].type == "EC2_LINUX"
    assert entries["platform/argocd"].kube_groups == (world.ARGOCD_GROUP,)
    assert [policy.name for policy in entries["admin"].access_policies.values()] == ["AmazonEKSClusterAdminPolicy"]


def test_the_administrator_reaches_everything(become):
    session = become("admin")
    status, namespaces = kube(session, "/api/v1/namespaces")
    assert status == 200
    assert {item["metadata"]["name"] for item in namespaces["items"]} >= {"staging", "production", "kube-system"}
    status, binding = kube(
        session, "/apis/rbac.authorization.k8s.io/v1/namespaces/production/rolebindings/argocd-deploys"
    )
    assert (status, binding["subjects"][0]["name"]) == (200, world.ARGOCD_GROUP)
    assert kube(session, "/api/v1/nodes")[0] == 200


def test_an_entry_and_a_binding_let_a_developer_into_one_namespace(become, sandbox):
    session = become("ana")
    assert kube(session, "/api/v1/namespaces/staging/pods")[0] == 401
    admin = become("admin")
    eks = admin.client("eks")
    arn = f"arn:aws:iam::{world.ACCOUNT.id}:user/ana"
    eks.create_access_entry(clusterName=world.CLUSTER, principalArn=arn, kubernetesGroups=["kaccess:payments"])
    binding = {
        "metadata": {"name": "view"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "kaccess:payments"}],
    }
    path = "/apis/rbac.authorization.k8s.io/v1/namespaces/staging/rolebindings"
    assert kube(admin, path, {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", **binding})[0] == 201
    session = become("ana")
    assert kube(session, "/api/v1/namespaces/staging/pods")[0] == 200
    for path in ("/api/v1/namespaces/production/pods", "/api/v1/namespaces", "/api/v1/namespaces/staging/secrets"):
        status, refusal = kube(session, path)
        assert status == 403
        assert f'User "{arn}" cannot list resource' in refusal["message"]
    eks.delete_access_entry(clusterName=world.CLUSTER, principalArn=arn)
    eks.close()
    assert kube(session, "/api/v1/namespaces/staging/pods")[0] == 401


def test_the_api_server_says_who_a_caller_is(become):
    session = become("admin")
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    status, review = kube(session, path, body)
    user = review["status"]["userInfo"]
    assert status == 201
    assert user["username"] == f"arn:aws:iam::{world.ACCOUNT.id}:user/admin"
    assert user["groups"] == ["system:authenticated"]
    assert user["extra"]["arn"] == [user["username"]]


def test_an_auditor_reads_and_cannot_write(become):
    session = become("olga")
    assert kube(session, "/apis/rbac.authorization.k8s.io/v1/rolebindings")[0] == 200
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mine"}}
    assert kube(session, "/api/v1/namespaces", body)[0] == 403


def test_whoever_has_no_entry_or_a_token_for_another_cluster_is_nobody(become):
    assert kube(become("dario"), "/api/v1/namespaces")[0] == 401
    assert kube(become("admin"), "/api/v1/namespaces", cluster="another")[0] == 401


def test_files_are_private_and_hold_everyone(sandbox):
    folder = sandbox.address.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("credentials", "config", "mfa.json", "server.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    text = (folder / "credentials").read_text()
    assert all(f"[{person}]" in text for person in world.PEOPLE)
    assert sandbox.profiles == (*world.PEOPLE, world.MFA_PROFILE)
    with pytest.raises(SandboxError, match="no profile 'eve'; it has admin, ana"):
        sandbox.environment("eve")


@pytest.mark.parametrize("mode", ["CONFIG_MAP", "API_AND_CONFIG_MAP"])
def test_where_aws_auth_counts_it_is_there_and_lets_people_in(tmp_path, monkeypatch, mode):
    with running_sandbox(tmp_path, authentication_mode=mode) as sandbox:
        sessions = {}
        for person in ("admin", "emil"):
            for name, value in sandbox.environment(person).items():
                monkeypatch.setenv(name, value)
            sessions[person] = boto3.session.Session()
            sessions[person].get_credentials().get_frozen_credentials()
        path = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
        assert kube(sessions["admin"], path)[1]["data"] == world.AWS_AUTH
        assert kube(sessions["emil"], "/api/v1/namespaces/production/pods")[0] == 200
        assert kube(sessions["emil"], path)[0] == 403
        assert sandbox.address.authentication_mode == mode


def test_a_person_with_a_device_has_codes(become, sandbox):
    session = become(world.MFA_PROFILE)
    serial = session._session.full_config["profiles"][world.MFA_PROFILE]["mfa_serial"]
    client = session.client("sts")
    for _ in range(2):
        found = client.get_session_token(SerialNumber=serial, TokenCode=sandbox.mfa_code(world.MFA_PERSON))
        assert found["Credentials"]["SessionToken"]
    client.close()
    seed = mfa_seed(sandbox.address, world.MFA_PERSON)
    assert seed == sandbox.cloud.mfa.seed(serial)
    for ask in (sandbox.mfa_code, lambda person: mfa_seed(sandbox.address, person)):
        with pytest.raises(SandboxError, match="ben has no MFA device"):
            ask("ben")


def test_a_sandbox_leaves_nothing_of_another(tmp_path):
    for name in ("one", "two"):
        with running_sandbox(tmp_path / name) as sandbox:
            assert "zoe" not in world.ACCOUNT.iam.users
            world.ACCOUNT.iam.create_user("eu-south-1", "zoe")
            assert len(sandbox.cloud.entries.list(world.CLUSTER)) == 4
    with pytest.raises(OSError, match="refused"):
        urlopen(sandbox.aws_url)


def test_a_watch_that_is_open_does_not_hold_up_the_end(tmp_path, monkeypatch):
    with running_sandbox(tmp_path) as sandbox:
        for name, value in sandbox.environment("admin").items():
            monkeypatch.setenv(name, value)
        context = ssl.create_default_context(cafile=str(sandbox.address.ca_file))
        headers = {"Authorization": f"Bearer {bearer(boto3.session.Session())}"}
        request = Request(f"{sandbox.kube_url}/api/v1/namespaces?watch=true", headers=headers)
        answer = urlopen(request, context=context)
        assert json.loads(answer.readline())["type"] == "ADDED"
        began = time.monotonic()
    assert time.monotonic() - began < 4
    answer.close()


def test_the_clock_decides_what_is_too_old(tmp_path, monkeypatch):
    real = datetime.now(timezone.utc)
    with running_sandbox(tmp_path, now=lambda: real + timedelta(hours=1)) as sandbox:
        for name, value in sandbox.environment("admin").items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ClientError, match="Signature expired"):
            described(boto3.session.Session())
