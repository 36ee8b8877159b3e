"""Which values of a column speak for which: cells by what they are made of, texts by their sentences.

Short values are told apart by `detectors.alike`; long ones are texts, of which those that say nothing are one
(`detectors.silent`). What is read condensed (`detectors.dense`) speaks for itself alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.alike import spokesmen
from detectors.dense import LOOSE_SIGN, NAME_IN_KANA, any_loose
from detectors.digit_cells import first_alike
from detectors.gates import fold_column, matching
from detectors.halves import Halves
from detectors.letters import Letters, is_ascii, letters_of
from detectors.pieces import MANY
from detectors.silent import silent_texts

if TYPE_CHECKING:
    from detectors.recognizer import Recognizer

Ints = npt.NDArray[np.int64]

#: Longest value for which it pays to look for others alike, in bytes: longer ones are text.
LONGEST = 160


def spoken_for(values: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    """Return for every string of an array without nulls the place of the one that speaks for it, often itself."""
    speaks = np.arange(len(values), dtype=np.int64)
    short = pc.binary_length(values).to_numpy(zero_copy_only=False) <= LONGEST
    for places, spoken in ((np.flatnonzero(short), _of_short), (np.flatnonzero(~short), _of_long)):
        if len(places) == len(values) >= MANY:
            return spoken(values, recognizers)
        if len(places) >= MANY:
            speaks[places] = places[spoken(values.take(pa.array(places)), recognizers)]
    return speaks


def by_themselves(speaks: Ints, told: Ints) -> Ints:
    """Return `speaks` with the values at the places `told` speaking for themselves, and for no other.

    >>> by_themselves(np.array([0, 0, 2, 0, 0]), np.array([0, 3])).tolist()
    [0, 1, 2, 3, 1]
    """
    alone = np.zeros(len(speaks), dtype=np.bool_)
    alone[told] = True
    left = np.flatnonzero(alone[speaks] & ~alone)
    spoken = speaks.copy()
    spoken[left] = left[first_alike(speaks[left])]
    spoken[told] = told
    return spoken


def _of_short(values: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    if is_ascii(letters_of(values)[0]):
        return spokesmen(values, recognizers)
    halves = Halves.shared(values)
    letters = halves.letters if halves else Letters(values)
    if any_loose(letters):
        return _of_loose(fold_column(values, letters), recognizers)
    if halves:
        halves = halves.folded()
        return spokesmen(halves.values, recognizers, halves.letters, halves)
    folded, letters = _folded(values, letters)
    return spokesmen(folded, recognizers, letters)


def _of_loose(folded: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    speaks = np.arange(len(folded), dtype=np.int64)
    plain = np.flatnonzero(~matching(folded, LOOSE_SIGN) | matching(folded, NAME_IN_KANA))
    speaks[plain] = plain[spokesmen(folded.take(pa.array(plain)), recognizers)]
    return speaks


def _of_long(values: pa.Array, recognizers: Sequence[Recognizer]) -> Ints:
    speaks = np.arange(len(values), dtype=np.int64)
    letters = Letters(values)
    if not any_loose(letters):
        folded, letters = _folded(values, letters)
        silent = silent_texts(folded, recognizers, letters)
        speaks[silent] = silent[:1]
    return speaks


def _folded(values: pa.Array, letters: Letters) -> tuple[pa.Array, Letters]:
    """Return strings folded, and their letters."""
    folded = fold_column(values, letters)
    return folded, letters if folded is values else letters.folded(folded)
