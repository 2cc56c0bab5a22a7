"""The canonical layout: what changes, what stays, and that laying out twice is laying out once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaccess.policy.edit import lay_out, write
from kaccess.policy.files import PolicyFile
from kaccess.policy.layout import laid_out
from kaccess.policy.starter import starter_policy
from tests.fuzz.policies import FIRST, styled
from tests.fuzz.test_fuzz_policies import loaded
from tests.policy.samples import SMALL, policy_of
from tests.policy.samples_of_edits import BLOCK, FLOW
from tests.policy.test_policy_mutations import FULL

HERE = Path(__file__).parents[2]


def laid(text):
    return laid_out(PolicyFile(Path("p.yaml"), text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:   b\n", "a: b\n"),
        ("a :  { b : [ c ,d ] }\n", "a: {b: [c, d]}\n"),
        ("a: {b: , c: }\n", "a: {b: , c: }\n"),
        ('{"a":1,"b":2}', '{"a": 1, "b": 2}\n'),
        ("a:\n- b\n-   c\n", "a:\n  - b\n  - c\n"),
        ("a:\n    -   b: c\n        d: e\n", "a:\n  - b: c\n    d: e\n"),
        ("a:\n      b:\n       c: d\ne: f\n", "a:\n  b:\n    c: d\ne: f\n"),
        ("a: &x   b\nc: *x\n", "a: &x b\nc: *x\n"),
        ("a: &x   b\n*x   : c\n", "a: &x b\n*x : c\n"),
        ("a: b # why\n", "a: b  # why\n"),
        ("a:     # why\n  b\n", "a:  # why\n  b\n"),
        ("\n\na: b   \n\n\n\nc: d\n\n\n", "a: b\n\nc: d\n"),
        ("a: b\r\nc: d", "a: b\nc: d\n"),
        ("\ufeffa: b\n", "a: b\n"),
        ("a:\n- b\n# to c\nc: d\n", "a:\n  - b\n# to c\nc: d\n"),
        ("a:\n    # of b\n    b: c\n    # also of b\n# end\n", "a:\n  # of b\n  b: c\n  # also of b\n# end\n"),
        ("a:\n    b: |\n        x\n         y\n\n\n    c: d\n", "a:\n  b: |\n      x\n       y\n\n  c: d\n"),
        ("a:\n- b: |2\n     x\n", "a:\n  - b: |2\n       x\n"),
        ("a:\n- b: 'c\n   d'\n", "a:\n  - b: 'c\n      d'\n"),
        ("a: [b,\n    c]\n", "a: [b,\n    c]\n"),
        ("a:   [b,\n     c]\n", "a: [b,\n   c]\n"),
        ("? a\n:   b\n", "? a\n: b\n"),
        ("---\na: b\n", "---\na: b\n"),
    ],
)
def test_what_the_layout_is(before, after):
    assert laid(before) == after
    assert laid(after) == after


def test_text_that_keeps_its_last_line_breaks_keeps_them():
    assert laid("a: |+\n  b\n\n\n") == "a: |+\n  b\n\n\n"


@pytest.mark.parametrize("path", sorted((HERE / "policies").glob("*.yaml")), ids=lambda path: path.name)
def test_our_own_examples_are_laid_out(path):
    assert laid(path.read_text()) == path.read_text()


def test_what_init_writes_is_laid_out():
    (cluster,) = policy_of(SMALL).clusters.values()
    assert laid(starter_policy(cluster)) == starter_policy(cluster)


@settings(deadline=None, max_examples=150)
@given(styled(FIRST) | st.sampled_from([SMALL, FULL, BLOCK, FLOW]))
def test_laying_out_keeps_the_policy_the_comments_and_itself(text):
    policy = loaded((text,))
    if policy is None:
        return
    after = laid(text)
    assert laid(after) == after
    assert loaded((after,)) == policy
    assert [line for line in after.split("\n") if line != line.rstrip()] == []


def test_all_files_of_a_folder_are_laid_out(policy, tmp_path):
    policy(BLOCK.replace("namespaces: [a, b]", "namespaces: [a,b]"), "p.yaml")
    policy("apiVersion:   kaccess/v1\nkind: AccessPolicy\n", "q.yaml")
    edited = lay_out(tmp_path)
    assert [file.path.name for file in edited.files] == ["p.yaml", "q.yaml"]
    write(edited)
    assert lay_out(tmp_path).files == ()
    assert "namespaces: [a, b]" in (tmp_path / "p.yaml").read_text()
