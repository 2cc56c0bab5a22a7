"""One-time codes: the vectors of RFC 6238, and what a session with one is good for."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest

from kaccess.sandbox import world
from kaccess.sandbox.aws.totp import code_at, code_of, step_at

from ..conftest import ACCOUNT

SEED = base64.b32encode(b"12345678901234567890").decode()
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/ana"


@pytest.fixture(autouse=True)
def device(aws):
    assert world.give_device("ana") == DEVICE


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_rfc_6238(seconds, code):
    assert code_at(SEED, datetime.fromtimestamp(seconds, timezone.utc)) == code


def code(aws, clock, shift=0):
    return code_of(aws.cloud.mfa.seed(DEVICE), step_at(clock()) + shift)


def test_a_session_with_a_code_carries_it(aws, clock):
    found = aws.client("sts", "ana").get_session_token(SerialNumber=DEVICE, TokenCode=code(aws, clock))
    client = aws.session("sts", found["Credentials"])
    assert client.get_caller_identity()["Arn"] == ANA
    role = needing_mfa(aws)
    assert client.assume_role(RoleArn=role, RoleSessionName="ana")


def needing_mfa(aws, **extra):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, **extra}
    statement = {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole", "Condition": condition}
    return aws.add_role("careful", statement, path="/kaccess/")


def test_a_role_may_ask_for_a_code(aws, clock, refusal):
    role, sts = needing_mfa(aws), aws.client("sts", "ana")
    wanted = {"RoleArn": role, "RoleSessionName": "ana"}
    assert refusal(sts.assume_role, **wanted)[1] == "AccessDenied"
    without = aws.session("sts", sts.get_session_token()["Credentials"])
    assert refusal(without.assume_role, **wanted)[1] == "AccessDenied"
    session = sts.assume_role(**wanted, SerialNumber=DEVICE, TokenCode=code(aws, clock))["Credentials"]
    assert aws.session("sts", session).get_caller_identity()


def test_a_chained_session_has_no_code(aws, clock, refusal):
    first = needing_mfa(aws)
    trust = {"Effect": "Allow", "Principal": {"AWS": first}, "Action": "sts:AssumeRole"}
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    second, third = aws.add_role("second", trust), aws.add_role("third", {**trust, "Condition": condition})
    sts = aws.client("sts", "ana")
    wanted = {"RoleArn": first, "RoleSessionName": "ana", "SerialNumber": DEVICE, "TokenCode": code(aws, clock)}
    inner = aws.session("sts", sts.assume_role(**wanted)["Credentials"])
    assert inner.assume_role(RoleArn=third, RoleSessionName="ana")
    chained = aws.session("sts", inner.assume_role(RoleArn=second, RoleSessionName="ana")["Credentials"])
    again = {**trust, "Principal": {"AWS": second}, "Condition": condition}
    fourth = aws.add_role("fourth", again)
    assert refusal(chained.assume_role, RoleArn=fourth, RoleSessionName="ana")[1] == "AccessDenied"


@pytest.mark.parametrize(
    ("person", "arguments", "message"),
    [
        ("ana", {"TokenCode": "000000"}, "must provide both MFA serial number and one time pass code"),
        ("ana", {"SerialNumber": DEVICE}, "must provide both MFA serial number and one time pass code"),
        ("ana", {"SerialNumber": DEVICE, "TokenCode": "none"}, None),
        ("ana", {"SerialNumber": f"{DEVICE}-2", "TokenCode": "now"}, "verify your MFA serial number"),
        ("ben", {"SerialNumber": DEVICE, "TokenCode": "now"}, "verify your MFA serial number"),
        ("ana", {"SerialNumber": DEVICE, "TokenCode": "old"}, "invalid MFA one time pass code"),
        ("ana", {"SerialNumber": DEVICE, "TokenCode": "early"}, "invalid MFA one time pass code"),
    ],
)
def test_a_code_must_be_good(aws, clock, refusal, person, arguments, message):
    codes = {"now": code(aws, clock), "old": code(aws, clock, -3), "early": code(aws, clock, 3), "none": "١٢٣٤٥٦"}
    given = {name: codes.get(value, value) for name, value in arguments.items()}
    status, name, said = refusal(aws.client("sts", person).get_session_token, **given)
    assert (status, name) == (403, "AccessDenied")
    assert message is None or message in said


def test_a_code_is_good_once(aws, clock, refusal):
    sts, given = aws.client("sts", "ana"), {"SerialNumber": DEVICE, "TokenCode": code(aws, clock)}
    assert sts.get_session_token(**given)
    assert refusal(sts.get_session_token, **given)[2].endswith("invalid MFA one time pass code.")
    clock.offset = timedelta(seconds=30)
    assert sts.get_session_token(SerialNumber=DEVICE, TokenCode=code(aws, clock))


def test_a_code_grows_old(aws, clock, refusal):
    role = needing_mfa(aws, NumericLessThan={"aws:MultiFactorAuthAge": "600"})
    given = {"SerialNumber": DEVICE, "TokenCode": code(aws, clock)}
    session = aws.client("sts", "ana").get_session_token(**given)["Credentials"]
    clock.offset = timedelta(minutes=11)
    assert refusal(aws.session("sts", session).assume_role, RoleArn=role, RoleSessionName="x-1")[1] == "AccessDenied"


def test_iam_takes_no_session_of_a_user_without_a_code(aws, clock, refusal):
    sts = aws.client("sts", "admin")
    serial = world.give_device("admin")
    without = aws.session("iam", sts.get_session_token()["Credentials"])
    assert refusal(without.list_users)[1] == "InvalidClientTokenId"
    given = {"SerialNumber": serial, "TokenCode": aws.cloud.mfa.unused_code(serial, clock())}
    assert aws.session("iam", sts.get_session_token(**given)["Credentials"]).list_users()


def test_a_device_is_enabled_by_two_codes_in_a_row(aws, clock, refusal):
    iam = aws.client("iam")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="ben")["VirtualMFADevice"]
    seed, step = made["Base32StringSeed"].decode(), step_at(clock())
    wanted = {"UserName": "ben", "SerialNumber": made["SerialNumber"], "AuthenticationCode1": code_of(seed, step)}
    for second in (code_of(seed, step), "000000"):
        assert refusal(iam.enable_mfa_device, **wanted, AuthenticationCode2=second)[1] == "InvalidAuthenticationCode"
    iam.enable_mfa_device(**wanted, AuthenticationCode2=code_of(seed, step + 1))
    assert [device["SerialNumber"] for device in iam.list_mfa_devices(UserName="ben")["MFADevices"]] == [
        made["SerialNumber"]
    ]
    assert aws.cloud.mfa.owner(made["SerialNumber"]) == "ben"


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Condition": {"StringEquals": {"sts:ExternalId": "cardo"}}}, True),
        ({"Condition": {"StringEquals": {"sts:ExternalId": "other"}}}, False),
        ({"Condition": {"StringEquals": {"iam:ResourceTag/team": "payments"}}}, True),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/Team": "data"}}}, False),
    ],
)
def test_what_else_a_trust_policy_may_ask(aws, refusal, statement, allowed):
    role = aws.add_role(
        "deploy", {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole", **statement}
    )
    aws.client("iam").tag_role(RoleName="deploy", Tags=[{"Key": "Team", "Value": "payments"}])
    wanted = {"RoleArn": role, "RoleSessionName": "ana", "ExternalId": "cardo"}
    if allowed:
        assert aws.client("sts", "ana").assume_role(**wanted)
    else:
        assert refusal(aws.client("sts", "ana").assume_role, **wanted)[1] == "AccessDenied"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (7200, None),
        (7201, "exceeds the MaxSessionDuration set for this role"),
        (899, "must be between 900"),
    ],
)
def test_a_role_says_how_long_a_session_may_be(aws, refusal, asked, message):
    role = aws.add_role("deploy", {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole"})
    aws.client("iam").update_role(RoleName="deploy", MaxSessionDuration=7200)
    wanted = {"RoleArn": role, "RoleSessionName": "ana", "DurationSeconds": asked}
    if message is None:
        assert aws.client("sts", "ana").assume_role(**wanted)
    elif asked < 900:
        with pytest.raises(Exception, match="valid min value: 900"):
            aws.client("sts", "ana").assume_role(**wanted)
    else:
        assert message in refusal(aws.client("sts", "ana").assume_role, **wanted)[2]


def test_a_chained_session_lasts_an_hour(aws, refusal):
    outer = aws.add_role("outer", {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole"})
    inner = aws.add_role("inner", {"Effect": "Allow", "Principal": {"AWS": outer}, "Action": "sts:AssumeRole"})
    aws.client("iam").update_role(RoleName="inner", MaxSessionDuration=43200)
    session = aws.client("sts", "ana").assume_role(RoleArn=outer, RoleSessionName="ana")["Credentials"]
    wanted = {"RoleArn": inner, "RoleSessionName": "ana"}
    refused = refusal(aws.session("sts", session).assume_role, **wanted, DurationSeconds=3601)
    assert "1 hour session limit for roles assumed by role chaining" in refused[2]
    assert aws.session("sts", session).assume_role(**wanted, DurationSeconds=3600)


def test_an_identity_provider_signs_people_in_to_its_roles_alone(aws, refusal):
    arn = f"arn:aws:iam::{ACCOUNT}:role{world.SSO_PATH}{world.SSO_ROLE}"
    assert refusal(aws.client("sts").assume_role, RoleArn=arn, RoleSessionName="petra")[1] == "AccessDenied"
    session = aws.cloud.sign_in(world.SSO_ROLE, "petra@cardo.example")
    client = aws.client_of("sts", session.access_key_id, session.secret, session.session_token)
    assert client.get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{world.SSO_ROLE}/petra@cardo.example"
    )
    trust = aws.client("iam").get_role(RoleName=world.SSO_ROLE)["Role"]["AssumeRolePolicyDocument"]
    assert json.dumps(trust).count("sts:AssumeRoleWithSAML") == 1
