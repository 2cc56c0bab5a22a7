"""Several things read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def reading(width: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of `width` threads for reading alone.

    A block that ends by an error drops what has not begun; one that ends by Ctrl-C does not even wait for the rest.
    """
    pool = ThreadPoolExecutor(width)
    try:
        yield pool
    except BaseException as error:
        pool.shutdown(wait=not isinstance(error, KeyboardInterrupt), cancel_futures=True)
        raise
    pool.shutdown()
