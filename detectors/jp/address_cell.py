"""Cells that are an address and nothing else, told at a glance: prefecture, municipality, town, block numbers.

Most addresses of a table are of this form. One look at the gazetteer tells that the grammar would read them whole,
so it is not asked; a test holds the two against each other over all towns.

>>> found = town_of("東京都渋谷区恵比寿南2-12-1")
>>> found.place, found.town, town_of("東京都渋谷区恵比寿南2-12-1エビスハイツ")
('渋谷区', '恵比寿南', None)
"""

from __future__ import annotations

import re

from detectors.jp.address_grammar import Address, read_place, take_town
from detectors.jp.gazetteer import spelling

_NUMBER = "[1-9][0-9]{0,4}"
_WHOLE = re.compile(
    rf"([^0-9\s]{{5,28}})(?:{_NUMBER}丁目)?(?:{_NUMBER}(?:-{_NUMBER}){{0,3}}|{_NUMBER}番地|{_NUMBER}番{_NUMBER}号)"
)


def town_of(folded: str) -> Address | None:
    """Read a whole cell of folded text as far as its town, `end` being where the numbers begin.

    None for everything but an address of the plain form; 京都市 has streets, and 字 an own grammar.
    """
    whole = _WHOLE.fullmatch(folded)
    if whole is None:
        return None
    spelled = spelling(folded)
    found = read_place(folded, spelled)
    if found is None or not (found.prefecture and found.municipalities):
        return None
    if folded[found.end] in "字大小" or any(each.name.startswith("京都市") for each in found.municipalities):
        return None
    return found if take_town(spelled, found.end, found) and found.end == whole.end(1) else None
