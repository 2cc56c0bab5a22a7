"""`kaccess audit`: who can do what, where, by which way; what is wrong with it; what changed since another audit."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from kaccess.audit.difference import difference
from kaccess.audit.result import Audit
from kaccess.cli.audited import as_of_option, audited, saved
from kaccess.cli.flags import cluster_option
from kaccess.cli.options import common_options, common_options_and
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED, PENDING
from kaccess.model.finding import Severity
from kaccess.model.shown import shown
from kaccess.report.answers import difference_json, difference_lines
from kaccess.report.audit import audit_json, audit_text
from kaccess.report.audit_forms import FORMS
from kaccess.report.envelope import envelope
from kaccess.workflows.audit import audit
from kaccess.workflows.whole_file import write_whole

LEVELS: Final = [str(severity) for severity in Severity]
_FAIL_ON: Final = "Exit with 3 if there is a finding of this severity or more."
_OUT: Final = "Write the report to this file, and nothing to stdout."


@click.group(invoke_without_command=True)
@cluster_option
@as_of_option
@click.option("--fail-on", type=click.Choice(LEVELS), help=_FAIL_ON)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=_OUT)
@common_options_and(*FORMS)
@click.pass_context
def command(
    ctx: click.Context, clusters: tuple[str, ...], as_of: Path | None, fail_on: str | None, out: Path | None
) -> int | None:
    """Show who can do what, and how they come in.

    Below are the findings: what should be looked at. Everything counts that lets somebody in, also what kaccess did not
    make. Changes nothing. A cluster that does not answer is reported, and the others are audited.
    """
    if ctx.invoked_subcommand is not None:
        return None
    session: Session = ctx.obj
    found = audited(session, clusters, as_of)
    errors = [str(each) for each in found.unread]
    exit_code = _exit_code(found, fail_on)
    text = _report(session, found, exit_code, errors)
    if out is None:
        click.echo(text)
    else:
        write_whole(out, f"{text}\n")
    for error in () if session.json else errors:
        session.say(f"{click.style('error', fg='red')}: {error}")
    return exit_code


def _report(session: Session, found: Audit, exit_code: int, errors: list[str]) -> str:
    if session.json:
        return envelope("Audit", audit_json(found), exit_code=exit_code, errors=errors, is_large=True)
    return FORMS.get(session.output, audit_text)(found)


def _exit_code(found: Audit, fail_on: str | None) -> int:
    if found.unread:
        return FAILED
    threshold = Severity[fail_on.upper()] if fail_on else None
    is_bad = threshold is not None and any(each.severity >= threshold for each in found.findings())
    return PENDING if is_bad else DONE


@command.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@common_options
@click.pass_obj
def diff(session: Session, old: Path, new: Path) -> int:
    """Show who gained and lost what between two saved audits.

    OLD and NEW are files that `kaccess audit -o json` wrote.
    """
    found = difference(audit(saved(old)), audit(saved(new)))
    text = "\n".join(map(shown, difference_lines(found))) or "no difference"
    return session.result("AuditDifference", text, difference_json(found))
