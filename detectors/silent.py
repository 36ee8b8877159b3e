"""Texts that say nothing, told by their sentences: what most columns of notes are made of.

A recognizer that remembers which sentences hold nothing of its kind says so of a whole column at once
(`Recognizer.silent`); of every other one its gate tells. Such texts are never read, nor made Python strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.gates import Mask
from detectors.letters import Letters
from detectors.phrases import Phrases

if TYPE_CHECKING:
    from detectors.recognizer import Recognizer

Ints = npt.NDArray[np.int64]

#: So many texts are worth a glance, if half of the first ones are passed over at it.
_TEXTS, _SOME = 1_024, 512


def silent_texts(folded: pa.Array, recognizers: Sequence[Recognizer], letters: Letters | None = None) -> Ints:
    """Return the places of texts of which it is known at a glance that none of `recognizers` finds anything.

    `folded`: folded strings without nulls that need not be condensed; `letters`: theirs, where they are known.
    """
    some = folded.slice(0, _SOME)
    if len(folded) < _TEXTS or np.count_nonzero(_say_nothing(Phrases.of(some), recognizers)) * 2 < len(some):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(_say_nothing(Phrases.of(folded, letters), recognizers))


def _say_nothing(phrases: Phrases, recognizers: Sequence[Recognizer]) -> Mask:
    told = [each.silent(phrases) for each in recognizers]
    passed = phrases.passing(
        [each.gate for each, said in zip(recognizers, told, strict=True) if said is None]
    )
    silent: Mask = np.logical_and.reduce([passed == 0, *(said for said in told if said is not None)])
    return silent
