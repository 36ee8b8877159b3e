"""Outlines: what is left of values when their digits are all written 0.

A column of numbers has a million distinct values and a handful of outlines. A pattern that asks of a digit only
whether it is one says the same of a value as of its outline; every other pattern can be loosened to one that does,
and what the loosened one rules out is ruled out. So gates and forms are evaluated on outlines first.

>>> numbers = pa.array([f"0{number}-{number}" for number in range(1000, 2000)])
>>> outlines = Outlines.of(numbers)
>>> outlines.texts.to_pylist(), int(outlines.matching("^0[0-9]{4}-").sum()), int(outlines.matching("-1[05]").sum())
(['00000-0000'], 1000, 200)
>>> loose("81[- ]|0[1-9]{2}番|[^0-3]x")
'[0-9][0-9][- ]|[0-9](?:[1-9]|[0-9]){2}番|(?:[^0-3]|[0-9])x'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import re2

from detectors.gates import Mask, matching, searching
from detectors.letters import Letters, letters_of
from detectors.patterns import possible

Ints = npt.NDArray[np.int64]

#: Outlines are worth it that as many values share, among the first so many and among all.
_SHARED, _FIRST = 8, 1024
#: Of fewer outlines it is not asked what they are made of.
_FEW = 40
_DIGITS = range(ord("0"), ord("9") + 1)
_LESS_DIGITS = bytes.maketrans(b"123456789", b"000000000")

#: What is read as one in a pattern: an escape, the name of a group, a repetition, a class, a digit.
_TOKEN = re.compile(
    r"\\[xpP]\{[^}]*\}|\\[pP].|\\x[0-9A-Fa-f]{2}|\\.|\(\?P?<\w+>|\{[0-9]+(?:,[0-9]*)?\}|\[\^?\]?(?:\\.|[^\]\\])*\]|[0-9]"
)


@dataclass(frozen=True, eq=False)
class Outlines:
    """Strings without nulls, the different outlines they have, and for every string which is its `own`."""

    values: pa.Array
    texts: pa.Array
    own: Ints

    @classmethod
    def of(cls, values: pa.Array) -> Outlines:
        """Return the outlines of `values`."""
        letters, edges = letters_of(values)
        if len(letters) and letters.min() >= ord("0") and letters.max() <= ord("9"):
            sizes = np.diff(edges)
            met = np.bincount(sizes) > 0
            texts = pa.array(["0" * size for size in np.flatnonzero(met).tolist()], pa.string())
            return cls(values, texts, (np.cumsum(met) - 1)[sizes])
        encoded = pa.StringArray.from_buffers(
            len(values), pa.py_buffer(np.ascontiguousarray(edges)), outlined(letters)
        ).dictionary_encode()
        return cls(values, encoded.dictionary, encoded.indices.to_numpy().astype(np.int64))

    @classmethod
    def shared(cls, values: pa.Array) -> Outlines | None:
        """Return the outlines of `values` if many share one."""
        if not cls.of(values.slice(0, _FIRST)).are_few:
            return None
        outlines = cls.of(values)
        return outlines if outlines.are_few else None

    @property
    def are_few(self) -> bool:
        """Whether many values share an outline."""
        return len(self.texts) * _SHARED <= len(self.own)

    def at(self, places: Ints) -> Outlines:
        """Return those of the values at `places`."""
        return Outlines(self.values.take(pa.array(places)), self.texts, self.own[places])

    def matching(self, pattern: str) -> Mask:
        """Return which values hold a match of an RE2 pattern."""
        matched = self._roughly(pattern)[self.own]
        if loose(pattern) == pattern or not matched.any():
            return matched
        some = np.flatnonzero(matched)
        matched[some] = matching(self.values.take(pa.array(some)), pattern)
        return matched

    def passing(self, gates: Sequence[str]) -> Ints:
        """Return what `gates.passing` returns of the values."""
        of_texts = np.zeros(len(self.texts), dtype=np.int64)
        for bit, gate in enumerate(gates):
            of_texts |= self._roughly(gate).astype(np.int64) << bit
        passed = of_texts[self.own]
        some = int(np.bitwise_or.reduce(of_texts, initial=0))
        for bit, gate in enumerate(gates):
            if some >> bit & 1 and loose(gate) != gate:
                asked = np.flatnonzero(passed >> bit & 1)
                passed[asked[~matching(self.values.take(pa.array(asked)), gate)]] &= ~(1 << bit)
        return passed

    def _roughly(self, pattern: str) -> Mask:
        """Return which outlines hold a match of a pattern loosened."""
        rough = loose(pattern)
        if len(self.texts) > _FEW and not possible(rough, self.letters):
            return np.zeros(len(self.texts), dtype=np.bool_)
        return searching(self.texts, rough)

    @cached_property
    def letters(self) -> Letters:
        """The characters of the outlines."""
        return Letters(self.texts)

    def of_values(self) -> Letters:
        """Return the characters of the values, or more: outlines are as long, and have as many digits."""
        codes = self.letters.codes
        return Letters(self.texts, sorted({*codes, *_DIGITS}) if ord("0") in codes else codes)


def outlined(letters: npt.NDArray[np.uint8]) -> pa.Buffer:
    """Return UTF-8 with all digits written 0."""
    return pa.py_buffer(letters.tobytes().translate(_LESS_DIGITS))


@cache
def loose(pattern: str) -> str:
    """Return an RE2 pattern that matches wherever `pattern` does and takes every digit for any other.

    The pattern itself, where it makes no difference between them.
    """
    return _TOKEN.sub(_loosened, pattern)


@cache
def tells_zero_alone(pattern: str) -> bool:
    """Say whether a pattern takes 1 for any other digit but 0.

    >>> tells_zero_alone("[1-9][0-9]{0,4}番0"), tells_zero_alone("[1-5]|2")
    (True, False)
    """
    return all(_tells_zero_alone(token[0]) for token in _TOKEN.finditer(pattern))


def _tells_zero_alone(written: str) -> bool:
    if written[0] in "({":
        return True
    return len({re2.fullmatch(written, digit) is not None for digit in "123456789"}) == 1


def _loosened(token: re.Match[str]) -> str:
    written = token[0]
    if written.isdigit():
        return "[0-9]"
    if written[0] in "({":
        return written
    taken = sum(re2.fullmatch(written, digit) is not None for digit in "0123456789")
    return written if taken in (0, 10) else f"(?:{written}|[0-9])"
