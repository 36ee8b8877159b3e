"""Patterns that tell by one letter where they cannot match.

`re` skips ahead to the letters a pattern may begin with where it sees them; behind a lookbehind, a group or a flag
it does not, and tries every branch of an alternation at every place of a text. A guard of one class spares that.

>>> ahead("(?<![a-z])(?:tel|fax)|☎")
'(?=[ft☎])(?:(?<![a-z])(?:tel|fax)|☎)'
>>> ahead("(?i:tel)|fax")
'(?=[Tft])(?:(?i:tel)|fax)'
>>> ahead("tel?|.*")
'tel?|.*'
"""

from __future__ import annotations

import re

# The syntax tree of a pattern has no public name since `sre_parse` was deprecated (Python 3.11).
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

#: A class with more members is no guard.
_MOST = 2_000
_NOTHING = frozenset({_constants.ASSERT, _constants.ASSERT_NOT, _constants.AT})
_REPEATS = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT})


class _Anything(Exception):
    """What a pattern may begin with is too much to say."""


def ahead(pattern: str) -> str:
    """Return `pattern` behind a guard; `pattern` itself if it may begin with anything, or match nothing at all.

    Groups without a name are not renumbered. For patterns without flags other than in groups.
    """
    try:
        letters, empty = _first(_parser.parse(pattern), fold_case=False)
    except _Anything:
        return pattern
    if empty:
        return pattern
    members = "".join(re.escape(each) for each in sorted(letters))
    return f"(?=[{members}])(?:{pattern})"


def compiled(pattern: str) -> re.Pattern[str]:
    """Return `pattern` compiled, behind its guard."""
    return re.compile(ahead(pattern))


def _first(sequence: Any, fold_case: bool) -> tuple[set[str], bool]:
    """Return the letters a sequence may begin with, and whether it may match nothing."""
    letters: set[str] = set()
    for operation, argument in sequence:
        if operation in _NOTHING:
            continue
        more, empty = _first_of(operation, argument, fold_case)
        letters |= more
        if len(letters) > _MOST:
            raise _Anything
        if not empty:
            return letters, False
    return letters, True


def _first_of(operation: Any, argument: Any, fold_case: bool) -> tuple[set[str], bool]:
    if operation is _constants.LITERAL:
        return _cases(chr(argument), fold_case), False
    if operation is _constants.IN:
        return {each for kind, value in argument for each in _members(kind, value, fold_case)}, False
    if operation is _constants.BRANCH:
        branches = [_first(branch, fold_case) for branch in argument[1]]
        return {each for letters, _ in branches for each in letters}, any(empty for _, empty in branches)
    if operation is _constants.SUBPATTERN:
        _, added, removed, inside = argument
        return _first(inside, bool((fold_case or added & re.IGNORECASE) and not removed & re.IGNORECASE))
    if operation in _REPEATS:
        letters, empty = _first(argument[2], fold_case)
        return letters, empty or argument[0] == 0
    raise _Anything


def _members(kind: Any, value: Any, fold_case: bool) -> set[str]:
    if kind is _constants.LITERAL:
        return _cases(chr(value), fold_case)
    if kind is _constants.RANGE and value[1] - value[0] < _MOST:
        return {each for code in range(value[0], value[1] + 1) for each in _cases(chr(code), fold_case)}
    raise _Anything


def _cases(letter: str, fold_case: bool) -> set[str]:
    """Return a letter, in every case `re` takes for the same: k is K, and the sign for Kelvin."""
    if not fold_case:
        return {letter}
    if letter.isascii() and letter.isalpha():
        return {letter.lower(), letter.upper(), *_SAME.get(letter.lower(), "")}
    raise _Anything


#: What `re` takes for a Latin letter when it ignores case.
_SAME = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}
