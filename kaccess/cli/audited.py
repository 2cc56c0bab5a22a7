"""Audits for the commands that look at access: taken of clusters now, or read back from where one was saved."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from kaccess.audit.codec import decode
from kaccess.audit.result import Audit
from kaccess.audit.snapshot import PolicyText, Snapshot
from kaccess.cli.session import Session, chosen_clusters, utc_now
from kaccess.model.errors import Usage
from kaccess.policy.resources import qualified
from kaccess.policy.shapes import time_text
from kaccess.rbac.request import Request
from kaccess.workflows.audit import audit
from kaccess.workflows.snapshot import take_snapshot

F = TypeVar("F", bound=Callable[..., Any])

as_of_option: Final = click.option(
    "--as-of",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Look at an audit that was saved (`kaccess audit -o json > FILE`) in place of the clusters.",
)


def audited(session: Session, aliases: tuple[str, ...], as_of: Path | None) -> Audit:
    """The audit of these clusters (none: all), as they are now or as they were.

    Raises:
        KaccessError: none of the clusters could be read, or `as_of` is no saved audit.
    """
    # All of what is read is kept to the end, in hundreds of thousands of objects without cycles: to look through them
    # again and again for garbage would take a third of the time.
    gc.disable()
    if as_of is not None:
        found = audit(saved(as_of), aliases)
        session.say(f"as of {time_text(found.taken_at)}, by the clock of the machine that saved the audit")
        return found
    now, loaded = utc_now(), session.load_policy()
    clusters = chosen_clusters(loaded.policy, aliases)
    session.say_clock(loaded.policy, now)
    texts = [PolicyText(each.name, each.text) for each in loaded.files]
    shows_progress = sys.stderr.isatty() and not session.verbose
    with click.progressbar(length=len(clusters), label="reading", file=sys.stderr, hidden=not shows_progress) as bar:

        def seen(alias: str) -> None:
            session.detail(f"read cluster {alias}")
            bar.update(1)

        snapshot = take_snapshot(clusters, session.adapters_for, now, texts, seen)
    return audit(snapshot, policy=loaded.policy)


def saved(path: Path) -> Snapshot:
    """The snapshot that a saved audit rests on.

    Raises:
        Usage: the file cannot be read, or is not one.
    """
    try:
        data = json.loads(path.read_text("utf-8"))["data"]["snapshot"]
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}; name a file that `kaccess audit -o json` wrote") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Usage(f"{path} is no saved audit; write one with `kaccess audit -o json > {path}`") from None
    found: Snapshot = decode(Snapshot, data)
    return found


def request_of(verb: str, resource: str, namespace: str) -> Request:
    """The request that words mean; a resource that begins with `/` is a path of the API."""
    if resource.startswith("/"):
        return Request(verb, path=resource)
    return Request.asked(verb, qualified(resource), namespace)
