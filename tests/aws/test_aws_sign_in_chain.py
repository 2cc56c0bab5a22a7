"""What the configuration of a profile means: the first credentials, the roles in their order, the MFA device."""

from __future__ import annotations

import pytest

from kaccess.aws.errors import NoCredentials
from kaccess.aws.sign_in_chain import Chain, Profiles, Role, chain_of

KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
A, B = Role("arn:a"), Role("arn:b")


@pytest.mark.parametrize(
    ("profiles", "chain"),
    [
        ({}, Chain("dev")),
        ({"dev": KEYS}, Chain("dev")),
        ({"dev": {**KEYS, "mfa_serial": "m"}}, Chain("dev", mfa_serial="m")),
        ({"dev": {"role_arn": "arn:a", "source_profile": "me"}, "me": KEYS}, Chain("me", (A,))),
        (
            {"dev": {"role_arn": "arn:a", "source_profile": "me", "mfa_serial": "m"}, "me": KEYS},
            Chain("me", (Role("arn:a", mfa_serial="m"),), mfa_serial="m"),
        ),
        (
            {"dev": {"role_arn": "arn:a", "source_profile": "me"}, "me": {**KEYS, "mfa_serial": "m"}},
            Chain("me", (A,), mfa_serial="m"),
        ),
        (
            {
                "dev": {"role_arn": "arn:b", "source_profile": "hub"},
                "hub": {"role_arn": "arn:a", "source_profile": "me"},
                "me": {},
            },
            Chain("me", (A, B)),
        ),
        ({"dev": {"role_arn": "arn:a", "source_profile": "dev", **KEYS}}, Chain("dev", (A,))),
        (
            {"dev": {"role_arn": "arn:b", "source_profile": "me"}, "me": {"role_arn": "arn:a", **KEYS}},
            Chain("me", (B,)),
        ),
        (
            {
                "dev": {
                    "role_arn": "arn:a",
                    "source_profile": "me",
                    "role_session_name": "n",
                    "external_id": "e",
                    "duration_seconds": "900",
                },
                "me": KEYS,
            },
            Chain("me", (Role("arn:a", "n", "e", 900),)),
        ),
        (
            {"dev": {"role_arn": "arn:a", "credential_source": "EcsContainer"}},
            Chain("dev", (A,), credential_source="EcsContainer"),
        ),
        ({"dev": {"role_arn": "arn:a", "web_identity_token_file": "f"}}, Chain("dev")),
    ],
)
def test_the_way_of_a_profile(profiles: Profiles, chain: Chain) -> None:
    assert chain_of(profiles, "dev") == chain


@pytest.mark.parametrize(
    ("profiles", "line"),
    [
        ({"dev": {"role_arn": "a"}}, "no source_profile or credential_source"),
        ({"dev": {"role_arn": "a", "source_profile": "x"}}, "'x', which is not in the AWS configuration"),
        ({"dev": {"role_arn": "a", "source_profile": "dev"}}, "dev -> dev lead in a circle"),
        (
            {"dev": {"role_arn": "a", "source_profile": "b"}, "b": {"role_arn": "b", "source_profile": "dev"}},
            "dev -> b -> dev lead in a circle",
        ),
        ({"dev": {"role_arn": "a", "source_profile": "b", "credential_source": "Environment"}}, "both"),
        ({"dev": {"role_arn": "a", "credential_source": "Magic"}}, "'Magic'; AWS knows Environment"),
    ],
)
def test_a_way_that_leads_nowhere(profiles: Profiles, line: str) -> None:
    with pytest.raises(NoCredentials, match=line) as caught:
        chain_of(profiles, "dev")
    assert "\n" not in str(caught.value)
