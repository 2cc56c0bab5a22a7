"""The way of a profile to credentials, as the AWS configuration says: its own, or a role by another's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kaccess.aws.errors import NoCredentials

Profiles = Mapping[str, Mapping[str, Any]]

CREDENTIAL_SOURCES: Final = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
_OPERATION: Final = "credentials"


@dataclass(frozen=True)
class Role:
    """A role to assume. `session_name` None: the caller's own name; `seconds` None: AWS's default of an hour.

    `mfa_serial` is only what the profile says, which the AWS CLI's cache is named by; the code is asked for elsewhere.
    """

    arn: str
    session_name: str | None = None
    external_id: str | None = None
    seconds: int | None = None
    mfa_serial: str | None = None


@dataclass(frozen=True)
class Chain:
    """Roles to assume one after the other, with the credentials of a profile or of a credential source to begin with.

    `mfa_serial` is the device whose code the beginning needs, if it is a user's own keys.
    """

    profile: str
    roles: tuple[Role, ...] = ()
    credential_source: str | None = None
    mfa_serial: str | None = None


def chain_of(profiles: Profiles, name: str) -> Chain:
    """The way of the profile called `name`; one that is not in the configuration has no roles.

    Raises:
        NoCredentials: the profiles lead in a circle, to one that is not there, or say two things at once.
    """
    seen = [name]
    chain = Chain(name)
    while _assumes(profiles.get(chain.profile, {}), is_source=len(seen) > 1):
        options = profiles[chain.profile]
        chain = replace(
            chain,
            roles=(_role(options), *chain.roles),
            mfa_serial=chain.mfa_serial or options.get("mfa_serial"),
        )
        source = _credential_source(chain.profile, options)
        if source is not None:
            return replace(chain, credential_source=source)
        following = _source_profile(chain.profile, options, profiles)
        if following == chain.profile and _has_keys(options):
            return chain
        if following in seen:
            raise _wrong(f"the profiles {' -> '.join((*seen, following))} lead in a circle; give one of them keys")
        seen.append(following)
        chain = replace(chain, profile=following)
    return replace(chain, mfa_serial=chain.mfa_serial or profiles.get(chain.profile, {}).get("mfa_serial"))


def _assumes(options: Mapping[str, Any], *, is_source: bool) -> bool:
    """Whether a profile is of a role; as the source of another, keys in it come first."""
    is_role = "role_arn" in options and "web_identity_token_file" not in options
    return is_role and not (is_source and _has_keys(options))


def _has_keys(options: Mapping[str, Any]) -> bool:
    return "aws_access_key_id" in options or "aws_secret_access_key" in options


def _role(options: Mapping[str, Any]) -> Role:
    seconds = str(options.get("duration_seconds", ""))
    return Role(
        str(options["role_arn"]),
        session_name=options.get("role_session_name"),
        external_id=options.get("external_id"),
        seconds=int(seconds) if seconds.isdecimal() else None,
        mfa_serial=options.get("mfa_serial"),
    )


def _credential_source(name: str, options: Mapping[str, Any]) -> str | None:
    source: str | None = options.get("credential_source")
    if source is not None and "source_profile" in options:
        raise _wrong(f"the profile {name!r} has both source_profile and credential_source; remove one")
    if source is not None and source not in CREDENTIAL_SOURCES:
        known = ", ".join(CREDENTIAL_SOURCES)
        raise _wrong(f"the profile {name!r} has the credential_source {source!r}; AWS knows {known}")
    return source


def _source_profile(name: str, options: Mapping[str, Any], profiles: Profiles) -> str:
    source: str | None = options.get("source_profile")
    if source is None:
        raise _wrong(f"the profile {name!r} has a role_arn and no source_profile or credential_source; add one")
    if source not in profiles:
        raise _wrong(
            f"the profile {name!r} has the source_profile {source!r}, which is not in the AWS configuration; add it"
        )
    return source


def _wrong(line: str) -> NoCredentials:
    return NoCredentials(line, operation=_OPERATION)
