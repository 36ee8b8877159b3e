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
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.digit_cells import Digits, cells_of_digits, told_apart
from detectors.gates import Letters, rarely_passing
from detectors.pieces import MANY, Pieces, cells_in_pieces

if TYPE_CHECKING:
    from detectors.recognizer import Recognizer

Ints = npt.NDArray[np.int64]

#: Longest value that may be alike to others, in bytes: longer ones are text.
LONGEST = 160


def spokesmen(folded: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    """Return for every value the place of the one that speaks for it, often itself.

    `folded`: folded strings, without nulls. Values differ in nothing that any of `recognizers` goes by, apart from
    the letters themselves, if the same one speaks for them; they have the same length or nothing is in them.
    """
    speaks = np.arange(len(folded), dtype=np.int64)
    short = np.flatnonzero(pc.less_equal(pc.binary_length(folded), LONGEST).to_numpy(zero_copy_only=False))
    if len(short) < MANY:
        return speaks
    values = folded if len(short) == len(folded) else folded.take(pa.array(short))
    alone = np.ones(len(values), dtype=np.bool_)
    for places, cells in _families(values, recognizers):
        said = _said(cells, values.take(pa.array(places)), recognizers)
        alike = np.flatnonzero((said >= 0).all(axis=0))
        _, first, of_cell = np.unique(told_apart(*said[:, alike]), return_index=True, return_inverse=True)
        speaks[short[places[alike]]] = short[places[alike]][first][of_cell]
        alone[places[alike]] = False
    nothing = short[_silent(values, np.flatnonzero(alone), recognizers)]
    speaks[nothing] = nothing[:1]
    return speaks


def _families(values: pa.Array, recognizers: Sequence[Recognizer]) -> Iterator[tuple[Ints, Digits | Pieces]]:
    letters = Letters(values)
    if letters.between(ord("0"), ord("9")):
        yield from cells_of_digits(values)
    forms = list(dict.fromkeys(form for each in recognizers for form in each.forms))
    yield from cells_in_pieces(values, forms, letters)


def _said(cells: Digits | Pieces, folded: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    """Return what is said of every cell, one row a recognizer; what knows no such cells finds nothing, or -1."""
    told = [each.traits(cells) if isinstance(cells, Digits) else each.alike(cells) for each in recognizers]
    unversed = [each for each, said in zip(recognizers, told, strict=True) if said is None]
    # Cells of digits are of one length, others need not be.
    sizes = [] if isinstance(cells, Digits) else [cells.sizes]
    return np.stack([_finds(folded, unversed), *sizes, *(said for said in told if said is not None)])


def _finds(folded: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    """Return 0 for cells in which none of `recognizers` finds anything, or -1."""
    found = np.zeros(len(folded), dtype=np.int64)
    passed = rarely_passing([each.gate for each in recognizers], folded)
    for bit, each in enumerate(recognizers):
        asked = np.flatnonzero((passed >> bit & 1) & (found == 0))
        if len(asked):
            texts = folded.take(pa.array(asked)).to_pylist()
            found[asked] = [-bool(matches) for matches in each.find_all(texts, texts)]
    return found


def _silent(values: pa.Array, alone: Ints, recognizers: Sequence[Recognizer]) -> Ints:
    """Return the places, of those in `alone`, of ASCII values that pass no gate."""
    rest = values.take(pa.array(alone))
    plain = np.flatnonzero(pc.string_is_ascii(rest).to_numpy(zero_copy_only=False))
    if len(plain) < MANY:
        return alone[:0]
    passed = rarely_passing([each.gate for each in recognizers], rest.take(pa.array(plain)))
    return np.asarray(alone[plain[passed == 0]])
