"""Generated RBAC objects: on the real server, and as `kaccess.rbac` reads them.

Each world has namespaces, names and people of its own, so that many of them fit beside one another on one server.
Only the groups that everyone is in are shared, and those are never given anything cluster-wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kaccess.model.rule import RBAC_GROUP, RoleRef, Subject, rules_from_json
from kaccess.model.state import Binding
from kaccess.rbac.aggregate import ClusterRole, aggregate
from kaccess.rbac.authorizer import RbacObjects

from . import alphabet
from .alphabet import Dice

LABEL = "kaccess-test-world"
EVERYONE = ("system:authenticated", "system:unauthenticated", "system:serviceaccounts")
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Asker:
    """Who asks: exactly these groups, since a SubjectAccessReview adds none of its own."""

    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """`manifests` are of the four RBAC kinds."""

    tag: str
    namespaces: tuple[str, ...]
    manifests: tuple[Manifest, ...]
    askers: tuple[Asker, ...]


def read(manifests: Iterable[Mapping[str, Any]]) -> RbacObjects:
    """The objects as `kaccess.rbac` takes them, with the ClusterRoles aggregated by our own code."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for manifest in manifests:
        kinds.setdefault(manifest["kind"], []).append(manifest)
    bindings = (*kinds.get("ClusterRoleBinding", ()), *kinds.get("RoleBinding", ()))
    return RbacObjects(
        {_key(role): rules_from_json(role.get("rules")) for role in kinds.get("Role", ())},
        aggregate(map(ClusterRole.from_json, kinds.get("ClusterRole", ()))),
        tuple(map(_binding, bindings)),
    )


def _key(manifest: Mapping[str, Any]) -> tuple[str, str]:
    return manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]


def _binding(manifest: Mapping[str, Any]) -> Binding:
    subjects = tuple(map(Subject.from_json, manifest.get("subjects") or ()))
    return Binding(*_key(manifest), RoleRef.from_json(manifest["roleRef"]), subjects)


def make(dice: Dice, tag: str) -> World:
    """A world of two namespaces, about eight roles and ten bindings."""
    namespaces = (f"{tag}-a", f"{tag}-b")
    maker = _Maker(dice, tag, namespaces)
    roles = [
        maker.role(namespace, name) for namespace in namespaces for name in maker.role_names if dice.random() < 0.6
    ]
    cluster_roles = [maker.cluster_role(name) for name in maker.role_names if dice.random() < 0.8]
    aggregated = [maker.aggregated("gathers", 1), maker.aggregated("gathers-gathered", 2)]
    bindings = [maker.binding(f"b{number}") for number in range(10)]
    manifests = (*roles, *cluster_roles, *aggregated, *bindings)
    return World(tag, namespaces, manifests, tuple(maker.asker() for _ in range(8)))


class _Maker:
    def __init__(self, dice: Dice, tag: str, namespaces: tuple[str, ...]) -> None:
        self._dice = dice
        self._tag = tag
        self._namespaces = namespaces
        self.role_names = [f"{name}-{tag}" for name in ("reader", "Reader", "writer:x")]
        accounts = [f"system:serviceaccount:{namespace}:bot" for namespace in namespaces]
        broken = f"system:serviceaccount:{namespaces[0]}"
        self._users = [f"ana-{tag}", f"Ana-{tag}", f"ben@{tag}", *accounts, broken, f"{accounts[0]}:bot"]
        self._groups = [f"devs-{tag}", f"Devs-{tag}", f"system:serviceaccounts:{namespaces[0]}"]

    def role(self, namespace: str, name: str) -> Manifest:
        rules = alphabet.rules(self._dice, urls=False)
        return {"kind": "Role", "metadata": self._metadata(name, namespace), "rules": rules}

    def cluster_role(self, name: str) -> Manifest:
        odd = self._dice.choice(({}, {f"{self._tag}/odd": ""}, {f"{self._tag}/odd": "Yes"}))
        labels = {f"{self._tag}/step": self._dice.choice("012"), **odd}
        rules = alphabet.rules(self._dice, urls=True)
        return {"kind": "ClusterRole", "metadata": self._metadata(name, labels=labels), "rules": rules}

    def aggregated(self, name: str, step: int) -> Manifest:
        """The role of step 2 gathers that of step 1 as well."""
        labels = {f"{self._tag}/step": str(step)}
        selectors = [self._selector(step) for _ in range(self._dice.randint(1, 2))]
        return {
            "kind": "ClusterRole",
            "metadata": self._metadata(f"{name}-{self._tag}", labels=labels),
            "rules": alphabet.rules(self._dice, urls=True),
            "aggregationRule": {"clusterRoleSelectors": selectors},
        }

    def _selector(self, step: int) -> Manifest:
        key, below = f"{self._tag}/step", [str(number) for number in range(step)]
        # Every selector asks for the world's own label: one that asks for an absent label would gather from all roles.
        at_most = {"key": key, "operator": "In", "values": below}
        odd = {"key": f"{self._tag}/odd", "operator": self._dice.choice(("Exists", "DoesNotExist"))}
        yes = {"key": f"{self._tag}/odd", "operator": self._dice.choice(("In", "NotIn")), "values": ["Yes"]}
        return self._dice.choice(
            (
                {"matchLabels": {key: below[-1]}},
                {"matchExpressions": [at_most]},
                {"matchExpressions": [at_most, odd]},
                {"matchExpressions": [at_most, yes]},
            )
        )

    def binding(self, name: str) -> Manifest:
        namespace = self._dice.choice(("", *self._namespaces, *self._namespaces))
        kind = self._dice.choice(("Role", "ClusterRole")) if namespace else "ClusterRole"
        gathering = (f"gathers-{self._tag}", f"gathers-gathered-{self._tag}")
        names = (
            *self.role_names,
            *self.role_names,
            f"absent-{self._tag}",
            *(gathering if kind == "ClusterRole" else ()),
        )
        return {
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": self._metadata(name if namespace else f"{name}-{self._tag}", namespace),
            "roleRef": {"apiGroup": RBAC_GROUP, "kind": kind, "name": self._dice.choice(names)},
            "subjects": [self._subject(namespace) for _ in range(self._dice.choice((0, 1, 2, 3, 4)))],
        }

    def _subject(self, namespace: str) -> Manifest:
        kind = self._dice.choice(("User", "Group", "ServiceAccount"))
        if kind == "ServiceAccount":
            where = self._dice.choice((*self._namespaces, "") if namespace else self._namespaces)
            return {"kind": kind, "name": self._dice.choice(("bot", "bot", "bot.two")), "namespace": where}
        shared = ("*", *EVERYONE) if namespace else ()
        names = self._users if kind == "User" else [*self._groups, *self._groups, *shared]
        return {"kind": kind, "apiGroup": RBAC_GROUP, "name": self._dice.choice(names)}

    def asker(self) -> Asker:
        groups = alphabet.some(self._dice, [*self._groups, *EVERYONE, "*"], least=0, most=3)
        if self._dice.random() < 0.02:
            groups.append("system:masters")
        nobody = f"nobody-{self._tag}"
        return Asker(self._dice.choice((*self._users, nobody, *([""] if groups else []))), tuple(groups))

    def _metadata(self, name: str, namespace: str = "", labels: Mapping[str, str] | None = None) -> Manifest:
        metadata: Manifest = {"name": name, "labels": {LABEL: self._tag, **(labels or {})}}
        return metadata | {"namespace": namespace} if namespace else metadata
