"""Generated callers who may write RBAC objects, and what they try to give: rules near the ones they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kaccess.model.rule import RBAC_GROUP, Rule, rules_from_json
from kaccess.rbac.request import Request

from . import alphabet
from .alphabet import Dice
from .rbac_objects import PLURALS, path_of
from .worlds import Asker

AUTHENTICATED = "system:authenticated"
"""The group that the API server itself puts everyone in who comes with a name."""
NAMESPACE = "escalation"
ATTEMPTS = 12
"""Of each caller."""
ODD_NAMES = ('a "b"', "ä", "back\\slash", "<a>&", "a\tb")
WRITE = {"verbs": ["create", "update"], "apiGroups": [RBAC_GROUP], "resources": list(PLURALS.values())}

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One write. `bypass` is the request that, once allowed, ends the check: to escalate, or to bind the role.

    `rules` are those that the write would give; None when it binds a role that does not exist.
    """

    caller: Asker
    method: str
    manifest: Manifest
    bypass: Request
    rules: tuple[Rule, ...] | None

    @property
    def namespace(self) -> str:
        return str(self.manifest["metadata"].get("namespace", ""))

    @property
    def path(self) -> str:
        """With dryRun, which goes through all checks: what is tried leaves nothing that would bear on the next."""
        name = f"/{self.manifest['metadata']['name']}" if self.method == "PUT" else ""
        return f"{path_of(self.manifest)}{name}?dryRun=All"

    @property
    def headers(self) -> dict[str, str]:
        return {"Impersonate-User": self.caller.username, "Impersonate-Group": self.caller.groups[0]}


@dataclass(frozen=True)
class Scene:
    """What is on the server beforehand, and what is then tried."""

    manifests: tuple[Manifest, ...]
    attempts: tuple[Attempt, ...]


def make(dice: Dice, number: int) -> Scene:
    """One caller: what they hold in the namespace and everywhere, roles they may want to bind, and what they try."""
    maker = _Maker(dice, number)
    attempts = tuple(maker.attempt() for _ in range(ATTEMPTS))
    return Scene((*maker.holdings(), *maker.targets()), attempts)


class _Maker:
    def __init__(self, dice: Dice, number: int) -> None:
        self._dice = dice
        self._number = number
        self._caller = Asker(f"caller-{number}", (f"callers-{number}", AUTHENTICATED))
        kinds = ("Role", "ClusterRole")
        self._held = {kind: [alphabet.rule(dice, urls=kind == "ClusterRole") for _ in range(3)] for kind in kinds}
        self._targets = {(kind, f"target-{number}-{each}"): self._wanted(kind) for kind in kinds for each in range(3)}

    def holdings(self) -> Iterator[Manifest]:
        """What the caller holds: by group in the namespace, by name everywhere, and at times a binding to nothing."""
        name = f"held-{self._number}"
        yield _role("Role", name, [*self._held["Role"], *self._shortcuts()])
        yield _role("ClusterRole", name, [*self._held["ClusterRole"], *self._shortcuts(), WRITE])
        yield _binding("RoleBinding", name, ("Role", name), ("Group", self._caller.groups[0]))
        yield _binding("ClusterRoleBinding", name, ("ClusterRole", name), ("User", self._caller.username))
        if self._dice.random() < 0.2:
            yield _binding("RoleBinding", f"{name}-gone", ("Role", "gone"), ("User", self._caller.username))

    def targets(self) -> Iterator[Manifest]:
        """Roles that the caller tries to bind or change, and bindings to them that give them to nobody yet."""
        for (kind, name), rules in self._targets.items():
            yield _role(kind, name, rules)
            yield _binding("RoleBinding", f"{kind.lower()}-{name}", (kind, name))
            if kind == "ClusterRole":
                yield _binding("ClusterRoleBinding", f"{kind.lower()}-{name}", (kind, name))

    def attempt(self) -> Attempt:
        return self._dice.choice((self._role_attempt, self._binding_attempt))()

    def _role_attempt(self) -> Attempt:
        kind, name = self._dice.choice(sorted(self._targets))
        method = self._dice.choice(("POST", "PUT"))
        manifest = _role(kind, name if method == "PUT" else f"new-{name}", self._wanted(kind))
        # The API server asks for the name in the URL, and the URL of a create has none.
        bypass = _rbac_request("escalate", kind, manifest, name if method == "PUT" else "")
        return Attempt(self._caller, method, manifest, bypass, rules_from_json(manifest["rules"]))

    def _binding_attempt(self) -> Attempt:
        kind, name = self._dice.choice(sorted(self._targets))
        binding = self._dice.choice(("RoleBinding", f"{'Cluster' if kind == 'ClusterRole' else ''}RoleBinding"))
        method = self._dice.choice(("POST", "PUT"))
        target = "absent" if method == "POST" and self._dice.random() < 0.1 else name
        existing = f"{kind.lower()}-{name}"
        to = ("Group", "whoever")
        manifest = _binding(binding, existing if method == "PUT" else f"new-{existing}", (kind, target), to)
        rules = rules_from_json(self._targets[kind, name]) if target == name else None
        return Attempt(self._caller, method, manifest, _rbac_request("bind", kind, manifest, target), rules)

    def _shortcuts(self) -> list[Manifest]:
        """At times the right to skip the check, for all roles of a kind or for one name."""
        if self._dice.random() < 0.8:
            return []
        names = self._dice.choice(([], [f"target-{self._number}-0"]))
        resources = alphabet.some(self._dice, ("roles", "clusterroles", "*"))
        verbs = alphabet.some(self._dice, ("bind", "escalate"))
        return [{"verbs": verbs, "apiGroups": [RBAC_GROUP], "resources": resources, "resourceNames": names}]

    def _wanted(self, kind: str) -> list[Manifest]:
        return [self._near(kind) for _ in range(self._dice.choice((0, 1, 1, 2)))]

    def _near(self, kind: str) -> Manifest:
        """A part of a rule that is held in some place, mostly, so that about half of all attempts succeed."""
        dice = self._dice
        if dice.random() < 0.5:
            return alphabet.rule(dice, urls=kind == "ClusterRole")
        held = dice.choice([rule for rule in self._held[kind] if kind != "Role" or "resources" in rule])
        near = {key: alphabet.some(dice, values) if values else [] for key, values in held.items()}
        if near.get("resources") and dice.random() < 0.3:
            near["resourceNames"] = [*(near["resourceNames"] or ()), dice.choice((*alphabet.NAMES, *ODD_NAMES))]
        return near


def _role(kind: str, name: str, rules: list[Manifest]) -> Manifest:
    return {"kind": kind, "metadata": _metadata(kind, name), "rules": rules}


def _binding(kind: str, name: str, role: tuple[str, str], *subjects: tuple[str, str]) -> Manifest:
    return {
        "kind": kind,
        "metadata": _metadata(kind, name),
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": role[0], "name": role[1]},
        "subjects": [{"kind": kind, "apiGroup": RBAC_GROUP, "name": name} for kind, name in subjects],
    }


def _metadata(kind: str, name: str) -> Manifest:
    return {"name": name} if kind.startswith("Cluster") else {"name": name, "namespace": NAMESPACE}


def _rbac_request(verb: str, kind: str, manifest: Manifest, name: str) -> Request:
    namespace = manifest["metadata"].get("namespace", "")
    return Request(verb, PLURALS[kind], RBAC_GROUP, namespace=namespace, name=name)
