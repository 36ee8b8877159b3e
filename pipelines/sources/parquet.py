"""Parquet: row groups one after the other, native types, nested columns as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import NotExamined
from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.columns import readable

BATCH_BYTES = 32 << 20

#: What Arrow raises for files and row groups it cannot read; all of it may quote the file.
_FAULTS = (OSError, ValueError, KeyError, NotImplementedError, MemoryError)


def read_parquet(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream a Parquet file; a damaged row group is a gap ``row-group-damaged``, the others are read.

    Raises `NotExamined` ``file-damaged`` (no footer, truncated) or ``file-encrypted``.
    """
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
    except _FAULTS:
        raise NotExamined(_why(path), "", "restore the file from its producer") from None
    with file:
        if not file.num_row_groups:
            yield from readable(pa.RecordBatch.from_pylist([], schema=file.schema_arrow))
        for group in range(file.num_row_groups):
            yield from _read_group(file, group)


def _read_group(file: pq.ParquetFile, group: int) -> Iterator[pa.RecordBatch | Gap]:
    about = file.metadata.row_group(group)
    missing = about.num_rows
    # Rows of documents come in smaller batches.
    rows = max(1, min(BATCH_ROWS, missing * BATCH_BYTES // max(about.total_byte_size, 1)))
    try:
        for batch in file.iter_batches(rows, row_groups=[group]):
            yield from readable(batch)
            missing -= batch.num_rows
    except _FAULTS:
        yield Gap("row-group-damaged", missing)


def _why(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-min(4, path.stat().st_size), 2)
        return "file-encrypted" if b"PARE" in (start, file.read(4)) else "file-damaged"
