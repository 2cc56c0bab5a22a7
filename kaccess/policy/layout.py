"""The canonical layout of a policy file: what it is, and that a file in it says what it said before.

Two spaces for each level, list items one level below their key, one space after `:`, `,` and `-`, none inside brackets,
two before a comment at the end of a line, at most one empty line in a row, no space at the end of lines, which end in
a line feed. Order, quoting, anchors, comments and the breaking of lines stay.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kaccess.policy.files import PolicyFile
from kaccess.policy.layout_writer import end_of, tokens_of, write_anew
from kaccess.policy.write import EditError


def laid_out(file: PolicyFile) -> str:
    """The text of a file that was loaded, in canonical layout.

    Raises:
        EditError: the layout could not be changed without changing what the file says.
    """
    before = file.text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n") + "\n"
    try:
        after = write_anew(before)
        if _events(before) == _events(after) and _comments(before) == _comments(after):
            return after
    except YAMLError:
        pass  # as for any other text that says something else
    raise EditError(f"{file.name}: written in a way that kaccess cannot lay out; lay it out by hand")


def _events(text: str) -> list[tuple[Any, ...]]:
    """All that YAML reads in a text, quoting and anchors included, without the places."""
    names = ("anchor", "value", "style", "ctag", "flow_style", "explicit", "version")
    events = YAML(typ="safe", pure=True).parse(text)
    return [(type(event), *(getattr(event, name, None) for name in names)) for event in events]


def _comments(text: str) -> list[str]:
    """What stands between the tokens, spaces aside."""
    comments, at = [], 0
    for token in tokens_of(text):
        comments += text[at : token.start_mark.index].split("\n")
        at = max(at, end_of(text, token))
    comments += text[at:].split("\n")
    return [comment.strip() for comment in comments if comment.strip()]
