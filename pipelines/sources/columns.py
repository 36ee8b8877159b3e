"""What every source does to columns: names that are unique, headers told from data, binary cells read as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.types as pt

from pipelines.sources.base import Gap

#: A header cell longer than this is data.
LONGEST_HEADER = 200

#: What never stands in a header: a mail address, seven digits in a row (hyphens aside), a street address.
_DATA = re.compile(
    r"[^\s@]@[^\s@]+\.[A-Za-z]|(?:[0-9０-９][-‐－ー()（） ]?){7}"
    r"|^(?:北海道|東京都|(?:京都|大阪)府|[一-龥]{2,3}県)[^\s]+[市区町村郡]"
)


def unique_names(names: Sequence[str | None]) -> list[str]:
    """Return usable column names: ``column_3`` for a blank one, ``name#2`` for a repeated one.

    >>> unique_names(["氏名", "", "氏名", None])
    ['氏名', 'column_2', '氏名#2', 'column_4']
    """
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names, 1):
        plain = (name or "").strip().lstrip("\ufeff") or f"column_{position}"
        candidate, count = plain, 1
        while candidate in seen:
            count += 1
            candidate = f"{plain}#{count}"
        seen.add(candidate)
        result.append(candidate)
    return result


def has_header(first: Sequence[str], following: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row of a table is its header: yes, unless it is clearly data.

    Clearly data: a cell that holds a mail address, a long number or a street address, or that stands again
    further down in its column (男, 東京都) while not the whole row repeats, as in files put together.
    """
    if any(len(cell) > LONGEST_HEADER or _DATA.search(cell) for cell in first):
        return False
    below = [row for row in following if list(row) != list(first)]
    return not any(
        cell.strip() and any(len(row) > position and row[position] == cell for row in below)
        for position, cell in enumerate(first)
    )


def text_batch(names: Sequence[str], columns: Sequence[Sequence[str | None]]) -> pa.RecordBatch:
    """Return a batch of string columns."""
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in columns], names=list(names)
    )


def readable(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch | Gap]:
    """Yield the batch with unique names and binary columns read as UTF-8; cells that are none are a gap."""
    lost = 0
    columns = []
    for column in map(_plain, batch.columns):
        if _is_binary(column.type):
            column, bad = _decode(column)
            lost += bad
        elif _holds_binary(column.type):
            # Bytes inside nested values are not looked at; their neighbours are.
            lost += len(column) - column.null_count
        columns.append(column)
    yield pa.RecordBatch.from_arrays(columns, names=unique_names(batch.schema.names))
    if lost:
        yield Gap("binary-cell", lost)


def _plain(column: pa.Array) -> pa.Array:
    """Unwrap Arrow's extension types; a UUID is the text people know, a column of nulls is text."""
    if isinstance(column, pa.UuidArray):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if isinstance(column, pa.ExtensionArray):
        return column.storage
    return column.cast(pa.string()) if pt.is_null(column.type) else column


def _is_binary(kind: pa.DataType) -> bool:
    tests = (pt.is_binary, pt.is_large_binary, pt.is_fixed_size_binary, pt.is_binary_view)
    return any(test(kind) for test in tests)


def _holds_binary(kind: pa.DataType) -> bool:
    if pt.is_nested(kind):
        return any(_holds_binary(kind.field(index).type) for index in range(kind.num_fields))
    return _is_binary(kind)


def _decode(column: pa.Array) -> tuple[pa.Array, int]:
    texts = [decode_cell(value) for value in column.to_pylist()]
    array = pa.array(texts, pa.string())
    return array, array.null_count - column.null_count


def decode_cell(value: bytes | None) -> str | None:
    """Return binary content as text where it is UTF-8 without control characters, else None."""
    try:
        text = None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
    return None if text is not None and "\0" in text else text
