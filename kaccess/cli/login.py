"""`kaccess login`: a kubeconfig with exactly the namespaces one was granted."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from kaccess.cli import completion
from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.cli.targets import find_each
from kaccess.kubeconfig.access import ClusterAccess
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.kubeconfig.write import remove, write
from kaccess.model.errors import DONE, FAILED
from kaccess.report.own_access import own_access_json, own_access_table
from kaccess.workflows.login import ASK, OwnAccess


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=completion.clusters)
@click.option(
    "--use",
    metavar="CONTEXT",
    shell_complete=completion.contexts,
    help="Make this context the current one, as in cardo/development.",
)
@click.option("--one-context", is_flag=True, help="Write one context for each cluster, not one for each namespace.")
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...], use: str | None, one_context: bool) -> int:
    """Write a kubeconfig with what you were granted.

    It has exactly the namespaces that you were granted and that the cluster confirms.

    CLUSTER is a name of the policy's, if there is a policy here, or a name in EKS. Without one: all of them. The
    current context stays what it is, unless there is none or --use names another.
    """
    answers = find_each(session, clusters, session.adapters())
    found, paths = answers.found, kubeconfig_paths(os.environ, Path.home())
    removed = remove(paths, answers.unknown_in).removed if answers.unknown_in else ()
    written = write(
        [_cluster_access(each, session.aws.profile) for each in found],
        program=_program(),
        paths=paths,
        use=use,
        one_context=one_context,
    )
    removed += written.removed
    data = {
        "kubeconfig": str(written.path),
        "added": list(written.added),
        "removed": list(removed),
        "currentContext": written.current_context,
        "clusters": [own_access_json(each) for each in found],
    }
    errors = [*answers.errors, *_empty(found), *_unproven(found)]
    text = _text(found, written.current_context, written.path, removed)
    return session.result("Login", text, data, exit_code=FAILED if errors else DONE, errors=errors)


def _program() -> str:
    """The absolute path of kaccess itself: programs with windows do not have the shell's PATH."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":  # python -m kaccess
        return str(Path(sys.executable).with_name("kaccess"))
    return str(Path(shutil.which(called) or called).absolute())


def _empty(found: Iterable[OwnAccess]) -> list[str]:
    return [
        f"cluster {each.target.alias} knows you as {each.identity.username} and grants you no namespace; {ASK}"
        for each in found
        if not each.reached
    ]


def _unproven(found: Iterable[OwnAccess]) -> list[str]:
    return [f"{each.target.alias}: {skipped}" for each in found for skipped in each.skipped]


def _cluster_access(found: OwnAccess, profile: str | None) -> ClusterAccess:
    target, info = found.target, found.info
    return ClusterAccess(
        target.alias, target.name, target.region, info.endpoint, info.ca_data, found.namespaces, profile=profile
    )


def _text(found: list[OwnAccess], current: str | None, path: Path, removed: Iterable[str]) -> str:
    table = own_access_table(found)
    lines = [f"removed context {name}: its grant is gone" for name in removed]
    if table:
        lines += [table, "", f"written to {path}; current context: {current or 'none'}"]
        lines.append("next: kubectl --context CONTEXT get pods, or kubectl config use-context CONTEXT")
    return "\n".join(lines)
