"""JSON lines, and JSON documents that are one object or a list of objects.

Every scalar becomes text as it stands in the file (``00120`` in quotes keeps its zeros, 1.50 keeps its 0).
Nested objects become one column per path, ``customer.address.city``; the items of lists are lines of one cell,
so that ``phones: [a, b]`` is one cell of the column ``phones``. Keys that are data, as of an object with an entry
for each customer, are no names of columns but lines of a cell, ``(key)``; what they lead to is under ``(value)``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.columns import is_data, is_full_name, text_batch
from pipelines.sources.encoding import detect_encoding, utf8_blocks

#: Keys beyond so many columns go, with their values, into one column `OTHER`: objects used as dictionaries.
MOST_COLUMNS = 2_048
OTHER = "(other)"

#: Where keys that are data go, and what they lead to.
_KEY, _VALUE = "(key)", "(value)"

#: A document that is not JSON lines is held in memory as a whole.
LARGEST_DOCUMENT = 64 << 20

#: A batch ends here even if it has few rows.
BATCH_BYTES = 32 << 20


def read_json(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream JSON lines; a line that is not JSON, or too deeply nested, becomes a gap ``row-broken``."""
    blocks = utf8_blocks(path, detect_encoding(path))
    records: list[dict[str, str]] = []
    size = broken = 0
    for line in _lines(path, blocks):
        if isinstance(line, Gap):
            yield line
            continue
        try:
            records += map(flatten, _records(_loads(line)))
            size += len(line)
        except (ValueError, RecursionError):
            broken += 1
        if len(records) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch_of(records)
            records, size = [], 0
    if records:
        yield batch_of(records)
    if broken:
        yield Gap("row-broken", broken)


def is_json_lines(head: bytes) -> bool:
    """Say whether the first line of a file is a whole JSON value."""
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    if not first.startswith((b"{", b"[")):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def flatten(value: Any) -> dict[str, str]:
    r"""Return one cell per path: ``{"a": {"b": 1}, "c": ["x", "y"]}`` → ``{"a.b": "1", "c": "x\ny"}``.

    A value that is no object has the path ``value``. Null has no cell.

    >>> flatten({"taro@example.jp": {"plan": "A"}, "hanako@example.jp": {"plan": "B"}})
    {'(key)': 'taro@example.jp\nhanako@example.jp', '(value).plan': 'A\nB'}
    """
    cells: dict[str, list[str]] = {}
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        path, item = stack.pop()
        if isinstance(item, dict):
            named = _without_data(item)
            stack += [(f"{path}.{key}" if path else key, each) for key, each in reversed(named.items())]
        elif isinstance(item, list):
            stack += [(path, each) for each in reversed(item)]
        elif item is not None:
            text = item if isinstance(item, str) else json.dumps(item)
            # A lone surrogate (\ud800) is JSON but no text.
            cells.setdefault(path or "value", []).append(text.encode("utf-8", "replace").decode())
    return {path: "\n".join(lines) for path, lines in cells.items()}


def _without_data(pairs: dict[str, Any]) -> dict[str, Any]:
    """Return an object whose keys are names of columns."""
    data = [key for key in pairs if key in (_KEY, _VALUE) or _stands_for_data(key)]
    if not data:
        return pairs
    named = {key: each for key, each in pairs.items() if key not in data}
    return {**named, _KEY: data, _VALUE: [pairs[key] for key in data]}


@lru_cache(maxsize=8_192)
def _stands_for_data(key: str) -> bool:
    return is_data(key) or is_full_name(key)


def batch_of(records: list[dict[str, str]]) -> pa.RecordBatch:
    """Return records as a batch with a column per key, in the order they come up; see `MOST_COLUMNS`."""
    names = list(dict.fromkeys(name for record in records for name in record))
    if len(names) > MOST_COLUMNS:
        kept = set(names[:MOST_COLUMNS])
        for record in records:
            rest = [name for name in record if name not in kept]
            if rest:
                record[OTHER] = "\n".join(f"{name}: {record.pop(name)}" for name in rest)
        names = [*names[:MOST_COLUMNS], OTHER]
    return text_batch(names, [[record.get(name) for record in records] for name in names])


def _loads(line: bytes) -> Any:
    # Numbers as they are written: 1.10 and 12345678901234567890 are not floats here.
    return json.loads(
        line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_with_every_value
    )


def _with_every_value(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keep all values of a key that stands in an object more than once, as a list."""
    found = dict(pairs)
    if len(found) < len(pairs):
        found = {key: [each for name, each in pairs if name == key] for key in found}
    return found


def _records(value: Any) -> list[Any]:
    """A list of objects on one line is a table; any other value is one record."""
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else [value]


def _lines(path: Path, blocks: Iterator[bytes | Gap]) -> Iterator[bytes | Gap]:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    first = True
    for block in blocks:
        if isinstance(block, Gap):
            yield block
            continue
        if first and not is_json_lines(head) and _is_document(block):
            yield from _document(block, path, blocks)
            return
        first = False
        yield from (line for line in block.split(b"\n") if line.strip(b" \t\r\xef\xbb\xbf"))


def _is_document(block: bytes) -> bool:
    """A file whose first line is no JSON value of its own, but opens one."""
    first = block.lstrip().split(b"\n", 1)[0].rstrip()
    return first.endswith((b"{", b"[", b",")) or (first.startswith(b"[") and first.endswith(b"]"))


def _document(block: bytes, path: Path, blocks: Iterator[bytes | Gap]) -> Iterator[bytes | Gap]:
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise NotExamined("too-large", "", "store one object per line (JSON lines)")
    whole = block
    for each in blocks:
        if isinstance(each, Gap):
            yield each
        else:
            whole += each
    try:
        value = _loads(whole)
    except (ValueError, RecursionError):
        raise NotExamined("file-damaged", "", "not JSON") from None
    yield from (json.dumps(item).encode() for item in _records(value))
