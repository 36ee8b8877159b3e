"""Cells of digits: which of them no recognizer can tell apart.

A column of order numbers, JAN codes or telephone numbers has a million distinct values and a handful of outcomes:
whatever a recognizer says of a cell of digits and hyphens rests on its shape (``000-0000-0000``), a check digit, a
range. A recognizer that can say so for a whole column at once has `traits`; cells of one shape with equal traits
are alike, and one of them speaks for all. Every other recognizer is asked through its gate: what passes it is
looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.gates import matching, passing

if TYPE_CHECKING:
    from detectors.recognizer import Recognizer

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

HYPHEN = ord("-")
#: Shapes of one length that are looked for; whatever has another speaks for itself.
_SHAPES = 8
#: Digits of a cell, and cells of one shape: shorter ones hold no number, fewer do not pay.
LEAST, MOST, MANY = 7, 20, 32
_CELL = rf"^[0-9](?:-?[0-9]){{{LEAST - 1},{MOST - 1}}}$"


@dataclass(frozen=True, eq=False)
class Digits:
    """Cells of digits and hyphens that have one shape.

    `groups`: digits between the hyphens, ``(3, 4, 4)``; `places`: the digits as numbers, one row a cell.
    """

    groups: tuple[int, ...]
    places: Bytes

    @property
    def size(self) -> int:
        """How many digits a cell has."""
        return int(self.places.shape[1])

    @property
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
        chosen = self.places[:, start:end].astype(np.int64)
        return np.asarray(chosen @ (10 ** np.arange(chosen.shape[1] - 1, -1, -1, dtype=np.int64)))

    def weigh(self, weights: Sequence[int], start: int = 0) -> Ints:
        """The digits from `start` on, each times its weight, summed."""
        chosen = self.places[:, start : start + len(weights)]
        return chosen.astype(np.int64) @ np.array(weights, dtype=np.int64)

    def luhn(self) -> npt.NDArray[np.bool_]:
        """Whether the last digit is the Luhn digit of those before."""
        doubled = self.places[:, -2::-2].astype(np.int64) * 2
        total = self.places[:, ::-2].sum(axis=1, dtype=np.int64) + (doubled // 10 + doubled % 10).sum(axis=1)
        return np.asarray(total % 10 == 0)

    def trivial(self) -> npt.NDArray[np.bool_]:
        """Whether the digits are one repeated, or a plain count up or down (`detectors.jp.digits.is_trivial`)."""
        steps = (self.places[:, 1:] + np.uint8(10) - self.places[:, :-1]) % np.uint8(10)
        return np.asarray((steps == steps[:, :1]).all(axis=1) & np.isin(steps[:, 0], (0, 1, 9)))

    def repeated(self) -> npt.NDArray[np.bool_]:
        """Whether all digits are one."""
        return np.asarray((self.places == self.places[:, :1]).all(axis=1))

    def matches(self, pattern: str) -> npt.NDArray[np.bool_]:
        """Whether the digits match an RE2 pattern as a whole."""
        return matching(self.runs, f"^(?:{pattern})$")


def told_apart(*facts: npt.NDArray[np.bool_] | Ints) -> Ints:
    """Return one number per row that differs where any of `facts` (small, not negative) does."""
    key = np.zeros(len(facts[0]), dtype=np.int64)
    for fact in facts:
        whole = fact.astype(np.int64)
        key = key * (int(whole.max(initial=0)) + 1) + whole
    return key


def cells_of_digits(folded: Sequence[str]) -> Iterator[tuple[Ints, Digits]]:
    """Yield (places in `folded`, cells) for every shape of digits and hyphens that many values have."""
    if len(folded) < MANY:
        return
    array = pa.array(folded, pa.string())
    plain = np.flatnonzero(matching(array, _CELL))
    if len(plain) < MANY:
        return
    lengths = pc.binary_length(array).to_numpy(zero_copy_only=False)[plain]
    for length in np.unique(lengths):
        places = plain[lengths == length]
        if len(places) >= MANY:
            yield from _by_shape(places, _letters(array, places, int(length)))


def _letters(array: pa.Array, places: Ints, length: int) -> Bytes:
    taken = array.take(pa.array(places))
    data = np.frombuffer(taken.buffers()[2], dtype=np.uint8, count=len(places) * length)
    return data.reshape(len(places), length)


def _by_shape(places: Ints, letters: Bytes) -> Iterator[tuple[Ints, Digits]]:
    left = np.arange(len(places))
    for _ in range(_SHAPES):
        shape = letters[left[0]] == HYPHEN
        same = ((letters[left] == HYPHEN) == shape).all(axis=1)
        chosen, left = left[same], left[~same]
        if len(chosen) >= MANY:
            groups = np.diff(np.flatnonzero(np.concatenate(([True], shape, [True])))) - 1
            yield places[chosen], Digits(tuple(groups.tolist()), letters[chosen][:, ~shape] - ord("0"))
        if len(left) < MANY:
            return


def spokesmen(folded: Sequence[str], recognizers: Sequence[Recognizer]) -> Ints | None:
    """Return for every value the place of the one that speaks for it; None when all speak for themselves.

    `folded`: distinct folded values. Values differ in nothing that any of `recognizers` goes by, apart from
    their digits, if the same one speaks for them.
    """
    speaks = None
    for places, cells in cells_of_digits(folded):
        traits = _traits([folded[at] for at in places.tolist()], cells, recognizers)
        alike = np.flatnonzero((traits >= 0).all(axis=0))
        _, first, of_cell = np.unique(told_apart(*traits[:, alike]), return_index=True, return_inverse=True)
        if len(first) < len(alike):
            speaks = np.arange(len(folded), dtype=np.int64) if speaks is None else speaks
            speaks[places[alike]] = places[alike][first][of_cell]
    return speaks


def _traits(values: list[str], cells: Digits, recognizers: Sequence[Recognizer]) -> Ints:
    """Return the traits of every cell, one row a recognizer; of one without, whether its gate stays shut."""
    said = [each.traits(cells) for each in recognizers]
    silent = [each.gate for each, traits in zip(recognizers, said, strict=True) if traits is None]
    shut = np.where(passing(silent, values) != 0, -1, 0)
    return np.stack([shut, *(traits for traits in said if traits is not None)])
