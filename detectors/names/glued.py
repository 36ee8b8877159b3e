"""Where a name in kanji really begins and ends: tokenizers cut names they do not know (門|田谷さん, 相良哲|一ら).

One kanji that stands between a boundary and a name is no word of its own, unless it is one of the few that are
put before names (元, 故, 妻) or count something (5日田中). What a name may be glued to behind it is known, too.
"""

from __future__ import annotations

import re

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import is_common_word, is_given, is_surname, surname_count
from detectors.names.lexicon import ANY_KANJI, BEFORE_NAMES, HONORIFIC, KANJI, KATAKANA, NOT_A_PERSON, TITLE
from detectors.names.parts import parted

#: More of them, and what counts.
_APART = BEFORE_NAMES | frozenset(
    "孫姪甥私僕俺某姓名各対他計約同両諸全弊当貴御該主准副正日月年時分秒円回点件社店部課係室局第株有甲乙丙丁済印"
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


#: What follows a name directly without being a title: 河野太郎|役, 〜|著『…』, 〜|両氏.
TRAILER = re.compile(
    f"(?:役|著|訳|編|作|画|主演|出演|名義|門下|両氏|両名|自身|演じる|率いる)(?=[^{KANJI}]|$)"
)
_CALLED = "氏様殿君"
#: How many letters a tagged name is moved at its end.
_FARTHEST = 2


def real_end(text: str, start: int, end: int) -> int:
    """Return the end of the name in kanji that begins at `start`, where a tokenizer makes it end at `end`."""
    for back in range(1, _FARTHEST + 1):
        title = TITLE.match(text, end - back)
        name = text[start : end - back]
        if title and title.end() > end and (parted(name) or _is_cut(text, start, end, name)):
            return end - back
    if text[end - 1] in _CALLED and not ANY_KANJI.match(text, end) and _is_called(text[start:end]):
        return end - 1
    if not ANY_KANJI.match(text, end) or _closed(text, end) or NOT_A_PERSON.match(text, end):
        return end
    longer = (end + more for more in range(1, _FARTHEST + 1) if _closed(text, end + more))
    return next((each for each in longer if _is_name(text, start, each)), end)


def _is_cut(text: str, start: int, end: int, name: str) -> bool:
    """Whether a tokenizer took the beginning of a rank for the end of a surname: 浜部|長."""
    return not TITLE.match(text, end) and surname_count(name) > surname_count(text[start:end])


def _closed(text: str, at: int) -> bool:
    """Whether a name may end at `at`."""
    return not ANY_KANJI.match(text, at) or any(each.match(text, at) for each in (HONORIFIC, TITLE, TRAILER))


def _is_called(name: str) -> bool:
    """Whether the last letter of `name` is how the person is called: 古田玲秀|氏, but 足利貞氏."""
    parts = parted(name)
    return parted(name[:-1]) is not None and not (parts and is_given(parts[1]))


def _is_name(text: str, start: int, end: int) -> bool:
    name = text[start:end]
    parts = parted(name)
    if parts is None or is_common_word(parts[1]):
        return False
    return not NOT_A_PERSON.match(text, end - 1) and not TRAILER.fullmatch(name[-1])
