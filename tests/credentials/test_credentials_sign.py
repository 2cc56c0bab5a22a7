"""The token: equal to what botocore would sign, for every partition."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import botocore
import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.errors import CredentialError
from kaccess.credentials.sign import LIFE, MAX_TOKEN_BYTES, sign, sts_host
from kaccess.model.errors import LoginNeeded, Usage

NOW = datetime(2026, 11, 24, 16, 4, 5, tzinfo=timezone.utc)
USER = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
SESSION = AwsCredentials(
    "ASIAIOSFODNN7EXAMPLE", "secret+/=", "IQoJb3JpZ2lu//////////wEaDGV1LXNvdXRo+/=", NOW + LIFE * 2
)
REGIONS = (
    "eu-south-1",
    "us-east-1",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eusc-de-east-1",
)


def url_of(text: str) -> str:
    prefix, _, encoded = text.partition(".")
    assert prefix == "k8s-aws-v1"
    assert "=" not in encoded
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def botocore_url(credentials: AwsCredentials, cluster: str, region: str, host: str) -> str:
    url = f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="GET", url=url, headers={"x-k8s-aws-id": cluster})
    keys = Credentials(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    botocore.auth.SigV4QueryAuth(keys, "sts", region, expires=60).add_auth(request)
    return request.url


def parts(url: str) -> tuple[str, str, str, dict[str, str]]:
    split = urlsplit(url)
    pairs = parse_qsl(split.query, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return split.scheme, split.netloc, split.path, dict(pairs)


@pytest.fixture
def _frozen(monkeypatch):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: NOW.replace(tzinfo=None))


@pytest.mark.usefixtures("_frozen")
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("credentials", [USER, SESSION], ids=["user", "session"])
def test_the_url_is_the_one_botocore_signs(credentials, region):
    token = sign(credentials, cluster="cardo-eks", region=region, now=NOW)

    assert parts(url_of(token.text)) == parts(botocore_url(credentials, "cardo-eks", region, sts_host(region)))


SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


@given(SECRETS, SECRETS, st.none() | SECRETS, st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}", fullmatch=True))
def test_any_credentials_are_signed_as_botocore_does(key, secret, session_token, cluster):
    credentials = AwsCredentials(key.replace("/", ""), secret, session_token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: NOW.replace(tzinfo=None))
        expected = botocore_url(credentials, cluster, "eu-south-1", "sts.eu-south-1.amazonaws.com")
    token = sign(credentials, cluster=cluster, region="eu-south-1", now=NOW)

    assert parts(url_of(token.text)) == parts(expected)


def test_every_region_of_every_partition_has_its_own_sts_host():
    data = json.loads(Path(botocore.__file__).with_name("data").joinpath("partitions.json").read_text())
    regions = [(region, partition) for partition in data["partitions"] for region in partition["regions"]]
    real = [(region, partition) for region, partition in regions if not region.endswith("-global")]
    assert len(real) > 40
    for region, partition in real:
        assert sts_host(region) == f"sts.{region}.{partition['outputs']['dnsSuffix']}"


@pytest.mark.parametrize(
    "region", ["", "eu", "EU-SOUTH-1", "eu-south-1.evil.example/", "eu-south-1\n", "../x", "eu-south"]
)
def test_what_is_no_region_is_refused(region):
    with pytest.raises(Usage, match="is not an AWS region"):
        sign(USER, cluster="c", region=region, now=NOW)


@pytest.mark.parametrize("cluster", ["", "a b", "a\nb", "-a", "a" * 101, "ä", "a/b"])
def test_what_is_no_cluster_name_is_refused(cluster):
    with pytest.raises(Usage, match="is not an EKS cluster name"):
        sign(USER, cluster=cluster, region="eu-south-1", now=NOW)


def test_an_endpoint_for_api_calls_stays_out_of_the_token(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:5000")

    url = url_of(sign(USER, cluster="c", region="eu-south-1", now=NOW).text)
    assert url.startswith("https://sts.eu-south-1.amazonaws.com/?")


@pytest.mark.parametrize(
    ("ends_in", "life"),
    [(None, LIFE), (timedelta(hours=1), LIFE), (timedelta(minutes=5), timedelta(minutes=5))],
)
def test_a_token_is_announced_for_14_minutes_and_never_longer_than_its_credentials(ends_in, life):
    credentials = AwsCredentials("AKIA", "secret", None, ends_in and NOW + ends_in)

    assert sign(credentials, cluster="c", region="eu-south-1", now=NOW).expires_at == NOW + life


def test_expired_credentials_are_refused():
    with pytest.raises(LoginNeeded, match="expired at 2026-11-24T16:04:05"):
        sign(AwsCredentials("AKIA", "secret", "token", NOW), cluster="c", region="eu-south-1", now=NOW)


def test_a_time_in_another_zone_is_the_same_time():
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert sign(USER, cluster="c", region="eu-south-1", now=elsewhere) == sign(
        USER, cluster="c", region="eu-south-1", now=NOW
    )


def test_a_token_that_clusters_would_refuse_for_its_length_is_refused_here(monkeypatch):
    length = len(sign(SESSION, cluster="c", region="eu-south-1", now=NOW).text)
    assert MAX_TOKEN_BYTES == 4096
    for limit, fits in ((length, True), (length - 1, False)):
        monkeypatch.setattr("kaccess.credentials.sign.MAX_TOKEN_BYTES", limit)
        with contextlib.nullcontext() if fits else pytest.raises(CredentialError, match=f"clusters accept {limit}"):
            sign(SESSION, cluster="c", region="eu-south-1", now=NOW)


def test_no_representation_shows_a_secret():
    token = sign(SESSION, cluster="c", region="eu-south-1", now=NOW)

    shown = f"{SESSION!r} {SESSION} {token!r} {token}"
    assert SESSION.secret_access_key not in shown
    assert str(SESSION.session_token) not in shown
    assert token.text not in shown


@pytest.mark.parametrize("part", ["access_key_id", "secret_access_key", "session_token"])
def test_credentials_that_are_no_text_are_one_line(part: str) -> None:
    with pytest.raises(CredentialError, match="the AWS credentials are not UTF-8"):
        sign(replace(SESSION, **{part: "\udcff"}), cluster="cardo-eks", region="eu-south-1", now=NOW)
