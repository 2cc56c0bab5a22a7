"""The seams of a running sandbox: requests that are counted, let fail, or done and never answered."""

from __future__ import annotations

import socket
import ssl
import time
from http.client import HTTPException
from urllib.error import URLError

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from kaccess.sandbox import world
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.kube.statuses import StatusError

from .network import bearer, described, kube


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


def test_what_aws_has_done_can_be_kept_from_the_client(become, sandbox):
    arn = f"arn:aws:iam::{world.ACCOUNT.id}:user/ana"
    client = become("admin").client("eks", config=boto3.session.Config(retries={"total_max_attempts": 1}))

    def cut(request):
        raise ConnectionResetError

    def fail(request):
        raise AwsError("ServerException", "late", 500)

    for observer, error in ((cut, (ConnectionClosedError, EndpointConnectionError)), (fail, ClientError)):
        sandbox.observers.aws_answered = observer
        with pytest.raises(error):
            client.create_access_entry(clusterName=world.CLUSTER, principalArn=arn)
        sandbox.observers.aws_answered = None
        client.delete_access_entry(clusterName=world.CLUSTER, principalArn=arn)
    client.close()


def test_what_kubernetes_has_done_can_be_kept_from_the_client(become, sandbox):
    session, path = become("admin"), "/api/v1/namespaces"

    def cut(record):
        raise ConnectionResetError

    def fail(record):
        raise StatusError(500, "InternalError", "late")

    for name, observer in (("one", cut), ("two", fail)):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        sandbox.observers.kube_answered = observer
        if observer is cut:
            with pytest.raises((HTTPException, URLError, ConnectionError)):
                kube(session, path, body)
        else:
            assert kube(session, path, body)[0] == 500
        sandbox.observers.kube_answered = None
        assert kube(session, f"{path}/{name}")[0] == 200


def test_a_client_that_goes_away_is_no_error(become, sandbox, caplog):
    session = become("admin")
    context = ssl.create_default_context(cafile=str(sandbox.address.ca_file))
    port = int(sandbox.kube_url.rpartition(":")[2])
    head = f"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer(session)}\r\n"
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        client.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        time.sleep(0.3)
    time.sleep(0.3)
    assert kube(session, "/api/v1/namespaces")[0] == 200
    assert not [record for record in caplog.records if record.exc_info]
