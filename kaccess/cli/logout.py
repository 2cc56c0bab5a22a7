"""`kaccess logout`: take back what login wrote."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kaccess.cli import completion
from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.credentials import keyring_store
from kaccess.credentials.cache import TokenCache
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.kubeconfig.write import remove


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=completion.own_clusters)
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...]) -> int:
    """Take back what login wrote.

    Removes kaccess's contexts from the kubeconfig, and forgets all cached tokens and the sessions that MFA codes
    opened. With CLUSTER only the contexts of these clusters are removed.
    """
    tokens = TokenCache(os.environ, session.warn).clear()
    sessions = keyring_store.clear()
    written = remove(kubeconfig_paths(os.environ, Path.home()), clusters or None)
    lines = [f"removed context {name}" for name in written.removed]
    lines += [f"forgot {tokens} cached token{'s' if tokens > 1 else ''}"] if tokens else []
    lines += ["forgot the sessions in the system keyring"] if sessions else []
    data = {
        "kubeconfig": str(written.path),
        "removed": list(written.removed),
        "tokensForgotten": tokens,
        "keyringCleared": sessions,
    }
    return session.result("Logout", "\n".join(lines) or "nothing to remove", data)
