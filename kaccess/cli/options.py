"""The options every command has, before its name or after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from kaccess.cli.session import Session
from kaccess.model.errors import Usage
from kaccess.policy.shapes import duration_of, time_of

F = TypeVar("F", bound=Callable[..., Any])

TEXT: Final = "text"
JSON: Final = "json"


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Put a common option's value, if it was given, where every command finds it."""
    if value is not None:
        setattr(ctx.ensure_object(Session), str(param.name), value)


def _common(*names: str, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401 - click's own settings
    return click.option(*names, **settings, callback=_keep, expose_value=False)


def common_options(command: F) -> F:
    """Add the options every command has."""
    return common_options_and()(command)


def common_options_and(*outputs: str) -> Callable[[F], F]:
    """Add the options every command has, for one that can print its result in more ways than text and JSON."""
    policy_help = "The policy: a file, or a folder of files.  [default: $KACCESS_POLICY, policies/ or kaccess.yaml]"
    ways = click.Choice([TEXT, JSON, *outputs])

    def add(command: F) -> F:
        for option in (
            _common("-v", "--verbose", count=True, default=None, help="Say on stderr what is being done."),
            _common("-o", "--output", type=ways, help="How to print the result.  [default: text]"),
            _common("--region", metavar="NAME", help="The AWS region of clusters that the policy does not name."),
            _common("--profile", metavar="NAME", help="The AWS profile to use, whatever the policy names."),
            _common("--policy", type=click.Path(path_type=Path), metavar="PATH", help=policy_help),
        ):
            command = option(command)
        return command

    return add


def asked_for_json(argv: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, even one that cannot be parsed: its error must be JSON too."""
    return any(
        word in {"-ojson", "--output=json"} or (word in {"-o", "--output"} and then == JSON)
        for word, then in pairwise([*argv, ""])
    )


class Moment(click.ParamType[datetime]):
    """An end in time, RFC 3339 with a zone: `2026-12-01T18:00:00Z`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """The aware datetime."""
        if isinstance(value, datetime):
            return value
        try:
            return time_of(str(value))
        except Usage as error:
            self.fail(str(error), param, ctx)


class Span(click.ParamType[timedelta]):
    """A length of time: `30m`, `8h`, `2d`."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """The timedelta, longer than nothing."""
        if isinstance(value, timedelta):
            return value
        try:
            return duration_of(str(value))
        except Usage as error:
            self.fail(str(error), param, ctx)
