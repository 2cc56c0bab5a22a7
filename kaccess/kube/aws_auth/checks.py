"""What would be read in two ways: the authenticator's YAML and JSON are Go's, and kaccess's are not.

Both come from libyaml, so they agree on all that people and tools write. Where they may not, the file is refused: what
is not understood must not be rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import yaml

from kaccess.kube.aws_auth.errors import unreadable
from kaccess.yamltext.nodes import compose, explicit_tags, is_null

_CORE: Final = "tag:yaml.org,2002:"
_TEXT: Final = f"{_CORE}str"
_MERGE: Final = f"{_CORE}merge"
_FLOAT: Final = f"{_CORE}float"
_NO_TEXT: Final = re.compile(
    r"[-+]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?)|[yYnN]"
)
"""Plain words that one version of Go's YAML or another takes for a number or a truth value."""


def composed(section: str, text: str) -> yaml.Node | None:
    """The root of a section's text; None if there is nothing in it.

    Raises:
        Unreadable: the authenticator would not read it, or might read it as something else.
    """
    try:
        root = compose(text)
        tags = explicit_tags(text) if "!" in text else ()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", None) or "it cannot be read").splitlines()[0]
        line = mark.line + 1 if mark else 1
        raise unreadable(section, line, f"not one YAML document: {what}", "repair it") from None
    for line, tag in tags:
        if tag != _TEXT:
            raise unreadable(section, line, f"a value is given the type {tag}", "write the value without it")
    if root is not None:
        _check(section, root)
    return root


def text_of(node: yaml.Node) -> str | None:
    """The text that a scalar is; None if it is none, or not to all who read it. A null is the empty text."""
    if is_null(node):
        return ""
    if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT:
        return None
    return None if not node.style and _NO_TEXT.fullmatch(node.value) else str(node.value)


def _check(section: str, root: yaml.Node) -> None:
    """Whatever makes the authenticator drop the whole section, wherever it stands."""
    for node in _nodes(root):
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode) or is_null(key):
                    raise unreadable(section, line, "a key is not a word", "give it a name")
                if key.tag == _MERGE:
                    raise unreadable(section, line, "a merge key (<<)", "write the fields out")
        elif isinstance(node, yaml.ScalarNode) and node.tag == _FLOAT and not re.search("[0-9]", node.value):
            raise unreadable(section, line, f"{node.value} is no value of JSON", "quote it")


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """All nodes, each once: aliases can make a small document endless."""
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            left += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            left += node.value
