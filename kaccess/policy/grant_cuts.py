"""The cuts in a file's text by which a grant comes, grows, shrinks or goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kaccess.model.policy import Grant, NamespaceChoice, Place, Policy
from kaccess.policy.document import Mapping as Document
from kaccess.policy.document import Node, Scalar, Sequence
from kaccess.policy.edited import check_own, root_of
from kaccess.policy.files import PolicyFile
from kaccess.policy.item_text import grant_text, quoted
from kaccess.policy.places import Cut
from kaccess.policy.surgery import add_item, remove_items


def added(file: PolicyFile, grant: Grant, policy: Policy) -> tuple[Cut, ...]:
    """One more grant, behind the last of its group or at the end."""
    grants = items_of(file, "grants")
    neighbours = {each.place for each in policy.grants if each.group == grant.group}
    after = max((index for index, item in enumerate(grants) if item.place in neighbours), default=None)
    text = grant_text(grant, spaced=is_spaced(file, grants))
    return add_item(file.text, root_of(file), "grants", text, after=after)


def widened(file: PolicyFile, place: Place, namespace: str) -> tuple[Cut, ...]:
    """One more namespace for the grant at `place`, at the end of its list."""
    item = next(item for item in items_of(file, "grants") if item.place == place)
    if not isinstance(item, Document):
        return ()
    return add_item(file.text, item, "namespaces", quoted(namespace), after=None)


def removed(file: PolicyFile, changed: Mapping[Place, Grant | None]) -> list[Cut]:
    """What is left of the grants at these places: nothing for None, else some of their namespaces."""
    root = root_of(file)
    key, grants = next(((key, value) for key, value in root.pairs if key.text == "grants"), (None, None))
    if key is None or not isinstance(grants, Sequence) or not any(item.place in changed for item in grants.items):
        return []
    check_own(grants)
    gone = [index for index, item in enumerate(grants.items) if changed.get(item.place, item) is None]
    cuts = list(remove_items(file.text, root, key, grants, gone)) if gone else []
    for item in grants.items:
        left = changed.get(item.place)
        if left is not None and isinstance(item, Document):
            cuts += _narrowed(file, item, left.namespaces)
    return cuts


def items_of(file: PolicyFile, section: str) -> tuple[Node, ...]:
    """The items of a list that is to have one more.

    Raises:
        EditError: the list is an alias.
    """
    found = root_of(file).get(section)
    if not isinstance(found, Sequence):
        return ()
    check_own(found)
    return found.items


def is_spaced(file: PolicyFile, items: Iterable[Node]) -> bool:
    """Whether the items are written with spaces inside their braces."""
    return any(file.text.startswith("{ ", item.start) for item in items)


def _narrowed(file: PolicyFile, item: Document, left: NamespaceChoice) -> tuple[Cut, ...]:
    key, names = next((key, value) for key, value in item.pairs if key.text == "namespaces")
    if not isinstance(names, Sequence):
        return ()
    check_own(names)
    words = [each.text if isinstance(each, Scalar) else "" for each in names.items]
    return remove_items(
        file.text, item, key, names, [index for index, word in enumerate(words) if word not in left.names]
    )
