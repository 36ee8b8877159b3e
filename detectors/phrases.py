"""Texts cut into sentences, each looked at once: most of what people note has been noted before.

The sentences of a million notes are a few thousand, when their digits are all written 0 (`detectors.outlines`). A
gate that cannot look beyond the end of a sentence is asked of these, and what it says of one holds for every text
that has it.

>>> notes = pa.array([f"在庫{number}個。電話は0{number}-1234。特になし。" for number in range(100, 164)])
>>> phrases = Phrases.of(notes)
>>> phrases.texts.to_pylist()
['在庫000個。', '電話は0000-0000。', '特になし。']
>>> phrases.passing(["0[0-9]{3}-", "015", "し.$"]).tolist()[48:52]
[5, 5, 7, 7]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors import gates as whole_texts
from detectors.gates import Mask, matching, rarely_passing
from detectors.letters import Letters, letters_of
from detectors.outlines import Ints, loose, outlined
from detectors.patterns import ENDS, is_anchored, possible, stays_within

#: So many texts are worth it if the different sentences of the first of them have at most this share of the bytes.
_MANY, _FIRST, _SHARE = 4_096, 2_048, 0.75


@dataclass(frozen=True, eq=False)
class Phrases:
    """Strings without nulls, the characters they are made of (`letters`), and their sentences.

    `texts`: the different sentences, digits as 0, with what ends them; `own`: of every sentence of every string in
    turn which of them it is; `first`: where in `own` those of each string begin; at last, where they end.
    """

    values: pa.Array
    letters: Letters
    texts: pa.Array
    own: Ints
    first: Ints

    @classmethod
    def of(cls, values: pa.Array, letters: Letters | None = None) -> Phrases:
        """Return the sentences of `values`; `letters`: theirs, where they are known already."""
        data, edges = letters_of(values)
        bounds = _bounds(data, edges)
        sentences = pa.StringArray.from_buffers(
            len(bounds) - 1, pa.py_buffer(bounds.astype(np.int32)), outlined(data)
        ).dictionary_encode()
        own = sentences.indices.to_numpy().astype(np.int64)
        first = np.searchsorted(bounds, edges)
        return cls(values, letters or Letters(values), sentences.dictionary, own, first)

    @classmethod
    def shared(cls, values: pa.Array, letters: Letters | None = None) -> Phrases | None:
        """Return the sentences of `values` if many of them come again."""
        if len(values) < _MANY:
            return None
        some = values.slice(0, _FIRST)
        different, all_of_them = (len(letters_of(texts)[0]) for texts in (cls.of(some).texts, some))
        return cls.of(values, letters) if different <= _SHARE * all_of_them else None

    def anywhere(self, said: Ints) -> Ints:
        """Return for every string what is `said`, in bits, of any of its sentences."""
        together = np.zeros(len(self.values), dtype=np.int64)
        some = np.flatnonzero(self.first[:-1] < self.first[1:])
        if len(some):
            together[some] = np.bitwise_or.reduceat(said[self.own], self.first[some])
        return together

    def passing(self, gates: Sequence[str]) -> Ints:
        """Return what `detectors.gates.passing` returns of the strings."""
        asked = [bit for bit, gate in enumerate(gates) if possible(gate, self.letters)]
        inside = [bit for bit in asked if stays_within(gates[bit])]
        passed = self.anywhere(rarely_passing(list(map(loose, gates)), self.texts, self.letters, inside))
        for bit in inside:
            if is_anchored(gates[bit]) or loose(gates[bit]) != gates[bit]:
                some = np.flatnonzero(passed >> bit & 1)
                passed[some[~self._matching(some, gates[bit])]] &= ~(1 << bit)
        others = [bit for bit in asked if bit not in inside]
        return passed | whole_texts.passing(gates, self.values, self.letters, others)

    def _matching(self, places: Ints, pattern: str) -> Mask:
        return matching(self.values.take(pa.array(places)), pattern)


def passing(gates: Sequence[str], texts: Sequence[str], letters: Letters | None = None) -> Ints:
    """Return what `detectors.gates.passing` returns, at less cost for texts of which many share sentences."""
    if len(texts) >= _MANY:
        array = pa.array(texts, pa.string())
        letters = letters or Letters(texts)
        if phrases := Phrases.shared(array, letters):
            return phrases.passing(gates)
        return whole_texts.passing(gates, array, letters)
    return whole_texts.passing(gates, texts, letters)


def _bounds(letters: npt.NDArray[np.uint8], edges: npt.NDArray[np.int32]) -> Ints:
    """Return where in UTF-8 `letters` sentences begin, and where the last ends; none goes beyond a string."""
    ends, begins = (np.zeros(len(letters) + 1, dtype=np.bool_) for _ in range(2))
    for char in map(str.encode, ENDS):
        last = max(len(letters) - len(char) + 1, 0)
        here = letters[:last] == char[0]
        for at, byte in enumerate(char[1:], start=1):
            here &= letters[at : at + last] == byte
        begins[:last] |= here
        ends[len(char) : len(char) + last] |= here
    ends &= ~begins
    ends[edges] = True
    return np.flatnonzero(ends)
