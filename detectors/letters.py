"""The characters a column is made of: what tells at little cost which patterns none of its values can match.

>>> letters = Letters(pa.array(["090-1234-5678", "03-1234-5678"]))
>>> "".join(map(chr, letters.codes)), letters.longest, letters.digits, letters.between(ord("a"), ord("z"))
('-0123456789', 13, 11, False)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.text import fold

#: Stands between values.
_BETWEEN = "\x00"
#: Bytes among which most that occur are.
_FIRST = 4_096


class Letters:
    """The characters a column is made of: their `codes`, in order.

    `codes`: given where it is known that there are no others.
    """

    def __init__(self, values: Sequence[str] | pa.Array, codes: list[int] | None = None) -> None:
        self._values = values
        if codes is None:
            codes = _codes_of(values) if isinstance(values, pa.Array) else _codes(_BETWEEN.join(values))
        self.codes = codes

    @classmethod
    def bounded(cls, codes: list[int], longest: int, digits: int) -> Letters:
        """Return letters of a column of which is known how long its values are at most, and how many digits."""
        letters = cls((), codes)
        letters.longest, letters.digits = longest, digits
        return letters

    def folded(self, values: pa.Array) -> Letters:
        """Return the letters of `values`, which are those of these letters folded."""
        return Letters(values, sorted({ord(fold(chr(code))) for code in self.codes}))

    @cached_property
    def known(self) -> frozenset[int]:
        """The code points."""
        return frozenset(self.codes)

    @cached_property
    def plain(self) -> frozenset[str]:
        """The characters without case."""
        return frozenset(char.casefold() for char in map(chr, self.codes))

    @cached_property
    def longest(self) -> int:
        """Code points of the longest value."""
        if isinstance(self._values, pa.Array):
            return pc.max(pc.utf8_length(self._values)).as_py() or 0
        return max(map(len, self._values), default=0)

    @cached_property
    def digits(self) -> int:
        """How many digits a value has at most."""
        if isinstance(self._values, pa.Array):
            return int(digits_of_each(self._values).max(initial=0))
        return self.longest if self.between(ord("0"), ord("9")) else 0

    def between(self, low: int, high: int) -> bool:
        """Say whether a character from `low` to `high` is among them."""
        at = bisect_left(self.codes, low)
        return at < len(self.codes) and self.codes[at] <= high


def _codes(text: str) -> list[int]:
    seen = np.zeros(0x110000, dtype=np.bool_)
    seen[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)] = True
    codes: list[int] = np.flatnonzero(seen).tolist()
    return codes


def _codes_of(values: pa.Array) -> list[int]:
    data = letters_of(values)[0]
    if not is_ascii(data):
        return _codes(data.tobytes().decode())
    # Few bytes are none of those at the beginning.
    known = sorted(set(data[:_FIRST].tobytes()))
    return sorted({*known, *data.tobytes().translate(None, bytes(known))})


def is_ascii(data: npt.NDArray[np.uint8]) -> bool:
    """Whether text in UTF-8 is ASCII: a byte a character."""
    return bool(data.max(initial=0) < 0x80)


def digits_of_each(values: pa.Array) -> npt.NDArray[np.int64]:
    """Return how many digits each string of an array without nulls has."""
    data, edges = letters_of(values)
    places = np.flatnonzero((data >= ord("0")) & (data <= ord("9")))
    return np.diff(np.searchsorted(places, edges))


def first_of_each(places: npt.NDArray[np.int64], edges: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return the first of ascending `places` in each string that begins at one of `edges`; its end, if none is.

    >>> first_of_each(np.array([1, 2, 5]), np.array([0, 3, 4, 6])).tolist()
    [1, 4, 5]
    """
    begins, ends = edges[:-1], edges[1:]
    # Most columns have one in each: that takes a tenth of searching.
    if len(places) == len(begins) and ((begins <= places) & (places < ends)).all():
        return places
    first = np.append(places, edges[-1])[np.searchsorted(places, begins)]
    return np.asarray(np.minimum(first, ends), dtype=np.int64)


def letters_of(values: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Return the UTF-8 of strings without nulls, and where in it each begins; at last, where it ends."""
    if not len(values):
        return np.empty(0, dtype=np.uint8), np.zeros(1, dtype=np.int32)
    _, offsets, data = values.buffers()
    edges = np.frombuffer(offsets, np.int32, len(values) + 1, values.offset * 4)
    return np.frombuffer(data or b"", np.uint8)[edges[0] : edges[-1]], edges - edges[0]
