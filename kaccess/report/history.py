"""The history of grants, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kaccess.git.commits import Commit
from kaccess.model.policy import Grant
from kaccess.workflows.history import Granted

UNCOMMITTED = "not committed yet"


def history_text(history: Iterable[Granted]) -> str:
    """Each grant in a line, and below it the commits that wrote it."""
    return "\n".join(line for each in history for line in _lines(each)) or "the policy grants nothing"


def _lines(granted: Granted) -> Iterator[str]:
    grant = granted.grant
    end = f" until {grant.until:%Y-%m-%dT%H:%MZ}" if grant.until else ""
    yield f"{grant.place}: {grant.role} to {grant.group} in {grant.namespaces}{end}"
    if granted.uncommitted:
        yield f"  {UNCOMMITTED}"
    for commit in granted.commits:
        yield f"  {commit.hash[:12]} {commit.date:%Y-%m-%d} {commit.author}: {commit.subject}"
        yield from (f"    {line}" for line in _review(commit))


def _review(commit: Commit) -> Iterator[str]:
    if commit.pull_request and f"#{commit.pull_request}" not in commit.subject:
        yield f"pull request #{commit.pull_request}"
    if commit.merged_by:
        yield f"merged by {commit.merged_by}"
    if commit.reviewers:
        yield f"reviewed by {', '.join(commit.reviewers)}"
    if commit.co_authors:
        yield f"written with {', '.join(commit.co_authors)}"


def history_json(granted: Granted) -> dict[str, Any]:
    """A grant and its commits, for machines."""
    return {
        **_grant_json(granted.grant),
        "uncommitted": granted.uncommitted,
        "commits": [_commit_json(commit) for commit in granted.commits],
    }


def _grant_json(grant: Grant) -> dict[str, Any]:
    return {
        "place": str(grant.place),
        "group": grant.group,
        "role": grant.role,
        "namespaces": str(grant.namespaces),
        "clusters": list(grant.clusters),
        "until": grant.until.isoformat() if grant.until else "",
        "reason": grant.reason,
    }


def _commit_json(commit: Commit) -> dict[str, Any]:
    return {
        "hash": commit.hash,
        "author": commit.author,
        "date": commit.date.isoformat(),
        "subject": commit.subject,
        "pullRequest": commit.pull_request,
        "mergedBy": commit.merged_by,
        "reviewers": list(commit.reviewers),
        "coAuthors": list(commit.co_authors),
    }
