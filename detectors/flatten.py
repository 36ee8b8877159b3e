"""Columns as strings: what an Arrow batch holds, one string column per scalar path.

Strings stay as they are, other scalars become Arrow's cast to string, nested ones ``field.path``; the items of
a list are lines of one cell. Binary columns hold no text and are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

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
    elif pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind) or pt.is_map(kind):
        yield name, pa.array([_lines(value) for value in column.to_pylist()], pa.string())
    elif not pt.is_binary(kind) and not pt.is_large_binary(kind) and not pt.is_fixed_size_binary(kind):
        yield name, column


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
        return column
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
