"""The options that commands share: which clusters and namespaces, and what a person allows for once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from kaccess.cli import completion
from kaccess.planning.guards import NONE, Overrides

F = TypeVar("F", bound=Callable[..., Any])

_ALLOW: Final = {
    "yes": "Do not ask.",
    "keep_going": "Leave out what the policy names and does not exist; apply the rest.",
    "allow_shadowing": "Apply even if an access entry hides a row of aws-auth that gives more.",
    "allow_last_admin_removal": "Apply even what leaves a cluster without an administrator.",
    "allow_self_removal": "Apply even what removes your own way into a cluster.",
    "allow_mass_removal": "Apply even what removes a large part of what kaccess owns.",
}


@dataclass(frozen=True)
class Choices:
    """What a person allows on the command line; `allowed` is what the guards let through."""

    yes: bool = False
    keep_going: bool = False
    allowed: Overrides = NONE

    @classmethod
    def of(cls, *, yes: bool, keep_going: bool, **allowed: bool) -> Choices:
        """The choices, from the arguments that `override_options` gives a command."""
        return cls(yes, keep_going, Overrides(**allowed))


def override_options(command: F) -> F:
    """The options of every command that writes; `Choices.of` takes the arguments they become."""
    for name, text in reversed(_ALLOW.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, is_flag=True, help=text)(command)
    return command


cluster_option = click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="ALIAS",
    shell_complete=completion.clusters,
    help="Only this cluster of the policy (repeatable).",
)


def namespace_option(text: str, *, required: bool = False) -> Callable[[F], F]:
    """The option that names namespaces of the policy, as `namespaces`."""
    return click.option(
        *("-n", "--namespace", "namespaces"),
        multiple=True,
        required=required,
        shell_complete=completion.namespaces,
        help=text,
    )
