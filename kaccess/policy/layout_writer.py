"""A YAML text with canonical gaps between its tokens; the tokens themselves stay, but for how their lines are indented.

Where a line begins is decided by the block that its first token belongs to. Lines inside brackets move with the
outermost bracket. A comment on a line of its own moves with the block that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.tokens import (
    AliasToken,
    BlockEndToken,
    BlockEntryToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowEntryToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
    StreamEndToken,
    Token,
    ValueToken,
)

_STEP: Final = 2
_OPENING: Final = (FlowMappingStartToken, FlowSequenceStartToken)
_CLOSING: Final = (FlowMappingEndToken, FlowSequenceEndToken)
_BLOCK_TEXT: Final = ("|", ">")


def write_anew(text: str) -> str:
    """The text, whose lines end in a line feed, in canonical layout."""
    return _Writer(text).write()


def tokens_of(text: str) -> Iterable[Token]:
    """The tokens of a YAML text; some, like the beginning of a block, have no extent."""
    tokens: Iterable[Token] = YAML(typ="safe", pure=True).scan(text)
    return tokens


def end_of(text: str, token: Token) -> int:
    """Where a token ends, the white space behind it not counted, unless it is part of what is said."""
    start, end = int(token.start_mark.index), int(token.end_mark.index)
    if not isinstance(token, ScalarToken) or token.style in ("'", '"'):
        return end
    said = text[start:end].rstrip()
    if token.style not in _BLOCK_TEXT:
        return start + len(said)
    keeps_all = "+" in said.partition("\n")[0].partition("#")[0]
    return end if keeps_all else start + len(said) + 1


@dataclass(frozen=True)
class _Block:
    """An open block: the column where it stood, and the one where it stands (None until its first token is written).

    `unmarked` is a list at the column of its key, for which YAML has no token of beginning and end.
    """

    old: int
    new: int | None = None
    is_mapping: bool = False
    unmarked: bool = False


class _Writer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._column = 0
        self._blocks: list[_Block] = []
        self._blocks_before: list[_Block] = []
        """As they were when the last token was written."""
        self._last: Token | None = None
        self._begins_item = False
        """Whether the next token is the first of a key or of an item of a list, and not a value."""
        self._brackets = 0
        self._shift = 0
        """By how much the outermost bracket has moved."""

    def write(self) -> str:
        at = 0
        for token in tokens_of(self._text):
            self._open_or_close(token)
            if token.start_mark.index < token.end_mark.index:
                self._write_gap(self._text[at : token.start_mark.index], token)
                at = end_of(self._text, token)
                self._write_token(token, self._text[token.start_mark.index : at])
            elif isinstance(token, StreamEndToken):
                self._write_end(self._text[at:])
        return "".join(self._parts)

    def _open_or_close(self, token: Token) -> None:
        """Keep track of blocks; those inside brackets are none."""
        if isinstance(token, BlockMappingStartToken | BlockSequenceStartToken):
            is_mapping = isinstance(token, BlockMappingStartToken)
            self._blocks.append(_Block(token.start_mark.column, is_mapping=is_mapping))
        elif isinstance(token, BlockEndToken):
            self._close_unmarked()
            self._blocks.pop()
        elif isinstance(token, KeyToken) and not self._brackets:
            self._close_unmarked()
            self._begins_item = True
        elif isinstance(token, BlockEntryToken):
            self._begins_item = True
            if self._blocks[-1].is_mapping:
                self._blocks.append(_Block(token.start_mark.column, self._indent() + _STEP, unmarked=True))

    def _close_unmarked(self) -> None:
        if self._blocks[-1].unmarked:
            self._blocks.pop()

    def _write_gap(self, gap: str, token: Token) -> None:
        if self._last is not None and self._column and "\n" not in gap:
            self._put(_between(self._last, token))
            self._place_block(self._column)
            return
        column = self._line_column(token)
        self._write_lines(gap, token.start_mark.column, column)
        self._put(" " * column)

    def _line_column(self, token: Token) -> int:
        """Where a line begins whose first token this is."""
        inside = self._indent() + _STEP
        if self._brackets:
            return max(int(token.start_mark.column) + self._shift, inside)
        if self._begins_item or isinstance(token, ValueToken):
            self._place_block(inside)
            return self._indent()
        return inside if self._blocks else 0

    def _place_block(self, column: int) -> None:
        """Let the innermost block stand at this column, if its first token comes now."""
        if self._begins_item and self._blocks[-1].new is None:
            self._blocks[-1] = replace(self._blocks[-1], new=column)

    def _indent(self) -> int:
        """The column of the innermost block that has been placed; before the first, what puts that at 0."""
        return next((block.new for block in reversed(self._blocks) if block.new is not None), -_STEP)

    def _write_lines(self, gap: str, old: int, new: int) -> None:
        """The rest of a line, and the lines of comments and of nothing before the next token.

        `old` is the column where that token stood, `new` the one where it is going to stand.
        """
        lines = gap.split("\n")[:-1]
        if self._column:
            comment = lines.pop(0).strip()
            self._put(f"  {comment}\n" if comment else "\n")
        is_empty = not self._parts
        for line in lines:
            comment = line.strip()
            if comment:
                column = len(line) - len(line.lstrip())
                self._put(f"{' ' * self._comment_column(column, old, new)}{comment}\n")
            elif not is_empty:
                self._put("\n")
            is_empty = not comment

    def _comment_column(self, column: int, old: int, new: int) -> int:
        if column == old or self._brackets:
            return new
        placed = (block.new for block in reversed(self._blocks_before) if block.old <= column and block.new is not None)
        return next(placed, 0)

    def _write_end(self, gap: str) -> None:
        """The comments behind the last token, without the empty lines behind them."""
        said = gap.rstrip()
        self._write_lines(f"{said}\n" if said or self._column else "", -1, 0)

    def _write_token(self, token: Token, text: str) -> None:
        if isinstance(token, _OPENING):
            if not self._brackets:
                self._shift = self._column - token.start_mark.column
            self._brackets += 1
        elif isinstance(token, _CLOSING):
            self._brackets -= 1
        self._put(self._indented(token, text) if "\n" in text else text)
        self._blocks_before = list(self._blocks)
        self._last = token
        self._begins_item = False

    def _indented(self, token: Token, text: str) -> str:
        """Text over several lines, which moves with its block."""
        first, *lines = text.split("\n")
        if isinstance(token, ScalarToken) and token.style in _BLOCK_TEXT:
            by = self._indent() - (self._blocks[-1].old if self._blocks else 0)
            return "\n".join([first, *(_shifted(line, by) for line in lines)])
        indent = " " * max(self._indent() + _STEP, _STEP)
        return "\n".join([first, *(line.strip(" \t") and indent + line.lstrip(" \t") for line in lines)])

    def _put(self, text: str) -> None:
        self._parts.append(text)
        last_line = text.rpartition("\n")[2]
        self._column = len(last_line) if "\n" in text else self._column + len(text)


def _between(left: Token, right: Token) -> str:
    """What stands between two tokens of a line."""
    if isinstance(left, _OPENING):
        return ""
    if isinstance(right, (*_CLOSING, FlowEntryToken)):
        return " " if isinstance(left, ValueToken) else ""
    if isinstance(right, ValueToken):
        return " " if isinstance(left, AliasToken) else ""  # a colon may be part of an alias
    return " "


def _shifted(line: str, by: int) -> str:
    if not line.strip(" "):
        return line
    spaces = len(line) - len(line.lstrip(" "))
    return " " * max(spaces + by, 0) + line.lstrip(" ")
