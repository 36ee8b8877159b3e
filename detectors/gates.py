"""Gates over a whole column: which values could hold what a recognizer looks for.

A gate is an RE2 pattern. Evaluating all of them on every value costs more than most recognizers do on the few
values that pass, so a column is asked first which characters it is made of, how long its values are and how many
digits they have: a gate that needs 保 or eleven digits is not evaluated on a column that has neither. What is left
is evaluated by Arrow over the whole column, or over few values, for which compiling the pattern would not pay, as
one text (`detectors.lines`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.letters import Letters, digits_of_each
from detectors.lines import Lines, stays_in_line
from detectors.patterns import least_digits, possible
from detectors.text import FOLDED, fold

#: So few values are put one below the other (`detectors.lines`).
FEW = 1_024
#: Of so many bytes each gate is asked by itself: compiling all as one takes longer.
_SMALL = 262_144
#: Stands between values; a column that holds it is folded value by value.
_BETWEEN = "\x00"
#: Of more kinds of foldable characters, looking every letter up is cheaper than replacing kind after kind.
_KINDS = 24
#: So few kinds of a column are replaced one after the other; of more, only the values that hold any are folded if
#: they are fewer than one of so many.
_SOME = 4

#: Gates that need as many digits are no part of one pattern: RE2 would have to know too many states.
_NUMBER = 5
#: A gate that none of the first so many values passes is rarely passed.
_FIRST = 512

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def fold_column(values: pa.Array, letters: Letters) -> pa.Array:
    """Return an array of strings folded; `values` itself when there is nothing to fold."""
    kinds = [char for char in map(chr, letters.codes) if char in FOLDED]
    if len(kinds) <= _SOME:
        for char in kinds:
            values = pc.replace_substring(values, char, fold(char))
        return values
    some = matching(values, f"[{''.join(map(re.escape, kinds))}]")
    return fold_where(values, some, letters)


def fold_where(values: pa.Array, some: Mask, letters: Letters) -> pa.Array:
    """Return an array of strings folded, of which `some` hold something to fold."""
    if np.count_nonzero(some) * _SOME > len(values):
        return pa.array(fold_all(values.to_pylist(), letters), pa.string())
    mask = pa.array(some)
    folded = fold_all(values.filter(mask).to_pylist(), letters)
    return pc.replace_with_mask(values, mask, pa.array(folded, pa.string()))


def fold_all(values: Sequence[str], letters: Letters) -> Sequence[str]:
    """Return every value folded; `values` itself when there is nothing to fold."""
    kinds = [char for char in map(chr, letters.codes) if char in FOLDED]
    if not kinds:
        return values
    blob = _BETWEEN.join(values)
    if blob.count(_BETWEEN) != len(values) - 1:
        return [fold(value) for value in values]
    if len(kinds) > _KINDS:
        return _fold_letters(blob).split(_BETWEEN)
    for char in kinds:
        blob = blob.replace(char, fold(char))
    return blob.split(_BETWEEN)


def _fold_letters(text: str) -> str:
    """Return what `fold` returns, five times as fast for a text of many letters."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = _folded_codes()
    known = codes < len(table)
    folded = np.where(known, table[np.where(known, codes, 0)], codes)
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _folded_codes() -> npt.NDArray[np.uint32]:
    """Return by code point what `fold` makes of it, up to the last it changes."""
    codes = np.arange(ord(max(FOLDED)) + 1, dtype=np.uint32)
    for char in FOLDED:
        codes[ord(char)] = ord(fold(char))
    return codes


def passing(
    gates: Sequence[str],
    folded: Sequence[str] | pa.Array,
    letters: Letters | None = None,
    bits: Sequence[int] | None = None,
) -> Ints:
    """Return for every folded value the gates it passes, as bits: the first gate is bit 0.

    `letters`: those of `folded`, where they are known already; `bits`: the gates that are asked, or all.
    """
    asked = range(len(gates)) if bits is None else bits
    if len(folded) <= FEW:
        return Lines(folded).passing(gates, asked)
    array = folded if isinstance(folded, pa.Array) else pa.array(folded, pa.string())
    letters = Letters(array) if letters is None else letters
    possibly = [bit for bit in asked if possible(gates[bit], letters)]
    return _held(array, gates, possibly, Lines(array) if possibly else None)


def _held(array: pa.Array, gates: Sequence[str], bits: Iterable[int], lines: Lines | None) -> Ints:
    """Return of the gates at `bits` those each value passes; `lines`: the values, where few are thought to."""
    passed = np.zeros(len(array), dtype=np.int64)
    for bit in bits:
        held = lines.rarely_matching(gates[bit]) if lines else None
        passed |= (matching(array, gates[bit]) if held is None else held).astype(np.int64) << bit
    return passed


def rarely_passing(
    gates: Sequence[str],
    folded: pa.Array,
    letters: Letters | None = None,
    bits: Sequence[int] | None = None,
) -> Ints:
    """Return what `passing` returns, at less cost where hardly a value passes most gates."""
    if len(folded) <= FEW:
        return passing(gates, folded, bits=bits)
    letters = letters or Letters(folded)
    asked = [
        bit for bit in range(len(gates)) if (bits is None or bit in bits) and possible(gates[bit], letters)
    ]
    words = [bit for bit in asked if least_digits(gates[bit]) < _NUMBER]
    met = int(np.bitwise_or.reduce(passing(gates, folded.slice(0, _FIRST), bits=words), initial=0))
    rare = [bit for bit in words if not met >> bit & 1]
    numbers = [bit for bit in asked if bit not in words]
    passed = _held(folded, gates, [bit for bit in words if bit not in rare], None)
    if numbers:
        least = min(least_digits(gates[bit]) for bit in numbers)
        some = np.flatnonzero(digits_of_each(folded) >= least)
        passed[some] |= passing(gates, folded.take(pa.array(some)), bits=numbers)
    if not rare:
        return passed
    lines = Lines(folded)
    if lines.size <= _SMALL:
        return passed | _held(folded, gates, rare, lines)
    in_line = [bit for bit in rare if stays_in_line(gates[bit])]
    if in_line:
        held = lines.rarely_matching(*[gates[bit] for bit in in_line])
        if held is None:
            held = matching(folded, "|".join(f"(?:{gates[bit]})" for bit in in_line))
        some = np.flatnonzero(held)
        passed[some] |= passing(gates, folded.take(pa.array(some)), bits=in_line)
    return passed | _held(folded, gates, [bit for bit in rare if bit not in in_line], None)


def matching(values: pa.Array, pattern: str) -> Mask:
    """Return which strings of an array without nulls hold a match of an RE2 pattern."""
    return np.asarray(pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False))


def searching(values: pa.Array, pattern: str) -> Mask:
    """Return what `matching` returns, at less cost where there are few values: patterns stay compiled."""
    return matching(values, pattern) if len(values) > FEW else Lines(values).matching(pattern)
