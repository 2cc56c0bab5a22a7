"""What `kaccess.rbac` says to a question that the API server has answered, and what a difference rests on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kaccess.rbac.authorizer import SYSTEM_MASTERS, Authorizer, Decision, RbacObjects
from kaccess.rbac.request import Request

from .worlds import Asker, World


@dataclass(frozen=True)
class Question:
    """One (rule set, request) pair."""

    world: World
    asker: Asker
    request: Request


class Oracle:
    """Answers from our own authorizer, over all objects that are on the server."""

    def __init__(self, objects: RbacObjects) -> None:
        self._authorizer = Authorizer(objects)
        self._alone = {binding.key: Authorizer(replace(objects, bindings=(binding,))) for binding in objects.bindings}
        self._objects = objects

    def difference(self, question: Question, answer: dict[str, Any]) -> str:
        """Empty when the server's answer is ours; or both answers, with the bindings and rules in question."""
        username, groups = question.asker.username, question.asker.groups
        ours = self._authorizer.decide(username, groups, question.request)
        allowed = ours.allowed or SYSTEM_MASTERS in groups
        if answer["allowed"] == allowed and self._reason_agrees(question, ours, answer.get("reason") or ""):
            return ""
        involved = "\n".join(f"  {line}" for line in self._involved(question))
        asked = f"{question.asker}, {question.request} in {question.world.tag}"
        return f"{asked}\nserver: {json.dumps(answer)}\nours: {allowed} {ours.reason}\nrests on:\n{involved}"

    def _reason_agrees(self, question: Question, ours: Decision, reason: str) -> bool:
        """The server walks bindings in no order: any binding that allows may be its reason, and errors are a set."""
        if SYSTEM_MASTERS in question.asker.groups:
            return reason == ""
        if ours.allowed:
            return reason in {decision.reason for decision in self._each_alone(question) if decision.allowed}
        return set(re.findall(r'\S+ "[^"]*" not found', reason.replace("[", ""))) == set(ours.dangling)

    def _each_alone(self, question: Question) -> Iterator[Decision]:
        for binding in self._objects.bindings:
            if binding.namespace in ("", question.request.namespace):
                asker = question.asker
                yield self._alone[binding.key].decide(asker.username, asker.groups, question.request)

    def _involved(self, question: Question) -> Iterator[str]:
        """The least world that shows it: the bindings that speak of the asker, with the rules they give."""
        for binding in self._objects.bindings:
            asker, alone = question.asker, self._alone[binding.key]
            rules = alone.rules_for(asker.username, asker.groups, question.request.namespace)
            if rules or alone.decide(asker.username, asker.groups, question.request).dangling:
                yield f"{binding.key} -> {binding.role_ref}: {[rule.to_json() for rule in rules]}"
