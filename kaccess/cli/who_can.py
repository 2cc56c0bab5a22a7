"""`kaccess who-can`: everybody who can do something, down to the IAM users."""

from __future__ import annotations

from pathlib import Path

import click

from kaccess.audit.questions import answer
from kaccess.cli.audited import as_of_option, audited, request_of
from kaccess.cli.flags import cluster_option
from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED
from kaccess.model.shown import shown
from kaccess.report.answers import who_can_json, who_can_lines


@click.command(name="who-can")
@click.argument("verb")
@click.argument("resource")
@click.option("-n", "--namespace", default="", help="The namespace to ask for.  [default: the whole cluster]")
@cluster_option
@as_of_option
@common_options
@click.pass_obj
def command(
    session: Session, verb: str, resource: str, namespace: str, clusters: tuple[str, ...], as_of: Path | None
) -> int:
    """Show everybody who can do something.

    They are shown with the chain by which they can, as in `kaccess who-can get secrets -n production`. RESOURCE may
    carry an API group and a subresource, or be a path of the API: deployments.apps, pods/exec, /metrics.
    """
    request = request_of(verb, resource, namespace)
    found = audited(session, clusters, as_of)
    answers = [(each, answer(each.access, request)) for each in found.clusters]
    lines = [line for each, those in answers for line in who_can_lines(each.cluster, those, each.unknown)]
    data = {
        "verb": verb,
        "resource": resource,
        "namespace": namespace or None,
        "clusters": [who_can_json(each.cluster, those, each.unknown) for each, those in answers],
    }
    errors = [str(each) for each in found.unread]
    text = "\n".join(map(shown, lines)) or "nobody"
    return session.result("WhoCan", text, data, exit_code=FAILED if errors else DONE, errors=errors)
