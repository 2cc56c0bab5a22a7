"""Which namespaces of a cluster each grant reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from kaccess.model.names import PROTECTED_NAMESPACES
from kaccess.model.plan import Skipped
from kaccess.model.policy import Grant, NamespaceChoice, Policy


@dataclass(frozen=True)
class Placed:
    """A grant in one of the namespaces it reaches."""

    namespace: str
    grant: Grant


@dataclass(frozen=True)
class Reach:
    """The grants in each namespace they reach, in the order of the policy, and what they name that does not exist."""

    placed: tuple[Placed, ...]
    skipped: tuple[Skipped, ...]


def reach_of(policy: Policy, grants: Iterable[Grant], namespaces: Mapping[str, Mapping[str, str]]) -> Reach:
    """Where the grants hold, if the cluster has these namespaces with these labels.

    A namespace that the policy creates counts as there, with the labels it is given. A protected namespace is never
    reached, whatever pattern or label would choose it.
    """
    labels = _with_created(policy, namespaces)
    placed: list[Placed] = []
    missing: dict[str, list[Grant]] = {}
    empty: list[Skipped] = []
    for grant in grants:
        chosen = _chosen(grant.namespaces, labels)
        placed += (Placed(name, grant) for name in chosen)
        for name in sorted(set(grant.namespaces.names) - labels.keys()):
            missing.setdefault(name, []).append(grant)
        if not chosen and not grant.namespaces.names:
            reason = f"no namespace has {_criterion(grant.namespaces)}"
            empty.append(Skipped(f"grant {grant.place}", reason, groups=(grant.group,)))
    return Reach(tuple(placed), (*(_missing(name, those) for name, those in sorted(missing.items())), *empty))


def _chosen(choice: NamespaceChoice, labels: Mapping[str, Mapping[str, str]]) -> list[str]:
    candidates = choice.names or labels
    return sorted({name for name in candidates if name in labels and chooses(choice, name, labels[name])})


def chooses(choice: NamespaceChoice, name: str, labels: Mapping[str, str]) -> bool:
    """Whether a grant's choice holds for the namespace with this name and these labels."""
    if name in PROTECTED_NAMESPACES:
        return False
    if choice.match is not None:
        return fnmatchcase(name, choice.match)
    if choice.selector is not None:
        return all(labels.get(key) == value for key, value in choice.selector)
    return name in choice.names


def _with_created(policy: Policy, namespaces: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    labels = {name: dict(its) for name, its in namespaces.items() if name not in PROTECTED_NAMESPACES}
    for declared in policy.namespaces.values():
        if declared.create:
            labels.setdefault(declared.name, {}).update(declared.labels)
    return labels


def _missing(namespace: str, grants: list[Grant]) -> Skipped:
    places = ", ".join(str(grant.place) for grant in grants)
    reason = f"does not exist and is not declared with create: true; granted at {places}"
    groups = tuple(sorted({grant.group for grant in grants}))
    return Skipped(f"namespace {namespace}", reason, missing=True, groups=groups)


def _criterion(choice: NamespaceChoice) -> str:
    if choice.selector is None:
        return f"a name that matches {choice.match}"
    return "the labels " + ", ".join(f"{key}={value}" for key, value in choice.selector)
