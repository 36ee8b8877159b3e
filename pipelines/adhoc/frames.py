"""Frames: what a notebook holds in memory, as columns that can be examined, and how many cells of it cannot.

Messages of pandas and Arrow quote the cell they choke on: what does not convert is read cell by cell instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from detectors.text import SURROGATE
from pipelines.errors import Refused
from pipelines.sources.arrow_columns import readable
from pipelines.sources.base import Gap
from pipelines.sources.columns import decode_cell, number_text, unique_names


def examinable(frame: Any) -> tuple[pa.Table, Counter[str]]:
    """Return a frame as a table with unique names, and the cells of each column it lacks.

    Object columns of different kinds of values are read as text; what a pandas frame is indexed by are columns of
    it, unless it merely counts rows. Raises `Refused` ``frame-unknown``.
    """
    columns: list[pa.ChunkedArray] = []
    lost: Counter[str] = Counter()
    held = list(_columns(frame))
    names = unique_names([SURROGATE.sub("\ufffd", name) for name, *_ in held])
    for name, (_, column, unread) in zip(names, held, strict=True):
        lost[name] += unread
        chunks = []
        for chunk in column.chunks:
            for each in readable(pa.RecordBatch.from_arrays([chunk], names=[name])):
                if isinstance(each, Gap):
                    lost[name] += each.rows
                else:
                    chunks.append(each.column(0))
        columns.append(pa.chunked_array(chunks, None if chunks else pa.string()))
    return pa.table(columns, names=names), +lost


def _columns(frame: Any) -> Iterator[tuple[str, pa.ChunkedArray, int]]:
    """Yield the name of every column, what it holds, and how many cells it has beside."""
    if isinstance(frame, pd.DataFrame):
        for number, name in enumerate(frame.columns):
            yield _text(name) or "", *_of_series(frame.iloc[:, number])
        # Last, so that a column keeps its name beside an index of the same.
        for level in range(0 if isinstance(frame.index, pd.RangeIndex) else frame.index.nlevels):
            values = frame.index.get_level_values(level)
            yield (
                "index" if values.name is None else _text(values.name) or "",
                *_of_series(values.to_series()),
            )
    else:
        table = _table(frame)
        for name, column in zip(table.column_names, table.columns, strict=True):
            yield name, column, 0


def _table(frame: Any) -> pa.Table:
    """Return what hands itself over as an Arrow stream: Arrow, polars, DuckDB and others do."""
    if not hasattr(frame, "__arrow_c_stream__") and not hasattr(frame, "__arrow_c_array__"):
        raise _unknown(frame)
    try:
        return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError):
        # One column, as a series is.
        raise _unknown(frame) from None


def _unknown(frame: Any) -> Refused:
    return Refused("frame-unknown", type(frame).__name__, "give a frame of pandas, polars, Arrow or DuckDB")


def _of_series(series: pd.Series[Any]) -> tuple[pa.ChunkedArray, int]:
    try:
        column = pa.array(series, from_pandas=True)
    except Exception:
        missing = series.isna()
        texts = [
            None if absent else _text(value) for value, absent in zip(series.array, missing, strict=True)
        ]
        column = pa.array(texts, pa.string())
        return pa.chunked_array([column]), column.null_count - int(missing.sum())
    return (column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])), 0


def _text(value: object) -> str | None:
    """Return a cell as text, None where it has none."""
    if isinstance(value, bytes):
        return decode_cell(value)
    if isinstance(value, float):
        return number_text(value)
    try:
        return SURROGATE.sub("\ufffd", str(value))
    except Exception:
        # Whatever a class of the caller's own does in `__str__`.
        return None
