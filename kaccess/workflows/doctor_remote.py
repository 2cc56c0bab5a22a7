"""The doctor's checks of AWS and of clusters: from the credentials to each namespace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from kaccess.model.errors import KaccessError
from kaccess.model.identity import ClusterInfo
from kaccess.model.names import group_of
from kaccess.policy.shapes import wrong_region
from kaccess.workflows.doctor import Answer, Chain, Check
from kaccess.workflows.login import ASK, Credentials, OwnAccess, Target, find_access, open_target

_TOLERATED: Final = timedelta(minutes=5)
"""AWS refuses signatures that are older or newer (Signature Version 4)."""

_SUSPICIOUS: Final = timedelta(minutes=1)


class Account(Protocol):
    """AWS, as the credentials of the command see it."""

    def caller(self) -> str:
        """The ARN of the caller."""

    def expires_at(self) -> datetime | None:
        """When the credentials end (aware); None if they do not."""

    def aws_time(self) -> datetime | None:
        """What time it is by AWS (aware); None if it does not tell."""

    def region(self) -> str | None:
        """The region in use."""


class Reach(Protocol):
    """The network between here and a cluster."""

    def proxy_for(self, endpoint: str) -> str:
        """The proxy on the way; empty if there is none."""

    def resolve(self, endpoint: str) -> tuple[str, ...]:
        """The addresses of its host."""

    def handshake(self, endpoint: str, ca_data: str) -> str:
        """Open TLS against this CA; its version."""


def account_checks(account: Account, now: Callable[[], datetime]) -> tuple[Chain, ...]:
    """The checks of the caller's side; `now` is this machine's clock."""
    return (
        (Check("credentials", lambda: _credentials(account, now())),),
        (Check("clock", lambda: _clock(account.aws_time(), now())),),
        (Check("region", lambda: _region(account.region())),),
    )


@dataclass
class ClusterChecks:
    """The checks of one cluster, in the order of the way to it; each hands on what it found."""

    target: Target
    credentials: Callable[[], Credentials]
    reach: Reach
    _info: list[ClusterInfo] = field(default_factory=list)
    _found: list[OwnAccess] = field(default_factory=list)

    def chain(self) -> Chain:
        """The checks."""
        looks = (
            ("endpoint", self._endpoint),
            ("DNS", self._dns),
            ("TLS", self._tls),
            ("entry", self._entry),
            ("groups", self._groups),
            ("bindings", self._bindings),
        )
        return tuple(Check(f"{what} of {self.target.alias}", look) for what, look in looks)

    def _endpoint(self) -> Answer:
        self._info.append(open_target(self.target, self.credentials()))
        return Answer(self._info[0].endpoint)

    def _dns(self) -> Answer:
        proxy = self.reach.proxy_for(self._info[0].endpoint)
        return Answer(
            "left to the proxy of the environment" if proxy else ", ".join(self.reach.resolve(self._info[0].endpoint))
        )

    def _tls(self) -> Answer:
        info = self._info[0]
        if self.reach.proxy_for(info.endpoint):
            return Answer("through the proxy; the next check opens it")
        return Answer(f"{self.reach.handshake(info.endpoint, info.ca_data)}, by the cluster's own CA")

    def _entry(self) -> Answer:
        self._found.append(find_access(self.target, self.credentials()))
        return Answer(", ".join(f"known as {way.identity.username}" for way in self._found[0].ways))

    def _groups(self) -> Answer:
        names = {name for way in self._found[0].ways for name in way.identity.groups}
        groups = sorted(filter(None, map(group_of, names)))
        return Answer(", ".join(groups)) if groups else Answer("none of the policy", ASK)

    def _bindings(self) -> Answer:
        found = self._found[0]
        if found.skipped:
            raise KaccessError(f"{found.skipped[0]}; ask an administrator for `kaccess plan`, then `kaccess apply`")
        if not found.namespaces:
            return Answer("no namespace is granted", ASK)
        return Answer(f"proven in {', '.join(found.namespaces)}")


def _clock(aws_time: datetime | None, now: datetime) -> Answer:
    if aws_time is None:
        return Answer("AWS does not tell the time", "mend the credentials first")
    ahead = aws_time - now
    skew = abs(ahead)
    seconds = f"{skew.total_seconds():.0f} s {'behind' if ahead > timedelta() else 'ahead of'} AWS"
    if skew >= _TOLERATED:
        raise KaccessError(f"{seconds}, so AWS refuses what is signed here; set the clock, and let NTP keep it")
    return Answer(seconds, "let NTP keep the clock") if skew >= _SUSPICIOUS else Answer("agrees with AWS")


def _credentials(account: Account, now: datetime) -> Answer:
    expires_at, caller = account.expires_at(), account.caller()
    if expires_at is None:
        return Answer(caller)
    minutes = int((expires_at - now).total_seconds()) // 60
    return Answer(f"{caller}, for {minutes} min more")


def _region(region: str | None) -> Answer:
    if region is None:
        return Answer("none is set", "give --region where no policy names it, or set AWS_REGION")
    if wrong_region(region):
        raise KaccessError(f"{region!r} is no AWS region; set AWS_REGION, or `region` in the profile, as in eu-south-1")
    return Answer(region)
