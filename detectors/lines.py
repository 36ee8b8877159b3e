r"""Few texts, one below the other: patterns stay compiled, and one search looks at all of them.

Arrow compiles a pattern at every call, which takes as long as matching some hundred cells; a search for each text
takes as long as matching a dozen.

>>> lines = Lines(["電話 090-1234-5678", "", "1\n2"])
>>> [lines.matching(pattern).tolist() for pattern in ("[0-9]{4}$", "^[12]", "[12][^3]", "^$")]
[[True, False, False], [False, False, True], [True, False, True], [False, True, False]]
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import re2

from detectors.patterns import is_empty, least_digits, stays_within

#: So few texts are looked at one by one.
_SOME = 4
_DIGIT = re.compile(b"[0-9]")


class Lines:
    """Texts that are asked for many patterns; lone surrogates are read as ``?``."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [text.encode("utf-8", "replace") for text in texts]
        self._below = b"\n".join(self._texts)
        self._starts = [0, *accumulate(len(text) + 1 for text in self._texts[:-1])]

    def matching(self, pattern: str) -> npt.NDArray[np.bool_]:
        """Return which of the texts hold a match of an RE2 pattern."""
        found = np.zeros(len(self._texts), dtype=np.bool_)
        if least_digits(pattern) > self._digits:
            return found
        single, of_lines = _compiled(pattern)
        if of_lines is None:
            found[:] = [single.search(text) is not None for text in self._texts]
            return found
        at = 0
        while at < len(found) and (match := of_lines.search(self._below, self._starts[at])):
            at = bisect_right(self._starts, match.end() - 1) - 1
            # A line may begin and end where its text does not.
            found[at] = single.search(self._texts[at]) is not None
            at += 1
        return found

    def passing(self, patterns: Sequence[str], bits: Iterable[int]) -> npt.NDArray[np.int64]:
        """Return for every text which of `patterns` it holds a match of, as bits; those at `bits` are asked."""
        passed = np.zeros(len(self._texts), dtype=np.int64)
        if len(passed) <= _SOME:
            asked = [bit for bit in bits if least_digits(patterns[bit]) <= self._digits]
            singles = [(1 << bit, _compiled(patterns[bit])[0]) for bit in asked]
            passed[:] = [sum([bit for bit, each in singles if each.search(text)]) for text in self._texts]
            return passed
        for bit in bits:
            passed |= self.matching(patterns[bit]).astype(np.int64) << bit
        return passed

    @cached_property
    def _digits(self) -> int:
        return max((len(_DIGIT.findall(text)) for text in self._texts), default=0)


@cache
def _compiled(pattern: str) -> tuple[Any, Any]:
    """Return a pattern for one text, and for many one below the other; None where it may go on in the next."""
    whole = is_empty(pattern) or not stays_within(pattern, "\n")
    return re2.compile(pattern), None if whole else re2.compile(f"(?m:{pattern})")
