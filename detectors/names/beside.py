"""What stands beside a name: labels, honorifics, titles and the endings of companies move its score."""

from __future__ import annotations

import re
from functools import lru_cache

from detectors.names.candidate import Candidate, replace
from detectors.names.gazetteer import is_common_word, is_place, surname_count
from detectors.names.lexicon import (
    CALLS_ITSELF,
    COMPANY_BEFORE,
    FAMILY,
    GLOSS,
    HONORIFIC,
    KANJI,
    KATAKANA,
    LABEL,
    NOBODY,
    NOT_A_PERSON,
    PLACE_OFFICE,
    PRODUCTS,
    RANK,
    TITLE,
    is_introduced,
)

#: Score of a free-standing word that is a surname too (`rules.HOMONYM`): the least a label can raise.
HOMONYM = 0.15
#: How far left of a name a label or a rank is looked for, in code points.
REACH = 24

#: Score of a surname in such a place.
OWN_WORD = 0.9

#: What a form says of its field in one kanji, whoever may be called that.
_STATES = frozenset("済未有無可否要不同空休欠")
#: How one speaks of oneself, and what stands before it.
_HUMBLE = re.compile("でございます(?!が)|と申します|ともうします")
_OPENS = frozenset(("", "の", "、", " ", "\n", "\r", "。", "・"))
#: The end of an e-mail address or of a telephone number.
_ADDRESS = re.compile(r"(?:@[A-Za-z0-9.-]{1,20}\.[a-z]{2,4}|[0-9]-[0-9]{4}) ?$")
_GLOSS_ENDS = frozenset(": ")
_LABEL_ENDS = frozenset(":=|\t 、]】》>")
_WORD = re.compile(f"[{KANJI}{KATAKANA}A-Za-z0-9]")
_INTRODUCES = re.compile(
    "です|でございます|でした|より(?!も)|宛|あて|まで(?:ご|お|連絡)|へ(?:ご|お)|が(?:担当|対応|お?伺)|に(?:電話|連絡|確認|依頼)"
)


def in_context(text: str, found: Candidate) -> Candidate:
    """Return `found` with its score moved by what stands on its left and on its right."""
    surface = text[found.start : found.end]
    if surface in PRODUCTS:
        return replace(found, score=0.1)
    if found.role == "surname" and _is_cut_in_title(text, surface, found.end):
        return replace(found, score=min(found.score, 0.15))
    if is_reading(text, found.start):
        return replace(found, score=min(found.score, 0.35))
    whole = found.role in ("full", "foreign") and found.score >= 0.4
    if HONORIFIC.match(text, found.end):
        if len(surface) > 1 and surface in NOBODY:
            return replace(found, score=min(found.score, 0.15))
        if whole:
            return replace(found, score=max(found.score, 0.93))
        twice = is_introduced(text, max(0, found.start - REACH), found.start)
        return replace(found, score=max(found.score, 0.9 if twice else 0.7))
    if TITLE.match(text, found.end) and not (PLACE_OFFICE.match(text, found.end) and is_place(surface)):
        return replace(found, score=max(found.score, 0.9 if whole else 0.6))
    if FAMILY.match(text, found.end) and found.role == "surname":
        return replace(found, score=max(found.score, 0.5))
    if NOT_A_PERSON.match(text, found.end) or _names_a_company(text, found):
        return replace(found, score=min(found.score, 0.15))
    return replace(found, score=max(found.score, _left_score(text, found, whole)))


def _is_cut_in_title(text: str, surface: str, end: int) -> bool:
    """Whether a surname ends within a rank: 浜|部長 is no 浜部."""
    return (
        text.startswith("長", end)
        and surface[-1] in "部課室係局"
        and surname_count(surface[:-1]) > 0
        and not TITLE.match(text, end)
    )


def is_reading(text: str, start: int) -> bool:
    """Whether what begins at `start` is the reading of the name in the heading above."""
    return text[start - 1 : start] in _GLOSS_ENDS and bool(
        GLOSS.search(text, max(0, start - 2 * REACH), start)
    )


def _left_score(text: str, found: Candidate, whole: bool) -> float:
    """What a label, a rank or a phrase of introduction is worth; 0 where there is none."""
    if found.score < HOMONYM or (not whole and _WORD.match(text, found.end)):
        return 0.0
    if text[found.start : found.end] in _STATES:
        return 0.0
    if found.role == "surname" and found.checked and _introduces_itself(text, found):
        return OWN_WORD
    # Nothing looks over a full stop.
    low = max(0, found.start - REACH, text.rfind("。", 0, found.start) + 1)
    if _ends_with_label(text, low, found.start):
        return 0.92 if whole else 0.7
    if (whole or found.end - found.start > 1) and is_introduced(text, low, found.start):
        return 0.92 if whole else 0.7
    if CALLS_ITSELF.match(text, found.end):
        return 0.7
    if text[found.start - 1 : found.start] in ("の", "、") and _INTRODUCES.match(text, found.end):
        return 0.6
    return 0.0


def _introduces_itself(text: str, found: Candidate) -> bool:
    """Whether a surname is said of oneself (物流の伊地知でございます) or stands behind one's address ((磯辺))."""
    surface = text[found.start : found.end]
    before = text[found.start - 1 : found.start]
    word = len(surface) < 2 or is_common_word(surface)
    if before == "(" and text.startswith(")", found.end):
        address = _ADDRESS.search(text, max(0, found.start - 24), found.start - 1)
        # Behind a telephone number there stand hours and places too: (昼間), (本社).
        return address is not None and not is_place(surface) and (address[0][0] == "@" or not word)
    humble = _HUMBLE.match(text, found.end)
    return (
        humble is not None
        and not word
        and before in _OPENS
        and (humble[0][0] == "と" or not is_place(surface))
    )


def _names_a_company(text: str, found: Candidate) -> bool:
    if found.role in ("full", "foreign"):
        return False
    return bool(COMPANY_BEFORE.search(text, max(0, found.start - 6), found.start))


def _ends_with_label(text: str, low: int, start: int) -> bool:
    before = text[start - 1 : start]
    if before not in _LABEL_ENDS or (before == "、" and text[start - 2 : start] != "は、"):
        return False
    return _is_label(text[low:start])


@lru_cache(maxsize=4_096)
def _is_label(left: str) -> bool:
    return any(label.end() == len(left) for pattern in (LABEL, RANK) for label in pattern.finditer(left))
