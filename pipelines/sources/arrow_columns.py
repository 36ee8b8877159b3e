"""Columns of Arrow as all sources hand them on: unique names, encodings unwrapped, binary cells as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from pipelines.sources.base import Gap
from pipelines.sources.columns import decode_cell, unique_names
from pipelines.sources.wrapped import BINARY, CellReader


def readable(
    batch: pa.RecordBatch, elsewhere: Callable[[bytes], bool] = lambda _: False
) -> Iterator[pa.RecordBatch | Gap]:
    """Yield the batch with unique names and binary columns as the text they are, or wrap; other cells are gaps.

    `elsewhere` says of a cell whether it is read as an asset of its own, and so is no gap.
    Arrow and Parquet take any bytes for a string: those that are no UTF-8 are such cells, too.
    """
    gaps: Counter[str] = Counter()
    cells = CellReader(elsewhere)
    columns = []
    for column in map(plain, batch.columns):
        present = len(column) - column.null_count
        if not _is_text(column):
            kind = column.type
            # Which of many nested strings is the bad one Arrow does not say.
            column = (
                _decoded(column.view(_BYTES[kind]), kind) if kind in _BYTES else pa.nulls(len(column), kind)
            )
            gaps[BINARY] += present - (len(column) - column.null_count)
        elif is_binary(column.type):
            told = [None if value is None else cells.read(value) for value in column.to_pylist()]
            gaps += Counter(each.unread for each in told if each and each.unread)
            column = pa.array([each and each.text for each in told], pa.string())
        elif _holds(column.type, is_binary):
            # Bytes inside nested values are not looked at; their neighbours are.
            gaps[BINARY] += present
        columns.append(column)
    yield pa.RecordBatch.from_arrays(columns, names=unique_names(batch.schema.names))
    yield from (Gap(reason, number) for reason, number in sorted((+gaps).items()))


#: String types and what they are while nobody knows that they hold text.
_BYTES = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}


def plain(column: pa.Array) -> pa.Array:
    """Unwrap encodings and Arrow's extension types; a UUID is the text people know, a column of nulls is text."""
    kind = column.type
    if isinstance(column, pa.UuidArray):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if isinstance(column, pa.ExtensionArray):
        return plain(column.storage)
    if pt.is_dictionary(kind):
        return plain(column.dictionary_decode())
    if pt.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(column))
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


def is_binary(kind: pa.DataType) -> bool:
    """Say whether the values of a type are bytes, with no encoding around them."""
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


def _decoded(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.array(map(decode_cell, column.to_pylist()), kind)
