"""Cells told at a glance: a name in two pieces, or a postal address, no more.

Most cells of a table that hold kanji or kana are one of the two. Nothing stands beside them that could say more,
so neither tokenizer nor rules are asked: ``山田 太郎`` is surname and given name, ``東京都港区芝1-2-3`` names
nobody (a name inside an address is the address's, `detectors.resolver.CONTAINERS`).

>>> read("山田 太郎"), read("東京都港区芝1-2-3 メゾン芝203号室"), read("山田 太郎様"), read("港区の山田")
([Candidate(start=0, end=5, score=0.85, role='full', checked=True, parts=('山田', '太郎'))], [], None, None)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from detectors.digit_cells import first_alike
from detectors.names.candidate import Candidate
from detectors.names.gazetteer import (
    given_names,
    is_common_word,
    is_given,
    is_kana_given,
    is_kana_surname,
    is_surname,
    only_words,
    surname_count,
)
from detectors.names.lexicon import (
    ADDRESS,
    HIRAGANA,
    HONORIFIC,
    KANJI,
    KATAKANA,
    KATAKANA_RUN,
    KIN,
    NOT_A_PERSON,
    PRODUCTS,
    RANKS,
    TITLE,
    is_introduced,
)
from detectors.names.morphology import Tag, tags
from detectors.names.shapes import kana_pair_score
from detectors.names.spaced import UNLIKELY, leading, pair_score, uncalled
from detectors.pieces import Form, Ints, Pieces

#: Score of a full name of the dictionaries with nothing beside it.
KNOWN = 0.85
#: From this score two pieces are a name of which one half stands in a dictionary, and the other is no word.
HALF_KNOWN = 0.6
#: Score of a given name behind two kanji that are known as a place only.
OF_A_PLACE = 0.5

_KANJI_NAME = re.compile(f"([{KANJI}]{{1,4}}) ([{KANJI}]{{1,3}})")
_NO_NAME = re.compile(f"{HONORIFIC.pattern}|{TITLE.pattern}|{NOT_A_PERSON.pattern}|宛")
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

#: Cells of two pieces that may be surname and given name.
TWO_PIECES = Form.of_halves(
    (f"[{KANJI}]{{1,4}}", f" [{KANJI}]{{1,3}}"),
    (f"[{KATAKANA}]{{2,8}}", f" [{KATAKANA}]{{2,8}}"),
    (f"[{HIRAGANA}ー]{{2,8}}", f" [{HIRAGANA}ー]{{2,8}}"),
    cut=" ",
    skip=1,
)
_KANA = re.compile(f"[{KATAKANA}{HIRAGANA}]+")
_ANY_DIGIT = bytes.maketrans(b"0123456789", b"1111111111")
#: Pieces and towns that are remembered.
_REMEMBERED = 65_536


def read(dense: str) -> list[Candidate] | None:
    """Return the names of a cell of dense folded text; None for one that has to be read by tokenizer and rules."""
    if len(dense) > _LONGEST:
        return None
    if " " in dense:
        score, name = _kanji_name(dense) or _kana_name(dense) or (0.0, ())
        if name:
            checked = score >= HALF_KNOWN or _KANA.match(dense) is not None
            return [Candidate(0, len(dense), score, "full", checked, name)]
    if len(dense) >= _SHORTEST_ADDRESS and _ADDRESS.fullmatch(dense):
        return []
    return None


def _kanji_name(dense: str) -> tuple[float, tuple[str, str]] | None:
    pieces = _KANJI_NAME.fullmatch(dense)
    if not pieces or dense in PRODUCTS:
        return None
    surname, given = pieces.groups()
    if _is_led(surname):
        return None
    if surname_count(surname) and given in given_names():
        return KNOWN, (surname, given)
    score = 0.0 if _goes_on(given) else pair_score(surname, given)
    if len(surname) == 1:
        settled = score >= HALF_KNOWN and not _is_more(given)
    elif score == UNLIKELY:
        settled = len(surname) == 2 or not _is_more(surname)
        score = OF_A_PLACE if len(surname) == 2 and tags(surname) == {Tag.PLACE} else score
    else:
        settled = score >= HALF_KNOWN or (score > 0 and not _is_more(surname) and not _is_more(given))
    return (score, (surname, given)) if settled else None


def _is_led(surname: str) -> bool:
    """Say whether more stands in the first piece than a surname: 故長田, 患者町田, 妻."""
    return surname in KIN or leading(surname) > 0


def _goes_on(given: str) -> bool:
    """Say whether somebody or something else may be meant by a given name, or it be followed by an honorific."""
    if not _NO_NAME.search(given):
        return False
    return given not in given_names() or bool(ADDRESS.fullmatch(given)) or uncalled(given) != given


def _is_more(piece: str) -> bool:
    """Say whether a piece may be a name in full, or hold a label, a rank or an honorific beside one."""
    if RANKS.match(piece) or ADDRESS.search(piece) or is_introduced(piece, 0, len(piece)):
        return True
    return any(is_surname(piece[:cut]) and is_given(piece[cut:]) for cut in range(1, len(piece)))


def _kana_name(dense: str) -> tuple[float, tuple[str, str]] | None:
    pieces = _KANA_NAME.fullmatch(dense)
    if not pieces:
        return None
    surname, given = pieces[1] or pieces[3], pieces[2] or pieces[4]
    score = kana_pair_score(surname, given)
    # An honorific in hiragana runs on from the name.
    return (score, (surname, given)) if score == KNOWN or (score and pieces[1]) else None


class _Kanji(NamedTuple):
    """All that the score of a pair in kanji asks of one of its pieces."""

    tags: frozenset[Tag]
    counted: bool
    surname: bool
    listed: bool
    given: bool
    only_words: bool
    goes_on: bool
    more: bool
    led: bool
    ending: str
    size: int


class _Kana(NamedTuple):
    """All that the score of a pair in kana asks of one of its pieces."""

    surname: bool
    given: bool
    word: bool
    katakana: bool


_Kind = _Kanji | _Kana


@lru_cache(maxsize=_REMEMBERED)
def _kind(piece: str) -> _Kind:
    if _KANA.fullmatch(piece):
        return _Kana(
            is_kana_surname(piece),
            is_kana_given(piece),
            is_common_word(piece),
            KATAKANA_RUN.fullmatch(piece) is not None,
        )
    return _Kanji(
        tags=tags(piece),
        counted=surname_count(piece) > 0,
        surname=is_surname(piece),
        listed=piece in given_names(),
        given=is_given(piece),
        only_words=only_words(piece),
        goes_on=_goes_on(piece),
        more=_is_more(piece),
        led=_is_led(piece),
        ending=piece[-1] if piece[-1] in "都道府県市区町村様" else "",
        size=len(piece),
    )


#: Scores of pairs in thousandths by what their pieces are; negative for a pair to be looked at by itself.
_scores: dict[tuple[_Kind, _Kind], int] = {}


def score_pairs(cells: Pieces) -> Ints:
    """Return the scores of cells of `TWO_PIECES` in thousandths; negative where `read` is not enough."""
    surnames, left = cells.left.kinds(_kind)
    given, right = cells.right.kinds(_kind)
    first = first_alike(left * len(given) + right)
    scores = np.zeros(len(first), dtype=np.int64)
    for at in np.flatnonzero(first == np.arange(len(first))).tolist():
        kinds = surnames[left[at]], given[right[at]]
        if kinds not in _scores:
            _scores[kinds] = _score(cells.folded[at].as_py())
        scores[at] = _scores[kinds]
    return scores[first]


def _score(dense: str) -> int:
    found = read(dense)
    # No name ends in 様, as the cell might.
    return round(found[0].score * 1000) if found and dense[-1] != "様" else -1


def score_addresses(cells: Pieces) -> Ints:
    """Return 0 for cells of a place and block numbers of which `read` says that they name nobody, or -1."""
    return np.where(cells.sizes < _SHORTEST_ADDRESS, -1, cells.left.each(_names_nobody))


@lru_cache(maxsize=_REMEMBERED)
def _names_nobody(place: str) -> int:
    return 0 if _ADDRESS.fullmatch(f"{place}1-1") else -1


def less_digits(address: str) -> bytes:
    """Return what addresses share that name the same people: all but their numbers (`names.sentence`)."""
    return address.encode().translate(_ANY_DIGIT)
