"""Values cut in two where their first ASCII letter stands: a town and block numbers, surname and given name.

A column of addresses has a million distinct values, of a few thousand towns and a handful of outlines of numbers;
one of names is put together from a few thousand surnames and given names. What a pattern says of a value is asked
of its halves, each once, where it cannot match across the cut. Digits are written 1, or 0 where they are 0.

>>> column = pa.array([f"港区芝{number}-12" for number in range(20, 60)] + ["山田 太郎", "東京"])
>>> halves = Halves.of(column)
>>> halves.texts.to_pylist()
['港区芝', '10-11', '11-11', '山田', ' 太郎', '東京', '']
>>> halves.passing(["[市区]", "5[0-9]-", "芝.*-"]).tolist()[29:32]
[5, 7, 7]
>>> halves.matching([("[^ ]{2,3}", "[1-9][0-9]-[1-9]+"), ("..", "")]).tolist()[38:]
[True, True, False, True]
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.crossing import branches, goes_on, reaches
from detectors.gates import Mask, fold_all, fold_where, matching, passing, searching
from detectors.letters import Letters, digits_of_each, first_of_each, letters_of
from detectors.lines import Lines
from detectors.outlines import loose
from detectors.patterns import is_anchored, possible, stays_within

Ints = npt.NDArray[np.int64]
Said = TypeVar("Said", Mask, Ints)

#: So many values are worth it if the first of them have at most as many different halves, all of them a share.
_FIRST, _SHARED = 4_096, 4
#: Digits but 0 as 1: patterns tell 0 from the others where a number begins.
_DIGITS = bytes.maketrans(b"23456789", b"11111111")


@dataclass(frozen=True, eq=False)
class Halves:
    """Strings without nulls, the different halves they have, and for every string which of them are its own.

    The `left` half ends where in the string as it was cut the first ASCII letter stood.
    """

    values: pa.Array
    texts: pa.Array
    left: Ints
    right: Ints

    @classmethod
    def of(cls, values: pa.Array) -> Halves:
        """Return the halves of `values`."""
        count = len(values)
        letters, edges = letters_of(values)
        bounds = np.empty(2 * count + 1, dtype=np.int32)
        bounds[0::2], bounds[1::2] = edges, _first_ascii(letters, edges)
        data = pa.py_buffer(letters.tobytes().translate(_DIGITS))
        encoded = pa.StringArray.from_buffers(2 * count, pa.py_buffer(bounds), data).dictionary_encode()
        own = encoded.indices.to_numpy().astype(np.int64)
        return cls(values, encoded.dictionary, own[0::2], own[1::2])

    @classmethod
    def shared(cls, values: pa.Array) -> Halves | None:
        """Return the halves of `values` if many share them, and not all are ASCII."""
        if len(values) < _FIRST:
            return None
        some = cls.of(values.slice(0, _FIRST))
        if len(some.texts) > _FIRST or (some.left == some.left[0]).all():
            return None
        halves = cls.of(values)
        return halves if len(halves.texts) * _SHARED <= len(values) else None

    def at(self, places: Ints) -> Halves:
        """Return those of the values at `places`."""
        return Halves(self.values.take(pa.array(places)), self.texts, self.left[places], self.right[places])

    def folded(self) -> Halves:
        """Return the same folded: the values, and their halves."""
        texts = self.texts.to_pylist()
        folded = fold_all(texts, Letters(self.texts))
        changed = np.fromiter(map(str.__ne__, texts, folded), np.bool_, len(texts))
        if not changed.any():
            return self
        values = fold_where(self.values, self._either(changed), self.letters)
        return replace(self, values=values, texts=pa.array(folded, pa.string()))

    @cached_property
    def letters(self) -> Letters:
        """The letters of the values, or more; no value is longer or has more digits than they say."""
        longest, digits = (
            sum(int(counts[half].max(initial=0)) for half in (self.left, self.right))
            for counts in (self._sizes, digits_of_each(self.texts))
        )
        return Letters.bounded(_with_digits(Letters(self.texts).codes), longest, digits)

    @cached_property
    def _sizes(self) -> Ints:
        return np.asarray(pc.utf8_length(self.texts).to_numpy(zero_copy_only=False), dtype=np.int64)

    @property
    def sizes(self) -> Ints:
        """Code points of every value."""
        return self._sizes[self.left] + self._sizes[self.right]

    def plain(self) -> Mask:
        """Return which values are ASCII."""
        plain = pc.string_is_ascii(self.texts).to_numpy(zero_copy_only=False)
        return np.asarray(plain[self.left] & plain[self.right])

    def odd(self) -> Mask:
        """Return which values hold ASCII left of the cut, since they were folded."""
        return ~np.asarray(pc.match_substring_regex(self.texts, r"^[^\x00-\x7f]*$"))[self.left]

    def matching(self, pairs: Sequence[tuple[str, str]]) -> Mask:
        """Return which values match one of pairs of RE2 patterns, each its half as a whole.

        The patterns tell of digits at most 0 from the others.
        """
        matched = np.zeros(len(self.left), dtype=np.bool_)
        for left, right in pairs:
            whole = [matching(self.texts, f"^(?:{pattern})$") for pattern in (left, right)]
            matched |= whole[0][self.left] & whole[1][self.right]
        return matched

    def passing(self, gates: Sequence[str]) -> Ints:
        """Return what `gates.passing` returns of the values."""
        passed = self._either(self._roughly(gates))
        some = int(np.bitwise_or.reduce(passed, initial=0))
        for bit, gate in enumerate(gates):
            if some >> bit & 1 and (is_anchored(gate) or loose(gate) != gate):
                asked = np.flatnonzero(passed >> bit & 1)
                passed[asked[~matching(self.values.take(pa.array(asked)), gate)]] &= ~(1 << bit)
        for bit, gate in enumerate(gates):
            across, pattern = self._across(gate)
            if len(across):
                values = self.values if len(across) == len(passed) else self.values.take(pa.array(across))
                passed[across] |= searching(values, pattern).astype(np.int64) << bit
        return passed

    def _roughly(self, gates: Sequence[str]) -> Ints:
        """Return of every half the gates it passes, loosened, as bits."""
        rough = list(map(loose, gates))
        lines = [gate for gate in rough if stays_within(gate, "\n")]
        some = np.flatnonzero(Lines(self.texts).matching("|".join(lines)))
        passed = np.zeros(len(self.texts), dtype=np.int64)
        inside = [bit for bit, gate in enumerate(rough) if gate in lines]
        passed[some] = passing(rough, self.texts.take(pa.array(some)), bits=inside)
        others = [bit for bit in range(len(rough)) if bit not in inside]
        return passed | passing(rough, self.texts, self.letters, others)

    def _across(self, gate: str) -> tuple[Ints, str]:
        """Return the places of the values in which a gate may match across the cut, and the pattern to ask for."""
        ends, own = self._ends
        may = np.zeros(len(ends), dtype=np.bool_)
        asked = []
        for branch in branches(gate):
            if possible(branch, self.letters) and reaches(branch, self._before, self._cuts, self._behind):
                here = np.array(
                    [bool(end) and goes_on(branch, end, self._cuts) for end in ends], dtype=np.bool_
                )
                if here.any():
                    may |= here
                    asked.append(branch)
        return np.flatnonzero(may[own]) if asked else own[:0], "|".join(asked)

    @cached_property
    def _ends(self) -> tuple[list[str], Ints]:
        """The last letters left of the cut, or nothing, and for every value which is its own."""
        ends = pc.utf8_slice_codeunits(self.texts, -1, None).dictionary_encode()
        return ends.dictionary.to_pylist(), ends.indices.to_numpy().astype(np.int64)[self.left]

    @cached_property
    def _before(self) -> Letters:
        """The letters left of the cut."""
        return _of_halves(self._those(self.left))

    @cached_property
    def _behind(self) -> Letters:
        """The letters right of the cut."""
        return _of_halves(self._those(self.right))

    def _those(self, own: Ints) -> pa.Array:
        """The halves that some value has as its `own`."""
        met = np.zeros(len(self.texts), dtype=np.bool_)
        met[own] = True
        return self.texts.filter(pa.array(met))

    @cached_property
    def _cuts(self) -> str:
        """The letters before which values are cut."""
        cuts = set(pc.utf8_slice_codeunits(self._those(self.right), 0, 1).to_pylist())
        return "".join(sorted(cuts)) + (string.digits if cuts & set(string.digits) else "")

    def _either(self, said: Said) -> Said:
        """Return for every value what is said of either of its halves, as bits."""
        together: Said = said[self.left] | said[self.right]
        return together


def _of_halves(halves: pa.Array) -> Letters:
    letters = Letters(halves)
    return Letters.bounded(_with_digits(letters.codes), letters.longest, letters.digits)


def _with_digits(codes: list[int]) -> list[int]:
    """Return letters of halves, with all digits where there are any but 0."""
    return sorted({*codes, *map(ord, string.digits)}) if ord("1") in codes else codes


def _first_ascii(letters: npt.NDArray[np.uint8], edges: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return where in each string the first ASCII letter stands; where it ends, if it has none."""
    ascii_ = letters < 0x80
    begins = ascii_.copy()
    begins[1:] &= ~ascii_[:-1]
    filled = edges[:-1][edges[:-1] < edges[1:]]
    begins[filled] = ascii_[filled]
    return first_of_each(np.flatnonzero(begins), edges)
