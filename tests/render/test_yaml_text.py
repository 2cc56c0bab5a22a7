import yaml
from hypothesis import given
from hypothesis import strategies as st

from kaccess.render.yaml_text import Document, yaml_text

TEXT = st.text() | st.sampled_from(["yes", "1e3", "0x1", "~", "null", "2026-11-24", "- a", "a: b", "#", "|", "a\nb\n"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(TEXT, VALUES, min_size=1, max_size=3), max_size=3))
def test_what_is_written_is_what_is_read(bodies):
    assert list(yaml.safe_load_all(yaml_text(map(Document, bodies)))) == bodies


def test_a_comment_stands_above_its_document_and_text_keeps_its_lines():
    text = yaml_text([Document({"data": {"a.yaml": "x: 1\n\ny: 2\n"}}, "What it is.\n\nAnd why.")])
    assert text == "---\n# What it is.\n#\n# And why.\ndata:\n  a.yaml: |\n    x: 1\n\n    y: 2\n"
