"""How many distinct values a column has, from 2 KB: the K smallest keyed hashes (a KMV sketch).

K minimum values (Bar-Yossef et al. 2002): hash every value to 64 bits, keep the `K` smallest. Up to K distinct
values the count is exact; above it the K-th smallest hash tells the density, with a relative standard error of
1/√(K−2), about 6 %. Two sketches merge by keeping the smallest of both, in any order, with the same result.

The hash is under a key (`detectors.digests`): without one, a stored sketch could be searched for a guessed value.

>>> left, right = Sketch.of(["a", "b"], b"key"), Sketch.of(["b", "c"], b"key")
>>> left.merge(right).estimate(), Sketch.from_bytes(left.to_bytes()) == left
(3, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from detectors.digests import Hashes, digests_of, keyed

#: How many hashes a sketch keeps: 8 bytes each.
K = 256


@dataclass(frozen=True, slots=True)
class Sketch:
    """The smallest hashes of a set of values: big-endian 64-bit integers, ascending, each once."""

    data: bytes = b""

    @classmethod
    def of(cls, values: pa.Array | Sequence[str], key: bytes) -> Sketch:
        """Sketch the distinct strings of `values` (no nulls) under `key`."""
        return cls().add(values, key)

    @classmethod
    def of_digests(cls, digests: Hashes, key: bytes) -> Sketch:
        """Sketch the strings that have these digests (`digests_of`) under `key`."""
        return cls()._with(keyed(digests, key))

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """Read what `to_bytes` wrote; raises ValueError when the length is no multiple of 8."""
        if len(data) % 8:
            raise ValueError("a sketch is a whole number of 64-bit hashes")
        return cls(data)

    def to_bytes(self) -> bytes:
        """Return the hashes as bytes; equal sets of values under one key give equal bytes."""
        return self.data

    def add(self, values: pa.Array | Sequence[str], key: bytes) -> Sketch:
        """Return the sketch of this set and `values`."""
        array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
        return self._with(keyed(digests_of(array), key))

    def merge(self, other: Sketch) -> Sketch:
        """Return the sketch of the union; both must have been made under one key."""
        return self._with(other._hashes())

    def estimate(self) -> int:
        """Return the number of distinct values: exact below K, within about 6 % (one sigma) above."""
        hashes = self._hashes()
        if len(hashes) < K:
            return len(hashes)
        return round((K - 1) * 2.0**64 / (float(hashes[-1]) + 1.0))

    def _hashes(self) -> Hashes:
        return np.frombuffer(self.data, dtype=">u8").astype(np.uint64)

    def _with(self, more: Hashes) -> Sketch:
        smallest = np.partition(more, K - 1)[:K] if len(more) > 4 * K else more
        if len(smallest) < len(more) and len(np.unique(smallest)) < K:
            smallest = more  # repeated values crowded out others
        union = np.union1d(self._hashes(), smallest)[:K]
        return Sketch(union.astype(">u8").tobytes())
