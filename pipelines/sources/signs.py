"""How files begin, written once: for Python that has their bytes, for a server asked which cells hold some.

A sign is lower-case hex digits, two for each byte; ``__`` is any byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Bytes at the beginning of a cell that tell: none of the signs is longer.
LONGEST = 16


def begins_as(signs: Iterable[str]) -> re.Pattern[bytes]:
    r"""Compile a pattern whose `match` says whether bytes begin as one of the signs.

    >>> bool(begins_as(["ff__00"]).match(b"\xff\n\0...")), begins_as(["ff__00"]).match(b"\xff\n")
    (True, None)
    """
    return re.compile(b"|".join(map(_pattern, signs)), re.DOTALL)


def sql_begins_as(hexed: str, signs: Iterable[str]) -> str:
    """Return an SQL condition on an expression that is the first `LONGEST` bytes of a cell as hex digits.

    >>> sql_begins_as("lower(hex(x))", ["ff__00", "89"])
    "(lower(hex(x)) LIKE 'ff__00%' OR lower(hex(x)) LIKE '89%')"
    """
    return "(" + " OR ".join(f"{hexed} LIKE '{sign}%'" for sign in signs) + ")"


def _pattern(sign: str) -> bytes:
    pairs = (sign[at : at + 2] for at in range(0, len(sign), 2))
    return b"".join(b"." if pair == "__" else re.escape(bytes.fromhex(pair)) for pair in pairs)
