"""Both planes together, over the network: credentials to cluster, refusals, and the seams for tests."""

from __future__ import annotations

import base64
import json
import ssl
import stat
import time
from datetime import datetime, timedelta, timezone
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from kaccess.sandbox import world
from kaccess.sandbox.address import SandboxError
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.kube.statuses import StatusError
from kaccess.sandbox.server import running_sandbox


@pytest.fixture
def sandbox(tmp_path):
    with running_sandbox(tmp_path / "state" / "sandbox") as running:
        yield running


@pytest.fixture
def become(sandbox, monkeypatch):
    """Makes the process one of the sandbox's people, as `kaccess sandbox up` tells people to."""

    def as_person(person):
        for name, value in sandbox.environment(person).items():
            monkeypatch.setenv(name, value)
        return boto3.session.Session()

    return as_person


def described(session):
    client = session.client("eks")
    try:
        return client.describe_cluster(name=world.CLUSTER)["cluster"]
    finally:
        client.close()


def bearer(session, cluster=world.CLUSTER):
    url = f"https://sts.{session.region_name}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={"x-k8s-aws-id": cluster})
    SigV4QueryAuth(session.get_credentials(), "sts", session.region_name, expires=60).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")


def kube(session, path, body=None, cluster=world.CLUSTER):
    """Status and JSON of one call to the Kubernetes API, which EKS tells where to find."""
    found = described(session)
    context = ssl.create_default_context(cadata=base64.b64decode(found["certificateAuthority"]["data"]).decode())
    headers = {"Authorization": f"Bearer {bearer(session, cluster)}", "Content-Type": "application/json"}
    request = Request(found["endpoint"] + path, json.dumps(body).encode() if body else None, headers)
    try:
        with urlopen(request, context=context) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


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
    for name in ("credentials", "config", "server.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    text = (folder / "credentials").read_text()
    assert all(f"[{person}]" in text for person in world.PEOPLE)
    assert sandbox.profiles == world.PEOPLE
    with pytest.raises(SandboxError, match="no profile 'eve'; it has admin, ana"):
        sandbox.environment("eve")


def test_requests_to_aws_can_be_counted_and_let_fail(become, sandbox):
    seen = []
    sandbox.observers.aws = lambda request: seen.append((request.method, request.path))
    session = become("ana")
    described(session)
    assert seen == [("GET", f"/clusters/{world.CLUSTER}")]

    def fail(request):
        raise AwsError("ThrottlingException", "Rate exceeded", 400)

    sandbox.observers.aws = fail
    client = session.client("eks", config=boto3.session.Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match="Rate exceeded"):
        client.list_clusters()
    client.close()


def test_requests_to_kubernetes_can_be_counted_and_let_fail(become, sandbox):
    seen = []
    sandbox.observers.kube = lambda record: seen.append((record.username.rsplit("/")[-1], record.request.verb))
    session = become("admin")
    assert kube(session, "/api/v1/namespaces")[0] == 200
    assert seen == [("admin", "list")]

    def fail(record):
        raise StatusError(503, "ServiceUnavailable", "down")

    sandbox.observers.kube = fail
    assert kube(session, "/api/v1/namespaces")[0] == 503
    sandbox.observers.kube = None
    assert kube(session, "/api/v1/namespaces")[0] == 200


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
