"""Text of others made fit to be shown: in a terminal, a comment, a message."""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters, and those of Unicode that have no width or turn the direction of writing."""


def one_line(text: str) -> str:
    """The text in one line of what can be seen.

    Control characters, which a terminal obeys, and those that turn the direction of writing become U+FFFD.
    """
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def shown(text: str) -> str:
    """The text with the number of each invisible and each reordering character: names are read to tell who is who."""
    return _HIDDEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)
