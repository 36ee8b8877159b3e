"""The address key: one string for one place, however it was written.

``prefecture|municipality|town|n1|n2|n3`` and, with the room, ``…|room``. The numbers are positional: a hyphenated
2-5-3 does not say whether its first number is a 丁目 or a 番, and within one town only one of the two readings
exists, so 2丁目5番3号, 2-5-3 and 二丁目五の三 meet. Whether the numbers are 番地 or 住居表示 is known for some
spellings only; it stays on the reading (`Address.kind`) and out of the key.

The building's name is in neither key: spellings of one building differ more often than two buildings share
a lot and a room number.
"""

from __future__ import annotations

import re

from detectors.jp.address_building import room_of
from detectors.jp.address_grammar import Address
from detectors.jp.gazetteer import spelling, with_arabic_counts
from detectors.text import fold

_SECTION = re.compile("大字|小字|(?<!文)字")
#: 住居表示 numbers (号) stay below this, room numbers after a hyphen do not: 3-13-402.
_FIRST_ROOM = 100


def address_keys(found: Address) -> tuple[str, str]:
    """Return the keys of a reading ``(with room, without room)``; the two are equal but for the last field."""
    _, room = room_of(found.building)
    return numbered(town_key(found), found.numbers, found.kind, room)


def town_key(found: Address) -> str:
    """Return the first half of the keys of a reading: ``prefecture|municipality|town``."""
    prefecture, municipality = _place(found)
    town = with_arabic_counts(_SECTION.sub("", found.town + spelling(found.aza))).replace(" ", "")
    return f"{prefecture}|{municipality}|{town}"


def numbered(town: str, numbers: tuple[str, ...], kind: str, room: str = "") -> tuple[str, str]:
    """Return the keys ``(with room, without room)`` of block numbers of a `kind` (`Block`) behind a `town_key`."""
    if not room:
        numbers, room = _split_room(numbers, kind)
    first, second, *rest = (*numbers, "", "")[: max(len(numbers), 2)]
    without = f"{town}|{first}|{second}|{'-'.join(rest)}"
    return f"{without}|{room}", without


def _place(found: Address) -> tuple[str, str]:
    """Return prefecture and full municipality, filled in from the gazetteer where it leaves one choice."""
    if len(found.municipalities) == 1:
        only = found.municipalities[0]
        return only.prefecture, spelling(fold(only.name))
    return found.prefecture, spelling(found.place).replace(" ", "")


def _split_room(numbers: tuple[str, ...], kind: str) -> tuple[tuple[str, ...], str]:
    """Tell the room from the block numbers where a hyphen joins them."""
    if len(numbers) < 3 or kind == "lot" or not numbers[-1].isdigit():
        return numbers, ""
    if len(numbers) == 4 or int(numbers[-1]) >= _FIRST_ROOM:
        return numbers[:-1], numbers[-1]
    return numbers, ""
