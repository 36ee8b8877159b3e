"""Addresses that differ in their numbers only read alike: 港区芝1-2-3 and 港区芝4-5-6 are one reading.

The grammar asks of a digit whether it is one, and whether it is 0. Only towns that are called by a number
(北3条西, 八軒2条, 3番町) care which: such a number stays as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import re2

from detectors.jp.gazetteer import gazetteer, spelling

#: Longest text that comes again often enough to be remembered, in code points.
LONGEST = 64

_NUMBERS = bytes.maketrans(b"23456789", b"11111111")
_NO_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_NUMBER = re.compile("[0-9]+")
_STEM = re.compile("([^0-9]*)[0-9]+(.?)")
#: What may stand before a town: a municipality, a space, 字, a street of Kyoto.
_BEFORE_TOWN = "(?:^|[市区町村郡字都道府県るル入 ])"


def likeness(folded: str) -> bytes | None:
    """Return what all texts share that the grammar of addresses reads as it reads `folded`; None for one alone.

    Those are long ones, and those that may name a town with two numbers (4区3条).

    >>> likeness("港区芝2-11-30号") == likeness("港区芝5-37-60号") != likeness("港区芝0-11-30号")
    True
    >>> likeness("札幌市中央区北3条西6") == likeness("札幌市中央区北3条西7") != likeness("札幌市中央区北4条西6")
    True
    """
    if len(folded) > LONGEST:
        return None
    written = _utf8(folded)
    kept = _kept(written.translate(_NO_DIGITS))
    if kept is None:
        return None
    alike = written.translate(_NUMBERS)
    for start, end in kept:
        alike = alike[:start] + written[start:end] + alike[end:]
    return alike


@lru_cache(maxsize=65_536)
def _kept(outline: bytes) -> tuple[tuple[int, int], ...] | None:
    """Return where in UTF-8 with digits written 0 the numbers are that may be in a town's name.

    None for a text that may name a town with two numbers.
    """
    text = outline.decode()
    spelled = spelling(text)
    if _numbered_towns().search(_utf8(spelled)) is None:
        return ()
    if _twice_numbered().search(_utf8(spelled)) is not None:
        return None
    return tuple(
        (len(_utf8(text[:start])), len(_utf8(text[:end]))) for start, end in _numbers_in_names(spelled)
    )


def _numbers_in_names(spelled: str) -> Iterator[tuple[int, int]]:
    """Yield where the numbers are that may be in a town's name: which ones they are does not matter."""
    end = 0
    for number in _NUMBER.finditer(spelled):
        # No name goes back over an earlier number, nor begins with the text where one stands.
        around = ("\n" if end else "") + spelled[end : number.end() + 1]
        if _numbered_towns().search(_utf8(around)) is not None:
            yield number.span()
        end = number.end()


def _utf8(text: str) -> bytes:
    """Lone surrogates have no UTF-8; an address has none."""
    return text.encode(errors="replace")


@cache
def _numbered_towns() -> Any:
    """Return a pattern (RE2) of where a town that is called by a number may stand."""
    stems: defaultdict[str, set[str]] = defaultdict(set)
    for name in gazetteer().numbered_towns:
        stem, after = _STEM.match(name).groups()  # type: ignore[union-attr]
        stems[after].add(re.escape(stem) or _BEFORE_TOWN)
    return re2.compile(
        "|".join(
            f"(?:{'|'.join(sorted(found))})[0-9]+{re.escape(after)}" for after, found in sorted(stems.items())
        )
    )


@cache
def _twice_numbered() -> Any:
    """Return a pattern (RE2) of towns with two numbers in their names."""
    pieces = (_NUMBER.split(name) for name in gazetteer().numbered_towns)
    return re2.compile("|".join({"[0-9]+".join(map(re.escape, each)) for each in pieces if len(each) > 2}))
