"""Names by which people introduce themselves: お世話になっております。ミナト物産の森です, 担当の関でございます.

Behind a greeting, or behind 担当, nothing else is said that reads like a surname: there one kanji is enough, which
is a word or a place anywhere else, and behind a company of one's own any word that is no ordinary one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import divide, is_common_word, is_surname, surname_count
from detectors.names.lexicon import KANJI
from detectors.names.morphology import tags

#: Score of a surname by which somebody introduces himself or herself.
INTRODUCED = 0.9
#: Least number of bearers of one kanji: of those below hardly anybody is called so.
_BEARERS = 5_000

_OPENING = (
    "お世話に[^。\n]{2,14}|お疲れ(?:様|さま)?(?:で[^。\n]{1,4})?|おつかれ[^。\n]{2,8}|はじめまして|初めまして|"
    "突然[^。\n]{2,20}|ありがとうございます|おはようございます|こんにちは|こんばんは|もしもし"
)
_HUMBLY = "と(?:申|もう)し"
_INTRODUCED = re.compile(
    rf"(?:(?:{_OPENING})[。、!,\n\r ]{{1,3}}(?P<of>[^。\n]{{1,24}}の)?|担当(?:者|医)?[のは]"
    rf"|(?:^|[のは、。\s])(?=[{KANJI}ヶケ]{{1,4}}{_HUMBLY}))"
    rf"(?P<name>[{KANJI}ヶケ]{{1,4}})(?:です(?=(?P<but>が)|[。、!,け\s]|$)|でございます|{_HUMBLY})"
)
#: What a text needs for one (RE2).
GATE = rf"[{KANJI}ヶケ](?:です|でございます|{_HUMBLY})"


def introduced(text: str) -> Iterator[Candidate]:
    """Yield the surnames people call themselves by in dense folded `text`."""
    for found in _INTRODUCED.finditer(text):
        name = found["name"]
        if _counted(name) or (found["of"] and not found["but"] and _may_be_one(name)):
            yield Candidate(*found.span("name"), INTRODUCED, "surname", True, divide(name) or (name,))


def _counted(name: str) -> bool:
    return surname_count(name) > (_BEARERS if len(name) == 1 else 0)


def _may_be_one(name: str) -> bool:
    return len(name) > 1 and not is_common_word(name) and (is_surname(name) or not tags(name))
