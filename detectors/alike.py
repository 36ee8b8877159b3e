"""Cells that are alike: one is looked at, and speaks for the others.

A column has a million distinct values and a handful of outcomes. Whatever is said of a cell of digits rests on
its shape and a check digit (`detectors.digit_cells`), of a name on what the dictionaries know of its halves
(`detectors.pieces`). A recognizer that can say for a whole column what decides its answer does so
(`Recognizer.traits`, `Recognizer.alike`); every other one must find nothing in the cell. Values that pass no gate
are alike, too.

>>> from detectors.registry import recognizers
>>> cells = [f"user{number}@example.jp" for number in range(100, 132)] + [f"M{number}" for number in range(32)]
>>> sorted(set(spokesmen(pa.array([*cells, "山田"]), recognizers()).tolist()))
[0, 32, 64]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.digit_cells import Digits, cells_of_digits, first_alike
from detectors.gates import rarely_passing
from detectors.halves import Halves
from detectors.letters import Letters
from detectors.outlines import Outlines
from detectors.pieces import MANY, Pieces, cells_in_pieces
from detectors.silent import silent_texts

if TYPE_CHECKING:
    from detectors.recognizer import Recognizer

Ints = npt.NDArray[np.int64]

#: All but one of so many values are made of the same letters as all.
_MOST = 4
#: Numbers for kinds of cells stay below it.
_ROOM = 1 << 62
#: A gate is open often when one of so many cells passes it.
_OFTEN = 4


def spokesmen(
    folded: pa.Array,
    recognizers: Sequence[Recognizer],
    letters: Letters | None = None,
    halves: Halves | None = None,
) -> Ints:
    """Return for every value the place of the one that speaks for it, often itself.

    `folded`: folded strings, without nulls. Values differ in nothing that any of `recognizers` goes by, apart from
    the letters themselves, if the same one speaks for them; they have the same length or nothing is in them.
    `letters`, `halves`: those of `folded`, where they are known already.
    """
    speaks = np.arange(len(folded), dtype=np.int64)
    if len(folded) < MANY:
        return speaks
    outlines = None if halves else Outlines.shared(folded)
    letters = outlines.of_values() if outlines else letters or Letters(folded)
    column = _Column(folded, letters, outlines, halves)
    alone = np.ones(len(folded), dtype=np.bool_)
    for places, cells in column.families(recognizers):
        kinds = _kinds(cells, column.of(places), recognizers)
        # A cell like no other is looked at: few of them say nothing.
        alone[places] = False
        if kinds.min(initial=0) < 0:
            places, kinds = places[kinds >= 0], kinds[kinds >= 0]
        if len(places) == len(folded):
            return first_alike(kinds)
        speaks[places] = places[first_alike(kinds)]
    left = np.flatnonzero(alone)
    if len(left) >= MANY:
        nothing = left[_silent(column.of(left), recognizers)]
        speaks[nothing] = nothing[:1]
    return speaks


@dataclass(frozen=True, eq=False)
class _Column:
    """Folded values, the letters they are made of, and their outlines or halves where many share one."""

    values: pa.Array
    letters: Letters
    outlines: Outlines | None = None
    halves: Halves | None = None

    def of(self, places: Ints) -> _Column:
        if len(places) == len(self.values):
            return self
        if self.outlines:
            outlines = self.outlines.at(places)
            return _Column(outlines.values, self.letters, outlines)
        if self.halves and len(places) >= len(self.halves.texts):
            halves = self.halves.at(places)
            return _Column(halves.values, self.letters, halves=halves)
        values = self.values.take(pa.array(places))
        most = len(places) * _MOST > len(self.values) * (_MOST - 1)
        return _Column(values, Letters(values, self.letters.codes if most else None))

    def passed(self, recognizers: Sequence[Recognizer]) -> Ints:
        gates = [each.gate for each in recognizers]
        if self.outlines:
            return self.outlines.passing(gates)
        if self.halves:
            return self.halves.passing(gates)
        return rarely_passing(gates, self.values, self.letters)

    def plain(self) -> Ints:
        """The places of ASCII values."""
        if self.halves:
            return np.flatnonzero(self.halves.plain())
        texts = self.outlines.texts if self.outlines else self.values
        plain = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
        return np.flatnonzero(plain[self.outlines.own] if self.outlines else plain)

    def families(self, recognizers: Sequence[Recognizer]) -> Iterator[tuple[Ints, Digits | Pieces]]:
        if self.letters.between(ord("0"), ord("9")):
            yield from cells_of_digits(self.values, self.outlines)
        forms = dict.fromkeys(form for each in recognizers for form in each.forms)
        yield from cells_in_pieces(self.values, forms, self.letters, self.outlines, halves=self.halves)


def _kinds(cells: Digits | Pieces, column: _Column, recognizers: Sequence[Recognizer]) -> Ints:
    """Return one number for every cell, equal ones for cells that are alike; -1 for one like no other.

    Cells are alike of which every recognizer says the same; what knows no such cells has to find nothing in them.
    """
    told = [each.traits(cells) if isinstance(cells, Digits) else each.alike(cells) for each in recognizers]
    unversed = [each for each, said in zip(recognizers, told, strict=True) if said is None]
    # Cells of digits are of one length, others need not be.
    sizes = None if isinstance(cells, Digits) else cells.sizes
    kinds, alone = cells.nothing.copy(), np.zeros(len(column.values), dtype=np.bool_)
    for said in (_finds(column, unversed), sizes, *told):
        if said is not None and said is not cells.nothing and said.any():
            kinds = _told_further(kinds, said)
            alone |= said < 0
    kinds[alone] = -1
    return kinds


def _told_further(kinds: Ints, said: Ints) -> Ints:
    """Return one number for every cell, equal ones where `kinds` and `said` are; of negative `said` any number.

    >>> _told_further(np.array([0, 1, 1]), np.array([2, 0, 2])).tolist()
    [2, 3, 5]
    >>> _told_further(np.array([_ROOM - 1, 0, 0]), np.array([1, 1, 0])).tolist()
    [3, 1, 0]
    >>> _told_further(np.array([1, 1]), np.array([-1, -1])).tolist()
    [0, 0]
    """
    most = max(int(said.max()) + 1, 1)
    if int(kinds.max()) > _ROOM // most:
        kinds = np.unique(kinds, return_inverse=True)[1]
    return kinds * most + said


def _finds(column: _Column, recognizers: Sequence[Recognizer]) -> Ints:
    """Return 0 for cells in which none of `recognizers` finds anything, or -1.

    Who is kept out of few cells by its gate is not asked: it is made for them, and would be asked again.
    """
    found = np.zeros(len(column.values), dtype=np.int64)
    passed = column.passed(recognizers)
    some = int(np.bitwise_or.reduce(passed, initial=0))
    for bit, each in enumerate(recognizers):
        if not some >> bit & 1:
            continue
        asked = np.flatnonzero((passed >> bit & 1) & (found == 0))
        if len(asked) * _OFTEN > len(found):
            found[asked] = -1
        elif len(asked):
            texts = column.values.take(pa.array(asked)).to_pylist()
            found[asked] = [-bool(matches) for matches in each.find_all(texts, texts)]
    return found


def _silent(column: _Column, recognizers: Sequence[Recognizer]) -> Ints:
    """Return the places of ASCII values that pass no gate, and of texts known to say nothing."""
    plain = column.plain()
    silent = plain[column.of(plain).passed(recognizers) == 0] if len(plain) >= MANY else plain[:0]
    beyond = np.ones(len(column.values), dtype=np.bool_)
    beyond[plain] = False
    texts = np.flatnonzero(beyond)
    return np.append(silent, texts[silent_texts(column.of(texts).values, recognizers)])
