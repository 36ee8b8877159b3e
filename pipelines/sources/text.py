"""Text documents: one row with the column ``text``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.encoding import detect_encoding, utf8_blocks

#: A document is one cell; beyond this size (a log) it is cut at line ends into several rows.
LARGEST_CELL = 4 << 20


def read_text(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream a text file: one row, or rows of whole lines of at most about 4 MiB each. No text, no row."""
    rest = b""
    for block in utf8_blocks(path, detect_encoding(path)):
        if isinstance(block, Gap):
            yield block
            continue
        rest += block
        while len(rest) > LARGEST_CELL:
            cut = rest.rfind(b"\n", 0, LARGEST_CELL) + 1 or rest.find(b"\n") + 1 or len(rest)
            yield text_row(rest[:cut].decode())
            rest = rest[cut:]
    if rest:
        yield text_row(rest.decode())


def text_row(text: str) -> pa.RecordBatch:
    """Return one row of text; surrogates, which stand for bytes a parser could not decode, become ``?``."""
    return text_batch(["text"], [[text.encode("utf-8", "replace").decode()]])


def text_rows(
    messages: Iterable[Callable[[], tuple[str, Counter[str]]]],
) -> Iterator[pa.RecordBatch | Gap]:
    """Stream a row for every message, then its gaps; each is asked for its text and what of it could not be read.

    An empty row stands for one that raises `NotExamined`: rows are numbered as messages are.
    """
    gaps: Counter[str] = Counter()
    rows: list[str] = []
    size = 0
    for said in messages:
        text = ""
        try:
            text, missing = said()
            gaps += missing
        except NotExamined as fault:
            gaps[fault.code] += 1
        rows.append(text.encode("utf-8", "replace").decode())
        size += len(text)
        if size > LARGEST_CELL:
            yield text_batch(["text"], [rows])
            rows, size = [], 0
    if rows:
        yield text_batch(["text"], [rows])
    yield from (Gap(reason, number) for reason, number in gaps.items())
