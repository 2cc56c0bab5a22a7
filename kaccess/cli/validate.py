"""`kaccess validate`: is the policy well formed, safe, and true to its own tests? No network."""

from __future__ import annotations

from pathlib import Path

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.model.errors import DONE, FAILED
from kaccess.policy.expectations import check
from kaccess.policy.lint import lint


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@common_options
@click.pass_obj
def command(session: Session, path: Path | None) -> int:
    """Check the policy, without any network.

    Checks its form, what its roles could be abused for, and its own tests. PATH is a file or a folder; without it,
    the policy that the other commands would use.
    """
    session.policy = path or session.policy
    loaded = session.load_policy()
    policy = loaded.policy
    now = utc_now()
    found = lint(policy, now)
    for warning in found.warnings:
        session.warn(str(warning))
    errors = [str(problem) for problem in (*found.refusals, *check(policy, now))]
    parts = {
        "cluster": policy.clusters,
        "namespace": policy.namespaces,
        "role": policy.roles,
        "grant": policy.grants,
        "test": policy.tests,
    }
    counts = ", ".join(f"{len(those)} {part}{'s' * (len(those) != 1)}" for part, those in parts.items())
    text = f"{session.policy_path()}: {counts}: {'not valid' if errors else 'valid'}"
    data = {
        "policy": str(session.policy_path()),
        "valid": not errors,
        "warnings": [str(warning) for warning in (*loaded.warnings, *found.warnings)],
    }
    return session.result("Validation", text, data, exit_code=FAILED if errors else DONE, errors=errors)
