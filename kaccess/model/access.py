"""Effective access: who can do what where, and by which way they come to it."""

from __future__ import annotations

from dataclasses import dataclass

from kaccess.model.rule import Rule


@dataclass(frozen=True, order=True)
class Access:
    """One way of one principal to one role.

    `principal` is an ARN, or `KIND NAME` for a Kubernetes subject that no entry leads to. `via` says how they come in.
    `namespace` is empty for the whole cluster. `rules` is None where kaccess cannot see them (EKS access policies).
    """

    principal: str
    via: str
    namespace: str
    role: str
    binding: str = ""
    rules: tuple[Rule, ...] | None = ()

    @property
    def verbs(self) -> tuple[str, ...]:
        """All verbs the rules hold, sorted."""
        return tuple(sorted({verb for rule in self.rules or () for verb in rule.verbs}))
