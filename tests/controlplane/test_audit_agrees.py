"""What an audit says of each cell (principal, verb, resource, namespace) is what the API server says of them.

`KACCESS_CELLS` sets how many cells are compared, `KACCESS_SEED` which ones.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kaccess.audit.access import effective_access
from kaccess.audit.inventory import Inventory
from kaccess.audit.questions import allowed, answer
from kaccess.audit.snapshot import ClusterSnapshot
from kaccess.audit.stock import AUTHENTICATED, is_stock
from kaccess.model.access import Access
from kaccess.model.state import Entry, KubeRole
from kaccess.rbac.aggregate import ClusterRole
from kaccess.rbac.authorizer import Authorizer
from kaccess.rbac.request import Request

from . import alphabet, rbac_objects, worlds
from .client import Client, at_once
from .summary import Summary
from .worlds import Asker, World

pytestmark = pytest.mark.controlplane

CELLS = int(os.environ.get("KACCESS_CELLS", "5000"))
SEED = int(os.environ.get("KACCESS_SEED", "1"))
QUESTIONS = 60
"""Cells of one world."""
ROUND = 25
"""Worlds on the server at a time."""


@dataclass(frozen=True)
class Cell:
    """A question about someone, and how the audit and the API server know them."""

    access: Access
    asker: Asker
    request: Request


def test_every_cell_of_an_audit_is_the_servers_own_answer(admin: Client, summary: Summary) -> None:
    differences: list[str] = []
    asked = yes = 0
    for tag, made in _rounds():
        cells, answers = _compared(admin, tag, made)
        for cell, reply in zip(cells, answers, strict=True):
            ours = allowed(cell.access, cell.request)
            listed = bool(answer((cell.access,), cell.request))
            if not ours == listed == reply["allowed"]:
                differences.append(f"{cell.asker} {cell.request}: audit {ours}, who-can {listed}, server {reply}")
        asked += len(cells)
        yes += sum(reply["allowed"] for reply in answers)

    summary.add(f"audit comparison: {asked} cells ({yes} allowed, seed {SEED}), {len(differences)} differences")
    assert asked >= CELLS
    assert not differences, "\n".join(differences[:5])
    assert 0.2 < yes / asked < 0.8, "cells that all have one answer prove little"


def test_what_a_new_api_server_is_born_with_is_stock(admin: Client) -> None:
    inventory = _inventory(rbac_objects.listed(admin))
    authorizer = Authorizer(inventory.objects)
    theirs = [each for each in inventory.bindings if "canary" not in each.name]
    odd = [each.key for each in theirs if not is_stock(each, authorizer.role_rules(each.role_ref, each.namespace))]
    assert len(theirs) > 40
    assert not [key for key in odd if key.name.startswith("system:") or key.name == "cluster-admin"]


def _rounds() -> Iterator[tuple[str, list[World]]]:
    dice = random.Random(f"audit-{SEED}")
    count = -(-CELLS // QUESTIONS)
    for start in range(0, count, ROUND):
        tags = [f"a{SEED}-{number}" for number in range(start, min(start + ROUND, count))]
        yield f"audit-{SEED}-{start}", [worlds.make(dice, tag) for tag in tags]


def _compared(client: Client, tag: str, made: list[World]) -> tuple[list[Cell], list[dict[str, Any]]]:
    manifests = [manifest for world in made for manifest in world.manifests]
    everything = [*rbac_objects.listed(client), *manifests]
    rbac_objects.create(client, [namespace for world in made for namespace in world.namespaces], manifests)
    rbac_objects.settle(client, worlds.read(everything), tag)
    inventory = _inventory(everything)
    cells = [cell for world in made for cell in _cells(world, inventory)]
    answers = at_once(lambda cell: rbac_objects.review(client, cell.asker, cell.request), cells)
    rbac_objects.remove_cluster_wide(client, worlds.LABEL)
    return cells, answers


def _inventory(manifests: list[dict[str, Any]]) -> Inventory:
    objects = worlds.read(manifests)
    return Inventory(
        tuple(KubeRole(namespace, name, rules) for (namespace, name), rules in objects.roles.items()),
        tuple(ClusterRole(name, rules) for name, rules in objects.cluster_roles.items()),
        objects.bindings,
    )


def _cells(world: World, inventory: Inventory) -> Iterator[Cell]:
    """Principals of entries with the askers' names and groups; and the service accounts that are bound."""
    dice = random.Random(world.tag)
    entries = {}
    for number, asker in enumerate(world.askers):
        if asker.username:
            groups = tuple({*asker.groups, AUTHENTICATED})
            entries[f"arn:aws:iam::111122223333:user/{world.tag}-{number}"] = replace(asker, groups=groups)
    made = tuple(Entry(arn, asker.groups, False, asker.username) for arn, asker in entries.items())
    cluster = ClusterSnapshot("c", "c", "111122223333", "r", "API", made, rbac=inventory)
    found = {each.principal: each for each in effective_access(cluster)}
    known = {**entries, **_service_accounts(found, world)}
    authorizer = Authorizer(worlds.read(world.manifests))
    for _ in range(QUESTIONS):
        principal = dice.choice(sorted(known))
        asker, namespace = known[principal], dice.choice(("", *world.namespaces))
        held = authorizer.rules_for(asker.username, asker.groups, namespace)
        if held and dice.random() < 0.9:
            request = alphabet.request_near(dice, dice.choice(held), namespace)
        else:
            request = alphabet.request(dice, world.namespaces)
        yield Cell(found[principal], asker, request)


def _service_accounts(found: dict[str, Access], world: World) -> dict[str, Asker]:
    accounts: dict[str, Asker] = {}
    for principal in found:
        kind, _, name = principal.partition(" ")
        namespace, _, account = name.partition("/")
        if kind == "ServiceAccount" and namespace in world.namespaces and ":" not in account:
            crowds = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
            accounts[principal] = Asker(f"system:serviceaccount:{namespace}:{account}", crowds)
    return accounts
