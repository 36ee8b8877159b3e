"""A name that stands alone: a surname, a given name or a foreign one, without its other half.

It is one in nine cases out of ten where a particle follows and no word is glued to it, and says nothing where it
stands bare: then it is evidence for a column, or for a label beside it (`beside`).
"""

from __future__ import annotations

import re

from detectors.names.candidate import Candidate, Role
from detectors.names.gazetteer import divide, is_common_word, is_place, is_surname, surname_count
from detectors.names.lexicon import HONORIFIC, KANJI, KATAKANA, KATAKANA_RUN, TITLE
from detectors.names.morphology import NAME_TAGS, Tag
from detectors.names.tokens import Morpheme

_WORD = re.compile(f"[{KANJI}{KATAKANA}A-Za-z0-9]")
#: What follows the subject, object or member of a sentence.
_PARTICLE = re.compile("[はがもをにとのやへ、]|から|より|ら(?=[はがのにも、])|といっ|という")

#: A name glued to another word; a word or place that is a surname too, standing free; a bare name.
GLUED, HOMONYM, BARE, IN_PROSE = 0.1, 0.15, 0.3, 0.45
_NO_NAME_ENDS = ("寺", "院", "山", "駅", "天皇", "上皇", "皇后", "運輸", "時代")


def alone(text: str, tokens: list[Morpheme], at: int) -> tuple[Candidate | None, int]:
    """Return the single word at `at` as far as it may be somebody's name, and the place after it.

    It is one that may stand `alone` (`detectors.names.words`).
    """
    token = tokens[at]
    score = _alone_score(text, tokens, at)
    if not score:
        return None, at + 1
    role: Role = "surname" if is_surname(token.surface) else "given" if token.tag is Tag.GIVEN else "other"
    parts = divide(token.surface) or (token.surface,)
    return Candidate(token.start, token.end, score, role, True, parts), at + 1


def _alone_score(text: str, tokens: list[Morpheme], at: int) -> float:
    token = tokens[at]
    surface = token.surface
    if _inside_a_word(text, tokens, at):
        return GLUED if token.tag in NAME_TAGS or surname_count(surface) else 0.0
    if token.tag not in NAME_TAGS:
        return HOMONYM if is_surname(surface) and len(surface) > 1 else 0.0
    if token.tag is not Tag.SURNAME and surface.endswith(_NO_NAME_ENDS):
        return GLUED
    in_prose = bool(_PARTICLE.match(text, token.end))
    if KATAKANA_RUN.fullmatch(surface):
        return _katakana_score(surface, in_prose)
    return _kanji_score(token, text[token.end : token.end + 1] if in_prose else "")


def _kanji_score(token: Morpheme, particle: str) -> float:
    surface = token.surface
    if len(surface) == 1:
        return 0.2
    if len(surface) > 2 and token.tag is not Tag.SURNAME:
        return 0.6
    if is_common_word(surface) and (token.tag is not Tag.SURNAME or not surname_count(surface)):
        return 0.25
    if is_place(surface) and particle in ("に", "、", "や", "へ", "か", "よ"):
        return BARE
    return IN_PROSE if particle else BARE


def _katakana_score(surface: str, in_prose: bool) -> float:
    if len(surface) < 2 or is_place(surface) or is_common_word(surface):
        return GLUED
    return IN_PROSE if in_prose else 0.25


def _cut_off(text: str, start: int) -> bool:
    return bool(start) and (
        text[start] in "ァィゥェォャュョッー" or (text[start - 1].isascii() and text[start - 1].isalnum())
    )


def _inside_a_word(text: str, tokens: list[Morpheme], at: int) -> bool:
    """Whether a single name is part of a longer word: 藤本製薬, 中山寺, 新山口, コカ・コーラ."""
    start, end = tokens[at].start, tokens[at].end
    if _cut_off(text, start) or text[end : end + 1] in ("・", "=") or text[start - 1 : start] in ("・", "="):
        return True
    if _WORD.match(text, end) and not HONORIFIC.match(text, end) and not TITLE.match(text, end):
        return True
    if not at or tokens[at - 1].end < start:
        return False
    before = tokens[at - 1]
    return before.tag in (Tag.PREFIX, Tag.PLACE, Tag.PROPER, Tag.NUMBER) or bool(
        KATAKANA_RUN.fullmatch(before.surface) and KATAKANA_RUN.fullmatch(tokens[at].surface)
    )
