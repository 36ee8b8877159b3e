"""Property lists of Apple's systems, binary and XML: preferences, accounts, manifests; leaves as text.

Read as JSON is (`pipelines.sources.jsonl`): a column per path, a list of dictionaries as a table. Bytes that are
themselves a property list are read; others that are no text are gaps. A key that is data, such as the telephone
number a dictionary is ordered by, is a leaf of its own.
"""

from __future__ import annotations

import datetime as dt
import plistlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import number_text
from pipelines.sources.jsonl import batch_of, flatten
from pipelines.sources.wrapped import CellReader

SIGNATURE = b"bplist00"
#: Held in memory as a whole, some twenty times as large there.
LARGEST = 32 << 20
#: Values of one file: a binary one may name the same list again and again, or within itself.
MOST_VALUES = 2_000_000
DEEPEST = 200

#: What `plistlib` raises for what is no property list; all of it may quote the file.
_FAULTS = (ExpatError, ValueError, TypeError, OverflowError, RecursionError, LookupError, AttributeError)
_XML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*+(?:<!DOCTYPE\s+plist\b|<plist\b)", re.DOTALL)


def is_plist(head: bytes) -> bool:
    """Say whether a file begins as a property list does, binary or XML."""
    return head.startswith(SIGNATURE) or bool(_XML.match(head.removeprefix(b"\xef\xbb\xbf")))


def read_plist(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a property list as rows; gaps ``attachment``: pictures in it, ``binary-cell``: other bytes.

    Raises `NotExamined` ``too-large``, ``file-damaged``.
    """
    if path.stat().st_size > LARGEST:
        raise NotExamined("too-large", "", "convert the file to JSON lines")
    try:
        plain = _Plain()
        value = plain.of(plistlib.loads(path.read_bytes()), 0)
    except _FAULTS:
        raise NotExamined("file-damaged", "", "not a property list") from None
    rows = value if isinstance(value, list) and all(isinstance(each, dict) for each in value) else [value]
    if rows:
        yield batch_of([flatten(row) for row in rows])
    yield from (Gap(reason, number) for reason, number in sorted(plain.gaps.items()))


class _Plain:
    """Turns what `plistlib` returns into what JSON knows; `gaps`: what of it cannot be read."""

    def __init__(self) -> None:
        self.gaps: Counter[str] = Counter()
        self._left = MOST_VALUES
        self._cells = CellReader()

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise NotExamined("too-large", "", "convert the file to JSON lines")
        if isinstance(value, dict):
            return self._pairs(value, depth)
        if isinstance(value, list):
            return [self.of(each, depth + 1) for each in value]
        if isinstance(value, bytes):
            return self._bytes(value, depth)
        if isinstance(value, dt.datetime):
            return value.isoformat(" ")
        if isinstance(value, float):
            return number_text(value)
        # References inside an archive (NSKeyedArchiver) say nothing of their own.
        return None if isinstance(value, plistlib.UID) else value

    def _pairs(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        return {str(key): self.of(each, depth + 1) for key, each in value.items()}

    def _bytes(self, value: bytes, depth: int) -> Any:
        if is_plist(value):
            try:
                return self.of(plistlib.loads(value), depth + 1)
            except _FAULTS:
                pass
        told = self._cells.read(value)
        if told.unread:
            self.gaps[told.unread] += 1
        return told.text
