"""Names told by the birth date after them: 瓦葺　一利　昭和30年5月6日生, whatever dictionaries know of them.

Executive records, member lists and notices give the date straight after the name. Two pieces with a space
between and a date with 生 behind them are a person, unless one is a rank or the first an ordinary word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import is_common_word, is_given, is_surname
from detectors.names.lexicon import HIRAGANA, KANJI, KIN, TITLE

#: Score of a name with its birth date: that of one with a label.
BORN = 0.92

_DATE = (
    r"(?:(?:明治|大正|昭和|平成|令和|[MTSHR])(?:\d{1,2}|元)|(?:19|20)\d\d)"
    r"(?:年\d{1,2}月\d{1,2}日|[./-]\d{1,2}[./-]\d{1,2})"
)
_RECORD = re.compile(
    rf"(?:^|(?<=[ \t\n\r|,]))([{KANJI}ヶケ]{{1,5}})[ \t]{{1,3}}([{KANJI}{HIRAGANA}]{{1,4}})"
    rf"[ \t\n\r|,]{{0,4}}\(?{_DATE}[ \t]?(?:生|誕生|出生)"
)

#: What a text needs for it: RE2.
GATE = r"[0-9日][ \t]?(?:生|誕生|出生)"


def born(text: str) -> list[Candidate]:
    """Return the names in dense folded `text` that a birth date follows."""
    return list(_recorded(text)) if "生" in text else []


def _recorded(text: str) -> Iterator[Candidate]:
    for record in _RECORD.finditer(text):
        surname, given = record[1], record[2]
        family, own = is_surname(surname), is_given(given)
        if surname in KIN:
            yield Candidate(*record.span(2), BORN, "given", own, (given,))
            continue
        plain = is_common_word(surname) and not family and not own
        if not plain and not TITLE.search(surname) and not TITLE.search(given):
            yield Candidate(record.start(1), record.end(2), BORN, "full", family and own, (surname, given))
