"""Whole lists, read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from kaccess.kube.errors import Expired, KubeError
from kaccess.kube.transport import Json, Transport

PAGE: Final = 500
"""Objects a page, what kubectl asks for: an answer stays under a megabyte or two."""

T = TypeVar("T")


def read_list(
    transport: Transport,
    path: str,
    convert: Callable[[Json], T],
    query: Mapping[str, str] | None = None,
    *,
    beginnings: int = 3,
) -> tuple[T, ...]:
    """All objects of a collection, each converted as its page arrives, so that no more than a page of JSON is held.

    `beginnings` bounds how often it starts over, when the list changes so fast that the server forgets its pages.

    Raises:
        KubeError: a page could not be read; there is no partial answer.
    """
    try:
        return tuple(convert(item) for item in _items(transport, path, query or {}))
    except (KeyError, TypeError, AttributeError):
        raise KubeError(f"cannot {_what(path)}: the answer is not the API server's; check the proxy settings") from None
    except Expired:
        if beginnings == 1:
            raise
        return read_list(transport, path, convert, query, beginnings=beginnings - 1)


def _items(transport: Transport, path: str, query: Mapping[str, str]) -> Iterator[Json]:
    what, place = _what(path), ""
    while True:
        paged = {**query, "limit": str(PAGE), **({"continue": place} if place else {})}
        page = transport.call("GET", path, what, query=paged, repeatable=True)
        if not isinstance(page.get("metadata"), dict) or "items" not in page:
            raise KubeError(f"cannot {what}: the answer is no list; check the proxy settings")
        yield from page["items"] or ()
        place = page["metadata"].get("continue") or ""
        if not place:
            return


def _what(path: str) -> str:
    return f"list {path.rsplit('/', 1)[-1]}"
