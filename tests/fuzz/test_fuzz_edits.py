"""Edits of whatever policy: the files say what was meant, each is whole, and access changes by the edit alone."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from kaccess.model.policy import Grant, NamespaceChoice
from kaccess.policy.edit import EditError, add_grant, lay_out, offboard, remove_ended, remove_grants, write
from kaccess.policy.files import UNFINISHED
from kaccess.policy.load import PolicyError, load
from kaccess.policy.shapes import time_of
from tests.fuzz.budget import share
from tests.fuzz.oracle import Unreadable, granted
from tests.fuzz.policies import ENDS, GROUPS, NAMESPACES, POLICIES, ROLES, TEXTS
from tests.fuzz.test_fuzz_policies import CLUSTER
from tests.policy.samples import NOW

pytestmark = pytest.mark.thorough

UNTIL = st.none() | st.sampled_from(ENDS).map(time_of)
NEW = st.builds(
    Grant,
    st.sampled_from(GROUPS),
    st.sampled_from(ROLES),
    st.lists(st.sampled_from(NAMESPACES), min_size=1, max_size=2, unique=True).map(tuple).map(NamespaceChoice),
    st.sampled_from([(), ("one",)]),
    UNTIL,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    st.sampled_from(["", "arn:aws:iam::111122223333:user/ana"]),
    at=UNTIL,
)
OLD = st.tuples(
    st.sampled_from(GROUPS),
    st.none() | st.sampled_from(ROLES),
    st.none() | st.lists(st.sampled_from(NAMESPACES), min_size=1, max_size=2).map(tuple),
)
EDITS = (
    NEW.map(lambda new: (add_grant, (new,)))
    | OLD.map(lambda old: (remove_grants, old))
    | st.just((remove_ended, (NOW,)))
    | st.just((lay_out, ()))
    | st.just((offboard, ("arn:aws:iam::111122223333:user/eve", NOW)))
)


class Folder:
    """A folder with the files of a policy."""

    def __init__(self, path, texts):
        self.path = Path(path)
        self.names = [f"{name}.yaml" for name, _ in zip("abc", texts, strict=False)]
        for name, text in zip(self.names, texts, strict=True):
            (self.path / name).write_bytes(text.encode("utf-8", "surrogatepass"))

    def texts(self):
        return tuple((self.path / name).read_bytes().decode() for name in self.names)

    def names_there(self):
        return sorted(each.name for each in self.path.iterdir())


def edited(folder, edit):
    """The edit, computed; None if kaccess says why not."""
    verb, arguments = edit
    try:
        return verb(folder.path, *arguments)
    except (PolicyError, EditError) as error:
        event(f"{verb.__name__}: {type(error).__name__}")
        return None


@share(20)
@given(TEXTS, EDITS)
def test_an_edit_changes_access_as_it_says_and_no_more(texts, edit):
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(path, texts)
        found = edited(folder, edit)
        if found is None:
            assert folder.texts() == texts
            return
        write(found)
        assert folder.names_there() == folder.names
        assert load(folder.path).policy == found.after.policy
        verb, arguments = edit
        event(f"{verb.__name__}: {'changed' if found.files else 'nothing to do'}")
        compare(verb, arguments, texts, folder.texts())
        if verb is lay_out:
            assert lay_out(folder.path).files == ()


def compare(verb, arguments, before, after):
    """What the files plainly say before and after."""
    try:
        old, new = granted(before, NOW, CLUSTER), granted(after, NOW, CLUSTER)
    except Unreadable:
        return
    if verb is add_grant:
        (asked,) = arguments
        assert old <= new
        assert {(group, name) for _, group, name, _ in new - old} <= {
            (asked.group, name) for name in asked.namespaces.names
        }
    elif verb is remove_grants:
        group, role, names = arguments
        assert new <= old
        assert {each[1] for each in old - new} <= {group}
        if role is None:
            assert not [each for each in new if each[1] == group and (names is None or each[2] in names)]
    else:
        assert new == old


@share(3)
@given(POLICIES, NEW)
def test_a_revoke_of_what_was_granted_restores_every_byte(texts, new):
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(path, texts)
        before = edited(folder, (add_grant, (new,)))
        if before is None or not before.files:
            return
        given = {grant.place: grant for grant in before.before.policy.grants if grant.group == new.group}
        alike = [each for each in given.values() if each.role == new.role]
        if any(not each.namespaces.names or set(each.namespaces.names) & set(new.namespaces.names) for each in alike):
            return  # the revoke would take these too
        write(before)
        write(remove_grants(folder.path, new.group, new.role, new.namespaces.names))
        event("restored")
        assert load(folder.path).policy == before.before.policy
        assert folder.texts() == texts


@share(2)
@given(POLICIES, EDITS, st.integers(1, 12))
def test_a_full_disk_leaves_all_files_as_they_were(texts, edit, moment):
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(path, texts)
        found = edited(folder, edit)
        if found is None:
            return
        with failing_at(moment, error):
            try:
                write(found)
            except EditError:
                event("refused")
                assert folder.texts() == texts
            else:
                assert folder.texts() == tuple(file.text for file in found.after.files)
        assert folder.names_there() == folder.names


@share(2)
@given(POLICIES, EDITS, st.integers(1, 12))
def test_a_kill_leaves_whole_files_and_says_so_if_it_fell_between_two(texts, edit, moment):
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(path, texts)
        found = edited(folder, edit)
        if found is None:
            return
        child = os.fork()
        if not child:
            with failing_at(moment, lambda: os._exit(9)):
                write(found)
            os._exit(0)
        os.waitpid(child, 0)
        pairs = [(old.text, new.text) for old, new in zip(found.before.files, found.after.files, strict=True)]
        states = {pair.index(text) for pair, text in zip(pairs, folder.texts(), strict=True) if pair[0] != pair[1]}
        if len(states) == 2:
            event("cut short")
            assert any("was cut short" in str(warning) for warning in load(folder.path).warnings)
        again = edited(folder, edit)
        if again is not None and again.files:
            write(again)
            assert not (folder.path / UNFINISHED).exists()


def error():
    raise OSError(28, "No space left on device")


def failing_at(moment, failure):
    """Let the nth call that changes a disk fail."""
    calls = iter(range(1, 1000))
    real = {name: getattr(os, name) for name in ("fsync", "replace", "fchmod")}

    def step(name):
        def call(*arguments):
            if next(calls) == moment:
                failure()
            return real[name](*arguments)

        return call

    return patch.multiple(os, **{name: step(name) for name in real})
