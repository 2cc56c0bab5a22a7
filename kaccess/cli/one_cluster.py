"""The option of commands that are about one cluster of the policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kaccess.cli import completion
from kaccess.cli.session import chosen_clusters
from kaccess.model.errors import Usage
from kaccess.model.policy import Cluster, Policy

F = TypeVar("F", bound=Callable[..., Any])


def one_cluster_option(command: F) -> F:
    """The option that names the cluster to render for, as `alias`."""
    option = click.option(
        "--cluster",
        "alias",
        metavar="ALIAS",
        shell_complete=completion.clusters,
        help="For this cluster of the policy; needed if it has several.",
    )
    return option(command)


def one_cluster(policy: Policy, alias: str | None) -> Cluster:
    """The cluster of this alias, or the only one.

    Raises:
        Usage: there is none of this alias, or there are several and none was named.
    """
    if alias is None and len(policy.clusters) > 1:
        raise Usage(f"for which cluster? give --cluster; the policy has {', '.join(sorted(policy.clusters))}")
    return chosen_clusters(policy, [alias] if alias else [])[0]
