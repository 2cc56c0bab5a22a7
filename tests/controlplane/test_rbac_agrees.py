"""`kaccess.rbac` answers as the API server does, on generated roles, bindings and requests.

`KACCESS_PAIRS` sets how many (rule set, request) pairs are compared, `KACCESS_SEED` which ones.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kaccess.rbac.authorizer import Authorizer

from . import alphabet, rbac_objects, worlds
from .client import Client, at_once
from .oracle import Oracle, Question
from .summary import Summary
from .worlds import World

pytestmark = pytest.mark.controlplane

PAIRS = int(os.environ.get("KACCESS_PAIRS", "2500"))
SEED = int(os.environ.get("KACCESS_SEED", "1"))
QUESTIONS = 50
"""Questions about one world."""
ROUND = 25
"""Worlds on the server at a time: each review walks all ClusterRoleBindings there are."""


def test_every_answer_is_the_servers_own(admin: Client, summary: Summary) -> None:
    differences: list[str] = []
    asked = allowed = 0
    for tag, made in _rounds():
        questions, answers, oracle = _asked(admin, tag, made)
        found = map(oracle.difference, questions, answers)
        differences += [difference for difference in found if difference]
        asked += len(questions)
        allowed += sum(answer["allowed"] for answer in answers)

    summary.add(f"rbac comparison: {asked} pairs ({allowed} allowed, seed {SEED}), {len(differences)} differences")
    assert asked >= PAIRS
    assert not differences, "\n\n".join(differences[:5])
    assert 0.2 < allowed / asked < 0.8, "questions that all have one answer prove little"


def test_a_role_that_gathers_nothing_keeps_its_own_rules(admin: Client) -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["own"]}
    gathers = {"clusterRoleSelectors": [{"matchLabels": {"own-rules": "none"}}]}
    labels = {worlds.LABEL: "own-rules"}
    role = {"kind": "ClusterRole", "metadata": {"name": "own-rules", "labels": labels}, "rules": [rule]}
    rbac_objects.create(admin, [], [role | {"aggregationRule": gathers}])
    time.sleep(1)  # nothing is going to happen: there is nothing to wait for
    differing = rbac_objects.unlike(admin, worlds.read(rbac_objects.listed(admin)))
    rbac_objects.remove_cluster_wide(admin, worlds.LABEL)

    assert differing == {}


def _rounds() -> Iterator[tuple[str, list[World]]]:
    dice = random.Random(SEED)
    count = -(-PAIRS // QUESTIONS)
    for start in range(0, count, ROUND):
        tags = [f"w{SEED}-{number}" for number in range(start, min(start + ROUND, count))]
        yield f"{SEED}-{start}", [worlds.make(dice, tag) for tag in tags]


def _asked(client: Client, tag: str, made: list[World]) -> tuple[list[Question], list[dict[str, Any]], Oracle]:
    """Put the worlds on the server, ask, and take away what would be in the way of the next round."""
    manifests = [manifest for world in made for manifest in world.manifests]
    # What others have put on the server has its part in the answers.
    everything = worlds.read([*rbac_objects.listed(client), *manifests])
    rbac_objects.create(client, [namespace for world in made for namespace in world.namespaces], manifests)
    rbac_objects.settle(client, everything, tag)
    questions = [question for world in made for question in _questions(world)]
    answers = at_once(lambda each: rbac_objects.review(client, each.asker, each.request), questions)
    rbac_objects.remove_cluster_wide(client, worlds.LABEL)
    return questions, answers, Oracle(everything)


def _questions(world: World) -> Iterator[Question]:
    """Most of them about what some rule of the asker is about, or nearly all answers would be no."""
    dice = random.Random(world.tag)
    authorizer = Authorizer(worlds.read(world.manifests))
    for _ in range(QUESTIONS):
        asker, namespace = dice.choice(world.askers), dice.choice(("", *world.namespaces))
        held = authorizer.rules_for(asker.username, asker.groups, namespace)
        if held and dice.random() < 0.9:
            yield Question(world, asker, alphabet.request_near(dice, dice.choice(held), namespace))
        else:
            yield Question(world, asker, alphabet.request(dice, world.namespaces))
