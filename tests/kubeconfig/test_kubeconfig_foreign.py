"""Whatever else a kubeconfig holds, and however it is laid out, survives us."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kaccess.kubeconfig.read import read
from kaccess.kubeconfig.write import remove, write
from kaccess.yamltext.nodes import compose, from_plain, same
from tests.kubeconfig.samples import PROGRAM, access

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
SCALARS = st.one_of(TEXT, st.integers(), st.booleans(), st.none(), st.sampled_from(["0123", "on", "1e3", "2026-01-02"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)


def named(key: str) -> st.SearchStrategy[list[dict[str, object]]]:
    entry = st.fixed_dictionaries(
        {"name": TEXT, key: st.dictionaries(TEXT, VALUES, max_size=3)}, optional={"x": VALUES}
    )
    return st.lists(entry, max_size=4, unique_by=lambda item: item["name"])


FOREIGN = st.fixed_dictionaries(
    {"kind": st.just("Config")},
    optional={
        "clusters": named("cluster"),
        "users": named("user"),
        "contexts": named("context") | st.none(),
        "current-context": TEXT.filter(bool),
        "vendor": VALUES,
    },
)
STYLES = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([True, False, None]),
        "indent": st.sampled_from([2, 4]),
        "width": st.just(40),
    }
)
COMMENTED = st.sampled_from(["", "# a comment\n"])


def without_ours(text: str) -> yaml.Node:
    """The nodes of a kubeconfig, empty lists and an empty current context left out: what kubectl sees the same."""
    root = compose(text)
    assert isinstance(root, yaml.MappingNode)
    root.value = [
        (key, value)
        for key, value in root.value
        if value.value not in ([], "") and key.value != "apiVersion" and not value.tag.endswith(":null")
    ]
    return root


@settings(max_examples=150, deadline=None)
@given(FOREIGN, STYLES, COMMENTED)
def test_login_and_logout_keep_every_foreign_thing(content, style, comment):
    text = comment + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, **style) + comment
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config")
        path.write_text(text)
        before = without_ours(text)

        write([access("development", "staging")], program=PROGRAM, paths=(path,))
        assert {context.name for context in read((path,))} == {"cardo/development", "cardo/staging"}
        assert path.read_text().count("# a comment") >= (
            text.count("# a comment") if style["default_flow_style"] is False else 0
        )

        write([access("production")], program=PROGRAM, paths=(path,))
        remove((path,))
        assert same(without_ours(path.read_text()), before)


def test_a_list_that_grows_above_one_that_is_replaced_keeps_its_comments(config):
    config.write_text("# a comment\nusers:\n- name: ana\nclusters: []  # none yet\n# another\n")
    write([access("development")], program=PROGRAM, paths=(config,))

    assert config.read_text().startswith("# a comment\nusers:\n- name: ana\n- user:\n")
    assert "# another\n" in config.read_text()


LAYOUTS = {
    "grows at the end": "kind: Config\nusers:\n- name: ana  # a comment\n",
    "windows": "kind: Config\r\nusers:\r\n- name: ana  # a comment\r\n",
    "indented items": "kind: Config\nusers:\n    - name: ana  # a comment\n      user: {}\n",
    "block text": "kind: Config\nusers:\n- user:\n    note: |\n      a\n\n      b\n  name: ana\n# a comment\n",
    "dash alone": "kind: Config\nusers:\n-\n  name: ana\n\n-   name: bea  # a comment\n",
    "an anchor": "kind: Config\nusers:\n- name: ana  # a comment\n  user: &u {t: a}\n- user: *u\n  name: bea\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_lines_of_any_usual_layout_stay_as_they_are(config, layout):
    config.write_bytes(LAYOUTS[layout].encode())
    write([access("development")], program=PROGRAM, paths=(config,))
    write([access("staging")], program=PROGRAM, paths=(config,))
    written = config.read_bytes().decode().splitlines(keepends=True)
    assert all(line in written for line in LAYOUTS[layout].splitlines(keepends=True))

    remove((config,))
    added = "clusters: []\ncontexts: []\ncurrent-context: ''\n"
    assert config.read_bytes().decode() == LAYOUTS[layout] + added


@given(VALUES)
def test_a_value_written_and_read_is_the_same(value):
    node = from_plain(value)
    again = compose(yaml.serialize(node))
    assert again is not None
    assert same(node, again)


def test_a_document_that_contains_itself_can_be_compared():
    text = "a: &a\n  b: *a\n"
    one, other = compose(text), compose(text)
    assert one is not None
    assert other is not None
    assert same(one, other)


def test_anchors_and_merge_keys_survive(config):
    text = "base: &base {server: 'https://x'}\nclusters:\n- name: a\n  cluster: {<<: *base, tls: no}\n"
    config.write_text(text)
    write([access("development")], program=PROGRAM, paths=(config,))
    remove((config,))

    assert same(without_ours(config.read_text()), without_ours(text))
