"""What may be desired of a cluster and what may actually be there: one type for both.

An *item* is one thing kaccess may create, update or delete. Items compare by what matters to agreement; what is only
good to know (where it comes from, who made it) does not take part. `State` is a set of items with unique keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, TypeVar

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.names import ASSUME_POLICY, group_of
from kaccess.model.policy import Backend
from kaccess.model.rule import RoleRef, Rule, Subject


class Key(NamedTuple):
    """What makes two items the same thing: its kind, its namespace (empty for cluster-wide things) and its name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name}"


@dataclass(frozen=True, order=True)
class AccessPolicy:
    """An EKS access policy associated with an entry: its name, and its namespaces (`*` may end one); none: all."""

    name: str
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Entry:
    """An identity entry, in one of the two backends: the principal with this ARN is in these Kubernetes groups.

    `kube_groups` holds all groups, ours and foreign, sorted. `owned` says that kaccess created the entry. `type` is
    EKS's (`STANDARD`, `EC2_LINUX`, ...). `access_policies` are the EKS access policies associated with it, all foreign.
    A `stale` access entry is bound to a principal that is gone; the one that has its ARN now is another, locked out.

    In aws-auth (`backend`) the ARN of a role has no path, `type` and `access_policies` mean nothing, and no entry is
    stale: whoever has the ARN comes in.
    """

    principal: str
    kube_groups: tuple[str, ...]
    owned: bool = field(default=True, compare=False)
    username: str = field(default="", compare=False)
    type: str = field(default="STANDARD", compare=False)
    access_policies: tuple[AccessPolicy, ...] = field(default=(), compare=False)
    origin: str = field(default="", compare=False)
    backend: Backend = Backend.ACCESS_ENTRIES
    stale: bool = False
    created_at: datetime | None = field(default=None, compare=False)

    @cached_property
    def key(self) -> Key:
        """The principal's ARN: there is one entry per principal and backend."""
        return Key("row" if self.backend is Backend.AWS_AUTH else "entry", "", self.principal)

    @property
    def identity(self) -> str:
        """Equal for the entries of one principal in both backends: its ARN without the path of a role, in lower case.

        aws-iam-authenticator compares ARNs so, and IAM tells names apart ignoring case.
        """
        return without_role_path(self.principal.lower())

    @property
    def owned_groups(self) -> frozenset[str]:
        """The Kubernetes groups on it that are kaccess's."""
        return frozenset(name for name in self.kube_groups if group_of(name) is not None)

    @property
    def foreign_groups(self) -> frozenset[str]:
        """The Kubernetes groups on it that someone else put there."""
        return frozenset(self.kube_groups) - self.owned_groups


def without_role_path(principal: str) -> str:
    """A principal's ARN as aws-auth has it: roles without their path, users with it (design.md, section 8).

    What is no ARN stays as it is: rows of others may name anything.
    """
    try:
        arn = Arn.parse(principal)
    except Usage:
        return principal
    return str(replace(arn, resource=f"role/{arn.name}")) if arn.kind == "role" else principal


@dataclass(frozen=True)
class AwsAuth:
    """What the aws-auth ConfigMap says, as aws-iam-authenticator reads it.

    `rows` has one entry for each principal; `accounts` may come in whole, without groups; `notes` are what is odd
    about the file, a line each. `duplicates` are those of them that speak of rows for one principal.
    """

    rows: tuple[Entry, ...] = ()
    accounts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class IamRole:
    """The IAM role that the members of the policy group `group` assume. `trust` is its trust policy, as compact JSON.

    It is owned by its tag and its path; one of that name that others made is not. `foreign_policies` names the IAM
    policies on it: kaccess puts none there, so they are of others, and give rights in AWS to whoever assumes the role.
    """

    name: str
    group: str
    trust: str
    session_seconds: int
    owned: bool = field(default=True, compare=False)
    origin: str = field(default="", compare=False)
    foreign_policies: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> Key:
        """Its name, unique in the account whatever its path."""
        return Key("iam-role", "", self.name)


@dataclass(frozen=True, order=True)
class IamGroupPolicy:
    """The inline policy of an IAM group that lets its members assume the role of the policy group `group`."""

    iam_group: str
    group: str
    document: str
    origin: str = field(default="", compare=False)

    @property
    def key(self) -> Key:
        """The IAM group's name and the policy's own, by which kaccess knows it: inline policies have no tags."""
        return Key("iam-group-policy", "", f"{self.iam_group}/{ASSUME_POLICY}")


@dataclass(frozen=True, order=True)
class Namespace:
    """A namespace. Only one that kaccess created is `owned`; kaccess never deletes one."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    owned: bool = True
    terminating: bool = field(default=False, compare=False)
    origin: str = field(default="", compare=False)

    @property
    def key(self) -> Key:
        """Its name."""
        return Key("namespace", "", self.name)


@dataclass(frozen=True, order=True)
class KubeRole:
    """A Role object in a namespace."""

    namespace: str
    name: str
    rules: tuple[Rule, ...]
    origin: str = field(default="", compare=False)

    @cached_property
    def key(self) -> Key:
        """Namespace and name."""
        return Key("role", self.namespace, self.name)


@dataclass(frozen=True, order=True)
class Binding:
    """A RoleBinding object."""

    namespace: str
    name: str
    role_ref: RoleRef
    subjects: tuple[Subject, ...]
    origin: str = field(default="", compare=False)

    @cached_property
    def key(self) -> Key:
        """Namespace and name."""
        return Key("binding", self.namespace, self.name)

    @property
    def kube_groups(self) -> frozenset[str]:
        """The Kubernetes groups it speaks of."""
        return frozenset(subject.name for subject in self.subjects if subject.kind == "Group")


@dataclass(frozen=True, order=True)
class CardLine:
    """One namespace and role of a group; `until` is RFC 3339 or empty.

    `probe` is a request that the role allows (`get pods`, `create deployments.apps`): what login asks to prove it.
    """

    namespace: str
    role: str
    until: str = ""
    probe: str = ""


@dataclass(frozen=True, order=True)
class Card:
    """A group's card in the directory: what `kaccess login` reads instead of listing namespaces.

    `namespace` and `name` are those of its ConfigMap.
    """

    namespace: str
    name: str
    group: str
    lines: tuple[CardLine, ...]
    origin: str = field(default="", compare=False)

    @property
    def key(self) -> Key:
        """Namespace and name of the ConfigMap."""
        return Key("card", self.namespace, self.name)


Item: TypeAlias = Entry | IamRole | IamGroupPolicy | Namespace | KubeRole | Binding | Card
T = TypeVar("T", Entry, IamRole, IamGroupPolicy, Namespace, KubeRole, Binding, Card)


@dataclass(frozen=True)
class State:
    """A set of items, at most one for each key."""

    items: frozenset[Item] = frozenset()

    @classmethod
    def of(cls, items: Iterable[Item]) -> State:
        """A state of these items.

        Raises:
            ValueError: two different items have one key.
        """
        state = cls(frozenset(items))
        if len(state.by_key) != len(state.items):
            raise ValueError("two items of a state have the same key")
        return state

    @cached_property
    def by_key(self) -> dict[Key, Item]:
        """The items by their keys."""
        return {item.key: item for item in self.items}

    def all(self, kind: type[T]) -> list[T]:
        """The items of one kind, sorted."""
        if kind not in self._by_kind:
            found = (item for item in self.items if isinstance(item, kind))
            self._by_kind[kind] = sorted(found, key=lambda item: (item.key.namespace, item.key.name, item.key.kind))
        return list(self._by_kind[kind])

    @cached_property
    def _by_kind(self) -> dict[type, list[Any]]:
        """What `all` has sorted already: a plan asks for the same kinds again and again."""
        return {}
