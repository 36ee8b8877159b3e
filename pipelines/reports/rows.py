"""A report's rows as they come from the store: columns in Arrow, turned into Python where they are read.

A report may have hundreds of thousands of rows of which a page shows forty and counts the others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, overload

import pyarrow as pa
import pyarrow.compute as pc

Row = dict[str, Any]

#: Rows turned into Python at a time.
_BATCH = 8_192


class Rows(Sequence[Row]):
    """Rows of a table, equal to the list of dictionaries with the same content; a slice is such a list."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return self.take(range(len(self))[at])
        return self.take([range(len(self))[at]])[0]

    def __iter__(self) -> Iterator[Row]:
        for start in range(0, len(self), _BATCH):
            yield from self.table.slice(start, _BATCH).to_pylist()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Rows({list(self)!r})"

    def take(self, places: Sequence[int]) -> list[Row]:
        """Return the rows at some places, in that order."""
        rows: list[Row] = self.table.take(pa.array(places, pa.int64())).to_pylist()
        return rows

    def column(self, name: str) -> list[Any]:
        """Return one column; equal cells may be one object."""
        if name not in self._columns:
            self._columns[name] = _cells(self._arrow(name).combine_chunks())
        return self._columns[name]

    def filled(self, name: str) -> bool:
        """Tell whether any cell of a column holds something; an empty list is nothing."""
        column = self._arrow(name)
        if pa.types.is_list(column.type):
            return bool(pc.any(pc.greater(pc.list_value_length(column), 0)).as_py())
        return bool(column.null_count < len(column))

    def _arrow(self, name: str) -> pa.ChunkedArray:
        return self.table[name]


class Packed(Rows):
    """The same rows compressed: of many reports at once that is a tenth. What is asked for is unpacked each time.

    `data`: an Arrow file: the one at the `path` it was given, which stays with the caller, or one in memory.
    """

    def __init__(self, rows: pa.RecordBatchReader, path: Path | None = None) -> None:
        sink = pa.OSFile(str(path), "wb") if path else pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        #: Number of the first row of every batch, and of the one after the last.
        self._starts = [0]
        with sink, pa.ipc.new_file(sink, rows.schema, options=options) as writer:
            for batch in rows:
                writer.write_batch(batch)
                self._starts.append(self._starts[-1] + batch.num_rows)
        self.data: Path | pa.Buffer = path or sink.getvalue()

    @property
    def table(self) -> pa.Table:
        """The rows as a table of their own."""
        with self._open() as file:
            return file.read_all()

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[Row]:
        with self._open() as file:
            for number in range(file.num_record_batches):
                yield from file.get_batch(number).to_pylist()

    def take(self, places: Sequence[int]) -> list[Row]:
        """Return the rows at some places, in that order; only the batches they lie in are unpacked."""
        by_batch: dict[int, list[int]] = {}
        for place in places:
            by_batch.setdefault(bisect_right(self._starts, place) - 1, []).append(place)
        found: dict[int, Row] = {}
        with self._open() as file:
            for number, here in by_batch.items():
                within = pa.array([place - self._starts[number] for place in here], pa.int64())
                found.update(zip(here, file.get_batch(number).take(within).to_pylist(), strict=True))
        return [found[place] for place in places]

    def column(self, name: str) -> list[Any]:
        """Return one column; equal cells may be one object."""
        return _cells(self._arrow(name))

    def _arrow(self, name: str) -> pa.ChunkedArray:
        with self._open() as file:
            place = file.schema.get_field_index(name)
        with self._open(pa.ipc.IpcReadOptions(included_fields=[place])) as file:
            return file.read_all()[name]

    @contextmanager
    def _open(self, options: pa.ipc.IpcReadOptions | None = None) -> Iterator[pa.ipc.RecordBatchFileReader]:
        source = pa.OSFile(str(self.data)) if isinstance(self.data, Path) else pa.BufferReader(self.data)
        with source, pa.ipc.open_file(source, options=options) as file:
            yield file


def column_of(rows: Sequence[Row], name: str) -> list[Any]:
    """Return one column of rows of either kind."""
    return rows.column(name) if isinstance(rows, Rows) else [row[name] for row in rows]


def picked(rows: Sequence[Row], places: Sequence[int]) -> list[Row]:
    """Return the rows of either kind at some places."""
    return rows.take(places) if isinstance(rows, Rows) else [rows[place] for place in places]


def _cells(column: pa.Array) -> list[Any]:
    """Return what `column.to_pylist()` does; a value that is repeated is turned into Python once."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_list(column.type):
        return _lists(column)
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        return list(column.to_pylist())
    encoded = column.dictionary_encode()
    values = [*encoded.dictionary.to_pylist(), None]
    return [values[place] for place in encoded.indices.fill_null(len(values) - 1).to_numpy().tolist()]


def _lists(column: pa.ListArray) -> list[Any]:
    ends = column.offsets.to_numpy().tolist()
    values = _cells(column.values)
    filled = column.is_valid().to_numpy(zero_copy_only=False).tolist()
    return [
        values[start:end] if there else None
        for start, end, there in zip(ends, ends[1:], filled, strict=False)
    ]
