"""The content digest of a part: what the work done on it is remembered by; and where parts of a stream end.

Each row becomes one canonical text: every cell as Arrow casts it to string, escaped, null told from "". One
xxh3_128 runs over all rows. Their order is content: what is known of a part names its rows by number, also where
a table without a primary key has no order of its own. Arrow joins the cells of all rows at once: 150 MB per CPU
second and more.

The result is keyed and bound to the schema: whoever sees the digest of a one-row part cannot find its phone
number by trying all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from detectors.flatten import as_text, columns_of
from pipelines.keys import KeyRing

_CELL, _ESCAPE, _NULL = b"\x1f", b"\x1e", b"\x1e2"


@dataclass(frozen=True)
class Rows:
    """The rows of a batch as canonical texts, and a hash of each."""

    batch: pa.RecordBatch
    texts: pa.Array
    hashes: list[int]

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Rows:
        """Canonicalise and hash a batch."""
        texts = _canonical_rows(batch)
        return cls(batch, texts, list(map(xxhash.xxh3_64_intdigest, texts.to_pylist())))

    def slice(self, start: int, end: int) -> Rows:
        """Return the rows from `start` to before `end`."""
        length = end - start
        return Rows(self.batch.slice(start, length), self.texts.slice(start, length), self.hashes[start:end])


class Ends:
    """Says after which rows of a stream a part ends: those whose hash says so.

    So a row put in or taken out moves one end and no other. Parts have at least an eighth of `most` rows and at
    most `most`, four tenths of it on average.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._least = max(1, most // 8)
        self._mask = np.uint64((1 << max(0, (most // 4).bit_length() - 1)) - 1)
        self._open = 0

    def restart(self) -> None:
        """A part ended for another reason."""
        self._open = 0

    def cut(self, rows: Rows) -> Iterator[tuple[Rows, bool]]:
        """Yield the rows in pieces; True with each after which a part ends."""
        hashes = np.array(rows.hashes, dtype=np.uint64)
        ends = np.flatnonzero((hashes & self._mask) == 0) + 1
        start, count = 0, len(hashes)
        while (end := self._next(ends, start)) <= count:
            yield rows.slice(start, end), True
            start, self._open = end, 0
        if start < count or not count:
            yield rows.slice(start, count), False
        self._open += count - start

    def _next(self, ends: npt.NDArray[np.intp], start: int) -> int:
        """Return the end of the part that is open since `_open` rows before `start`."""
        first, last = start - self._open + self._least, start - self._open + self._most
        place = int(np.searchsorted(ends, max(first, start + 1)))
        return min(int(ends[place]), last) if place < len(ends) else last


class PartDigest:
    """Collects the batches of one part."""

    def __init__(self) -> None:
        self._rows = 0
        self._names: list[str] | None = None
        self._data = xxhash.xxh3_128()
        self._lengths = xxhash.xxh3_128()

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch; where a batch ends makes no difference."""
        self.add(Rows.of(batch))

    def add(self, rows: Rows) -> None:
        """Add rows already hashed."""
        self._rows += len(rows.hashes)
        if rows.batch.schema.names != self._names:
            # JSON lines may bring new columns on the way: the same cells are other rows then.
            self._names = rows.batch.schema.names
            self._lengths.update("\0".join(self._names).encode())
        self._lengths.update(pc.binary_length(rows.texts).to_numpy().tobytes())
        self._data.update(_bytes(rows.texts))

    def hexdigest(self, schema: pa.Schema, keys: KeyRing) -> str:
        """Return 32 hex digits over rows, schema and key."""
        content = (self._data.hexdigest(), self._lengths.hexdigest(), str(self._rows))
        names = (f"{field.name}\0{field.type}" for field in schema)
        return keyed("\n".join([*content, *names]), keys)


def keyed(text: str, keys: KeyRing) -> str:
    """Return 32 hex digits over `text` that say nothing without the key."""
    return hashlib.blake2b(text.encode(), digest_size=16, key=keys.derive("digest")).hexdigest()


def _bytes(texts: pa.Array) -> memoryview:
    """Return the texts of a binary array, end to end."""
    if not len(texts):
        return memoryview(b"")
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(texts.buffers()[2] or b"")[int(offsets[0]) : int(offsets[-1])]


def _canonical_rows(batch: pa.RecordBatch) -> pa.Array:
    columns = [_escaped(as_text(column)) for _, column in columns_of(batch)]
    columns += [_escaped(column) for column in batch.columns if pa.types.is_binary(column.type)]
    if not columns:
        return pa.array([b""] * batch.num_rows, pa.large_binary())
    return pc.binary_join_element_wise(*columns, pa.scalar(_CELL, pa.large_binary()))


def _escaped(column: pa.Array) -> pa.Array:
    cells = column.cast(pa.large_binary())
    data = np.frombuffer(cells.buffers()[2] or b"", np.uint8)
    for byte, escape in ((_ESCAPE, b"\x1e0"), (_CELL, b"\x1e1")):
        # Looking first is fast, and these two stand in hardly any text.
        if (data == byte[0]).any():
            cells = pc.replace_substring(cells, byte, escape)
    return cells.fill_null(_NULL) if cells.null_count else cells
