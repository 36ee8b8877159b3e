"""The content digest of a part: what the work done on it is remembered by.

Each row becomes one canonical text: every cell as Arrow casts it to string, escaped, null told from "". Tables
have no order unless they have a primary key, so a table's part is the 128-bit sum of its rows' xxh3_128, the
same in whatever order the server sends them. In files order is content (findings name row numbers): there one
xxh3_128 runs over all rows. Arrow joins the cells of all rows at once: 150 MB per CPU second and more.

The result is keyed and bound to the schema: whoever sees the digest of a one-row part cannot find its phone
number by trying all of them.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from detectors.flatten import as_text, columns_of
from pipelines.keys import KeyRing

_CELL, _ESCAPE, _NULL = b"\x1f", b"\x1e", b"\x1e2"
_MASK = (1 << 128) - 1


class PartDigest:
    """Collects the batches of one part; `ordered`: the order of rows is part of the content."""

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._sum = 0
        self._rows = 0
        self._data = xxhash.xxh3_128()
        self._lengths = xxhash.xxh3_128()

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch; where a batch ends makes no difference."""
        rows = _canonical_rows(batch)
        self._rows += batch.num_rows
        if self._ordered:
            lengths = pc.binary_length(rows).to_numpy()
            self._lengths.update(lengths.tobytes())
            # The joined array is Arrow's own and starts at its buffer's beginning.
            self._data.update(memoryview(rows.buffers()[2] or b"")[: int(lengths.sum())])
        else:
            self._sum += sum(map(xxhash.xxh3_128_intdigest, rows.to_pylist()))

    def hexdigest(self, schema: pa.Schema, keys: KeyRing) -> str:
        """Return 32 hex digits over rows, schema and key."""
        content = (
            [self._data.hexdigest(), self._lengths.hexdigest()]
            if self._ordered
            else [f"{self._sum & _MASK:x}"]
        )
        names = [f"{field.name}\0{field.type}" for field in schema]
        text = "\n".join([*content, str(self._rows), *names])
        return hashlib.blake2b(text.encode(), digest_size=16, key=keys.derive("digest")).hexdigest()


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
