"""Names in Latin letters: Yamada Taro, Taro YAMADA, Yamada, T., Mr. Yamada; before an address of mail; and in any
letters behind the key of a payload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.ahead import compiled
from detectors.names.candidate import Candidate, Role
from detectors.names.gazetteer import (
    is_from_abroad,
    is_given,
    is_romaji_given,
    is_romaji_surname,
    is_surname,
    only_words,
    romaji_key,
)
from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.names.morphology import NAME_TAGS, Tag, tags

#: What a text needs for each (RE2).
LATIN = r"[A-Za-z'-] [A-Za-z]|[A-Za-z'-], ?[A-Z]|[A-Z]\. ?[A-Z]"
POLITE = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? [A-Z]|[a-z][- ]sa(?:n|ma)"
_WHICH, _WRITTEN = "first|last|given|family|sur|full|middle", "(?:[_ -]?(?:kana|kanji|ja|en))?"
NAMED = r"(?:氏名|姓名|芳名|名前|名義人?|ローマ字|英字)[^A-Za-z\n]{1,12}[A-Z]"
KEYED = rf"(?i:(?:{_WHICH})[_ -]?name)"
MAILBOX = r"[A-Za-z'-]\"? ?<[A-Za-z0-9._+-]{1,64}@"

_LATIN = re.compile(
    r"(?<![A-Za-z0-9@._/-])(?:[A-Z][A-Za-z'-]+"
    r"(?: [A-Z]\.| [A-Z][A-Za-z'-]+| (?:von|van|de|da|di|du|d'[A-Z][a-z]+)){1,4}"
    r"|[A-Z][A-Za-z'-]+, ?[A-Z](?:\.|[a-z]+)|[A-Z]\. ?[A-Z][A-Za-z'-]+|[a-z]{2,} [a-z]{2,})(?![A-Za-z0-9@_/-])"
)
#: Score of a known name that is called so in Latin letters.
CALLED_LATIN = 0.9
#: Score of a word that no dictionary has, and that is called so: doctors and professors are brands, too.
CALLED_UNKNOWN = 0.6
_PERSONALLY = re.compile(r"(?:Mr|Mrs|Ms)\.? |[A-Z][a-z]{3,}$")
#: What a form says of its field before a name in Latin letters, and two words and more of it.
_NAMED = re.compile(
    r"(?:氏名|姓名|芳名|名義人?|ローマ字|英字|名前(?= ?[:=|\]】>\t]))"
    r"(?:\([^()\n]{0,8}\))?[ \t]{0,2}[:=|\]】>/]?[ \t]{0,3}(?:NAME[ \t]{1,3})?"
    r"([A-Z][A-Za-z'-]+(?:,? (?:[A-Z][A-Za-z'-]*\.?|de|da|do|dos|del|la|van|von|bin|binti|al)){1,5})"
    r"(?![A-Za-z0-9@_./-]| [A-Za-z0-9])"
)
#: A rank in English before the name.
_LATIN_RANK = compiled(
    "(?:C[A-Z]O|Chief(?: [A-Z][a-z]+){1,2} Officer|(?:(?:Vice|Executive|Senior|Managing|Deputy|General) )*"
    "(?:President|Director|Chairman|Chairwoman|Manager|Officer|Professor|Engineer)) (?=[A-Z][A-Za-z'-]+ [A-Z])"
)
_POLITE_LATIN = re.compile(r"(?:Mr|Ms|Mrs|Dr|Prof)\.? $")
_CALLED_AFTER = re.compile(" ?(?:様(?!式)|さま|さん|氏(?!名))")
#: Whose mailbox it is: "Minakuchi, Kengo" <minakuchi.k@example.jp>.
_MAILBOX = re.compile(
    r"(?<![A-Za-z0-9@._/-])([A-Z][A-Za-z'-]+,? [A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+)?)\"? ?"
    r"<([A-Za-z0-9._+-]{1,64})@"
)
#: "first_name": "Kengo"
_KEYED = re.compile(
    rf"(?i:({_WHICH})[_ -]?name{_WRITTEN})[\"']? ?[:=] ?[\"']"
    rf"([A-Z][A-Za-z' -]{{1,40}}|[{KANJI}{HIRAGANA}{KATAKANA}][{KANJI}{HIRAGANA}{KATAKANA} ]{{0,15}})[\"']"
)
#: As passports and forms in English have it, beside the label or below: Surname MINAKUCHI, First name: Kengo.
_FIELD = re.compile(
    r"(?<![A-Za-z])(?i:(surname|family|last|first|given|middle)(?:(?<=surname)|[ _-]?names?))"
    r"(?:\([a-z]{1,3}\))?(?![A-Za-z])"
    r"(?P<gap>[ \t]{0,3}[:=/|]?[ \t\n]{0,3})(?P<name>[A-Z][A-Za-z'-]+"
    r"(?: (?!(?i:given|first|last|family|middle|surname))[A-Z][A-Za-z'-]+){0,3})(?![A-Za-z0-9@_]| ?[:=])"
)
_NO_ANSWERS = re.compile(
    "(?i:first|last|given|family|middle|full|names?|surname|required|optional|invalid|missing|none|null|unknown)"
)


def keyed(text: str) -> Iterator[Candidate]:
    """Yield the names of people that the key of a payload or the label of a form announces."""
    for field in _FIELD.finditer(text):
        name = field["name"]
        words = name.split(" ")
        known = any(
            is_romaji_surname(word) or is_romaji_given(word) or is_from_abroad(word) for word in words
        )
        # In prose a label has neither colon nor capitals behind it: The last name Changed.
        if not (known or name.isupper() or field["gap"].strip(" ")):
            continue
        if not any(_NO_ANSWERS.fullmatch(word) or _is_word(word) for word in words):
            which: Role = "surname" if field[1].lower() in ("last", "family", "surname") else "given"
            yield Candidate(*field.span("name"), 0.9, which, True, (name,))
    for entry in _KEYED.finditer(text):
        if only_words(entry[2]) and not (is_surname(entry[2]) or is_given(entry[2])):
            continue
        role: Role = "surname" if entry[1].lower() in ("last", "family", "sur") else "given"
        yield Candidate(*entry.span(2), 0.9, role, True, (entry[2],))


#: One word before or behind which somebody is called: Mr. Suzuki, Tanaka-san.
_POLITE_WORD = compiled(
    r"(?<![A-Za-z])(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? ([A-Z][A-Za-z'-]+)(?![A-Za-z'-]| [A-Z])"
    r"|([A-Z][a-z]+)(?=[- ]sa(?:n|ma)(?![a-z])))"
)


def latin(text: str) -> Iterator[Candidate]:
    """Yield names of two words and more, in whichever order."""
    for run in _LATIN.finditer(text):
        rank = _LATIN_RANK.match(run[0])
        start = run.start() + (rank.end() if rank else 0)
        words = re.findall("[A-Za-z'-]+", text[start : run.end()])
        score = _latin_score(words)
        if rank and not score and _half_latin(words):
            score = 0.6
        if not score and (
            _POLITE_LATIN.search(text, max(0, run.start() - 6), run.start())
            or (_CALLED_AFTER.match(text, run.end()) and not _any_words(words))
        ):
            score = 0.7
        abroad = sum(map(is_from_abroad, words))
        if abroad > 1:
            score = max(score, 0.6)
        if not score and abroad and _CALLED_AFTER.match(text, run.end()):
            score = 0.7
        if not score and _capital_surname(words) and _half_latin(words):
            score = 0.6
        if score:
            yield Candidate(start, run.end(), score, "full", score > 0.5, tuple(words))


def mailboxes(text: str) -> Iterator[Candidate]:
    """Yield the names before an address of mail, where the address holds one of the words or one is known."""
    for box in _MAILBOX.finditer(text):
        words = re.findall("[A-Za-z'-]+", box[1])
        local = box[2].lower()
        called = any(len(word) > 2 and word.lower() in local for word in words)
        if (called or _half_latin(words)) and not _any_words(words):
            yield Candidate(*box.span(1), 0.8, "full", True, tuple(words))


def called_latin(text: str) -> Iterator[Candidate]:
    """Yield single words by which somebody is called."""
    for call in _POLITE_WORD.finditer(text):
        which = call.lastindex or 0
        word = call[which]
        kinds = tags(word.lower())
        known = is_romaji_surname(word) or is_romaji_given(word) or kinds & NAME_TAGS
        if known and Tag.NOUN not in kinds:
            yield Candidate(*call.span(which), CALLED_LATIN, "surname", True, (word,))
        elif not kinds and _PERSONALLY.match(call[0]):
            yield Candidate(*call.span(which), CALLED_UNKNOWN, "surname", False, (word,))


def named_latin(text: str) -> Iterator[Candidate]:
    """Yield what a form calls a name, in whichever letters: 氏名 NGUYEN THI LAN 国籍 ベトナム."""
    for field in _NAMED.finditer(text):
        words = re.findall("[A-Za-z'-]+", field[1])
        abroad = sum(map(is_from_abroad, words))
        # 名前: Google Chrome is one, too.
        if abroad or not (field[0].startswith("名前") or all(map(_is_word, words))):
            yield Candidate(*field.span(1), 0.75, "full", abroad > 1, tuple(words))


def _is_word(word: str) -> bool:
    return len(word) < 2 or bool(tags(word.lower()) & {Tag.NOUN, Tag.PLACE})


def _any_words(words: list[str]) -> bool:
    """Whether the first or the last of the words is no name: an ordinary word, a place, a company."""
    return any(
        (tags(word.lower()) & {Tag.NOUN, Tag.PLACE} or tags(word) & {Tag.NOUN, Tag.PLACE, Tag.PROPER})
        and not tags(word.lower()) & NAME_TAGS
        for word in (words[0], words[-1])
    )


def _capital_surname(words: list[str]) -> bool:
    """Whether one of two words is in capitals, as surnames are written to tell them: Kengo MINAKUCHI."""
    return len(words) == 2 and sorted(word.isupper() and len(word) > 2 for word in words) == [False, True]


def _latin_score(words: list[str]) -> float:
    first, last = words[0], words[-1]
    if len(romaji_key(last)) == 1 or len(romaji_key(first)) == 1:
        name = first if len(first) > 1 else last
        return 0.6 if is_romaji_surname(name) else 0.0
    if len(first) < 2 or len(last) < 2:
        return 0.0
    forward = is_romaji_surname(first) and is_romaji_given(last)
    backward = is_romaji_given(first) and is_romaji_surname(last)
    if forward or backward:
        return 0.8 if first[0].isupper() else 0.45
    return _western_score(words) if first[0].isupper() else 0.0


def _half_latin(words: list[str]) -> bool:
    """Whether one of the words is a name by the dictionaries and none an ordinary word."""
    kinds = [tags(word.lower()) for word in words]
    known = any(is_romaji_surname(word) or is_romaji_given(word) for word in words)
    return not any(kind & {Tag.NOUN, Tag.PLACE} for kind in kinds) and (
        known or any(kind & NAME_TAGS for kind in kinds)
    )


def _western_score(words: list[str]) -> float:
    """Two or more words of which the first is a name by the dictionary and none an ordinary word."""
    kinds = [tags(word.lower()) for word in words if len(word) > 1]
    if len(kinds) < 2 or any(kind & {Tag.NOUN, Tag.PLACE} for kind in kinds) or Tag.NAME not in kinds[0]:
        return 0.0
    return 0.6 if Tag.NAME in kinds[-1] else 0.45
