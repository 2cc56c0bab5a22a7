"""Tokens through the whole chain: API server, webhook, authenticator, and a canned STS behind its proxy.

The canned STS checks no signature. It says who an access key is, so that what is proven here is the wiring: the way
out leads through the given proxy, and identity entries decide.
"""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from kaccess.sandbox.certificates import Authority, ServerFiles

from .authenticator import DYNAMIC_FILE, EKS_CONFIG_MAP, MOUNTED_FILE, Authenticator, Entry
from .gate import require
from .process import LOOPBACK
from .servers import ControlPlane
from .support import presigned_token, wait_until

pytestmark = pytest.mark.controlplane

CLUSTER = "cardo-eks"
ACCOUNT = "111122223333"
ANA = f"arn:aws:iam::{ACCOUNT}:user/team/ana"
PEOPLE = {
    "AKIAANA": (ANA, "AIDAANA"),
    "AKIABEA": (f"arn:aws:iam::{ACCOUNT}:user/bea", "AIDABEA"),
    "ASIAROLE": (f"arn:aws:sts::{ACCOUNT}:assumed-role/oncall/ana", "AROAONCALL:ana"),
}
REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    require()
    folder = tmp_path_factory.mktemp("tokens")
    authority = Authority(folder, "sts-ca", datetime.now(timezone.utc))
    proxy = CannedSts(authority.issue("sts", ["sts.eu-south-1.amazonaws.com"]))
    address = f"http://{LOOPBACK}:{proxy.server_port}"
    mounted = [Entry(PEOPLE["AKIABEA"][0], "bea", ("from-file",))]
    authenticator = Authenticator(
        folder / "authenticator", CLUSTER, mounted=mounted, proxy=address, trusted_ca=authority.ca_file
    )
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        with ControlPlane(folder / "plane", authenticator=authenticator) as started:
            yield started
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


@pytest.fixture
def authenticator(cluster: ControlPlane) -> Authenticator:
    assert cluster.authenticator is not None
    cluster.authenticator.write_entries(())
    return cluster.authenticator


def test_an_entry_gives_its_name_and_groups(cluster: ControlPlane, authenticator: Authenticator) -> None:
    authenticator.write_entries([Entry(ANA, ANA, ("kaccess:payments",), "AIDAANA")])

    found = who(cluster, "AKIAANA")

    assert found is not None
    assert found["username"] == ANA
    assert set(found["groups"]) == {"kaccess:payments", "system:authenticated"}


def test_an_assumed_role_is_found_by_the_entry_of_its_role(cluster: ControlPlane, authenticator: Authenticator) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/teams/oncall"
    authenticator.write_entries([Entry(role, "oncall:{{SessionNameRaw}}", ("kaccess:oncall",), "AROAONCALL")])

    found = who(cluster, "ASIAROLE")

    assert found is not None
    assert found["username"] == "oncall:ana"


def test_a_principal_made_anew_is_a_stranger(cluster: ControlPlane, authenticator: Authenticator) -> None:
    authenticator.write_entries([Entry(ANA, ANA, ("kaccess:payments",), "AIDAOFBEFORE")])

    assert who(cluster, "AKIAANA") is None


def test_a_removed_entry_refuses_the_next_token(cluster: ControlPlane, authenticator: Authenticator) -> None:
    authenticator.write_entries([Entry(ANA, ANA, ("kaccess:payments",), "AIDAANA")])
    assert who(cluster, "AKIAANA") is not None

    authenticator.write_entries(())

    assert who(cluster, "AKIAANA") is None


def test_a_row_of_aws_auth_counts_and_an_entry_hides_it(cluster: ControlPlane, authenticator: Authenticator) -> None:
    arn, user_id = PEOPLE["AKIABEA"]
    rows = json.dumps([{"userarn": arn, "username": "bea", "groups": ["from-aws-auth"]}])
    aws_auth = {"metadata": {"name": "aws-auth"}, "data": {"mapUsers": rows}}
    assert cluster.request("POST", "/api/v1/namespaces/kube-system/configmaps", aws_auth)[0] == 201
    wait_until(lambda: "from-aws-auth" in (who(cluster, "AKIABEA") or {}).get("groups", []))

    authenticator.write_entries([Entry(arn, "bea", ("from-entry",), user_id)])

    groups = (who(cluster, "AKIABEA") or {}).get("groups", [])
    assert "from-entry" in groups
    assert "from-aws-auth" not in groups


def test_mounted_entries_count_only_where_they_are_a_backend(
    cluster: ControlPlane, authenticator: Authenticator
) -> None:
    assert "from-file" not in (who(cluster, "AKIABEA") or {}).get("groups", [])
    try:
        authenticator.restart([MOUNTED_FILE])
        assert "from-file" in (who(cluster, "AKIABEA") or {}).get("groups", [])
    finally:
        authenticator.restart([DYNAMIC_FILE, EKS_CONFIG_MAP])


def who(cluster: ControlPlane, access_key: str) -> dict[str, Any] | None:
    """Who the API server takes the bearer of a new token to be; None if it refuses them."""
    status, body = cluster.request("POST", REVIEW, {}, token=presigned_token(access_key))
    assert status in (201, 401)
    return dict(body["status"]["userInfo"]) if status == 201 else None


class CannedSts(http.server.ThreadingHTTPServer):
    """A proxy that answers every tunnel itself, as STS."""

    daemon_threads = True

    def __init__(self, pair: ServerFiles) -> None:
        super().__init__((LOOPBACK, 0), _Tunnel)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(pair.certificate, pair.key)


class _Tunnel(http.server.BaseHTTPRequestHandler):
    server: CannedSts
    connection: socket.socket

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        with self.server.tls.wrap_socket(self.connection, server_side=True) as inner, inner.makefile("rb") as lines:
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(lines.readline().decode().split()[1]).query)
            headers = http.client.parse_headers(lines)
            body = _answer(query["X-Amz-Credential"][0], headers.get("x-k8s-aws-id", ""))
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            inner.sendall(head.encode() + body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _answer(credential: str, cluster_id: str) -> bytes:
    assert cluster_id == CLUSTER
    arn, user_id = PEOPLE[credential.partition("/")[0]]
    result = {"Account": ACCOUNT, "Arn": arn, "UserId": user_id}
    return json.dumps({"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}}).encode()
