"""Names for the shell to complete: of the policy here, of the person's configuration, and of the kubeconfig.

Silent when there is nothing. Nothing is asked over the network: a key that is pressed must not wait.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaccess.cli.session import Session
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.model.errors import KaccessError

if TYPE_CHECKING:
    from kaccess.kubeconfig.read import Context
    from kaccess.model.policy import Policy

Completer = Callable[[click.Context, click.Parameter, str], list[str]]
Source = Callable[[click.Context], Iterable[str]]


def completer(*sources: Source) -> Completer:
    """Complete the names of all these sources; one that cannot be read has none."""

    def complete(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:  # noqa: ARG001 - click's shape
        return sorted({name for source in sources for name in _readable(source, ctx) if name.startswith(typed)})

    return complete


def _readable(source: Source, ctx: click.Context) -> Iterator[str]:
    try:
        yield from source(ctx)
    except KaccessError:
        return


def _of_policy(names: Callable[[Policy], Iterable[str]]) -> Source:
    def source(ctx: click.Context) -> Iterable[str]:
        from kaccess.policy.load import load  # noqa: PLC0415 - every command has completions, few complete

        return names(load(ctx.ensure_object(Session).policy_path()).policy)

    return source


def _of_kubeconfig(name: Callable[[Context], str | None]) -> Source:
    def source(_: click.Context) -> Iterable[str]:
        from kaccess.kubeconfig.read import read  # noqa: PLC0415 - as above

        return filter(None, map(name, read(kubeconfig_paths(os.environ, Path.home()))))

    return source


def _of_configuration(ctx: click.Context) -> Iterable[str]:
    from kaccess.config import config_path, load_config  # noqa: PLC0415 - as above

    path = config_path(ctx.params.get("config"), os.environ, Path.home())
    return load_config(path) if path else ()


_cluster_aliases = _of_policy(lambda policy: policy.clusters)

groups = completer(_of_policy(lambda policy: policy.groups))
roles = completer(_of_policy(lambda policy: policy.roles))
clusters = completer(_cluster_aliases)
contexts = completer(_of_kubeconfig(lambda context: context.name))
namespaces = completer(_of_policy(lambda policy: policy.namespaces))

own_clusters = completer(_cluster_aliases, _of_configuration, _of_kubeconfig(lambda context: context.alias))
"""Clusters that a developer may mean."""

own_namespaces = completer(
    _of_policy(lambda policy: policy.namespaces), _of_kubeconfig(lambda context: context.namespace)
)
"""Namespaces that a developer may mean."""
