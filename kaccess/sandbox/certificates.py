"""Certificates of servers on loopback, each from an authority made for the occasion and of no use anywhere else."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME: Final = timedelta(days=397)
"""The longest that clients accept of a server certificate (CA/Browser Forum: 398 days)."""

KUBERNETES_HOSTS: Final = (
    *("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"),
    *("127.0.0.1", "::1"),
)
"""The names and addresses by which an API server on loopback is called."""

_CLOCK_SKEW: Final = timedelta(hours=1)


@dataclass(frozen=True)
class ServerFiles:
    """Where a server finds its certificate and key, and clients the authority's."""

    certificate: Path
    key: Path
    authority: Path

    @property
    def authority_pem(self) -> bytes:
        """The authority's certificate."""
        return self.authority.read_bytes()


class Authority:
    """A certificate authority whose files are in `folder`; its own key is in memory alone."""

    def __init__(self, folder: Path, name: str, now: datetime) -> None:
        """Make one, good from `now` (aware), and write its certificate as `NAME.crt`."""
        self._folder = folder
        self._now = now
        # Elliptic keys: an RSA key takes longer to make than the servers take to start.
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_usage(signs_certificates=True), True),
        ]
        self.ca_file = folder / f"{name}.crt"
        self.ca_file.write_bytes(self._signed(self._name, self._key, extensions))

    def issue(self, name: str, hosts: Sequence[str]) -> ServerFiles:
        """Write `NAME.crt` and `NAME.key` for a server called by these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(signs_certificates=False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([_host(host) for host in hosts]), False),
        ]
        files = ServerFiles(self._folder / f"{name}.crt", self._folder / f"{name}.key", self.ca_file)
        files.certificate.write_bytes(self._signed(_named(name), key, extensions))
        write_private(files.key, key_pem(key))
        return files

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
    ) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _CLOCK_SKEW)
            .not_valid_after(self._now + LIFETIME - _CLOCK_SKEW)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            # Strict verifiers (Python 3.13 and later) insist on this extension.
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The text of a key, in the form that Go's servers too read for every use."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner can ever read, not even while it is being written."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
