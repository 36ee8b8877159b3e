"""Parquet: row groups one after the other, native types, nested columns as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipelines.errors import NotExamined, is_of_system
from pipelines.sources.arrow_blobs import blobs_of, may_be_binary
from pipelines.sources.arrow_columns import readable
from pipelines.sources.arrow_faults import FAULTS, unopened
from pipelines.sources.base import BATCH_ROWS, Gap, Slice
from pipelines.sources.blobs import Blob, is_of_use

BATCH_BYTES = 32 << 20
BLOCK = 1 << 20
PROBE_ROWS = 1_024

#: A row group is a part, unless a file has more than MANY_GROUPS of fewer rows than SMALL_GROUP.
MANY_GROUPS = 64
SMALL_GROUP = 8_192


def read_parquet(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream a Parquet file; a damaged row group is a gap ``row-group-damaged``, the others are read.

    Raises `NotExamined` ``file-damaged`` (no footer, truncated) or ``file-encrypted``, also in part.
    """
    try:
        file = _admitted(path)
    except FAULTS as fault:
        raise unopened(fault, _why(path)) from None
    with file:
        if not file.num_row_groups:
            yield from readable(pa.RecordBatch.from_pylist([], schema=file.schema_arrow))
        for group in range(file.num_row_groups):
            yield from _read_group(file, group)


def read_blobs(path: Path) -> Iterator[Blob | Gap]:
    """Stream what in binary columns is a picture or a file; what cannot be read is told by `read_parquet`."""
    try:
        with _admitted(path) as file:
            names = [field.name for field in file.schema_arrow if may_be_binary(field.type)]
            for group in range(file.num_row_groups if names else 0):
                try:
                    for batch in file.iter_batches(_rows(file, group), row_groups=[group], columns=names):
                        yield from blobs_of(batch)
                except FAULTS as fault:
                    if is_of_system(fault):
                        raise
    except (*FAULTS, NotExamined) as fault:
        if is_of_system(fault):
            raise


def slice_parquet(path: Path) -> Iterator[Slice]:
    """Cut a Parquet file at its row groups, each named by the digest of its column chunks as they lie on disk.

    Small row groups of a file that has very many are put together. Raises `NotExamined` as `read_parquet` does.
    """
    try:
        with _admitted(path) as file:
            metadata, schema = file.metadata, file.schema_arrow.serialize().to_pybytes()
    except FAULTS as fault:
        raise unopened(fault, _why(path)) from None
    for groups in _put_together(metadata):
        about = [metadata.row_group(group) for group in groups]
        yield Slice(
            digest=_digest(path, schema, about),
            rows=sum(each.num_rows for each in about),
            bytes=sum(each.total_byte_size for each in about),
            read=partial(_read_groups, path, groups),
        )
    if not metadata.num_row_groups:
        yield Slice(xxhash.xxh3_128_hexdigest(schema), 0, 0, partial(read_parquet, path))


def _put_together(metadata: pq.FileMetaData) -> Iterator[list[int]]:
    least = min(SMALL_GROUP, metadata.num_rows // MANY_GROUPS)
    held: list[int] = []
    rows = 0
    for group in range(metadata.num_row_groups):
        held.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= least:
            yield held
            held, rows = [], 0
    if held:
        yield held


def _digest(path: Path, schema: bytes, groups: list[pq.RowGroupMetaData]) -> str:
    """Hash the raw column chunks: 3.8 GB per CPU second, where decoding them takes twenty times as long."""
    digest = xxhash.xxh3_128(schema)
    with path.open("rb", buffering=0) as file:
        for about in groups:
            for number in range(about.num_columns):
                chunk = about.column(number)
                start = min(
                    offset for offset in (chunk.dictionary_page_offset, chunk.data_page_offset) if offset
                )
                facts = (chunk.path_in_schema, chunk.compression, chunk.num_values, about.num_rows)
                digest.update(repr(facts).encode("utf-8", "surrogatepass"))
                file.seek(start)
                left = chunk.total_compressed_size
                while left > 0 and (block := file.read(min(left, BLOCK))):
                    digest.update(block)
                    left -= len(block)
    return digest.hexdigest()


def _read_groups(path: Path, groups: list[int]) -> Iterator[pa.RecordBatch | Gap]:
    with _open(path) as file:
        for group in groups:
            yield from _read_group(file, group)


def _open(path: Path) -> pq.ParquetFile:
    # Without a buffer a whole column chunk is read at once, whatever its size.
    return pq.ParquetFile(path, page_checksum_verification=True, buffer_size=BLOCK)


def _admitted(path: Path) -> pq.ParquetFile:
    """Open a file for the first time: its slices are those of a file that can be read."""
    file = _open(path)
    try:
        _refuse_encrypted(file)
    except BaseException:
        file.close()
        raise
    return file


def _refuse_encrypted(file: pq.ParquetFile) -> None:
    """Raise `NotExamined` ``file-encrypted`` for a file whose footer is plain and whose columns are not.

    Arrow ends the process when it is asked for the metadata of such a column, and raises when it is to read one.
    """
    if not file.num_row_groups:
        return
    try:
        next(file.iter_batches(1, row_groups=[0]), None)
    except FAULTS as fault:
        if "decrypt" in str(fault).lower():
            raise NotExamined(
                "file-encrypted", "", "give it to be scanned as its producer reads it"
            ) from None


def _read_group(file: pq.ParquetFile, group: int) -> Iterator[pa.RecordBatch | Gap]:
    about = file.metadata.row_group(group)
    missing = about.num_rows
    try:
        for batch in file.iter_batches(_rows(file, group), row_groups=[group]):
            yield from readable(batch, is_of_use)
            missing -= batch.num_rows
    except FAULTS as fault:
        if is_of_system(fault):
            raise
        yield Gap("row-group-damaged", missing)


def _rows(file: pq.ParquetFile, group: int) -> int:
    """Return how many rows of a row group fit into a batch: rows of documents come in smaller ones.

    The size in the footer is that of the pages. Where a dictionary spares repeating long values, the first rows
    tell what they grow to.
    """
    about = file.metadata.row_group(group)
    rows = min(BATCH_ROWS, about.num_rows * BATCH_BYTES // max(about.total_byte_size, 1))
    if about.num_rows > PROBE_ROWS:
        first = next(file.iter_batches(PROBE_ROWS, row_groups=[group]))
        rows = min(rows, PROBE_ROWS * BATCH_BYTES // max(first.nbytes, 1))
    return max(1, int(rows))


def _why(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-min(4, path.stat().st_size), 2)
        return "file-encrypted" if b"PARE" in (start, file.read(4)) else "file-damaged"
