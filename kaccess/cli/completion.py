"""Names for the shell to complete: from the policy here, and from the kubeconfig. Silent when there is nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from kaccess.cli.session import Session
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.kubeconfig.read import read
from kaccess.model.errors import KaccessError
from kaccess.model.policy import Policy
from kaccess.policy.load import load

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def from_policy(names: Callable[[Policy], Iterable[str]]) -> Completer:
    """Complete names of the policy."""

    def complete(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:  # noqa: ARG001 - click's shape
        try:
            policy = load(ctx.ensure_object(Session).policy_path()).policy
        except KaccessError:
            return []
        return sorted(name for name in names(policy) if name.startswith(typed))

    return complete


def contexts(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:  # noqa: ARG001 - click's shape
    """Complete the contexts that login wrote."""
    try:
        found = read(kubeconfig_paths(os.environ, Path.home()))
    except KaccessError:
        return []
    return sorted(context.name for context in found if context.name.startswith(typed))


groups = from_policy(lambda policy: policy.groups)
roles = from_policy(lambda policy: policy.roles)
namespaces = from_policy(lambda policy: policy.namespaces)
clusters = from_policy(lambda policy: policy.clusters)
