"""Cells that are an address and nothing else, told at a glance: prefecture, municipality, town, block numbers.

Most addresses of a table are of this form. One look at the gazetteer tells that the grammar would read them whole,
so it is not asked; a test holds the two against each other over all towns.

>>> found = town_of("東京都渋谷区恵比寿南2-12-1")
>>> found.place, found.town, town_of("東京都渋谷区恵比寿南2-12-1エビスハイツ")
('渋谷区', '恵比寿南', None)
"""

from __future__ import annotations

import re
import string
from functools import cache, lru_cache

from detectors.jp.address_grammar import Address, read_place, take_town
from detectors.jp.address_key import numbered, town_key
from detectors.jp.gazetteer import gazetteer, spelling
from detectors.pieces import Form

_NUMBER = "[1-9][0-9]{0,4}"
_NUMBERS = rf"(?:{_NUMBER}丁目)?(?:{_NUMBER}(?:-{_NUMBER}){{0,3}}|{_NUMBER}番地|{_NUMBER}番{_NUMBER}号)"
_DIGITS = re.compile("[0-9]+")
_WHOLE = re.compile(rf"([^0-9\s]{{5,28}}){_NUMBERS}")
_LETTER = "[㐀-䶿一-鿿々〆ぁ-ゖァ-ヺー]"
_PLACE = rf"(?:北海道|{_LETTER}{{2,3}}[都府県]){_LETTER}{{2,24}}"
#: Cells that may be of the plain form: a place, and block numbers.
FORM = Form.of_halves((_PLACE, _NUMBERS), cut=string.digits)
#: The same with a town that is called by a number: 旭川市東光9条5-11-2.
NUMBERED = Form.of_halves((_PLACE, f"[0-9]{{1,2}}[条線区号]{_LETTER}{{0,6}}{_NUMBERS}"), cut=string.digits)
#: Places that are remembered.
_REMEMBERED = 65_536


def town_of(folded: str) -> Address | None:
    """Read a whole cell of folded text as far as its town, `end` being where the numbers begin.

    None for everything but an address of the plain form; 京都市 has streets, and 字 an own grammar.
    """
    whole = _WHOLE.fullmatch(folded)
    if whole is None:
        return None
    spelled = spelling(folded)
    found = _municipality(folded, spelled)
    if found is None:
        return None
    return found if take_town(spelled, found.end, found) and found.end == whole.end(1) else None


def _municipality(folded: str, spelled: str) -> Address | None:
    found = read_place(folded, spelled)
    if found is None or not (found.prefecture and found.municipalities):
        return None
    if folded.startswith(("字", "大字", "小字"), found.end):
        return None
    return None if any(each.name.startswith("京都市") for each in found.municipalities) else found


def keys_of(folded: str) -> tuple[str, str] | None:
    """Return the keys of a whole cell of the plain form, those of the grammar's reading; None for others.

    >>> keys_of("東京都渋谷区恵比寿南2丁目12-1")
    ('東京都|渋谷区|恵比寿南|2|12|1|', '東京都|渋谷区|恵比寿南|2|12|1')
    """
    whole = _WHOLE.fullmatch(folded)
    town = _town_at_end(whole[1]) if whole else None
    if whole is None or town is None:
        return None
    written = folded[whole.end(1) :]
    return numbered(town, tuple(_DIGITS.findall(written)), "lot" if "番地" in written else "")


def ends_in_town(place: str) -> int:
    """Return 0 for a place that `town_of` reads as far as its end, whatever block numbers follow; or -1."""
    return -1 if _town_at_end(place) is None else 0


@lru_cache(maxsize=_REMEMBERED)
def _town_at_end(place: str) -> str | None:
    """Return the key of the town where such a place ends; None for one that is not read as far."""
    spelled = spelling(place)
    found = _municipality(place, spelled) if _WHOLE.fullmatch(f"{place}1") else None
    if found is None or _goes_on_with_number(found, spelled[found.end :]):
        return None
    return town_key(found) if take_town(spelled, found.end, found) and found.end == len(place) else None


def _goes_on_with_number(found: Address, town: str) -> bool:
    """Say whether a town called by a number (北3条西) may begin with `town` in any municipality that is meant."""
    return town in _before_numbers() and any(
        name[len(town) : len(town) + 1].isdigit()
        for each in found.municipalities
        for name in each.towns
        if name.startswith(town)
    )


@cache
def _before_numbers() -> frozenset[str]:
    """Return what stands before the first digit of a town that is called by a number."""
    return frozenset(re.split("[0-9]", name, maxsplit=1)[0] for name in gazetteer().numbered_towns)
