"""Which clusters a developer means: named ones, those of the policy or of their configuration, or all EKS lists."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kaccess.cli.session import Session, utc_now
from kaccess.config import KnownCluster, config_path, load_config
from kaccess.model.arn import partition_of
from kaccess.model.errors import KaccessError, LoginNeeded, Missing, Usage
from kaccess.model.identity import ClusterInfo
from kaccess.model.policy import Policy
from kaccess.workflows.login import Credentials, NoEntry, OwnAccess, Target, find_access
from kaccess.workflows.own_roles import OwnRoles
from kaccess.workflows.reading import reading

if TYPE_CHECKING:
    from kaccess.aws.session import AwsSession

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

WIDTH: Final = 8
"""Clusters asked side by side."""

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Your own list of clusters.  [default: $KACCESS_CONFIG or ~/.config/kaccess/config.yaml]",
)


@dataclass(frozen=True)
class Asked:
    """A cluster to ask, by the credentials of a profile (None: those of the command).

    `meant` is a name that is known here and that this one, which is not, looks like.
    """

    target: Target
    profile: str | None = None
    meant: str = ""


@dataclass
class Answers:
    """What several clusters said of the caller.

    `found` is what may be reached, with the profile that reaches it; `unknown_in` the aliases of clusters that do not
    know the caller; `errors` a line for each cluster that could not say, or does not know them.
    """

    found: list[OwnAccess] = field(default_factory=list)
    profiles: dict[str, str | None] = field(default_factory=dict)
    unknown_in: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Targets:
    """The clusters that a command is about, and the credentials to ask each with."""

    def __init__(self, session: Session, config: Path | None) -> None:
        """Reads the policy and the configuration that are here.

        Raises:
            KaccessError: one of them is wrong.
        """
        self._session = session
        self._credentials: dict[str | None, Credentials] = {}
        policy = session.load_policy().policy if session.has_policy() else None
        path = config_path(config, os.environ, Path.home())
        own = load_config(path) if path else {}
        self._of_policy = _policy_targets(policy) if policy else {}
        self._of_config = {alias: _configured(cluster) for alias, cluster in own.items()}
        session.policy_region = session.policy_region or next((each.region for each in own.values()), None)

    def chosen(self, names: Iterable[str]) -> list[Asked]:
        """The clusters of these names; without names, all that the policy has, else the configuration, else EKS.

        Raises:
            KaccessError: a cluster's region is not known, or there is none at all.
        """
        wanted = list(dict.fromkeys(names))
        if wanted:
            return [self._named(name) for name in wanted]
        return list(self._of_policy.values()) or list(self._of_config.values()) or self._listed()

    def credentials(self, asked: Asked) -> Credentials:
        """The credentials to ask a cluster with; those of one profile are the same."""
        profile = None if self._session.profile else asked.profile
        if profile not in self._credentials:
            self._credentials[profile] = credentials_of(self._session, self._aws(profile, asked.target.region))
        return self._credentials[profile]

    def _aws(self, profile: str | None, region: str) -> AwsSession:
        from kaccess.cli.connect import open_aws  # noqa: PLC0415 - botocore loads slowly

        session = self._session
        return open_aws(profile, session.region, lambda: region, session.warn) if profile else session.aws

    def _named(self, name: str) -> Asked:
        known = {**self._of_config, **self._of_policy}
        if name in known:
            return known[name]
        by_name = [each for each in known.values() if each.target.name == name]
        if len(by_name) == 1:
            return by_name[0]
        meant = next(iter(get_close_matches(name, known, 1)), "")
        try:
            return Asked(Target(name, name, self._session.required_region()), meant=meant)
        except Usage:
            if meant:
                raise Usage(_meant(name, meant)) from None
            raise

    def _listed(self) -> list[Asked]:
        region = self._session.required_region()
        names = self._session.adapters().eks(region).cluster_names()
        if not names:
            raise Usage(f"EKS has no cluster in {region}; name another --region")
        return [Asked(Target(name, name, region)) for name in names]


def find_each(session: Session, names: Iterable[str], config: Path | None) -> Answers:
    """What the caller may reach in each of these clusters, asked side by side; one that fails does not stop the others.

    Raises:
        LoginNeeded: the AWS credentials are no good for any of the clusters.
        KaccessError: it cannot be told which clusters are meant.
    """
    targets = Targets(session, config)
    chosen = targets.chosen(names)
    answers, logins = Answers(), []
    with reading(WIDTH) as pool:
        futures = []
        for asked in chosen:
            credentials = targets.credentials(asked)
            session.detail(f"asking cluster {asked.target.alias} ({asked.target.name}, {asked.target.region})")
            futures.append(pool.submit(find_access, asked.target, credentials))
        for asked, future in zip(chosen, futures, strict=True):
            try:
                answers.found.append(future.result())
                answers.profiles[asked.target.alias] = asked.profile
            except KaccessError as error:
                _note(error, asked, answers)
                logins += [error] if isinstance(error, LoginNeeded) else []
    if len(logins) == len(chosen):
        raise logins[0]
    return answers


def credentials_of(session: Session, aws: AwsSession) -> Credentials:
    """What can be seen with one set of AWS credentials, and as the roles of their owner."""
    from kaccess.aws.own_access import OwnIdentity  # noqa: PLC0415 - botocore loads slowly
    from kaccess.cli.adapters import adapters_of  # noqa: PLC0415 - as above

    opened = session.opened
    return Credentials(
        adapters_of(aws, opened),
        OwnRoles(OwnIdentity(aws)),
        lambda iam_role: adapters_of(aws.as_role(iam_role), opened),
    )


def line_of(error: KaccessError, asked: Asked) -> str:
    """The line for a cluster that could not be asked: with the name that was perhaps meant."""
    is_unknown = isinstance(error, Missing) or getattr(error, "code", "").startswith("AccessDenied")
    return _meant(asked.target.alias, asked.meant) if asked.meant and is_unknown else str(error)


def _note(error: KaccessError, asked: Asked, answers: Answers) -> None:
    answers.errors.append(line_of(error, asked))
    if isinstance(error, NoEntry):
        answers.unknown_in.append(error.alias)


def _meant(name: str, meant: str) -> str:
    return f"there is no cluster {name!r}; did you mean {meant!r}?"


def _policy_targets(policy: Policy) -> Mapping[str, Asked]:
    now = utc_now()
    granted = {
        alias: {grant.group for grant in policy.grants if grant.holds_on(alias, now)} for alias in policy.clusters
    }
    return {
        alias: Asked(
            Target(
                alias,
                cluster.name,
                cluster.region,
                cluster.account,
                groups=tuple(policy.groups[name] for name in sorted(granted[alias]) if policy.groups[name].assume),
            )
        )
        for alias, cluster in policy.clusters.items()
    }


def _configured(cluster: KnownCluster) -> Asked:
    target = Target(cluster.alias, cluster.name, cluster.region, cluster.account, iam_role=cluster.iam_role)
    if cluster.endpoint:
        arn = f"arn:{partition_of(cluster.region)}:eks:{cluster.region}:{cluster.account}:cluster/{cluster.name}"
        # Its authenticationMode decides nothing for those who only log in.
        target = replace(target, info=ClusterInfo(cluster.name, arn, cluster.endpoint, cluster.ca_data, ""))
    return Asked(target, cluster.profile or None)
