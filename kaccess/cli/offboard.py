"""`kaccess offboard`: one person out of everything, and a receipt that says so."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kaccess.cli.changes import Looked, Pending, applied_data, exit_code_of, read, settle, undone, with_news, write_all
from kaccess.cli.edits import show
from kaccess.cli.flags import Choices, override_options
from kaccess.cli.options import common_options
from kaccess.cli.receipt import Receipt
from kaccess.cli.session import Session, chosen_clusters, utc_now
from kaccess.model.policy import Policy
from kaccess.policy.edit import Edited, offboard, write
from kaccess.report.envelope import envelope
from kaccess.report.plan import applied_lines
from kaccess.workflows.fleet import Fleet
from kaccess.workflows.offboard import Leaver, Left, find_leaver, plan_barring, plan_leaving, what_is_left
from kaccess.workflows.rollout import Applied


@click.command()
@click.argument("user")
@click.option("--reason", default="", help="Why; kept in the policy and in the receipt.")
@click.option(
    "--receipt",
    "receipt_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write the receipt.  [default: offboard-USER-DATE.json]",
)
@override_options
@common_options
@click.pass_obj
def command(session: Session, /, user: str, reason: str, receipt_path: Path | None, **overrides: bool) -> int:
    """Take a person out of everything.

    USER is an IAM user's name, or the ARN of a user or role; it need not exist any more. Notes it in the policy, so
    that nothing brings them back, and removes what kaccess owns of them in all clusters. What it does not own is
    listed: IAM groups, access keys, what others gave them, sessions that are still alive. Leaves a receipt.
    """
    now = utc_now()
    loaded = session.load_policy()
    policy = loaded.policy
    clusters = chosen_clusters(policy, ())
    leaver = find_leaver(user, policy, lambda cluster: session.adapters_for(cluster).iam)
    if leaver.unknown:
        session.warn(leaver.unknown)
    by = session.adapters_for(clusters[0]).sts.caller().arn
    edited = offboard(loaded, leaver.arn, now, by, reason)
    show(session, edited)
    after = edited.after.policy
    fleet = read(session, after, clusters, now)
    looked, left = _look(leaver, after, fleet), what_is_left(leaver, after, fleet, now)
    session.say("\n".join([f"what kaccess does not own of {leaver.arn}:", *(f"  {each}" for each in left)]))
    about = {"principal": leaver.arn, "at": now.isoformat(timespec="seconds"), "by": by, "reason": reason}
    with Receipt(receipt_path or _default_path(leaver, now)) as receipt:
        is_needed = bool(edited.files) or any(each.plan.changes for each in looked.all)
        settle(session, looked, Choices.of(**overrides), f"Offboard {leaver.arn}?" if is_needed else "")
        write(edited)
        results = write_all(session, looked)
        return _report(session, receipt, looked, results, _data(about, edited, left))


def _look(leaver: Leaver, policy: Policy, fleet: Fleet) -> Looked:
    accounts = (Pending(each, plan_barring(leaver, policy, each)) for each in fleet.accounts)
    clusters = (Pending(each, plan_leaving(leaver, each)) for each in fleet.clusters)
    return Looked(tuple(with_news(accounts)), tuple(clusters), fleet.judged_at, fleet.failures)


def _default_path(leaver: Leaver, now: datetime) -> Path:
    name = re.sub(r"[^\w+=,.@-]", "_", leaver.arn.rpartition("/")[2])
    return Path(f"offboard-{name}-{now:%Y%m%dT%H%M%SZ}.json")


def _data(about: dict[str, str], edited: Edited, left: tuple[Left, ...]) -> dict[str, Any]:
    return {
        **about,
        "files": [str(file.path) for file in edited.files],
        "left": [{"what": each.what, "advice": each.advice} for each in left],
    }


def _report(
    session: Session, receipt: Receipt, looked: Looked, results: tuple[Applied, ...], data: dict[str, Any]
) -> int:
    errors = [*map(str, looked.failures), *undone(results)]
    exit_code = exit_code_of(looked, results)
    data = {**data, **applied_data(looked, results), "receipt": str(receipt.path)}
    receipt.write(envelope("Offboard", data, exit_code=exit_code, errors=errors))
    lines = [line for each in results for line in applied_lines(each.plan, each.outcomes)]
    text = "\n".join([*lines, f"receipt: {receipt.path}"])
    return session.result("Offboard", text, data, exit_code=exit_code, errors=errors)
