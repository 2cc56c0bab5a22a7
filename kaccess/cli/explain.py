"""`kaccess explain`: why someone can do what they can, from IAM to the rule."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from kaccess.audit.questions import explain
from kaccess.audit.result import Audit
from kaccess.cli.audited import as_of_option, audited, request_of
from kaccess.cli.flags import cluster_option
from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.model.access import Access
from kaccess.model.arn import Arn
from kaccess.model.errors import DONE, FAILED, Usage
from kaccess.model.shown import shown
from kaccess.rbac.request import Request
from kaccess.report.access import short
from kaccess.report.answers import way_json, way_lines


@click.command()
@click.argument("principal")
@click.argument("verb", required=False)
@click.argument("resource", required=False)
@click.option("-n", "--namespace", default="", help="The namespace to ask for.  [default: the whole cluster]")
@cluster_option
@as_of_option
@common_options
@click.pass_obj
def command(
    session: Session,
    principal: str,
    verb: str | None,
    resource: str | None,
    namespace: str,
    clusters: tuple[str, ...],
    as_of: Path | None,
) -> int:
    """Show why someone can do what they can.

    The answer is chains from IAM to the rules, with the lines of the policy that cause them.

    PRINCIPAL is an ARN, the name of an IAM user or role, or a subject: "ServiceAccount ci/bot", "Group ops". With VERB
    and RESOURCE only the chains by which they can do that; exits with 1 if there is none.
    """
    if verb and not resource:
        raise Usage(f"{verb} what? name a resource too, as in `kaccess explain ana get pods -n staging`")
    request = request_of(verb, resource, namespace) if verb and resource else None
    found = audited(session, clusters, as_of)
    chosen = _chosen(found, principal)
    lines: list[str] = []
    data = []
    for cluster, access in chosen:
        ways = list(explain(access, request))
        lines += [f"{cluster}:", *way_lines(access.principal, ways)] if ways else [_none(cluster, access, request)]
        lines += [f"{cluster}: unknown: {short(access.principal)}: {reason}" for reason in access.unknown]
        data.append({"cluster": cluster, "principal": access.principal, "ways": [way_json(way) for way in ways]})
    errors = [str(each) for each in found.unread]
    exit_code = FAILED if errors or not any(each["ways"] for each in data) else DONE
    text = "\n".join(map(shown, lines))
    return session.result("Explanation", text, {"found": data}, exit_code=exit_code, errors=errors)


def _none(cluster: str, access: Access, request: Request | None) -> str:
    return f"{cluster}: {short(access.principal)} has no way to {'do that' if request else 'do anything'}"


def _chosen(found: Audit, principal: str) -> list[tuple[str, Access]]:
    """The access of the principal in each cluster: by its whole name, or by the name of a user or role alone.

    Raises:
        Usage: nobody of that name comes into any of the clusters.
    """
    everybody = [(cluster.cluster, access) for cluster in found.clusters for access in cluster.access]
    exact = [each for each in everybody if each[1].principal.lower() == principal.lower()]
    chosen = exact or [each for each in everybody if _name(each[1].principal) == principal.lower()]
    if not chosen:
        names = {_name(access.principal) for _, access in everybody} | {access.principal for _, access in everybody}
        close = get_close_matches(principal, sorted(names), 1)
        hint = f"; did you mean {close[0]!r}?" if close else "; see `kaccess audit` for who does"
        raise Usage(f"{principal!r} comes into none of the clusters, as far as kaccess can see{hint}")
    return chosen


def _name(principal: str) -> str:
    return Arn.parse(principal).name.lower() if principal.startswith("arn:") else principal.lower()
