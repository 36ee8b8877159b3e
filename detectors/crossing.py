"""Whether what matches a pattern may lie across a cut in a text (`detectors.halves`), by its syntax tree."""

from __future__ import annotations

import re
from functools import cache, lru_cache

# The syntax tree of a pattern has no public name since `sre_parse` was deprecated (Python 3.11).
from re import _constants  # type: ignore[attr-defined]
from typing import Any

from detectors.letters import Letters
from detectors.patterns import REPEATS, anchors, holds, parsed, takes

_NESTED = (_constants.BRANCH, _constants.SUBPATTERN, *REPEATS)
_OF_WORDS = (_constants.AT_BOUNDARY, _constants.AT_NON_BOUNDARY)


@cache
def branches(pattern: str) -> tuple[str, ...]:
    r"""Return the patterns of which a pattern is the alternation.

    >>> branches(r"a[|]|(?:b|c)d|\|")
    ('a[|]', '(?:b|c)d', '\\|')
    """
    found, depth = [""], 0
    for read in _TOKEN.findall(pattern):
        depth += (read[0] == "(") - (read == ")")
        if read == "|" and not depth:
            found.append("")
        else:
            found[-1] += read
    return tuple(found)


#: What is read as one in a pattern: an escape, a class, what a group begins with, a letter.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[^:()]*:|.", re.DOTALL)


@lru_cache(maxsize=65_536)
def goes_on(pattern: str, letter: str, letters: str) -> bool:
    """Say whether in what matches `letter` may stand right before one of `letters`; False is certain.

    >>> [goes_on("[前元] ?妻|夫(?:、|[0-9]){2}", letter, " 1") for letter in "前夫妻"]
    [True, True, False]
    """
    before = _before(pattern, letters)
    if before is None:
        return True
    return any(_takes_any(*taking, _codes(letter)) for taking in before)


def reaches(pattern: str, before: Letters, letters: str, behind: Letters) -> bool:
    """Say whether something may match that holds one of `letters`, before it letters of `before` alone, and after
    it letters of `behind` alone.

    False is certain.

    >>> before = Letters(["港町"])
    >>> [reaches("[町村][0-9]+[あ-ん]", before, "1", Letters([right])) for right in ("1-2", "12の3")]
    [False, True]
    >>> reaches("町の[0-9]", before, "1", Letters(["1"]))
    False
    """
    tree = parsed(pattern)
    if tree is None:
        return True
    fold_case = bool(tree.state.flags & re.IGNORECASE)
    codes = _codes(letters)
    return any(
        (operation in _NESTED or _takes_any(operation, argument, codes))
        and holds(tree[:at], before, fold_case)
        and holds(tree[at + 1 :], behind, fold_case)
        for at, (operation, argument) in enumerate(tree)
    )


@lru_cache(maxsize=4_096)
def _codes(letters: str) -> frozenset[int]:
    """Return the code points of letters, and of what is taken for the same where case does not count: ſ is s."""
    return frozenset(
        ord(each)
        for letter in letters
        for each in (
            letter,
            *letter.lower(),
            *letter.upper(),
            *letter.upper().lower(),
            *letter.lower().upper(),
        )
    )


def _takes_any(operation: Any, argument: Any, codes: frozenset[int]) -> bool:
    return operation is not _constants.AT and any(takes(operation, argument, code) for code in codes)


#: What takes one letter: an operation of a syntax tree, and its argument.
_Taking = tuple[Any, Any]


@cache
def _before(pattern: str, letters: str) -> frozenset[_Taking] | None:
    """Return what takes the letter right before one of `letters`; None where that is not known."""
    tree = parsed(pattern)
    if tree is None or any(argument in _OF_WORDS for argument in anchors(tree)):
        return None
    before: set[_Taking] = set()
    _walk(tree, frozenset(), _codes(letters), before)
    return frozenset(before)


def _walk(
    sequence: Any, last: frozenset[_Taking], codes: frozenset[int], before: set[_Taking]
) -> frozenset[_Taking]:
    """Return what may take the last letter behind a sequence that follows `last`; add to `before`."""
    for operation, argument in sequence:
        if operation is _constants.BRANCH:
            last = frozenset().union(*(_walk(branch, last, codes, before) for branch in argument[1]))
        elif operation is _constants.SUBPATTERN:
            last = _walk(argument[3], last, codes, before)
        elif operation in REPEATS:
            once = _walk(argument[2], last, codes, before)
            again = once | _walk(argument[2], once, codes, before)
            last = again if argument[0] else again | last
        elif operation is not _constants.AT:
            if _takes_any(operation, argument, codes):
                before |= last
            last = frozenset([(operation, tuple(argument) if isinstance(argument, list) else argument)])
    return last
