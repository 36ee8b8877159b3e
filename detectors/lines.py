r"""Texts, one below the other: patterns stay compiled, and one search looks at all of them.

Arrow compiles a pattern at every call, which takes as long as matching some hundred cells, and begins anew at each
cell, which takes as long as reading a dozen letters; a search for each text takes as long as matching a dozen.

>>> lines = Lines(["電話 090-1234-5678", "", "1\n2"])
>>> [lines.matching(pattern).tolist() for pattern in ("[0-9]{4}$", "^[12]", "[12][^3]", "^$")]
[[True, False, False], [False, False, True], [True, False, True], [False, True, False]]
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, islice, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import re2

from detectors.letters import digits_of_each, letters_of
from detectors.patterns import is_empty, least_digits, stays_within

#: So few texts are looked at one by one.
_SOME = 4
#: So few are sooner Python strings than joined by Arrow.
_FEW = 128
#: What a text that holds a match costs, and what one costs beside its own bytes where each is looked at, in bytes
#: read; where matches would take more than a quarter of that, they are not rare.
_MATCH, _TEXT, _SHARE = 2_048, 16, 4
#: Bytes searched at once: of a text in which RE2 meets too many states it reads the rest slowly.
_AT_ONCE = 65_536
#: Patterns that stay compiled, by themselves and as one.
_COMPILED, _TOGETHER = 512, 32
_DIGIT = re.compile(b"[0-9]")

Mask = npt.NDArray[np.bool_]


class Lines:
    """Texts that are asked for many patterns: an array of strings, or strings; lone surrogates are read as ``?``.

    `size`: bytes of all of them.
    """

    def __init__(self, texts: Sequence[str] | pa.Array) -> None:
        if isinstance(texts, pa.Array) and len(texts) <= _FEW:
            texts = texts.to_pylist()
        self._texts = texts
        self._starts: Sequence[int] | npt.NDArray[np.int64]
        if isinstance(texts, pa.Array):
            self._below = _one_below_the_other(texts)
            self._starts = letters_of(texts)[1][:-1] + np.arange(len(texts))
        else:
            lines = [text.encode("utf-8", "replace") for text in texts]
            self._below = b"\n".join(lines)
            self._starts = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
        self.size = len(self._below)

    def matching(self, pattern: str) -> Mask:
        """Return which of the texts hold a match of an RE2 pattern."""
        if least_digits(pattern) > self._digits:
            return self._those(())
        single, of_lines = _compiled(pattern)
        if of_lines is not None:
            return self._those(self._holding(single, of_lines))
        return self._those(at for at in range(len(self._texts)) if single.search(self._text(at)))

    def rarely_matching(self, *patterns: str) -> Mask | None:
        """Return which texts hold a match of any of `patterns`; None where telling takes long.

        That is where many do, or a match may go on in the next line (`stays_in_line`).
        """
        if not all(map(stays_in_line, patterns)):
            return None
        most = _SOME + (self.size + _TEXT * len(self._texts)) // (_MATCH * _SHARE)
        single, of_lines = _compiled(*patterns) if len(patterns) == 1 else _any_of(*patterns)
        some = list(islice(self._holding(single, of_lines), most + 1))
        return self._those(some) if len(some) <= most else None

    def passing(self, patterns: Sequence[str], bits: Iterable[int]) -> npt.NDArray[np.int64]:
        """Return for every text which of `patterns` it holds a match of, as bits; those at `bits` are asked."""
        passed = np.zeros(len(self._texts), dtype=np.int64)
        if len(passed) <= _SOME:
            asked = [bit for bit in bits if least_digits(patterns[bit]) <= self._digits]
            singles = [(1 << bit, _compiled(patterns[bit])[0]) for bit in asked]
            texts = map(self._text, range(len(passed)))
            passed[:] = [sum([bit for bit, each in singles if each.search(text)]) for text in texts]
            return passed
        for bit in bits:
            passed |= self.matching(patterns[bit]).astype(np.int64) << bit
        return passed

    def _holding(self, single: Any, of_lines: Any) -> Iterator[int]:
        """Yield the place of each text that holds a match of a pattern `_compiled`."""
        for first, last in pairwise(self._portions):
            at, end = first, self._end(last - 1)
            while at < last and (match := of_lines.search(self._below, int(self._starts[at]), end)):
                at = bisect_right(self._starts, match.end() - 1, at, last) - 1
                # A line may begin and end where its text does not.
                if single.search(self._text(at)):
                    yield at
                at += 1

    def _those(self, places: Iterable[int]) -> Mask:
        found = np.zeros(len(self._texts), dtype=np.bool_)
        found[list(places)] = True
        return found

    def _text(self, at: int) -> bytes:
        return self._below[int(self._starts[at]) : self._end(at)]

    def _end(self, at: int) -> int:
        return int(self._starts[at + 1]) - 1 if at + 1 < len(self._texts) else self.size

    @cached_property
    def _portions(self) -> list[int]:
        """Where each portion that is searched at once begins, and the last ends."""
        if self.size <= _AT_ONCE:
            return [0, len(self._texts)]
        begins = np.searchsorted(self._starts, np.arange(0, self.size, _AT_ONCE))
        portions: list[int] = np.unique(np.append(begins, len(self._texts))).tolist()
        return portions

    @cached_property
    def _digits(self) -> int:
        if isinstance(self._texts, pa.Array):
            return int(digits_of_each(self._texts).max(initial=0))
        return max((len(_DIGIT.findall(self._text(at))) for at in range(len(self._texts))), default=0)


def _one_below_the_other(texts: pa.Array) -> bytes:
    together = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts.cast(pa.binary()))
    below: bytes = pc.binary_join(together, b"\n")[0].as_py()
    return below


def stays_in_line(pattern: str) -> bool:
    """Say whether texts may be asked for a pattern where they stand one below the other."""
    return not is_empty(pattern) and stays_within(pattern, "\n")


@lru_cache(maxsize=_COMPILED)
def _compiled(pattern: str) -> tuple[Any, Any]:
    """Return a pattern for one text, and for many one below the other; None where it may go on in the next."""
    of_lines = re2.compile(f"(?m:{pattern})") if stays_in_line(pattern) else None
    return re2.compile(pattern), of_lines


@lru_cache(maxsize=_TOGETHER)
def _any_of(*patterns: str) -> tuple[Any, Any]:
    """Return what `_compiled` returns, of several patterns that stay in a line as one."""
    together = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re2.compile(together), re2.compile(f"(?m:{together})")
