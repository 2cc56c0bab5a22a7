"""The text in the system keyring: whole or not there, in items that any keyring takes, and easily forgotten."""

from __future__ import annotations

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import fail

from kaccess.credentials import keyring_store
from kaccess.credentials.keyring_store import ITEM, SERVICE, NoKeyring
from tests.credentials.keyrings import LockedKeyring, MemoryKeyring, PlaintextKeyring

pytestmark = pytest.mark.usefixtures("memory")


@given(texts=st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=5000), min_size=1, max_size=4))
def test_what_was_written_last_is_read(texts: list[str]) -> None:
    store = MemoryKeyring()
    keyring.set_keyring(store)
    for text in texts:
        keyring_store.write(text)
        assert keyring_store.read() == text
    assert all(len(item.encode("utf-16-le")) <= 2560 for item in store.items.values())
    assert keyring_store.clear()
    assert store.items == {}


def test_the_items_have_the_documented_names(memory: MemoryKeyring) -> None:
    keyring_store.write("x" * 2500)
    assert set(memory.items) == {(SERVICE, name) for name in (ITEM, f"{ITEM}.1", f"{ITEM}.2")}
    assert memory.items[SERVICE, f"{ITEM}.2"].startswith("2/3 ")


def test_a_shorter_text_leaves_nothing_of_a_longer_one(memory: MemoryKeyring) -> None:
    keyring_store.write("x" * 5000)
    keyring_store.write("y")
    assert len(memory.items) == 1


def test_parts_of_different_texts_are_no_text(memory: MemoryKeyring) -> None:
    keyring_store.write("x" * 1500)
    other = memory.items[SERVICE, ITEM]
    keyring_store.write("y" * 1500)
    memory.items[SERVICE, ITEM] = other
    assert keyring_store.read() is None


@pytest.mark.parametrize(
    "item", ["", "nonsense", "0/0 x y", "0/99999999 00000000 x", "0/2 00000000 x", "0/1 ffffffff x"]
)
def test_what_is_not_ours_is_no_text(memory: MemoryKeyring, item: str) -> None:
    memory.items[SERVICE, ITEM] = item
    assert keyring_store.read() is None
    keyring_store.clear()


@pytest.mark.parametrize("unusable", [fail.Keyring, LockedKeyring, PlaintextKeyring])
def test_where_there_is_no_keyring_to_use_one_line_says_so(unusable: type[KeyringBackend]) -> None:
    keyring.set_keyring(unusable())
    for use in (keyring_store.read, lambda: keyring_store.write("secret-thing")):
        with pytest.raises(NoKeyring) as caught:
            use()
        assert "\n" not in str(caught.value)
        assert "secret-thing" not in str(caught.value)
        assert caught.value.__cause__ is None
    assert keyring_store.clear() is False
