"""Rows of database drivers, some at a time and within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from sys import getsizeof
from typing import Any

#: Rows taken at once, or so many bytes of them.
FETCH_ROWS, FETCH_BYTES = 256, 8 << 20


def chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows some at a time; those before a fault, then the fault."""
    held: list[tuple[Any, ...]] = []
    size = 0
    try:
        for row in rows:
            held.append(row)
            size += sum(map(getsizeof, row))
            if len(held) >= FETCH_ROWS or size >= FETCH_BYTES:
                yield held
                held, size = [], 0
    except Exception:
        if held:
            yield held
        raise
    if held:
        yield held
