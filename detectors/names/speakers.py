"""Names told by what they say or sign, in minutes, chats, mails and slips.

A line that opens with a name and a colon and goes on as speech has a speaker (桑原：来週確認します。); so has
one with the time of a message beside the name. Places and words that are surnames too speak only where a time
stands before them or somebody else speaks: 千葉：在庫あり is a branch. On slips stands who did something
(受付：大豆生田).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import (
    divide,
    is_common_word,
    is_given,
    is_place,
    is_surname,
    looks_given,
    surname_count,
)
from detectors.names.lexicon import HIRAGANA, HONORIFIC, KANJI, KATAKANA, NOBODY, NOT_A_PERSON, TITLE
from detectors.names.morphology import NAME_TAGS, tags

#: Score of a speaker: what the form says, no tagger overrules.
SPEAKS = 0.9
#: Score of a name behind an @: no longer one takes its place.
MENTIONED = 0.95

_NAME = f"[{KANJI}ヶケ]{{1,5}}(?: [{KANJI}{HIRAGANA}]{{1,4}})?"
_CALLED = f"(?:{HONORIFIC.pattern}|{TITLE.pattern})?"
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_STAMP = rf"(?:[\[(]?(?:[0-9]{{2,4}}[/-][0-9]{{1,2}}(?:[/-][0-9]{{1,2}})? )?{_TIME}[\])]?[ \t]+)"
_SPEECH = (
    f"(?=[^\\n\\r]*[{HIRAGANA}]{{2}}"
    "|[ \\t]*(?:了解|承知|承認|賛成|反対|同意|異議|OK|[^:\\n\\r]{1,16}(?:済み?|予定|完了|確認中|対応中)[ \\t]*$))"
)
#: Not 久保田「千寿」, which is a ware.
_QUOTED = f"「(?=[^「」\\n\\r]{{0,200}}[{HIRAGANA}]{{2}}[。?!]?」)"
_LINES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"^[ \t○◯◆●■・※-]*({_NAME}){_CALLED}(?:\([^()\n。]{{1,12}}\))? ?(?:[:)>]{_SPEECH}|{_QUOTED})",
        rf"^[ \t]*(?:[QA][0-9]{{0,2}} ?)?[(<\[]({_NAME}){_CALLED}[)>\]] ?:?{_SPEECH}",
        rf"^[○◯◆●■] ?({_NAME})(?:{HONORIFIC.pattern}|{TITLE.pattern}|委員)[ \t(]{_SPEECH}",
        rf"^({_NAME}) {_TIME}[ \t]*$",
    )
)
_KATAKANA_LINE = re.compile(rf"^[ \t・-]*([{KATAKANA}]{{2,8}}){_CALLED} ?[:>]{_SPEECH}", re.MULTILINE)
#: @荒垣 見ました?, @荒垣 祐 確認お願いします, 荒垣@総務です.
_MENTION = re.compile(
    rf"(?<![A-Za-z0-9._-])@ ?([{KANJI}ヶケ]{{1,4}})(?![{KANJI}{KATAKANA}])"
    rf"(?: ([{KANJI}{HIRAGANA}]{{1,4}})(?![{KANJI}{HIRAGANA}{KATAKANA}]))?|^({_NAME})@(?=[{KANJI}{HIRAGANA}])",
    re.MULTILINE,
)
_STAMPED = re.compile(rf"^[ \t]*{_STAMP}({_NAME}){_CALLED}(?: ?[:>]|[ \t]){_SPEECH}", re.MULTILINE)
_SIGNERS = (
    "受付|対応|記録|作成|承認|確認|報告|起票|更新|検印|査閲|決裁|起案|手配|施工|検収|集金|旧姓|現姓|電話受け?"
)
_SIGNED = re.compile(
    rf"(?:(?:{_SIGNERS}):[ \t]?|(?:旧姓|現姓)[ は])({_NAME})"
    rf"(?=[ \t]*(?:$|[\n\r\t,、。/|()])| {{2}}| (?:{_SIGNERS}):)"
    rf"|以上[、。 ]({_NAME})記$",
    re.MULTILINE,
)
#: (苅込記), 質問(苅込)
_SIGNED_IN_BRACKETS = re.compile(rf"\((?:({_NAME})記|({_NAME}))\)$", re.MULTILINE)
#: What a text needs for any of them (RE2). A line is counted from its start: a count from every letter is slow.
GATE = (
    rf"(?m:^[^\n\r。]{{1,48}}[:)>「\]])|(?m:\)$)|[○◯◆●■]|(?:{_SIGNERS}):|[旧現]姓|以上[、。 ]|{_TIME}"
    f"|@ ?[{KANJI}{HIRAGANA}]|お世話|お疲れ|おつかれ|はじめまして|突然"
)


def speakers(text: str) -> Iterator[Candidate]:
    """Yield who speaks in dense folded `text`, and who signs."""
    yield from _speaking(text)
    if "@" in text:
        yield from _mentioned(text)
    for found in (*_SIGNED.finditer(text), *_SIGNED_IN_BRACKETS.finditer(text)):
        if _is_sure(found[found.lastindex or 0]):
            yield _named(text, *found.span(found.lastindex or 0))


def _speaking(text: str) -> Iterator[Candidate]:
    spans = sorted({span for span in _lines(text) if not _is_label(text[slice(*span)])})
    sure = [span for span in spans if _is_sure(text[slice(*span)])]
    for span in spans if sure else ():
        if span in sure or _may_be(text[slice(*span)]):
            yield _named(text, *span)
    for found in _STAMPED.finditer(text):
        if _is_sure(found[1]) or surname_count(found[1]):
            yield _named(text, *found.span(1))
    for found in _KATAKANA_LINE.finditer(text):
        if (kinds := tags(found[1])) and kinds <= NAME_TAGS:
            yield _named(text, *found.span(1))


def _mentioned(text: str) -> Iterator[Candidate]:
    """Who is spoken to behind an @, or speaks from some place before it."""
    for found in _MENTION.finditer(text):
        if found[3]:
            if _is_sure(found[3]):
                yield _named(text, *found.span(3))
        elif is_surname(found[1]):
            yield _named(
                text, found.start(1), found.end(2 if found[2] and is_given(found[2]) else 1), MENTIONED
            )


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _LINES:
        for found in pattern.finditer(text):
            yield found.span(1)


def _named(text: str, start: int, end: int, score: float = SPEAKS) -> Candidate:
    name = text[start:end]
    parts = tuple(name.split()) if " " in name else divide(name) or (name,)
    return Candidate(start, end, score, "full" if len(parts) > 1 else "surname", True, parts)


def _is_label(name: str) -> bool:
    return name in NOBODY or bool(TITLE.search(name) or NOT_A_PERSON.match(name, len(name) - 1))


def _is_sure(name: str) -> bool:
    """Whether `name` is a surname and nothing else, or a full name."""
    pieces = name.split()
    if len(pieces) == 2:
        return is_surname(pieces[0]) and (is_given(pieces[1]) or looks_given(pieces[1]))
    if divide(name) and not is_surname(name):
        return True
    return len(name) > 1 and is_surname(name) and not is_common_word(name) and not is_place(name)


def _may_be(name: str) -> bool:
    """Whether `name` can be somebody beside a speaker who surely is: a surname that is a place or a word, too."""
    return is_surname(name) or (2 <= len(name) <= 4 and not tags(name))
