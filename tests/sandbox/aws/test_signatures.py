"""Signatures as botocore makes them, and what is wrong with those that were touched, stolen or kept too long."""

from __future__ import annotations

import json
import socket
from datetime import datetime, timedelta, timezone
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.aws.signature import check_signature, read_signature

from ..conftest import CLUSTER

SECRET = "secret/of+ana"
KEYS = Credentials("AKIA0000000000000001", SECRET)


def signed(method="POST", url="http://127.0.0.1:1/clusters", data=b"{}", headers=None, *, presign=False, keys=KEYS):
    auth = (SigV4QueryAuth if presign else SigV4Auth)(keys, "eks", "eu-south-1")
    request = AWSRequest(method, url, data=data, headers=headers or {})
    auth.add_auth(request)
    prepared = request.prepare()
    rest = prepared.url.split("/", 3)
    path, _, query = ("/" + rest[3]).partition("?")
    names = {name.lower(): str(value) for name, value in prepared.headers.items()}
    names.setdefault("host", rest[2])
    return AwsRequest(method, path, query, names, data)


def check(request, now=None, secret=SECRET):
    check_signature(request, read_signature(request), secret, now or datetime.now(timezone.utc))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://127.0.0.1:1/clusters/a/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Auser%2Fana?maxResults=3",
        "http://127.0.0.1:1/x?b=2&a=1&a=0&c=%20%2F~-_.",
    ],
)
@pytest.mark.parametrize("presign", [False, True])
def test_what_botocore_signs_is_accepted(url, presign):
    check(signed("GET", url, b"", presign=presign))


@given(st.text(max_size=20), st.binary(max_size=50))
def test_any_request_that_botocore_signs_is_accepted(text, body):
    encoded = quote(text.encode("utf-8", "replace"), safe="")
    url = f"http://h/p/x{encoded}?q={encoded}"
    check(signed("POST", url, body))
    check(signed("GET", url, b"", presign=True))


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"},
        {"path": "/clusters/"},
        {"query": "a=1"},
        {"body": b'{"a":1}'},
        {"header": ("host", "127.0.0.1:2")},
        {"header": ("x-signed", "other")},
    ],
    ids=str,
)
def test_a_request_changed_after_signing_is_refused(change):
    request = signed(headers={"X-Signed": "value"})
    header = change.pop("header", None)
    headers = {**request.headers, **({header[0]: header[1]} if header else {})}
    changed = AwsRequest(
        change.get("method", request.method),
        change.get("path", request.path),
        change.get("query", request.query),
        headers,
        change.get("body", request.body),
    )
    check(request)
    with pytest.raises(AwsError) as caught:
        check(changed)
    assert (caught.value.status, caught.value.code) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, ""), (14.9, ""), (15.1, "Signature expired"), (-4.9, ""), (-5.1, "Signature not yet current")],
)
def test_a_signature_lives_for_a_quarter_of_an_hour(minutes, said):
    request = signed()
    now = read_signature(request).time + timedelta(minutes=minutes)
    if not said:
        check(request, now)
        return
    with pytest.raises(AwsError) as caught:
        check(request, now)
    assert caught.value.message.startswith(said)


def test_another_secret_does_not_do():
    with pytest.raises(AwsError):
        check(signed(), secret=SECRET + "x")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MissingAuthenticationToken"),
        ({"authorization": "Bearer x"}, "MissingAuthenticationToken"),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=a/b"}, "IncompleteSignature"),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=1"}, "Incomplete"),
    ],
)
def test_half_a_signature_is_none(headers, code):
    with pytest.raises(AwsError) as caught:
        read_signature(AwsRequest("POST", "/", "", {"host": "h", **headers}))
    assert caught.value.code.startswith(code)


def test_a_date_that_is_none_is_refused():
    request = signed()
    with pytest.raises(AwsError) as caught:
        check(AwsRequest(request.method, request.path, "", {**request.headers, "x-amz-date": "today"}, request.body))
    assert caught.value.code == "IncompleteSignature"


def test_an_unknown_key_is_named_as_each_service_names_it(aws, refusal):
    answers = {
        service: refusal(getattr(aws.client_of(service, "AKIAUNKNOWN", "x"), call))[:2]
        for service, call in (("sts", "get_caller_identity"), ("iam", "list_users"), ("eks", "list_clusters"))
    }
    assert answers == {
        "sts": (403, "InvalidClientTokenId"),
        "iam": (403, "InvalidClientTokenId"),
        "eks": (403, "UnrecognizedClientException"),
    }


def test_a_wrong_secret_is_named_as_each_service_names_it(aws, refusal):
    key, _ = aws.keys["ana"]
    assert refusal(aws.client_of("sts", key, "x").get_caller_identity)[:2] == (403, "SignatureDoesNotMatch")
    assert refusal(aws.client_of("eks", key, "x").list_clusters)[:2] == (403, "InvalidSignatureException")


def test_a_clock_that_is_wrong_is_told(aws, clock, refusal):
    clock.offset = timedelta(minutes=20)
    status, code, said = refusal(aws.client("sts").get_caller_identity)
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert said.startswith("Signature expired")


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("eks", "list_clusters", "InvalidSignatureException"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
    ],
)
def test_a_region_that_does_not_exist_is_told(aws, refusal, caplog, service, operation, code):
    key, secret = aws.keys["ana"]
    client = aws.client_of(service, key, secret, region="mars-north-1")
    refused = refusal(getattr(client, operation))
    assert refused == (403, code, "Credential should be scoped to a valid region, not 'mars-north-1'.")
    assert "Traceback" not in caplog.text


def test_a_cluster_is_in_its_own_region_alone(aws, refusal):
    key, secret = aws.keys["admin"]
    elsewhere = aws.client_of("eks", key, secret, region="eu-west-1")
    assert elsewhere.list_clusters()["clusters"] == []
    for call in (elsewhere.list_access_entries, elsewhere.list_nodegroups):
        assert refusal(call, clusterName=CLUSTER)[:2] == (404, "ResourceNotFoundException")
    assert refusal(elsewhere.describe_cluster, name=CLUSTER)[:2] == (404, "ResourceNotFoundException")


def test_an_unsigned_request_is_refused(aws):
    with pytest.raises(HTTPError) as caught, urlopen(Request(f"{aws.url}/clusters")):
        pass
    with caught.value as answer:
        assert answer.code == 403
        assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
        assert json.loads(answer.read()) == {"message": "Request is missing Authentication Token"}


def test_a_user_key_with_a_token_and_a_disabled_key_are_unknown(aws, refusal):
    key, secret = aws.keys["ana"]
    assert refusal(aws.client_of("sts", key, secret, "token").get_caller_identity)[1] == "InvalidClientTokenId"
    aws.client("iam").update_access_key(UserName="ana", AccessKeyId=key, Status="Inactive")
    assert refusal(aws.client("sts", "ana").get_caller_identity)[1] == "InvalidClientTokenId"


def test_the_control_api_of_moto_cannot_be_reached(aws):
    with pytest.raises(HTTPError) as caught, urlopen(Request(f"{aws.url}/moto-api/reset", method="POST")):
        pass
    caught.value.close()
    assert caught.value.code == 403


def test_a_request_that_makes_no_sense_harms_nobody(aws):
    for nonsense in (b"\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: zz\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", int(aws.url.rsplit(":", 1)[1])), timeout=5) as connection:
            connection.sendall(nonsense)
            assert connection.recv(100)
    assert aws.client("sts").get_caller_identity()
