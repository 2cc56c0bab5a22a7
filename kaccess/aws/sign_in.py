"""Signing in to AWS as the AWS CLI does, but asking for an MFA code once a day and naming sessions after the person.

What a profile has of its own (keys, single sign-on, a process, web identity, a container's or an instance's role) is
found by botocore. Roles and MFA are done here: botocore asks for a code for each role and each hour, and makes up
session names. The AWS CLI's caches are read, never written: credentials rest in no file of kaccess's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, EnvProvider, SSOProvider
from botocore.exceptions import NoCredentialsError
from botocore.utils import JSONFileCache

from kaccess.aws import sign_in_instance as instance
from kaccess.aws.errors import NoCredentials, border
from kaccess.aws.sign_in_chain import Chain, Role, chain_of
from kaccess.aws.sign_in_mfa import MfaSessions, with_mfa
from kaccess.aws.sign_in_role import assumed, session_name

if TYPE_CHECKING:
    from botocore.credentials import CredentialResolver
    from mypy_boto3_sts import STSClient

_OF_THE_MACHINE: Final = ("ec2-credentials-file", "boto-config", "container-role", instance.METHOD)
"""botocore's providers that look beyond the profile: no part of what a source_profile is."""

_SOURCES: Final = {"Ec2InstanceMetadata": instance.METHOD, "EcsContainer": "container-role"}


class CliCache(dict[str, Any]):
    """The AWS CLI's cache of roles and single sign-on. What botocore adds to it stays in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._files = JSONFileCache(str(Path("~/.aws/cli/cache").expanduser()))

    def __contains__(self, key: object) -> bool:
        """Whether there is something of this name, here or in the files."""
        return super().__contains__(key) or str(key) in self._files

    def __missing__(self, key: str) -> Any:  # noqa: ANN401 - whatever STS or SSO answered
        """What the files have under a name that is not here."""
        return self._files[key]


class SignIn:
    """Finds credentials for a botocore session, which takes this as its `credential_provider`."""

    def __init__(
        self,
        session: botocore.session.Session,
        *,
        explicit: bool,
        iam_role: str | None,
        region: Callable[[], str | None],
        mfa: MfaSessions,
        config: Config,
    ) -> None:
        """`explicit`: the session's profile was asked for, so it comes before keys in the environment."""
        self._session = session
        self._explicit = explicit
        self._iam_role = iam_role
        self._region = region
        self._mfa = mfa
        self._config = config
        self._cache = CliCache()
        self._none_found: NoCredentials | None = None

    def load_credentials(self) -> Credentials:
        """The credentials of the profile or the environment, and of `iam_role` by them.

        Raises:
            NoCredentials: there are none; known from the first time on without looking again.
        """
        if self._none_found is not None:
            raise self._none_found
        try:
            return self._load()
        except NoCredentials as error:
            self._none_found = error
            raise

    def _load(self) -> Credentials:
        chain = self._chain()
        credentials = self._beginning(chain)
        sts = self._client_maker(chain.profile)
        if chain.mfa_serial:
            credentials = with_mfa(credentials, chain.mfa_serial, sts, self._mfa)
        name = _own_name(credentials, sts)
        for role in (*chain.roles, *self._asked_role()):
            if role.session_name is not None:
                name = partial(str, role.session_name)
            credentials = assumed(credentials, role, sts, name, self._cache)
        return credentials

    def _asked_role(self) -> tuple[Role, ...]:
        return (Role(self._iam_role),) if self._iam_role else ()

    def _chain(self) -> Chain:
        name = self._session.profile or "default"
        if not self._explicit and os.environ.get("AWS_ACCESS_KEY_ID"):
            return Chain(name)
        return chain_of(self._session.full_config.get("profiles", {}), name)

    def _beginning(self, chain: Chain) -> Credentials:
        """The credentials that the chain begins with."""
        if chain.credential_source == "Environment":
            found = EnvProvider().load()
        elif chain.credential_source is not None:
            found = _resolver(None).get_provider(_SOURCES[chain.credential_source]).load()
        else:
            found = self._own(chain)
        if found is None:
            raise _nothing(chain)
        return found

    def _own(self, chain: Chain) -> Credentials | None:
        resolver = _resolver(chain.profile if self._explicit or chain.roles else None)
        resolver.remove("assume-role")
        for method in _OF_THE_MACHINE if chain.roles else ():
            resolver.remove(method)
        sign_on = resolver.get_provider("sso")
        if isinstance(sign_on, SSOProvider):
            sign_on.cache = self._cache
        return resolver.load_credentials()

    def _client_maker(self, profile: str) -> Callable[[Credentials], STSClient]:
        def sts(credentials: Credentials) -> STSClient:
            # If these are the profile's own and have ended, the advice is to be about that profile.
            with border("credentials", profile):
                frozen = credentials.get_frozen_credentials()
            client = self._session.create_client(
                "sts",
                region_name=self._region(),
                aws_access_key_id=frozen.access_key,
                aws_secret_access_key=frozen.secret_key,
                aws_session_token=frozen.token,
                config=self._config,
            )
            return cast("STSClient", client)

        return sts


def _own_name(credentials: Credentials, sts: Callable[[Credentials], STSClient]) -> Callable[[], str]:
    """The name that sessions get from whose credentials these are; AWS is asked when it is needed, once."""

    @cache
    def ask() -> str:
        return session_name(sts(credentials).get_caller_identity()["Arn"])

    return ask


def _resolver(profile: str | None) -> CredentialResolver:
    """The search for credentials that botocore makes: of this profile, or (None) of the environment as well."""
    session = botocore.session.Session(profile=profile)
    resolver: CredentialResolver = session.get_component("credential_provider")
    resolver.remove(instance.METHOD)
    resolver.insert_after("container-role", instance.instance_provider(session))
    return resolver


def _nothing(chain: Chain) -> NoCredentials:
    """The error of a chain without a beginning."""
    if not chain.roles:
        with border("credentials", chain.profile if chain.profile != "default" else None):
            raise NoCredentialsError
    where = f"credential_source {chain.credential_source}" if chain.credential_source else f"profile {chain.profile!r}"
    line = f"no AWS credentials in the {where}, by which {chain.roles[0].arn} is to be assumed; set them there"
    return NoCredentials(line, operation="credentials")
