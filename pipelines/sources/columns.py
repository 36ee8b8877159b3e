"""What every source does to columns: names that are unique, headers told from data, binary cells read as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
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
    if any(len(cell) > LONGEST_HEADER or is_data(cell) for cell in first):
        return False
    below = [row for row in following if list(row) != list(first)]
    return not any(
        cell.strip() and any(len(row) > position and row[position] == cell for row in below)
        for position, cell in enumerate(first)
    )


def is_data(name: str) -> bool:
    """Say whether what stands where a name should is data: a mail address, a long number, a street address."""
    return bool(_DATA.search(name))


def text_batch(names: Sequence[str], columns: Sequence[Sequence[str | None]]) -> pa.RecordBatch:
    """Return a batch of string columns."""
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in columns], names=list(names)
    )


def readable(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch | Gap]:
    """Yield the batch with unique names and binary columns read as UTF-8; cells that are none are a gap.

    Arrow and Parquet take any bytes for a string: those that are no UTF-8 are such cells, too.
    """
    lost = 0
    columns = []
    for column in map(_plain, batch.columns):
        present = len(column) - column.null_count
        if not _is_text(column):
            kind = column.type
            # Which of many nested strings is the bad one Arrow does not say.
            column = (
                _decode(column.view(_BYTES[kind]), kind) if kind in _BYTES else pa.nulls(len(column), kind)
            )
        elif _is_binary(column.type):
            column = _decode(column, pa.string())
        elif _holds(column.type, _is_binary):
            # Bytes inside nested values are not looked at; their neighbours are.
            lost += present
        lost += present - (len(column) - column.null_count)
        columns.append(column)
    yield pa.RecordBatch.from_arrays(columns, names=unique_names(batch.schema.names))
    if lost:
        yield Gap("binary-cell", lost)


#: String types and what they are while nobody knows that they hold text.
_BYTES = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}


def _plain(column: pa.Array) -> pa.Array:
    """Unwrap encodings and Arrow's extension types; a UUID is the text people know, a column of nulls is text."""
    kind = column.type
    if isinstance(column, pa.UuidArray):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if isinstance(column, pa.ExtensionArray):
        return _plain(column.storage)
    if pt.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if pt.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(column))
    return column.cast(pa.string()) if pt.is_null(kind) else column


def _is_text(column: pa.Array) -> bool:
    """Say whether all strings of a column are UTF-8."""
    if not _holds(column.type, _BYTES.__contains__):
        return True
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_binary(kind: pa.DataType) -> bool:
    tests = (pt.is_binary, pt.is_large_binary, pt.is_fixed_size_binary, pt.is_binary_view)
    return any(test(kind) for test in tests)


def _holds(kind: pa.DataType, wanted: Callable[[pa.DataType], bool]) -> bool:
    """Say whether a type, or one inside it, is wanted."""
    if pt.is_dictionary(kind):
        return _holds(kind.value_type, wanted)
    if isinstance(kind, pa.BaseExtensionType):
        return _holds(kind.storage_type, wanted)
    if pt.is_nested(kind):
        return any(_holds(kind.field(index).type, wanted) for index in range(kind.num_fields))
    return wanted(kind)


def _decode(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.array(map(decode_cell, column.to_pylist()), kind)


def decode_cell(value: bytes | None) -> str | None:
    """Return binary content as text where it is UTF-8 without control characters, else None."""
    try:
        text = None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
    return None if text is not None and "\0" in text else text


def number_text(value: float) -> str:
    """Return a number as text without loss, a whole one as its digits: integers often come as floats."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(value)
