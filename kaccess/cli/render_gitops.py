"""`kaccess render manifests` and `access-entries`: the policy in the formats of the tools that others apply it with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from kaccess.cli.one_cluster import one_cluster, one_cluster_option
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.kube.manifests import namespace_from
from kaccess.model.errors import DONE, FAILED, Usage
from kaccess.model.policy import Cluster
from kaccess.model.state import Namespace
from kaccess.render.access_entries import Format, cloudformation, cloudformation_text, terraform_text
from kaccess.render.manifests import MARK, Manifests
from kaccess.render.manifests import manifests as manifests_of
from kaccess.render.yaml_text import yaml_text
from kaccess.workflows.entries import desired_entries
from kaccess.workflows.rendered_folder import write_folder
from kaccess.workflows.survey import open_cluster
from kaccess.workflows.whole_file import read_whole


@click.command()
@one_cluster_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write a file for each namespace here, and a kustomization.yaml.",
)
@click.option("--namespaces-from-cluster", "ask_cluster", is_flag=True, help="Ask the cluster which namespaces it has.")
@click.option(
    "--namespace-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The cluster's namespaces, as `kubectl get namespaces -o json` prints them.",
)
@common_options
@click.pass_obj
def manifests(
    session: Session, alias: str | None, out: Path | None, ask_cluster: bool, namespace_file: Path | None
) -> int:
    """The RBAC half of the policy, as YAML for a GitOps repository.

    Applied by others, such as Argo CD, it is what `apply` would write; `reconcile --identity-only` keeps the AWS half.
    The same policy gives the same bytes. In FOLDER only what was rendered before is changed or removed. What grants by
    pattern or labels reach, the cluster knows: where the policy's own namespaces do not tell, nothing is written.
    """
    now = utc_now()
    policy = session.safe_policy(now)
    cluster = one_cluster(policy, alias)
    rendered = manifests_of(policy, cluster, now, _namespaces(session, cluster, ask_cluster, namespace_file))
    if rendered.undecided:
        advice = "nothing was rendered; give --namespaces-from-cluster, or --namespace-file"
        return session.result("Manifests", "", None, exit_code=FAILED, errors=[*rendered.undecided, advice])
    for line in rendered.guessed:
        session.warn(line)
    exit_code = FAILED if rendered.skipped else DONE
    if out is None:
        text = yaml_text(rendered.documents).rstrip("\n")
        data = {"manifests": [dict(each.body) for each in rendered.documents]}
        return session.result("Manifests", text, data, exit_code=exit_code, errors=rendered.skipped)
    return _written(session, out, rendered, exit_code)


def _written(session: Session, folder: Path, rendered: Manifests, exit_code: int) -> int:
    done = write_folder(folder, rendered.files(), MARK)
    lines = [*(f"wrote {path}" for path in done.written), *(f"removed {path}" for path in done.removed)]
    data = {"written": list(map(str, done.written)), "removed": list(map(str, done.removed))}
    text = "\n".join(lines) or f"{folder} is as it should be"
    return session.result("Manifests", text, data, exit_code=exit_code, errors=rendered.skipped)


def _namespaces(
    session: Session, cluster: Cluster, ask_cluster: bool, path: Path | None
) -> tuple[Namespace, ...] | None:
    """The cluster's namespaces that are not being deleted; None if nobody is to be asked."""
    if ask_cluster and path is not None:
        raise Usage("--namespaces-from-cluster and --namespace-file both say which namespaces there are; give one")
    if ask_cluster:
        found: Sequence[Namespace] = open_cluster(cluster, session.adapters_for(cluster)).kube.namespaces()
    elif path is not None:
        found = _from_file(path)
    else:
        return None
    return tuple(each for each in found if not each.terminating)


def _from_file(path: Path) -> list[Namespace]:
    try:
        return [namespace_from(item) for item in json.loads(read_whole(path))["items"]]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        hint = "write it with `kubectl get namespaces -o json`"
        raise Usage(f"{path}: no list of namespaces in JSON; {hint}") from None


@click.command("access-entries")
@click.option(
    "--format", "form", type=click.Choice([each.value for each in Format]), required=True, help="For which tool."
)
@one_cluster_option
@common_options
@click.pass_obj
def access_entries(session: Session, form: str, alias: str | None) -> int:
    """The access entries of a cluster, for CloudFormation or Terraform.

    Reads the members of groups from IAM; if those of one group cannot be read, nothing is rendered. The entries change
    when people join and leave, so render them anew as often as that is to count; `reconcile` does it by itself.
    """
    now: datetime = utc_now()
    policy = session.safe_policy(now)
    cluster = one_cluster(policy, alias)
    entries = desired_entries(policy, cluster, session.adapters_for(cluster), now)
    if form == Format.TERRAFORM.value:
        text = terraform_text(cluster, entries)
        return session.result("AccessEntries", text.rstrip("\n"), {"format": form, "text": text})
    template = cloudformation(cluster, entries)
    return session.result("AccessEntries", cloudformation_text(template).rstrip("\n"), template)
