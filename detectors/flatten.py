"""Columns as strings: what an Arrow batch holds, one string column per scalar path.

Strings stay as they are, other scalars become Arrow's cast to string, nested ones ``field.path``; the items of
a list are lines of one cell. Binary columns hold no text and are left out. Whole numbers are their digits,
whatever type holds them: beside an empty cell pandas keeps integers as floats, and writes 621498320257.0 into a
CSV; Spark exports NUMBER as decimals.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt


def columns_of(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    """Yield (field path, array of a scalar type) for every column that can hold text; paths are unique."""
    seen: Counter[str] = Counter()
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for path, values in _flatten(name, column):
            seen[path] += 1
            yield path if seen[path] == 1 else f"{path}#{seen[path]}", values


def _flatten(name: str, column: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    kind = column.type
    if pt.is_dictionary(kind):
        yield from _flatten(name, column.dictionary_decode())
    elif isinstance(column, pa.ExtensionArray):
        yield from _flatten(name, column.storage)
    elif pt.is_struct(kind):
        for child, values in zip(kind, column.flatten(), strict=True):
            yield from _flatten(f"{name}.{child.name}", values)
    elif any(test(kind) for test in _LISTS) and not _is_opaque(kind.value_type):
        lengths = pc.list_value_length(column).to_pylist()
        items = iter(as_text(column.flatten()).to_pylist())
        lines = (None if length is None else list(islice(items, length)) for length in lengths)
        yield name, pa.array(map(_lines, lines), pa.string())
    elif any(test(kind) for test in (*_LISTS, pt.is_map)):
        yield name, pa.array(map(_lines, column.to_pylist()), pa.string())
    elif not any(test(kind) for test in _BINARIES):
        yield name, column


_LISTS = (pt.is_list, pt.is_large_list, pt.is_fixed_size_list, pt.is_list_view, pt.is_large_list_view)
_BINARIES = (pt.is_binary, pt.is_large_binary, pt.is_fixed_size_binary, pt.is_binary_view)


def _is_opaque(kind: pa.DataType) -> bool:
    return pt.is_nested(kind) or pt.is_dictionary(kind) or any(test(kind) for test in _BINARIES)


def _lines(value: object) -> str | None:
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return "\n".join(
        item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str) for item in items
    )


def as_text(column: pa.Array) -> pa.Array:
    """Return a scalar column as ``string``; a type Arrow cannot cast goes through Python's ``str``."""
    kind = column.type
    if pt.is_string(kind):
        return _without_point(column)
    if pt.is_floating(kind) or pt.is_decimal(kind):
        return _digits(column)
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        if pt.is_timestamp(kind) and kind.tz:
            # A zone this machine does not know: the moment in UTC.
            return as_text(pc.cast(column, pa.timestamp(kind.unit)))
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())


def _without_point(column: pa.Array) -> pa.Array:
    """Return texts, numbers of an identifier's length that went through a float without their ``.0``."""
    if not pc.any(pc.ends_with(column, ".0")).as_py():
        return column
    return pc.replace_substring_regex(column, r"^([0-9]{7,})\.0$", r"\1")


def _digits(column: pa.Array) -> pa.Array:
    """Return numbers as text, whole ones without point or exponent as far as a float holds them exactly."""
    text = pc.cast(column, pa.string())
    if pt.is_decimal(column.type):
        return pc.replace_substring_regex(text, r"\.0+$", "")
    exact = pc.cast(column, pa.float64())
    whole = pc.and_(pc.less(pc.abs(exact), 2.0**53), pc.equal(exact, pc.trunc(exact)))
    integers = pc.cast(pc.if_else(whole, exact, None), pa.int64())
    return pc.if_else(whole, pc.cast(integers, pa.string()), text)
