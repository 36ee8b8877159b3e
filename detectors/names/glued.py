"""Where a name in kanji really begins: tokenizers cut the first letter off surnames they do not know (門|田谷).

One kanji that stands between a boundary and a name is no word of its own, unless it is one of the few that are
put before names (元, 故, 妻) or count something (5日田中).
"""

from __future__ import annotations

import re

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import is_surname
from detectors.names.lexicon import ANY_KANJI, HONORIFIC, KANJI, KATAKANA, TITLE

#: Single kanji that stand before a name without being part of it.
_APART = frozenset(
    "元前新故現兼旧亡妻夫父母兄弟姉妹娘息孫姪甥氏様君者人員士家師長官手役女男私僕俺某姓名各対他計約同両諸全弊当貴御該主准副正"
    "日月年時分秒円回点件社店部課係室局第株有甲乙丙丁済印"
)
_LONGEST = 4
_LETTER = re.compile(f"[{KANJI}{KATAKANA}ヶケ0-9A-Za-z]")


def outset(text: str, found: Candidate) -> Candidate:
    """Return `found` from the kanji on that is glued to its left, where that one is part of it."""
    start = found.start
    if not begins_before(text, start) or found.role not in ("full", "surname"):
        return found
    surname = found.parts[0] if found.parts else text[start : found.end]
    if len(surname) >= _LONGEST or not text.startswith(surname, start):
        return found
    if found.role == "surname" and not (HONORIFIC.match(text, found.end) or TITLE.match(text, found.end)):
        return found
    longer = text[start - 1] + surname
    score = max(found.score, 0.5) if found.role == "surname" and is_surname(longer) else found.score
    return Candidate(start - 1, found.end, score, found.role, found.checked, (longer, *found.parts[1:]))


def begins_before(text: str, start: int) -> bool:
    """Whether one kanji stands between a boundary and the kanji at `start`."""
    return (
        start > 0
        and ANY_KANJI.match(text, start - 1) is not None
        and ANY_KANJI.match(text, start) is not None
        and text[start - 1] not in _APART
        and not (start > 1 and _LETTER.match(text, start - 2))
    )
