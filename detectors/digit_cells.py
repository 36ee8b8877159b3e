"""Cells of digits: which of them no recognizer can tell apart.

A column of order numbers, JAN codes or telephone numbers has a million distinct values and a handful of outcomes:
whatever a recognizer says of a cell of digits and hyphens rests on its shape (``000-0000-0000``), a check digit, a
range. A recognizer that can say so for a whole column at once has `traits`; cells of one shape with equal traits
are alike, and one of them speaks for all (`detectors.alike`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.gates import matching, searching
from detectors.letters import letters_of
from detectors.outlines import Outlines

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

#: Digits of a cell, and cells of one shape: shorter ones hold no number, fewer do not pay.
LEAST, MOST, MANY = 7, 20, 32
#: What holds a number of so many digits; narrow ones are worked on faster.
_KINDS_OF_NUMBERS = ((4, np.int16), (9, np.int32), (MOST, np.int64))
#: Kinds are numbers below so many times the cells there are; others are counted.
_KINDS = 32
#: What a digit differs by from the one before, as a byte, and past 9 or 0: repeated, in a count up, in one down.
_COUNTS = ((0, 0), (1, 256 - 9), (256 - 1, 9))
_CELL = rf"^[0-9](?:-?[0-9]){{{LEAST - 1},{MOST - 1}}}$"


@dataclass(frozen=True, eq=False)
class Digits:
    """Cells of digits and hyphens that have one shape.

    `groups`: digits between the hyphens, ``(3, 4, 4)``; `places`: the digits as numbers, one row a cell. They are
    worked on place by place, and lie so in memory: that takes a fifth of what cell by cell takes.
    """

    groups: tuple[int, ...]
    places: Bytes

    @property
    def size(self) -> int:
        """How many digits a cell has."""
        return int(self.places.shape[1])

    @cached_property
    def nothing(self) -> Ints:
        """The traits of cells in which nothing is seen, whatever their digits."""
        return np.zeros(len(self.places), dtype=np.int64)

    @cached_property
    def runs(self) -> pa.Array:
        """The digits of every cell without hyphens, as strings."""
        count, size = self.places.shape
        data = np.ascontiguousarray(self.places + ord("0"))
        offsets = np.arange(count + 1, dtype=np.int32) * size
        return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))

    def number(self, start: int = 0, end: int | None = None) -> Ints:
        """The digits from place `start` to `end` (exclusive) as one number."""
        digits = self.places[:, start:end].T
        kind = next(kind for most, kind in _KINDS_OF_NUMBERS if len(digits) <= most)
        number: npt.NDArray[Any] = np.zeros(len(self.places), dtype=kind)
        for digit in digits:
            number *= 10
            number += digit
        return number.astype(np.int64)

    def weigh(self, weights: Sequence[int], start: int = 0) -> npt.NDArray[np.int16]:
        """The digits from `start` on, each times its weight, summed: sums of so few stay below 32,768."""
        total = np.zeros(len(self.places), dtype=np.int16)
        for digit, weight in zip(self.places[:, start:].T, weights, strict=False):
            total += np.multiply(digit, weight, dtype=np.int16)
        return total

    def luhn(self) -> npt.NDArray[np.bool_]:
        """Whether the last digit is the Luhn digit of those before."""
        # Sums of so few digits stay below 256.
        total = np.zeros(len(self.places), dtype=np.uint8)
        for at, digit in enumerate(self.places.T[::-1]):
            total += digit + digit - (digit > 4) * np.uint8(9) if at % 2 else digit
        return np.asarray(total % np.uint8(10) == 0)

    @cached_property
    def trivial(self) -> npt.NDArray[np.bool_]:
        """Whether the digits are one repeated, or a plain count up or down (`detectors.jp.digits.is_trivial`)."""
        steps = (self.places[:, 1:] - self.places[:, :-1]).T
        trivial = np.zeros(len(self.places), dtype=np.bool_)
        for step, over in _COUNTS:
            trivial |= _all((each == step) | (each == over) for each in steps)
        return trivial

    def repeated(self) -> npt.NDArray[np.bool_]:
        """Whether all digits are one."""
        return _all(each == self.places[:, 0] for each in self.places.T)

    def matches(self, pattern: str) -> npt.NDArray[np.bool_]:
        """Whether the digits match an RE2 pattern as a whole."""
        return matching(self.runs, f"^(?:{pattern})$")


def _all(facts: Iterable[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """Return where all facts hold; what does not matter any more is not asked."""
    along = next(facts := iter(facts)).copy()
    for each in facts:
        along &= each
        if not along.any():
            break
    return along


def told_apart(*facts: npt.NDArray[np.bool_] | Ints) -> Ints:
    """Return one number per row that differs where any of `facts` (small, not negative) does."""
    key = np.zeros(len(facts[0]), dtype=np.int64)
    for fact in facts:
        key *= int(fact.max(initial=0)) + 1
        key += fact
    return key


def first_alike(kinds: Ints) -> Ints:
    """Return for every cell the place of the first one of the same kind.

    >>> first_alike(np.array([7, 2, 7, 7, 2])).tolist()
    [0, 1, 0, 0, 1]
    """
    if len(kinds) and kinds.max() > _KINDS * len(kinds):
        kinds = np.unique(kinds, return_inverse=True)[1]
    # Small numbers: what is looked up at random should stay near.
    first = np.zeros(int(kinds.max(initial=0)) + 1, dtype=np.int32)
    first[kinds[::-1]] = np.arange(len(kinds), dtype=np.int32)[::-1]
    return first[kinds].astype(np.int64)


def cells_of_digits(folded: pa.Array, outlines: Outlines | None = None) -> Iterator[tuple[Ints, Digits]]:
    """Yield (places in `folded`, cells) for every shape of digits and hyphens that many values have.

    `outlines`: those of `folded`, where they are known.
    """
    if outlines is None:
        some = np.flatnonzero(_begin_with_digit(folded))
        plain = some[matching(folded.take(pa.array(some)), _CELL)] if len(some) >= MANY else some
        if len(plain) >= MANY:
            for places, digits in _by_outline(Outlines.of(folded.take(pa.array(plain)))):
                yield plain[places], digits
        return
    yield from _by_outline(outlines)


def _begin_with_digit(folded: pa.Array) -> npt.NDArray[np.bool_]:
    letters, edges = letters_of(folded)
    begins = np.diff(edges) > 0
    begins[begins] = np.isin(letters[edges[:-1][begins]], np.frombuffer(b"0123456789", np.uint8))
    return begins


def _by_outline(outlines: Outlines) -> Iterator[tuple[Ints, Digits]]:
    counts = np.bincount(outlines.own, minlength=len(outlines.texts))
    shapes = searching(outlines.texts, _CELL) & (counts >= MANY)
    for shape in np.flatnonzero(shapes).tolist():
        outline = outlines.texts[shape].as_py()
        places = np.flatnonzero(outlines.own == shape)
        letters = _letters(outlines.values, places, len(outline))
        written = [at for at, char in enumerate(outline) if char != "-"]
        groups = tuple(map(len, outline.split("-")))
        yield places, Digits(groups, (letters.T[written] - ord("0")).T)


def _letters(array: pa.Array, places: Ints, length: int) -> Bytes:
    taken = array if len(places) == len(array) else array.take(pa.array(places))
    return letters_of(taken)[0].reshape(len(places), length)
