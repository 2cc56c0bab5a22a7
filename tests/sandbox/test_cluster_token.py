"""The rules a `k8s-aws-v1.` token must keep before its signature is looked at."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.utilities.utils import get_partition

from kaccess.sandbox.cluster_token import ClusterToken, TokenRefused, read_token

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=timezone.utc)
HOST = "sts.eu-south-1.amazonaws.com"
QUERY = {
    "Action": "GetCallerIdentity",
    "Version": "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIA1/20261124/eu-south-1/sts/aws4_request",
    "X-Amz-Date": "20261124T120000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host%3Bx-k8s-aws-id",
    "X-Amz-Signature": "0" * 64,
}


def token(url=None, *, host=HOST, path="/", scheme="https", extra="", **changes):
    query = {**QUERY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    text = "&".join(f"{name}={value}" for name, value in query.items() if value is not None) + extra
    encoded = base64.urlsafe_b64encode((url or f"{scheme}://{host}{path}?{text}").encode()).decode()
    return "k8s-aws-v1." + encoded.rstrip("=")


def read(text, partition="aws", now=NOW):
    return read_token(text, partition, get_partition, now)


def test_a_proper_token_is_read():
    found = read(token())
    assert found == ClusterToken(HOST, found.query, "AKIA1")
    assert "X-Amz-Signature=" in found.query


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing expected"),
        ("abc", "missing expected"),
        ("k8s-aws-v2.abcd", "missing expected"),
        ("k8s-aws-v1.", "not base64url"),
        ("k8s-aws-v1.a", "not base64url"),
        ("k8s-aws-v1.ab+/", "not base64url"),
        (token() + "=", "not base64url"),
        (token() + "\n", "not base64url"),
        ("k8s-aws-v1." + "a" * 4086, "too large"),
        (token("\x00\x01"), "not a URL"),
        (token("https://[sts.eu-south-1.amazonaws.com/?Action=GetCallerIdentity"), "not a URL"),
        (token("\u00fc"), "not a URL"),
        (token(scheme="http"), "unexpected scheme"),
        (token(scheme="HTTPS "), "not a URL"),
        (token(path=""), "unexpected path"),
        (token(path="/x"), "unexpected path"),
        (token(path="//"), "unexpected path"),
        (token(Action="GetSessionToken"), "unexpected action"),
        (token(Action=None), "unexpected action"),
        (token(X_Amz_SignedHeaders="host;x-k8s-aws-id"), "malformed query parameter"),
        (token(Version="%zz"), "malformed query parameter"),
        (token(extra="&RoleArn=x"), "non-whitelisted query parameter 'RoleArn'"),
        (token(extra="&x-amz-date=20261124T120000Z"), "duplicate query parameter found: 'x-amz-date'"),
        (token(extra="&Action=GetCallerIdentity"), "duplicate query parameter found: 'Action'"),
        (token(extra="&ACTION="), "duplicate query parameter found: 'ACTION'"),
        (token(X_Amz_SignedHeaders="host"), "did not sign the x-k8s-aws-id header"),
        (token(X_Amz_SignedHeaders="host%3Bx-k8s-aws-idx"), "did not sign the x-k8s-aws-id header"),
        (token(X_Amz_SignedHeaders=None), "did not sign the x-k8s-aws-id header"),
        (token(X_Amz_Expires="901"), "X-Amz-Expires"),
        (token(X_Amz_Expires="-1"), "X-Amz-Expires"),
        (token(X_Amz_Expires="soon"), "X-Amz-Expires"),
        (token(X_Amz_Expires="6_0"), "X-Amz-Expires"),
        (token(X_Amz_Expires=None), "X-Amz-Expires"),
        (token(X_Amz_Date=None), "X-Amz-Date parameter must be present"),
        (token(X_Amz_Date="2026-11-24"), "X-Amz-Date parameter must be present"),
        (token(X_Amz_Date="20261324T120000Z"), "X-Amz-Date parameter is no date"),
        (token(X_Amz_Date="20261124T114459Z"), "X-Amz-Date parameter is expired"),
    ],
)
def test_a_token_that_breaks_a_rule_is_refused(text, reason):
    with pytest.raises(TokenRefused, match=reason) as caught:
        read(text)
    assert "0" * 64 not in str(caught.value)


@pytest.mark.parametrize("expires", ["0", "60", "900"])
def test_any_expiry_up_to_a_quarter_of_an_hour_is_accepted(expires):
    assert read(token(X_Amz_Expires=expires))


@pytest.mark.parametrize("minutes", [0, 14, 15])
def test_a_token_lives_for_a_quarter_of_an_hour_whatever_it_says(minutes):
    assert read(token(X_Amz_Expires="1"), now=NOW + timedelta(minutes=minutes))
    with pytest.raises(TokenRefused):
        read(token(X_Amz_Expires="900"), now=NOW + timedelta(minutes=15, seconds=1))


@pytest.mark.parametrize(
    ("host", "partition", "accepted"),
    [
        ("sts.eu-south-1.amazonaws.com", "aws", True),
        ("sts.us-east-1.amazonaws.com", "aws", True),
        ("sts.eu-south-1.api.aws", "aws", True),
        ("sts-fips.us-east-1.amazonaws.com", "aws", True),
        ("sts.amazonaws.com", "aws", True),
        ("sts.amazonaws.com", "aws-cn", False),
        ("sts.cn-north-1.amazonaws.com.cn", "aws-cn", True),
        ("sts.cn-north-1.amazonaws.com.cn", "aws", False),
        ("sts.eu-south-1.amazonaws.com", "aws-cn", False),
        ("sts.us-gov-west-1.amazonaws.com", "aws-us-gov", True),
        ("sts.us-gov-west-1.amazonaws.com", "aws", False),
        ("sts.eu-south-1.amazonaws.com:443", "aws", False),
        ("sts.eu-south-1.amazonaws.com.evil.example", "aws", False),
        ("sts.eu-south-1.evil.example", "aws", False),
        ("evil.example", "aws", False),
        ("x@sts.eu-south-1.amazonaws.com", "aws", False),
        ("iam.eu-south-1.amazonaws.com", "aws", False),
        ("sts.-bad-.amazonaws.com", "aws", False),
        ("STS.eu-south-1.amazonaws.com", "aws", False),
        ("127.0.0.1", "aws", False),
        ("", "aws", False),
    ],
)
def test_only_hosts_of_sts_in_the_partition_are_accepted(host, partition, accepted):
    if accepted:
        assert read(token(host=host), partition).host == host
    else:
        with pytest.raises(TokenRefused, match=r"unexpected hostname|global endpoint"):
            read(token(host=host), partition)


@given(st.text(), st.binary())
def test_nonsense_is_refused_and_nothing_else(text, binary):
    encoded = base64.urlsafe_b64encode(binary).decode().rstrip("=")
    for nonsense in (text, "k8s-aws-v1." + text, "k8s-aws-v1." + encoded):
        with pytest.raises(TokenRefused):
            read(nonsense)
