"""Digits as the number recognizers read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import mul

from detectors.text import fold

#: Around a run of digits, or of digits and capitals, that is not a piece of a longer code.
APART_BEFORE = r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-ーｰ_])(?<![0-9]\.)"
APART_AFTER = r"(?![0-9A-Za-z])(?![-ーｰ._][0-9A-Za-z])"

_NOT_DIGIT = re.compile(r"[^0-9]+")
_ASCENDING = "0123456789" * 4
_DESCENDING = _ASCENDING[::-1]


def only_digits(value: str) -> str:
    """Return the ASCII digits of `value`, full-width ones folded.

    >>> only_digits("１２３-45 67")
    '1234567'
    """
    if value.isascii() and value.isdigit():
        return value
    return _NOT_DIGIT.sub("", fold(value))


def weigh(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of the ASCII `digits`, each times its weight.

    >>> weigh("1234", (1, 1, 1, 2))
    14
    """
    total: int = sum(map(mul, digits.encode("ascii"), weights))
    return total - ord("0") * sum(weights)


def is_trivial(digits: str) -> bool:
    """Tell whether `digits` is one digit repeated or a plain count up or down.

    >>> is_trivial("000000000000"), is_trivial("012345678901"), is_trivial("621498320257")
    (True, True, False)
    """
    return len(set(digits)) <= 1 or digits in _ASCENDING or digits in _DESCENDING
