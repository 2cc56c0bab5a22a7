"""`kaccess logout`: take back what login wrote."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.credentials.cache import TokenCache
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.kubeconfig.write import remove


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...]) -> int:
    """Take back what login wrote.

    Removes kaccess's contexts from the kubeconfig and forgets all cached tokens. With CLUSTER only the contexts of
    these clusters are removed.
    """
    written = remove(kubeconfig_paths(os.environ, Path.home()), clusters or None)
    TokenCache(os.environ, session.warn).clear()
    text = "\n".join(f"removed context {name}" for name in written.removed) or "nothing to remove"
    data = {"kubeconfig": str(written.path), "removed": list(written.removed)}
    return session.result("Logout", text, data)
