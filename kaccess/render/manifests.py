"""The RBAC half of a policy as manifests for a GitOps repository: one file for each namespace, and a kustomization.

The same policy gives the same bytes: names and order follow from the policy alone, and nothing tells the time. What
grants by pattern or labels reach is known to the cluster alone. Without its namespaces those that the policy declares
stand for them, and a grant of which that does not tell enough is `undecided`: whoever applies the files by pruning
would take away what they lack.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kaccess.kube.manifests import to_manifest
from kaccess.model.names import PROTECTED_NAMESPACES
from kaccess.model.policy import Backend, Cluster, Grant, Policy
from kaccess.model.state import Binding, Card, Entry, IamGroupPolicy, IamRole, Item, KubeRole, Namespace
from kaccess.policy.placement import chooses
from kaccess.policy.resolve import desired, grants_in_force
from kaccess.render.yaml_text import Document, yaml_text

MARK: Final = "# Rendered by `kaccess render manifests`, which overwrites and removes it: edit the policy instead."
"""The first line of each file, by which it is known again."""

KUSTOMIZATION: Final = "kustomization.yaml"

_KINDS: Final = (Namespace, KubeRole, Binding, Card)

_NEVER_PRUNED: Final = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}
"""For namespaces, which kaccess never deletes either: Argo CD and Flux would, with all that is in them."""


@dataclass(frozen=True)
class Manifests:
    """What is to be applied: the documents of each namespace, by its name.

    `guessed` says of grants that they were placed by the policy's namespaces alone, `undecided` of those for which
    that is not enough, and `skipped` of those that reach nothing in the cluster.
    """

    namespaces: Mapping[str, tuple[Document, ...]]
    guessed: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def documents(self) -> tuple[Document, ...]:
        """All of them, in the order in which they can be applied."""
        return tuple(document for those in self.namespaces.values() for document in those)

    def files(self) -> dict[str, str]:
        """The text of each file by its name."""
        texts = {f"namespace-{name}.yaml": f"{MARK}\n{yaml_text(those)}" for name, those in self.namespaces.items()}
        return {**texts, KUSTOMIZATION: _kustomization(texts)}


def manifests(
    policy: Policy, cluster: Cluster, now: datetime, namespaces: Iterable[Namespace] | None = None
) -> Manifests:
    """The manifests of what the policy desires of the cluster at `now` (aware).

    `namespaces` are those of the cluster that are not being deleted; None if they are not known. One that is there and
    is not kaccess's has no manifest.
    """
    there = None if namespaces is None else {each.name: each for each in namespaces}
    labels = _declared(policy) if there is None else {name: dict(each.labels) for name, each in there.items()}
    resolved = desired(policy, cluster, backend=Backend.ACCESS_ENTRIES, namespaces=labels, members={}, now=now)
    foreign = frozenset() if there is None else frozenset(name for name, each in there.items() if not each.owned)
    documents = _by_namespace(resolved.state.items, foreign)
    if there is not None:
        return Manifests(documents, skipped=tuple(map(str, resolved.skipped)))
    chosen = [grant for grant in grants_in_force(policy, cluster, now) if not grant.namespaces.names]
    doubts = [(grant.place, _doubt(grant, policy)) for grant in chosen]
    guessed = (f"{place}: {_GUESSED}" for place, doubt in doubts if not doubt)
    undecided = (f"{place}: {doubt}" for place, doubt in doubts if doubt)
    return Manifests(documents, guessed=tuple(guessed), undecided=tuple(undecided))


_GUESSED: Final = "this grant was given the declared namespaces that it matches; the cluster may have more"


def _doubt(grant: Grant, policy: Policy) -> str:
    """Why the declared namespaces do not tell where a grant by pattern or labels holds; empty if they do."""
    choice = grant.namespaces
    unknown = sorted(name for name, each in policy.namespaces.items() if not each.create) if choice.selector else []
    if unknown := [name for name in unknown if name not in PROTECTED_NAMESPACES]:
        return f"this grant of {grant.role} to {grant.group} goes by labels, and only the cluster knows those of " + (
            ", ".join(unknown)
        )
    if not any(chooses(choice, name, labels) for name, labels in _declared(policy).items()):
        return f"this grant of {grant.role} to {grant.group} reaches no namespace that the policy declares"
    return ""


def _declared(policy: Policy) -> dict[str, dict[str, str]]:
    return {name: dict(each.labels) for name, each in policy.namespaces.items()}


def _by_namespace(items: Iterable[Item], foreign: frozenset[str]) -> dict[str, tuple[Document, ...]]:
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if isinstance(item, Entry | IamRole | IamGroupPolicy):
            continue
        name = item.name if isinstance(item, Namespace) else item.namespace
        if not (isinstance(item, Namespace) and name in foreign):
            found[name].append(item)
    return {name: tuple(map(_document, _in_order(found[name]))) for name in sorted(found)}


def _in_order(items: Iterable[Item]) -> list[Item]:
    """Whatever is referred to before what refers to it, then by name."""
    return sorted(items, key=lambda item: (_KINDS.index(type(item)), item.key))


def _document(item: Item) -> Document:
    if isinstance(item, Entry | IamRole | IamGroupPolicy):
        raise TypeError(f"{item.key} lives in AWS")
    body: dict[str, Any] = to_manifest(item)
    if isinstance(item, Namespace):
        body["metadata"] = {**body["metadata"], "annotations": dict(_NEVER_PRUNED)}
    return Document(body)


def _kustomization(names: Iterable[str]) -> str:
    return "".join(_kustomization_lines(sorted(names)))


def _kustomization_lines(names: list[str]) -> Iterator[str]:
    yield f"{MARK}\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    yield "resources:\n" if names else "resources: []\n"
    yield from (f"- {name}\n" for name in names)
