"""Names told by the reading after them: 月崎　跡苗（つきざき　あとなえ）, whatever dictionaries know of the kanji.

Two words in kana with a space between them, in brackets behind two pieces or a run of kanji, are how a name is
read; one of the two has to be a known reading. Name and reading are both reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import (
    is_common_word,
    is_kana_given,
    is_kana_surname,
    is_place,
    is_surname,
    only_words,
)
from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA, NOT_A_PERSON, TITLE

#: Score where both words are known readings or the name too is in two pieces, and where only one is and it is not.
READ, HALF_READ = 0.92, 0.7

_TWO_WORDS = "|".join(f"[{kana}]{{2,8}} {{1,2}}[{kana}]{{2,8}}" for kana in (f"{HIRAGANA}ー", KATAKANA))
_READING = re.compile(rf"[\n\r]{{0,2}}\(({_TWO_WORDS})(?=[)、,])")
#: What a text needs for a reading (RE2).
GATE = rf"\((?:[{HIRAGANA}ー]{{2,8}}|[{KATAKANA}]{{2,8}}) "
_NAME = re.compile(
    f"(?<![{KANJI}{KATAKANA}ヶケ])([{KANJI}ヶケ]{{1,4}} {{1,3}}[{KANJI}{HIRAGANA}{KATAKANA}]{{1,6}}"
    f"|[{KANJI}ヶケ]{{3,6}})$"
)
#: Longest name before its reading.
_REACH = 12


def glossed(text: str) -> Iterator[Candidate]:
    """Yield names and their readings in dense folded `text`."""
    for reading in _READING.finditer(text):
        found = _NAME.search(text, max(0, reading.start() - _REACH), reading.start())
        known = _known(*reading[1].split())
        name = _without_label(found[0]) if found else ""
        if found and known and not _no_name(name):
            score = READ if known == 2 or " " in name else HALF_READ
            parts = tuple(name.split())
            yield Candidate(found.end() - len(name), found.end(), score, "full", score == READ, parts)
            yield Candidate(reading.start(1), reading.end(1), score, "full", score == READ)


def _without_label(name: str) -> str:
    """氏名 鈴木一郎: the first piece is a word and nobody's surname, the second long enough for a name in full."""
    first, _, last = name.partition(" ")
    last = last.lstrip()
    return last if len(last) > 2 and is_common_word(first) and not is_surname(first) else name


def _known(surname: str, given: str) -> int:
    return is_kana_surname(surname) + is_kana_given(given)


def _no_name(name: str) -> bool:
    *_, last = name.split()
    plain = only_words(name) if last == name else is_common_word(last) and len(last) > 1
    return bool(plain or is_place(name) or TITLE.search(name) or NOT_A_PERSON.match(name, len(name) - 1))
