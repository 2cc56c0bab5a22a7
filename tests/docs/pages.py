"""The pages of the documentation as what a reader sees in them: headings, links, and blocks to type or to keep.

CONTRIBUTING.md, "Pages", says what an author may write; a page that breaks a rule raises `WrongPage` with its line.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")))

_PARSER = MarkdownIt("commonmark").enable("table")
_NO_LINK = re.compile(r"\][\[(]")  # was meant to be one
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->\s*", re.DOTALL)


class WrongPage(AssertionError):
    """A page that its author must change: where and why."""


@dataclass(frozen=True)
class Block:
    """A fenced block, or commands in a comment (`hidden`), and the line of the page on which its text begins.

    `path` is the file of the story that holds it, if it names one; `not_run` why it is not run, if it gives a reason.
    """

    language: str
    text: str
    line: int
    path: str = ""
    not_run: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Page:
    """A page: its blocks in order, what its story needs beforehand, its anchors, and its links with their lines."""

    path: Path
    needs: tuple[str, ...]
    blocks: tuple[Block, ...]
    anchors: frozenset[str]
    links: tuple[tuple[int, str], ...]

    @property
    def name(self):
        return str(self.path.relative_to(ROOT) if ROOT in self.path.parents else self.path)


def page_of(path):
    """The page in the file `path`."""
    tokens = _PARSER.parse(path.read_text("utf-8"))
    try:
        needs, blocks = _blocks(tokens)
    except WrongPage as wrong:
        raise WrongPage(f"{path}:{wrong}") from None
    return Page(path, needs, blocks, _anchors(tokens), tuple(_links(tokens)))


def _blocks(tokens):
    needs, blocks, not_run = (), [], ""
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            blocks.append(_fenced(token, line, not_run))
            not_run = ""
            continue
        if not_run:
            raise WrongPage(f"{line}: `not run` stands before a fenced block")
        if token.type == "code_block":
            raise WrongPage(f"{line}: an indented block; fence it with ```")
        kind, text = _comment(token.content) if token.type == "html_block" else ("", "")
        if kind == "story":
            if needs or blocks:
                raise WrongPage(f"{line}: `story` stands once, before the first block")
            needs = tuple(word.strip() for word in text.split(","))
        elif kind == "not run":
            not_run = text
        elif kind == "$":
            start = line + token.content[: token.content.index("$ ")].count("\n")
            blocks.append(Block("console", text, start, hidden=True))
    return needs, tuple(blocks)


def _fenced(token, line, not_run):
    language, _, path = token.info.strip().partition(" ")
    if not language:
        raise WrongPage(f"{line}: say what is in this block: ```console, ```yaml, ```text ...")
    return Block(language, token.content, line + 1, path.strip(), not_run)


def _comment(html):
    """What a comment tells the runner, and the rest of it; one that is for people tells it nothing."""
    found = _COMMENT.fullmatch(html)
    if found is None:
        return "", ""
    if found[1].startswith("$ "):
        return "$", found[1] + "\n"
    kind, colon, text = found[1].partition(":")
    return (kind, text.strip()) if colon else ("", "")


def _anchors(tokens):
    """The anchors that GitHub gives headings: letters, digits and hyphens, numbered where they would be equal."""
    seen, anchors = Counter(), set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children if child.type in ("text", "code_inline"))
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
            seen[anchor] += 1
    return frozenset(anchors)


def _links(tokens):
    for token in tokens:
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield token.map[0] + 1, unquote(target)
            elif child.type == "text" and _NO_LINK.search(child.content):
                yield token.map[0] + 1, child.content
