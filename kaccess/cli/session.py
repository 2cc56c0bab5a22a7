"""What the common options say, and the wiring that follows from it: policy, adapters, clusters, ways to print."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kaccess.model.errors import DONE, Refused, Usage
from kaccess.model.names import OWNER
from kaccess.report.envelope import envelope

if TYPE_CHECKING:
    from kaccess.aws.session import AwsSession
    from kaccess.cli.adapters import AdaptersByCluster
    from kaccess.model.policy import Cluster, Policy
    from kaccess.policy.load import Loaded
    from kaccess.workflows.ports import Adapters

POLICY_PLACES: Final = (Path("policies"), Path("kaccess.yaml"))


def utc_now() -> datetime:
    """The moment a command runs at: the only clock that verbs see."""
    return datetime.now(timezone.utc)


@dataclass
class Session:
    """One run of the command line."""

    policy: Path | None = None
    profile: str | None = None
    region: str | None = None
    output: str = "text"
    verbose: int = 0
    policy_region: str | None = None
    """The region of the policy's first cluster, once a policy was read: good enough to ask STS who is calling."""
    opened: ExitStack = field(default_factory=ExitStack)
    """What is to be closed when the command ends."""

    @property
    def json(self) -> bool:
        """Whether the result is to be JSON."""
        return self.output == "json"

    @cached_property
    def aws(self) -> AwsSession:
        """The chosen AWS credentials."""
        from kaccess.cli.connect import open_aws  # noqa: PLC0415 - botocore loads slowly, and not every command needs it

        return open_aws(self.profile, self.region, lambda: self.policy_region, self.warn)

    def required_region(self) -> str:
        """The region that was named, here or in the AWS configuration.

        Raises:
            Usage: none was.
        """
        region = self.region or self.aws.region
        if region is None:
            raise Usage("in which region? give --region, or set AWS_REGION or `region` in the AWS profile")
        return region

    def has_policy(self) -> bool:
        """Whether a policy was named or is in its usual place."""
        return self._policy_place() is not None

    def policy_path(self) -> Path:
        """The policy to use: the one that was named, or the first that is there.

        Raises:
            Usage: there is none.
        """
        place = self._policy_place()
        if place is None:
            raise Usage("no policy here; name one with --policy, or write a first one with `kaccess init`")
        return place

    def _policy_place(self) -> Path | None:
        named = self.policy or (Path(os.environ["KACCESS_POLICY"]) if os.environ.get("KACCESS_POLICY") else None)
        return named or next((path for path in POLICY_PLACES if path.exists()), None)

    def load_policy(self) -> Loaded:
        """Read the policy; its warnings go to stderr.

        Raises:
            PolicyError: with all its problems.
        """
        from kaccess.policy.load import load  # noqa: PLC0415 - ruamel.yaml loads slowly

        loaded = load(self.policy_path())
        for warning in loaded.warnings:
            self.warn(str(warning))
        self.policy_region = next(iter(loaded.policy.clusters.values())).region
        return loaded

    def safe_policy(self, now: datetime) -> Policy:
        """Read the policy, and refuse one that must not be applied at `now`.

        Raises:
            PolicyError: it has problems.
            UnsafePolicy: it is well formed and must not be applied.
        """
        policy = self.load_policy().policy
        refuse_unsafe(policy, now)
        return policy

    def adapters(self) -> Adapters:
        """The outside world, as the chosen AWS credentials see it."""
        from kaccess.cli.adapters import adapters_of  # noqa: PLC0415 - as above

        return adapters_of(self.aws, self.opened)

    def adapters_for(self, cluster: Cluster) -> Adapters:
        """The outside world, as administrators of this cluster of the policy see it.

        They use the profile that the policy names, unless --profile names another, and then the role that it names.
        """
        self.policy_region = self.policy_region or cluster.region
        return self._by_cluster.of(cluster, self.profile)

    @cached_property
    def _by_cluster(self) -> AdaptersByCluster:
        from kaccess.cli.adapters import AdaptersByCluster  # noqa: PLC0415 - as above

        return AdaptersByCluster(self.opened, lambda: self.aws, self._aws_of)

    def _aws_of(self, profile: str, region: str) -> AwsSession:
        from kaccess.cli.connect import open_aws  # noqa: PLC0415 - as above

        return open_aws(profile, self.region, lambda: region, self.warn)

    def say(self, text: str) -> None:
        """Say something about the work on stderr."""
        click.echo(text, err=True)

    def detail(self, text: str) -> None:
        """Say what is being done, if `-v` asks for it."""
        if self.verbose:
            self.say(f"{OWNER}: {text}")

    def say_clock(self, policy: Policy, now: datetime) -> None:
        """Say by whose clock grants are in force, if any of them ends."""
        from kaccess.policy.shapes import time_text  # noqa: PLC0415 - whoever has a policy has it loaded

        if any(grant.until for grant in policy.grants):
            self.say(f"grants are judged as of {time_text(now)}, by the clock of this machine")

    def warn(self, text: str) -> None:
        """Warn on stderr."""
        self.say(f"{click.style('warning', fg='yellow')}: {text}")

    def result(
        self,
        kind: str,
        text: str,
        data: Any,  # noqa: ANN401 - whatever JSON the kind carries
        *,
        exit_code: int = DONE,
        errors: Sequence[str] = (),
    ) -> int:
        """Print a command's result, `data` in the envelope or `text`, and its errors. Returns `exit_code`."""
        if self.json:
            click.echo(envelope(kind, data, exit_code=exit_code, errors=errors))
            return exit_code
        if text:
            click.echo(text)
        for error in errors:
            self.say(f"{click.style('error', fg='red')}: {error}")
        return exit_code

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question on the terminal; without one the answer is an error, never a silent yes or no.

        Raises:
            Usage: there is nobody to ask.
        """
        if self.json or not sys.stdin.isatty():
            raise Usage("there is no terminal to ask on; look at `kaccess plan`, then pass --yes")
        return click.confirm(question, default=False, err=True)


class UnsafePolicy(Refused):
    """A role of the policy is a way to more than it says, or a test of the policy does not hold."""


def refuse_unsafe(policy: Policy, now: datetime) -> None:
    """Refuse a policy that `validate` would not pass.

    Raises:
        UnsafePolicy: with a line for each reason.
    """
    from kaccess.policy.expectations import check  # noqa: PLC0415 - as in `load_policy`
    from kaccess.policy.lint import lint  # noqa: PLC0415

    problems = [*lint(policy, now).refusals, *check(policy, now)]
    if problems:
        raise UnsafePolicy("\n".join(map(str, problems)))


def chosen_clusters(policy: Policy, aliases: Iterable[str]) -> list[Cluster]:
    """The policy's clusters of these aliases, or all of them.

    Raises:
        Usage: the policy has no such cluster, or none at all.
    """
    wanted = tuple(aliases) or tuple(policy.clusters)
    unknown = [alias for alias in wanted if alias not in policy.clusters]
    if unknown:
        raise Usage(f"the policy has no cluster {unknown[0]!r}; it has {', '.join(sorted(policy.clusters)) or 'none'}")
    if not wanted:
        raise Usage("the policy names no cluster; add one under `clusters:`")
    return [policy.clusters[alias] for alias in dict.fromkeys(wanted)]
