"""Every link of the documentation leads somewhere, and every page is to be found."""

import re
from functools import cache

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, page_of

IDS = {"ids": lambda path: str(path.relative_to(ROOT))}


@cache
def page_at(path):
    return page_of(path)


@pytest.mark.parametrize("path", PAGES, **IDS)
def test_every_link_leads_somewhere(path):
    page = page_at(path)
    assert not [f"{page.name}:{line}: {target}: {why}" for line, target in page.links if (why := wrong(page, target))]


def wrong(page, target):
    if re.match(r"[a-z]+:", target):
        return "" if target.startswith("https://") else "not https"
    name, _, anchor = target.partition("#")
    path = (page.path.parent / name).resolve() if name else page.path
    if not path.exists() or ROOT not in path.parents:
        return "no such file"
    if anchor and (path not in PAGES or anchor not in page_at(path).anchors):
        return "no such heading"
    return ""


def test_every_page_is_reached_from_the_first():
    reached, waiting = set(), [DOCS / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in PAGES and path not in reached:
            reached.add(path)
            names = (target.partition("#")[0] for _, target in page_at(path).links)
            waiting.extend((path.parent / name).resolve() for name in names if name)
    assert set(DOCS.rglob("*.md")) <= reached
