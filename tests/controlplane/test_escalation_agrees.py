"""Who may give which rights: `kaccess.rbac.cover` refuses what the API server refuses, naming the same missing rules.

`KACCESS_SEED` sets which attempts are made.
"""

from __future__ import annotations

import os
import random

import pytest

from kaccess.rbac.authorizer import Authorizer
from kaccess.rbac.cover import escalation_message, missing_rules

from . import callers, rbac_objects, worlds
from .callers import NAMESPACE, Attempt
from .client import Answer, Client, at_once
from .summary import Summary

pytestmark = pytest.mark.controlplane

SEED = int(os.environ.get("KACCESS_SEED", "1"))
CALLERS = 40


def test_every_refusal_is_the_servers_own(admin: Client, summary: Summary) -> None:
    dice = random.Random(SEED)
    scenes = [callers.make(dice, number) for number in range(CALLERS)]
    rbac_objects.create(admin, [NAMESPACE], [manifest for scene in scenes for manifest in scene.manifests])
    everything = worlds.read(rbac_objects.listed(admin))
    rbac_objects.settle(admin, everything, NAMESPACE)
    attempts = [attempt for scene in scenes for attempt in scene.attempts]

    answers = at_once(lambda each: admin.request(each.method, each.path, each.manifest, each.headers), attempts)

    authorizer = Authorizer(everything)
    pairs = zip(attempts, answers, strict=True)
    differences = [text for attempt, answer in pairs if (text := _difference(authorizer, attempt, answer))]
    refused = sum(answer.status == 403 for answer in answers)
    counted = f"{len(attempts)} attempts ({refused} refused, seed {SEED}), {len(differences)} differences"
    summary.add(f"escalation comparison: {counted}")
    assert not differences, "\n\n".join(differences[:5])
    assert 0.2 < refused / len(attempts) < 0.8, "attempts that all end alike prove little"


def _difference(authorizer: Authorizer, attempt: Attempt, answer: Answer) -> str:
    expected = _expected(authorizer, attempt)
    message = answer.body.get("message", "") if answer.status >= 400 else ""
    # Bindings of the caller to roles that do not exist are told behind the missing rules.
    if expected == (answer.status, message.partition("; resolution errors: ")[0]):
        return ""
    return f"{attempt}\nserver: {answer.status} {message}\nours: {expected[0]} {expected[1]}"


def _expected(authorizer: Authorizer, attempt: Attempt) -> tuple[int, str]:
    """Status and message, as far as our own rules lead to them."""
    username, groups = attempt.caller.username, attempt.caller.groups
    done = 201 if attempt.method == "POST" else 200
    if authorizer.decide(username, groups, attempt.bypass).allowed:
        return done, ""
    written = f"{rbac_objects.PLURALS[attempt.manifest['kind']]}.{attempt.bypass.api_group}"
    if attempt.rules is None:  # told as if the binding were missing, by the name of the role
        return 404, f'{written} "{attempt.bypass.name}" not found'
    missing = missing_rules(authorizer.rules_for(username, groups, attempt.namespace), attempt.rules)
    if not missing:
        return done, ""
    name = attempt.manifest["metadata"]["name"]
    return 403, f'{written} "{name}" is forbidden: {escalation_message(username, groups, missing)}'
