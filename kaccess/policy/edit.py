"""Policy files edited in place: comments, order and quoting stay as people wrote them.

`add_grant`, `remove_grants` and `offboard` compute an edit and write nothing, so that it can be planned first; `write`
writes it. Every edit is read again before it is handed out: it must be a valid policy that differs by what was meant
alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from kaccess.model.policy import Grant, NamespaceChoice, Offboarded, Place, Policy
from kaccess.policy.document import Mapping, Node, Scalar, Sequence, parse
from kaccess.policy.files import PolicyFile
from kaccess.policy.item_text import grant_text, offboarded_text
from kaccess.policy.load import Loaded, load, load_files
from kaccess.policy.offboarded import is_offboarded
from kaccess.policy.problems import PolicyError, Report, did_you_mean, show
from kaccess.policy.shapes import wrong_principal
from kaccess.policy.surgery import Cut, add_item, apply_cuts, owns_its_items, remove_items
from kaccess.policy.write import EditError, FileEdit, write_files

__all__ = ["EditError", "Edited", "FileEdit", "add_grant", "offboard", "remove_grants", "write"]


_FIXED: Final = ("clusters", "namespaces", "roles", "tests")
_LISTS: Final = ("grants", "offboarded")


@dataclass(frozen=True)
class Edited:
    """A policy before and after an edit, and the files that differ; none if there was nothing to do."""

    before: Loaded
    after: Loaded
    files: tuple[FileEdit, ...]


def add_grant(path: Path, grant: Grant) -> Edited:
    """Add a grant of named namespaces to the policy at `path`, next to the group's other grants.

    Nothing changes if a grant of the policy gives at least as much for at least as long. `until` is kept to the second.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: the grant names what the policy does not have, or the file is written in a way that needs a person.
    """
    loaded = load(path)
    grant = replace(grant, until=grant.until.replace(microsecond=0) if grant.until else None)
    _check_known(loaded.policy, grant)
    if any(_covers(given, grant) for given in loaded.policy.grants):
        return Edited(loaded, loaded, ())
    file = _file_for(grant.group, loaded)
    after = apply_cuts(file.text, _addition(file, grant, loaded.policy))
    return _edited(loaded, {file.path: after}, replace(loaded.policy, grants=(*loaded.policy.grants, grant)))


def remove_grants(path: Path, group: str, role: str | None = None, namespaces: tuple[str, ...] | None = None) -> Edited:
    """Take grants of a group from the policy at `path`: all of them, those of a role, or what they give in namespaces.

    A grant of more namespaces than are taken keeps the rest.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: there is no such grant; or one that chooses namespaces by a pattern or labels would have to be
            narrowed; or the file is written in a way that needs a person.
    """
    loaded = load(path)
    meant = [grant for grant in loaded.policy.grants if grant.group == group and role in (None, grant.role)]
    remains = [(grant, _remaining(grant, namespaces)) for grant in meant]
    changed = {grant.place: left for grant, left in remains if left != grant}
    if not changed:
        raise EditError(_nothing_found(loaded.policy, group, role, namespaces))
    texts = {file.path: apply_cuts(file.text, _removals(file, changed)) for file in loaded.files}
    kept = [changed.get(grant.place, grant) for grant in loaded.policy.grants]
    return _edited(loaded, texts, replace(loaded.policy, grants=tuple(grant for grant in kept if grant is not None)))


def offboard(path: Path, principal: str, at: datetime, by: str = "", reason: str = "") -> Edited:
    """Take a user or role, by their ARN, out of everything that the policy at `path` gives, at `at` (aware).

    Nothing changes if they are out already. `at` is kept to the second.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: that is no ARN of a user or role, or the file is written in a way that needs a person.
    """
    loaded = load(path)
    if problem := wrong_principal(principal):
        raise EditError(problem)
    if is_offboarded(loaded.policy, principal):
        return Edited(loaded, loaded, ())
    leaver = Offboarded(principal, at.replace(microsecond=0), by, reason)
    file = _file_of(loaded, [each.place for each in loaded.policy.offboarded[-1:]])
    text = offboarded_text(leaver, spaced=_is_spaced(file.text, _items(file, "offboarded")))
    after = apply_cuts(file.text, add_item(file.text, _root(file), "offboarded", text, after=None))
    expected = replace(loaded.policy, offboarded=(*loaded.policy.offboarded, leaver))
    return _edited(loaded, {file.path: after}, expected)


def write(edited: Edited) -> None:
    """Write an edit's files.

    Raises:
        EditError: one of them has changed since it was read, or cannot be written.
    """
    write_files(edited.files)


def _edited(loaded: Loaded, texts: dict[Path, str], expected: Policy) -> Edited:
    """The edit with these new texts, after making sure that it does to the policy what was meant and no more."""
    files = tuple(PolicyFile(file.path, texts.get(file.path, file.text)) for file in loaded.files)
    by_hand = "; edit the file by hand"
    try:
        after = load_files(files)
    except PolicyError as error:
        raise EditError(f"the edit would leave a policy with a problem: {error.problems[0]}{by_hand}") from error
    # The groups follow from the rest: one that is only granted to goes with its last grant.
    same = all(getattr(expected, part) == getattr(after.policy, part) for part in _FIXED)
    if not same or any(Counter(getattr(expected, part)) != Counter(getattr(after.policy, part)) for part in _LISTS):
        raise EditError(
            f"{loaded.files[0].path.parent}: the policy is written in a way that kaccess cannot edit{by_hand}"
        )
    pairs = zip(loaded.files, files, strict=True)
    edits = tuple(FileEdit(old.path, old.text, new.text) for old, new in pairs if old.text != new.text)
    return Edited(loaded, after, edits)


def _check_known(policy: Policy, grant: Grant) -> None:
    if not grant.namespaces.names:
        raise EditError("a grant is added for namespaces by their names; name at least one")
    asked = (
        ("role", (grant.role,), policy.roles),
        ("namespace", grant.namespaces.names, policy.namespaces),
        ("cluster", grant.clusters, policy.clusters),
    )
    for what, names, known in asked:
        for name in names:
            if name not in known:
                raise EditError(f"the policy has no {what} {show(name)}{did_you_mean(name, known)}")


def _covers(given: Grant, wanted: Grant) -> bool:
    """Whether `given` alone gives all that `wanted` asks for, for at least as long."""
    return (
        (given.group, given.role) == (wanted.group, wanted.role)
        and set(wanted.namespaces.names) <= set(given.namespaces.names)
        and (not given.clusters or (bool(wanted.clusters) and set(wanted.clusters) <= set(given.clusters)))
        and (given.until is None or (wanted.until is not None and wanted.until <= given.until))
    )


def _file_for(group: str, loaded: Loaded) -> PolicyFile:
    """The file with grants of the group, else the only one with grants, else the one that names the clusters."""
    grants = loaded.policy.grants
    holders = list(dict.fromkeys(grant.place.file for grant in grants))
    alone = [grant.place for grant in grants if len(holders) == 1]
    return _file_of(loaded, [grant.place for grant in grants if grant.group == group] or alone)


def _file_of(loaded: Loaded, neighbours: list[Place]) -> PolicyFile:
    """The file that the first of the neighbours is in, or, without any, the one that names the clusters."""
    clusters = [cluster.place for cluster in loaded.policy.clusters.values()]
    name = [*neighbours, *clusters][0].file
    return next(file for file in loaded.files if file.name == name)


def _addition(file: PolicyFile, grant: Grant, policy: Policy) -> tuple[Cut, ...]:
    items = _items(file, "grants")
    neighbours = {each.place for each in policy.grants if each.group == grant.group}
    after = max((index for index, item in enumerate(items) if item.place in neighbours), default=None)
    text = grant_text(grant, spaced=_is_spaced(file.text, items))
    return add_item(file.text, _root(file), "grants", text, after=after)


def _items(file: PolicyFile, section: str) -> tuple[Node, ...]:
    """The items of a list that is to have one more."""
    found = _root(file).get(section)
    if not isinstance(found, Sequence):
        return ()
    _check_own(found)
    return found.items


def _is_spaced(text: str, items: Iterable[Node]) -> bool:
    return any(text.startswith("{ ", item.start) for item in items)


def _removals(file: PolicyFile, changed: dict[Place, Grant | None]) -> list[Cut]:
    key, grants = next(((key, value) for key, value in _root(file).pairs if key.text == "grants"), (None, None))
    if key is None or not isinstance(grants, Sequence):
        return []
    _check_own(grants)
    gone = [index for index, item in enumerate(grants.items) if changed.get(item.place, item) is None]
    cuts = list(remove_items(file.text, key, grants, gone)) if gone else []
    for item in grants.items:
        left = changed.get(item.place)
        if left is not None and isinstance(item, Mapping):
            cuts += _narrowing(file, item, left.namespaces)
    return cuts


def _narrowing(file: PolicyFile, item: Mapping, left: NamespaceChoice) -> tuple[Cut, ...]:
    key, names = next((key, value) for key, value in item.pairs if key.text == "namespaces")
    if not isinstance(names, Sequence):
        return ()
    _check_own(names)
    words = [each.text if isinstance(each, Scalar) else "" for each in names.items]
    return remove_items(file.text, key, names, [index for index, word in enumerate(words) if word not in left.names])


def _check_own(sequence: Sequence) -> None:
    if not owns_its_items(sequence):
        raise EditError(f"{sequence.place}: this list is an alias of another; edit the file by hand")


def _remaining(grant: Grant, namespaces: tuple[str, ...] | None) -> Grant | None:
    """What is left of a grant without these namespaces, all of them for None."""
    if namespaces is None:
        return None
    choice = grant.namespaces
    if choice.names:
        left = tuple(name for name in choice.names if name not in namespaces)
        return replace(grant, namespaces=NamespaceChoice(left)) if left else None
    if choice.match is not None and not any(fnmatchcase(name, choice.match) for name in namespaces):
        return grant
    how = f"by the pattern {show(choice.match)}" if choice.match is not None else "by labels"
    raise EditError(
        f"{grant.place}: this grant of {grant.role} chooses its namespaces {how} and cannot be taken from one of them; "
        "revoke it without naming a namespace, or edit the file"
    )


def _nothing_found(policy: Policy, group: str, role: str | None, namespaces: tuple[str, ...] | None) -> str:
    groups = {grant.group for grant in policy.grants}
    if group not in groups:
        return f"the policy grants nothing to {show(group)}{did_you_mean(group, groups)}"
    roles = {grant.role for grant in policy.grants if grant.group == group}
    if role is not None and role not in roles:
        return f"the policy does not grant the role {show(role)} to {show(group)}{did_you_mean(role, roles)}"
    what = f"the role {show(role)}" if role else "any role"
    given = {name for grant in policy.grants if grant.group == group for name in grant.namespaces.names}
    hint = "".join(did_you_mean(name, given) for name in (namespaces or ())[:1])
    return f"the policy does not grant {what} to {show(group)} in {', '.join(namespaces or ())}{hint}"


def _root(file: PolicyFile) -> Mapping:
    root = parse(file.text, file.name, Report())
    if root is None:
        raise ValueError(f"{file.name} was loaded and cannot be parsed")
    return root
