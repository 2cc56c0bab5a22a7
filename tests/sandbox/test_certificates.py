"""The sandbox's certificates do for loopback, and their keys are private."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509

from kaccess.sandbox.certificates import KUBERNETES_HOSTS, LIFETIME, Authority

NOW = datetime.now(timezone.utc)


@pytest.fixture
def files(tmp_path):
    return Authority(tmp_path, "ca", NOW).issue("server", KUBERNETES_HOSTS)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_strict_client_that_trusts_the_authority_connects(files, name):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cadata=files.authority_pem.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    left, right = socket.socketpair()
    accepted = []
    thread = threading.Thread(target=lambda: accepted.append(server.wrap_socket(left, server_side=True)))
    thread.start()
    with client.wrap_socket(right, server_hostname=name) as connection:
        assert connection.version() == "TLSv1.3"
    thread.join()
    accepted[0].close()


def test_only_the_owner_reads_the_key(files):
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_the_certificate_is_good_for_a_year_from_now(files):
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert certificate.not_valid_before_utc < NOW
    assert NOW + timedelta(days=365) < certificate.not_valid_after_utc < NOW + LIFETIME
    assert certificate.signature_algorithm_oid._name == "ecdsa-with-SHA256"


def test_every_sandbox_has_an_authority_of_its_own(files, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    assert Authority(other, "ca", NOW).issue("server", KUBERNETES_HOSTS).authority_pem != files.authority_pem
