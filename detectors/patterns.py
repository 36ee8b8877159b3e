"""What a pattern asks of a text, read from its syntax tree: letters, digits, a length, one sentence.

For RE2 patterns as gates are, which `re` can read, too, once its own classes are written as ranges. Of one that it
cannot read nothing is said.

>>> letters = Letters(["A-12", "B-3"])
>>> [possible(pattern, letters) for pattern in ("[0-9]{2}", "[0-9]{5}", "C", "(?i:b)")]
[True, False, False, True]
>>> patterns = "(?:^|[^0-9])[0-9]{7}(?:[^0-9]|$)", "電話[^0-9]", "電話[^0-9]+[0-9]"
>>> [stays_within(pattern) for pattern in patterns]
[True, True, False]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

# The syntax tree of a pattern has no public name since `sre_parse` was deprecated (Python 3.11).
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from detectors.letters import Letters

#: What a sentence or a line ends with.
ENDS = "。\n\r!?"
_DIGITS = range(ord("0"), ord("9") + 1)
REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


def possible(pattern: str, letters: Letters) -> bool:
    """Say whether a value of a column made of `letters` may match `pattern`; False is certain."""
    tree = parsed(pattern)
    if tree is None:
        return True
    if not letters.known.issuperset(_written(pattern)):
        return False
    fold_case = bool(tree.state.flags & re.IGNORECASE)
    return (
        tree.getwidth()[0] <= letters.longest
        and least_digits(pattern) <= letters.digits
        and holds(tree, letters, fold_case)
    )


@cache
def _written(pattern: str) -> frozenset[int]:
    """Return letters that whatever matches a pattern has as they are, where no syntax tree has to be walked."""
    tree = parsed(pattern)
    if tree.state.flags & re.IGNORECASE:
        return frozenset()
    return frozenset(argument for operation, argument in tree if operation is _constants.LITERAL)


@cache
def stays_within(pattern: str, ends: str = ENDS) -> bool:
    """Say whether whatever matches in a text matches in one of its sentences, too, where nothing stands beside it.

    A sentence has at its end what it ends with, one or more of `ends`; one letter before it may be asked for, if a
    text may as well begin there.
    """
    tree = parsed(pattern)
    return tree is not None and _stays(tree, ends, opens=True, closes=True)


@cache
def is_empty(pattern: str) -> bool:
    """Say whether a pattern may match nothing at all."""
    tree = parsed(pattern)
    return tree is None or tree.getwidth()[0] == 0


@cache
def is_anchored(pattern: str) -> bool:
    """Say whether a pattern may ask for the beginning or the end of a text, a line or a word."""
    return any(True for _ in anchors(parsed(pattern) or ()))


@cache
def parsed(pattern: str) -> Any:
    """Return the syntax tree of a pattern; None for one that `re` cannot read."""
    try:
        return _parser.parse(_CLASS.sub(_widened, pattern))
    except re.error:
        return None


#: A class, or one of RE2's own.
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\p\{Han\}|\\pL")
#: All that is not ASCII; a full stop is no letter.
_BEYOND = r"\x80-\u3001\u3003-\U0010ffff"


def _widened(written: re.Match[str]) -> str:
    """Write wider ranges where `re` knows no class; whatever else it does not know, it does not read."""
    ranges = written[0].replace(r"\p{Han}", _BEYOND).replace(r"\pL", f"A-Za-z{_BEYOND}")
    return ranges if ranges.startswith("[") else f"[{ranges}]"


@cache
def least_digits(pattern: str) -> int:
    """Return how many digits whatever matches a pattern has at least."""
    tree = parsed(pattern)
    return _digits_of(tree) if tree else 0


def _digits_of(sequence: Any) -> int:
    return sum(_digits_in(operation, argument) for operation, argument in sequence)


def _digits_in(operation: Any, argument: Any) -> int:
    if operation is _constants.LITERAL:
        return int(argument in _DIGITS)
    if operation is _constants.IN:
        return int(
            all(
                kind is _constants.RANGE and value[0] in _DIGITS and value[1] in _DIGITS
                for kind, value in argument
            )
        )
    if operation is _constants.BRANCH:
        return min(map(_digits_of, argument[1]))
    if operation is _constants.SUBPATTERN:
        return _digits_of(argument[3])
    if operation in REPEATS:
        return int(argument[0]) * _digits_of(argument[2])
    return 0


def holds(sequence: Any, letters: Letters, fold_case: bool) -> bool:
    """Say whether every part of a sequence that has to match could."""
    return all(_fits(operation, argument, letters, fold_case) for operation, argument in sequence)


def _fits(operation: Any, argument: Any, letters: Letters, fold_case: bool) -> bool:
    if operation is _constants.LITERAL:
        return letters.between(argument, argument) or (
            fold_case and chr(argument).casefold() in letters.plain
        )
    if operation is _constants.IN:
        return any(_member(kind, value, letters, fold_case) for kind, value in argument)
    if operation is _constants.BRANCH:
        return any(holds(branch, letters, fold_case) for branch in argument[1])
    if operation is _constants.SUBPATTERN:
        return holds(argument[3], letters, fold_case or bool(argument[1] & re.IGNORECASE))
    if operation in REPEATS:
        return argument[0] == 0 or holds(argument[2], letters, fold_case)
    return True


def _member(kind: Any, value: Any, letters: Letters, fold_case: bool) -> bool:
    if kind is _constants.LITERAL and not fold_case:
        return letters.between(value, value)
    if kind is _constants.RANGE and not fold_case:
        return letters.between(*value)
    # Negated classes, categories, and whatever else, are not worth a closer look.
    return True


def _stays(sequence: Any, ends: str, *, opens: bool, closes: bool) -> bool:
    """Say whether nothing in a sequence that has to match goes on behind one of `ends`.

    `opens`, `closes`: the pattern begins, and ends, with it.
    """
    last = len(sequence) - 1
    return all(
        _stays_in(operation, argument, ends, opens and not at, closes and at == last)
        for at, (operation, argument) in enumerate(sequence)
    )


def _stays_in(operation: Any, argument: Any, ends: str, opens: bool, closes: bool) -> bool:
    if operation is _constants.BRANCH:
        branches = argument[1]
        begins = opens and any(list(branch) == _BEGINNING for branch in branches)
        return all(
            (begins and len(branch) == 1) or _stays(branch, ends, opens=opens, closes=closes)
            for branch in branches
        )
    if operation is _constants.SUBPATTERN:
        return _stays(argument[3], ends, opens=opens, closes=closes)
    if operation in REPEATS:
        return _stays(argument[2], ends, opens=False, closes=False)
    if operation is _constants.AT:
        return argument not in (_constants.AT_BEGINNING_STRING, _constants.AT_END_STRING)
    return closes or not any(takes(operation, argument, ord(end)) for end in ends)


_BEGINNING = [(_constants.AT, _constants.AT_BEGINNING)]


def takes(operation: Any, argument: Any, code: int) -> bool:
    """Say whether what matches one letter may match this one."""
    if operation is _constants.LITERAL:
        return bool(argument == code)
    if operation is _constants.IN:
        negated = argument[0][0] is _constants.NEGATE
        listed = any(_is_among(kind, value, code) for kind, value in argument[negated:])
        return listed != negated or any(kind is _constants.CATEGORY for kind, _ in argument)
    return True


def _is_among(kind: Any, value: Any, code: int) -> bool:
    if kind is _constants.RANGE:
        return bool(value[0] <= code <= value[1])
    return bool(kind is _constants.LITERAL and value == code)


def anchors(sequence: Any) -> Iterator[Any]:
    """Yield what a sequence asks for that is no letter: the beginning or the end of a text, a line, a word."""
    for operation, argument in sequence:
        if operation is _constants.AT:
            yield argument
        elif operation is _constants.BRANCH:
            yield from (each for branch in argument[1] for each in anchors(branch))
        elif operation is _constants.SUBPATTERN:
            yield from anchors(argument[3])
        elif operation in REPEATS:
            yield from anchors(argument[2])
