"""Text of others made fit to be shown: in a terminal, a comment, a message."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text in one line of what can be seen.

    Control characters, which a terminal obeys, and those that turn the direction of writing become U+FFFD.
    """
    return "".join(each if each.isprintable() else "\ufffd" for each in text)
