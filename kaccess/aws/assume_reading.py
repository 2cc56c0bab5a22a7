"""What is there of the roles to assume: the roles of kaccess's path, and who is allowed to assume one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from kaccess.aws.assume_roles import AssumeRoles
from kaccess.model.state import IamGroupPolicy, Item

_READERS: Final = 8
"""Roles read side by side; IAM publishes no rate, and the client slows down when it is told to."""


def read(api: AssumeRoles, wanted: frozenset[str]) -> frozenset[Item]:
    """All roles under kaccess's path and all inline policies of its name.

    Args:
        api: the account's IAM.
        wanted: the IAM groups that shall have a role; see `Iam.assume_roles`.
    """
    with ThreadPoolExecutor(_READERS) as pool:
        roles = [role for role in pool.map(api.role, api.role_names()) if role is not None]
    if not roles and not wanted:
        return frozenset()
    around = api.around()
    groups = {role.origin: role.group for role in roles if role.owned}
    return frozenset(
        [
            *(replace(role, foreign_policies=around.role_policies.get(role.name, ())) for role in roles),
            *(IamGroupPolicy(name, _group(text, groups), text) for name, text in around.group_policies.items()),
        ]
    )


def _group(document: str, groups: Mapping[str, str]) -> str:
    """The policy group whose role a document speaks of; empty if it is none that is there."""
    return next((groups[arn] for arn in _resources(json.loads(document)) if arn in groups), "")


def _resources(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in document["Statement"]:
        yield from _texts(statement.get("Resource", ()))


def _texts(value: str | Iterable[str]) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value
