"""Several things read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def reading(width: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of `width` threads for reading alone.

    A block that ends early, by an error or by Ctrl-C, does not wait for answers that nobody will look at.
    """
    pool = ThreadPoolExecutor(width)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
