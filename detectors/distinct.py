"""The distinct values of a column, by their digests: in most columns of people nearly every cell has its own.

Arrow makes a dictionary of all values (`dictionary_encode`), at the cost of a look into a table larger than the
cache for every cell. The digests are needed for the sketch anyway, and sorting them takes a tenth of that: cells
whose digest stands once are distinct for certain, only the others are compared.

>>> column = Distinct.of(pa.array(["a", None, "b", "a"]))
>>> column.values.to_pylist(), column.counts.tolist(), column.codes.tolist()
(['a', 'b'], [2, 1], [0, 2, 1, 0])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.digests import Hashes, digests_of

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Among the first so many cells more than one of so many has a value that stood before, or all are compared.
_FIRST, _FEW = 2_048, 256
#: Digests that stand twice are looked up by their last bits: so many, and so many more than they need.
_BITS, _MORE = 16, 3


@dataclass(frozen=True, eq=False)
class Distinct:
    """The distinct `values` of a column, in the order they appear.

    `digests`: those of the values (`detectors.digests`); `codes`: for every row the place of its value, as many
    as there are values for a null cell.
    """

    values: pa.Array
    digests: Hashes
    codes: Ints

    @classmethod
    def of(cls, cells: pa.Array) -> Distinct:
        """Return those of an array of strings."""
        present = cells.drop_null() if cells.null_count else cells
        if _come_again(present):
            values, codes = _compared(present)
            digests = digests_of(values)
        else:
            values, digests = present, digests_of(present)
            first, codes = _by_digest(present, digests)
            if not first.all():
                values, digests = present.filter(pa.array(first)), digests[first]
        if len(present) < len(cells):
            own, codes = codes, np.full(len(cells), len(values), dtype=np.int64)
            codes[cells.is_valid().to_numpy(zero_copy_only=False)] = own
        return cls(values, digests, codes)

    @property
    def counts(self) -> Ints:
        """Cells of every value."""
        if len(self.values) == len(self.codes):
            return np.ones(len(self.codes), dtype=np.int64)
        return np.bincount(self.codes, minlength=len(self.values) + 1)[: len(self.values)]


def _come_again(cells: pa.Array) -> bool:
    """Whether values of the first cells come again, or there are only few cells."""
    if len(cells) <= _FIRST:
        return True
    return (_FIRST - len(cells.slice(0, _FIRST).unique())) * _FEW > _FIRST


def _compared(cells: pa.Array) -> tuple[pa.Array, Ints]:
    """Return the distinct values, and for every cell which of them is its own."""
    encoded = cells.dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)


def _by_digest(cells: pa.Array, digests: Hashes) -> tuple[Mask, Ints]:
    """Return where a value stands first, and for every cell which of the distinct values is its own."""
    stands_first = np.ones(len(cells), dtype=np.bool_)
    ordered = np.sort(digests)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return stands_first, np.arange(len(cells), dtype=np.int64)
    maybe = np.zeros(1 << max(_BITS, len(twice).bit_length() + _MORE), dtype=np.bool_)
    last = np.uint64(len(maybe) - 1)
    maybe[twice & last] = True
    some = np.flatnonzero(maybe[digests & last])
    values, own = _compared(cells.take(pa.array(some)))
    # Of several assignments to one place the last one counts.
    first = np.empty(len(values), dtype=np.int64)
    first[own[::-1]] = some[::-1]
    again = first[own] != some
    stands_first[some[again]] = False
    codes = np.cumsum(stands_first) - 1
    codes[some[again]] = codes[first[own[again]]]
    return stands_first, codes
