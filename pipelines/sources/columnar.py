"""Arrow (Feather 2) and ORC files: batch by batch, stripe by stripe, native types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import NotExamined, is_of_system
from pipelines.sources.arrow_blobs import blobs_of, may_be_binary
from pipelines.sources.arrow_columns import readable
from pipelines.sources.arrow_faults import FAULTS, unopened
from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.blobs import Blob, is_of_use

#: First bytes of an Arrow file, of a stream of Arrow messages, of an ORC file.
ARROW, ARROW_STREAM, ORC = b"ARROW1\0\0", b"\xff\xff\xff\xff", b"ORC"

#: Streams the batches of a file as they are, and what cannot be read.
Batches = Iterator[pa.RecordBatch | Gap]


def read_arrow(path: Path, member: str = "") -> Batches:
    """Stream an Arrow file; a damaged batch is a gap ``row-group-damaged``, the others are read.

    Raises `NotExamined` ``file-damaged``.
    """
    return _readable(_of_arrow(path))


def read_stream(path: Path, member: str = "") -> Batches:
    """Stream Arrow messages kept as a file; behind a damaged one nothing is found: a gap ``row-group-damaged``.

    Raises `NotExamined` ``file-damaged``.
    """
    return _readable(_of_stream(path))


def read_orc(path: Path, member: str = "") -> Batches:
    """Stream an ORC file; a damaged stripe is a gap ``row-group-damaged``, the others are read.

    Raises `NotExamined` ``file-damaged``.
    """
    return _readable(_of_orc(path))


def arrow_blobs(path: Path) -> Iterator[Blob | Gap]:
    """Stream what in binary columns of an Arrow file is a picture or a file; `read_arrow` tells of damage."""
    return _blobs(_of_arrow(path))


def stream_blobs(path: Path) -> Iterator[Blob | Gap]:
    """Stream what in binary columns of Arrow messages is a picture or a file, as `arrow_blobs` does."""
    return _blobs(_of_stream(path))


def orc_blobs(path: Path) -> Iterator[Blob | Gap]:
    """Stream what in binary columns of an ORC file is a picture or a file, as `arrow_blobs` does."""
    return _blobs(_of_orc(path))


def _readable(batches: Batches) -> Batches:
    for batch in batches:
        if isinstance(batch, Gap):
            yield batch
        else:
            yield from readable(batch, is_of_use)


def _blobs(batches: Batches) -> Iterator[Blob]:
    try:
        for batch in batches:
            if isinstance(batch, Gap):
                continue
            if not any(map(may_be_binary, batch.schema.types)):
                return
            yield from blobs_of(batch)
    except NotExamined:
        return


def _of_arrow(path: Path) -> Batches:
    with pa.OSFile(str(path)) as file:
        opened = _opened(pa.ipc.open_file, file)
        reads = [partial(opened.get_batch, number) for number in range(opened.num_record_batches)]
        yield from _each(opened.schema, reads)


def _of_stream(path: Path) -> Batches:
    with pa.OSFile(str(path)) as file:
        opened = _opened(pa.ipc.open_stream, file)
        yield pa.RecordBatch.from_pylist([], schema=opened.schema)
        while True:
            try:
                batch = opened.read_next_batch()
            except StopIteration:
                return
            except FAULTS as fault:
                yield _gap(fault)
                return
            yield from _checked(batch)


def _of_orc(path: Path) -> Batches:
    import pyarrow.orc

    try:
        file = pyarrow.orc.ORCFile(str(path))
        schema, stripes = file.schema, file.nstripes
    except FAULTS as fault:
        raise unopened(fault) from None
    yield from _each(schema, [partial(file.read_stripe, number) for number in range(stripes)])


def _each(schema: pa.Schema, reads: Sequence[Callable[[], pa.RecordBatch]]) -> Batches:
    if not reads:
        yield pa.RecordBatch.from_pylist([], schema=schema)
    for read in reads:
        yield from _one(read)


def _one(read: Callable[[], pa.RecordBatch]) -> Batches:
    try:
        batch = read()
    except FAULTS as fault:
        yield _gap(fault)
        return
    yield from _checked(batch)


def _checked(batch: pa.RecordBatch) -> Batches:
    try:
        # Offsets are taken as they stand in the file, and may lead anywhere.
        batch.validate(full=True)
    except pa.ArrowInvalid:
        yield Gap("row-group-damaged", batch.num_rows)
        return
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _opened(opener: Callable[[pa.OSFile], Any], file: pa.OSFile) -> Any:
    try:
        return opener(file)
    except FAULTS as fault:
        raise unopened(fault) from None


def _gap(fault: Exception) -> Gap:
    if is_of_system(fault):
        raise fault
    return Gap("row-group-damaged")
