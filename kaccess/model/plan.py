"""A plan: the changes that bring the actual state to the desired one, in the order that is safe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kaccess.model.state import Item, Key


class Operation(Enum):
    """What a change does to its item."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Change:
    """One write: `before` is the item as it is (None: create), `after` as it shall be (None: delete).

    `needs` are positions in the plan of changes that must have been applied for this one to be safe.
    """

    before: Item | None
    after: Item | None
    why: str
    needs: frozenset[int] = frozenset()

    @property
    def item(self) -> Item:
        """The item as it shall be, or the one to delete."""
        item = self.after or self.before
        if item is None:
            raise ValueError("a change without an item")
        return item

    @property
    def key(self) -> Key:
        """The key of the item."""
        return self.item.key

    @property
    def operation(self) -> Operation:
        """Create, update or delete."""
        if self.before is None:
            return Operation.CREATE
        return Operation.DELETE if self.after is None else Operation.UPDATE


@dataclass(frozen=True, order=True)
class Skipped:
    """Something that was not checked or not done, and why.

    `missing` says that the policy names what does not exist. `groups` are the policy groups it is about; none: all.
    """

    what: str
    reason: str
    missing: bool = False
    groups: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True)
class Plan:
    """The changes of one cluster in the order they are applied, and what was left out of the comparison.

    `cluster` is its alias; the IAM half of an account has a plan of its own, named `account ID`. `notes` are worth
    knowing and change nothing.
    """

    cluster: str
    changes: tuple[Change, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
