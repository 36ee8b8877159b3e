"""Cells told at a glance: a name in two pieces of which the dictionaries know one, or a postal address, no more.

Most cells of a table that hold kanji or kana are one of the two. Nothing stands beside them that could say more,
so neither tokenizer nor rules are asked: ``山田 太郎`` is surname and given name, ``東京都港区芝1-2-3`` names
nobody (a name inside an address is the address's, `detectors.resolver.CONTAINERS`).

>>> read("山田 太郎"), read("東京都港区芝1-2-3 メゾン芝203号室"), read("山田 太郎様"), read("港区の山田")
([Candidate(start=0, end=5, score=0.85, role='full', checked=True, parts=('山田', '太郎'))], [], None, None)
"""

from __future__ import annotations

import re

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import given_names, surname_count
from detectors.names.lexicon import HIRAGANA, HONORIFIC, KANJI, KATAKANA, NOT_A_PERSON, PRODUCTS, TITLE
from detectors.names.shapes import kana_pair_score
from detectors.names.spaced import pair_score

#: Score of a full name of the dictionaries with nothing beside it.
KNOWN = 0.85
#: From this score two pieces are a name of which one half stands in a dictionary, and the other is no word.
HALF_KNOWN = 0.6

_KANJI_NAME = re.compile(f"([{KANJI}]{{1,4}}) ([{KANJI}]{{1,3}})")
_NO_NAME = re.compile(f"{HONORIFIC.pattern}|{TITLE.pattern}|{NOT_A_PERSON.pattern}")
_KANA_NAME = re.compile(
    f"([{KATAKANA}]{{2,8}}) ([{KATAKANA}]{{2,8}})|([{HIRAGANA}ー]{{2,8}}) ([{HIRAGANA}ー]{{2,8}})"
)
_MUNICIPALITY = f"[{KANJI}{HIRAGANA}{KATAKANA}]{{1,8}}[市区町村郡]"
_TOWN = f"[{KANJI}{KATAKANA}のがつ]"
# 様方 and 方 name the person one lives with: such an address is read.
_ADDRESS = re.compile(
    r"(?:〒? ?[0-9]{3}-?[0-9]{4} ?)?"
    rf"(?:北海道|東京都|京都府|大阪府|[{KANJI}]{{2,3}}県){_MUNICIPALITY}{_TOWN}{{0,16}}"
    r"[0-9]{1,5}(?:(?:丁目|番地|番|号|-)[0-9]{0,5}){0,5}"
    rf"(?: ?(?:(?!様|方|御中|宛)[{KANJI}{KATAKANA}A-Za-z・]){{2,20}}[0-9]{{1,4}}(?:号室|号|階|F)?)?"
)
_SHORTEST_ADDRESS, _LONGEST = 8, 80


def read(dense: str) -> list[Candidate] | None:
    """Return the names of a cell of dense folded text; None for one that has to be read by tokenizer and rules."""
    if len(dense) > _LONGEST:
        return None
    if " " in dense:
        score, name = _kanji_name(dense) or _kana_name(dense) or (0.0, ())
        if name:
            return [Candidate(0, len(dense), score, "full", True, name)]
    if len(dense) >= _SHORTEST_ADDRESS and _ADDRESS.fullmatch(dense):
        return []
    return None


def _kanji_name(dense: str) -> tuple[float, tuple[str, str]] | None:
    pieces = _KANJI_NAME.fullmatch(dense)
    if not pieces or dense in PRODUCTS:
        return None
    surname, given = pieces.groups()
    if surname_count(surname) and given in given_names():
        return KNOWN, (surname, given)
    if len(surname) == 1 or _NO_NAME.search(given):
        return None
    score = pair_score(surname, given)
    return (score, (surname, given)) if score >= HALF_KNOWN else None


def _kana_name(dense: str) -> tuple[float, tuple[str, str]] | None:
    pieces = _KANA_NAME.fullmatch(dense)
    if not pieces:
        return None
    surname, given = pieces[1] or pieces[3], pieces[2] or pieces[4]
    score = kana_pair_score(surname, given)
    # An honorific in hiragana runs on from the name.
    return (score, (surname, given)) if score == KNOWN or (score and pieces[1]) else None
