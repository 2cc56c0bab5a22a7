"""Policy files edited in place: comments, order and quoting stay as people wrote them.

Each verb computes an edit and writes nothing, so that it can be planned first; `write` writes it. Every edit is read
again before it is handed out: it must be a valid policy that differs by what was meant alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from kaccess.model.policy import Grant, NamespaceChoice, Offboarded, Place, Policy
from kaccess.policy.edited import Edited, edited, root_of
from kaccess.policy.files import PolicyFile
from kaccess.policy.grant_cuts import added, is_spaced, items_of, removed, widened
from kaccess.policy.item_text import offboarded_text
from kaccess.policy.layout import laid_out
from kaccess.policy.load import Loaded, load
from kaccess.policy.offboarded import is_offboarded
from kaccess.policy.places import apply_cuts
from kaccess.policy.problems import did_you_mean, show
from kaccess.policy.shapes import wrong_principal
from kaccess.policy.surgery import add_item
from kaccess.policy.write import EditError, FileEdit, write_files

__all__ = [
    "EditError",
    "Edited",
    "FileEdit",
    "add_grant",
    "lay_out",
    "offboard",
    "remove_ended",
    "remove_grants",
    "write",
]


def add_grant(policy: Path | Loaded, grant: Grant) -> Edited:
    """Add a grant of named namespaces to the policy at a path, or to one that was loaded.

    A grant that differs in its namespaces alone gets those that it lacks; otherwise the new one stands next to the
    group's others, in the file that speaks of the group. Nothing changes if a grant of the policy gives at least as
    much for at least as long. `until` and `at` are kept to the second.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: the grant names what the policy does not have, or the file is written in a way that needs a person.
    """
    loaded = policy if isinstance(policy, Loaded) else load(policy)
    names, clusters = dict.fromkeys(grant.namespaces.names), dict.fromkeys(grant.clusters)
    grant = replace(grant, namespaces=NamespaceChoice(tuple(names)), clusters=tuple(clusters))
    grant = replace(grant, until=_to_the_second(grant.until), at=_to_the_second(grant.at))
    _check_known(loaded.policy, grant)
    if any(_covers(given, grant) for given in loaded.policy.grants):
        return Edited(loaded, loaded, ())
    for given in loaded.policy.grants:
        if _differs_in_names(given, grant):
            with suppress(EditError):  # its list is shared with another grant, by an anchor
                return _widen(loaded, given, grant.namespaces.names)
    file = _file_for(grant.group, loaded)
    text = apply_cuts(file.text, added(file, grant, loaded.policy))
    return edited(loaded, {file.path: text}, replace(loaded.policy, grants=(*loaded.policy.grants, grant)))


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
    return _change(loaded, changed)


def remove_ended(path: Path, now: datetime) -> Edited:
    """Take the grants that are over at `now` (aware) from the policy at `path`.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: the file is written in a way that needs a person.
    """
    loaded = load(path)
    return _change(loaded, {grant.place: None for grant in loaded.policy.grants if grant.ended(now)})


def offboard(policy: Path | Loaded, principal: str, at: datetime, by: str = "", reason: str = "") -> Edited:
    """Take a user or role, by their ARN, out of everything that the policy (as for `add_grant`) gives, at `at` (aware).

    Nothing changes if they are out already. `at` is kept to the second.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: that is no ARN of a user or role, or the file is written in a way that needs a person.
    """
    loaded = policy if isinstance(policy, Loaded) else load(policy)
    if problem := wrong_principal(principal):
        raise EditError(problem)
    if is_offboarded(loaded.policy, principal):
        return Edited(loaded, loaded, ())
    leaver = Offboarded(principal, at.replace(microsecond=0), by, reason)
    clusters = [cluster.place for cluster in loaded.policy.clusters.values()]
    file = _file_of(loaded, [*(each.place for each in loaded.policy.offboarded[-1:]), *clusters][0])
    text = offboarded_text(leaver, spaced=is_spaced(file, items_of(file, "offboarded")))
    after = apply_cuts(file.text, add_item(file.text, root_of(file), "offboarded", text, after=None))
    return edited(loaded, {file.path: after}, replace(loaded.policy, offboarded=(*loaded.policy.offboarded, leaver)))


def lay_out(path: Path) -> Edited:
    """Give the files of the policy at `path` their canonical layout; what they say stays, comments included.

    Raises:
        PolicyError: the policy has problems as it is.
        EditError: a file is written in a way that needs a person.
    """
    loaded = load(path)
    return edited(loaded, {file.path: laid_out(file) for file in loaded.files}, loaded.policy)


def write(edited: Edited) -> None:
    """Write an edit's files.

    Raises:
        EditError: a file of the policy has changed since it was read, or one cannot be written. Then none is written.
    """
    pairs = zip(edited.before.files, edited.after.files, strict=True)
    write_files(tuple(FileEdit(old.path, old.text, new.text) for old, new in pairs))


def _widen(loaded: Loaded, given: Grant, names: tuple[str, ...]) -> Edited:
    new = [name for name in names if name not in given.namespaces.names]
    file = _file_of(loaded, given.place)
    for name in new:
        file = replace(file, text=apply_cuts(file.text, widened(file, given.place, name)))
    wider = replace(given, namespaces=NamespaceChoice((*given.namespaces.names, *new)))
    grants = tuple(wider if each is given else each for each in loaded.policy.grants)
    return edited(loaded, {file.path: file.text}, replace(loaded.policy, grants=grants))


def _change(loaded: Loaded, changed: Mapping[Place, Grant | None]) -> Edited:
    """Put something else, or nothing, in the place of some grants."""
    if not changed:
        return Edited(loaded, loaded, ())
    texts = {file.path: apply_cuts(file.text, removed(file, changed)) for file in loaded.files}
    kept = [changed.get(grant.place, grant) for grant in loaded.policy.grants]
    return edited(loaded, texts, replace(loaded.policy, grants=tuple(grant for grant in kept if grant is not None)))


def _to_the_second(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(microsecond=0)


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


def _differs_in_names(given: Grant, wanted: Grant) -> bool:
    """Whether both name namespaces and say the same of everything else."""
    return bool(given.namespaces.names) and replace(given, namespaces=wanted.namespaces) == wanted


def _file_for(group: str, loaded: Loaded) -> PolicyFile:
    """The file that speaks of the group; else that of the clusters, unless another one alone has a list of grants."""
    policy = loaded.policy
    places = [
        *(grant.place for grant in policy.grants if grant.group == group),
        *(declared.place for declared in policy.groups.values() if declared.name == group),
        *(test.place for test in policy.tests if test.group == group),
    ]
    if places:
        return _file_of(loaded, places[0])
    of_clusters = _file_of(loaded, next(iter(policy.clusters.values())).place)
    with_list = [file for file in loaded.files if root_of(file).get("grants") is not None]
    return with_list[0] if len(with_list) == 1 else of_clusters


def _file_of(loaded: Loaded, place: Place) -> PolicyFile:
    return next(file for file in loaded.files if file.name == place.file)


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
