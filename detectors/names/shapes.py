"""Names told by their shape: pieces with spaces between, ・ between, kana, Latin letters, or after a label.

These rules need no tokenizer: they read dense folded text, and look whole pieces up in the dictionaries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from detectors.gates import passing
from detectors.names.candidate import Candidate
from detectors.names.foreign import GATE as FOREIGN
from detectors.names.foreign import foreign
from detectors.names.gazetteer import (
    is_common_word,
    is_given,
    is_kana_given,
    is_kana_surname,
    is_place,
    is_surname,
    only_words,
    surname_count,
)
from detectors.names.glossed import GATE as GLOSSED
from detectors.names.glossed import glossed
from detectors.names.introduced import GATE as INTRODUCED
from detectors.names.introduced import introduced
from detectors.names.joined import GATE as JOINED
from detectors.names.joined import joined
from detectors.names.latin import (
    KEYED,
    LATIN,
    MAILBOX,
    NAMED,
    POLITE,
    called_latin,
    keyed,
    latin,
    mailboxes,
    named_latin,
)
from detectors.names.lexicon import (
    HIRAGANA,
    HONORIFIC,
    KANJI,
    KATAKANA,
    KIN,
    LABEL,
    LABELLED,
    NOT_A_PERSON,
    RANK,
)
from detectors.names.listed import GATE as LISTED
from detectors.names.listed import listed
from detectors.names.morphology import Tag, tags
from detectors.names.payload import GATE as PAYLOAD
from detectors.names.payload import payload
from detectors.names.ranked import GATE as RANKED
from detectors.names.ranked import ranked
from detectors.names.sinitic import GATE as SINITIC
from detectors.names.sinitic import sinitic
from detectors.names.spaced import spaced, uncalled
from detectors.names.speakers import GATE as SPEAKERS
from detectors.names.speakers import speakers

_LETTER = f"[{KANJI}{HIRAGANA}{KATAKANA}]"
_LETTERS = re.compile(_LETTER)
_TWO_KANA = (
    f"[{KATAKANA}]{{2,8}} {{1,3}}[{KATAKANA}]{{2,8}}|[{HIRAGANA}ー]{{2,8}} {{1,3}}[{HIRAGANA}ー]{{2,8}}"
)
#: What a form calls the reading it asks for: no first half of one.
_READING_LABEL = (
    "(?:フリガナ|ふりがな|フリカナ|カナ|かな|ヨミ|よみ|ヨミガナ|よみがな|シメイ|しめい|ナマエ|なまえ) "
)
_KANA = re.compile(f"(?<!{_LETTER})(?!{_READING_LABEL})(?:{_TWO_KANA})(?!{_LETTER})")
#: みなもと　の　よりとも
_OF_CLAN = re.compile(f"(?<!{_LETTER})([{HIRAGANA}]{{2,6}}) の ([{HIRAGANA}]{{2,8}})(?!{_LETTER})")
_LONGEST_ALONE = 12
#: Score of a reading that has a line to itself.
LINE = 0.9
_KANA_SHORT = re.compile(f"[{KATAKANA}]{{2,6}}|[{HIRAGANA}ー]{{2,6}}")
_KANA_WHOLE = re.compile(f"[{KATAKANA}]{{4,12}}|[{HIRAGANA}ー]{{4,12}}")


def _kana(text: str) -> Iterator[Candidate]:
    for run in _OF_CLAN.finditer(text):
        if is_kana_surname(run[1]) or is_kana_given(run[2]):
            score = LINE if _is_line(text, run.start(), run.end()) else 0.6
            yield Candidate(run.start(), run.end(), score, "full", True)
    for run in _KANA.finditer(text):
        surname, given = run[0].split()
        end = run.end() - len(given)
        given = uncalled(given)
        end += len(given)
        score = kana_pair_score(surname, given)
        if score > 0.8 and _is_line(text, run.start(), end):
            score = LINE
        if score:
            yield Candidate(run.start(), end, score, "full", score > 0.5, (surname, given))


_KANA_CALLED = re.compile(
    f"(?<![{KATAKANA}・=])[{KATAKANA}]{{2,8}}(?: [{KATAKANA}]{{1,8}}){{1,3}}(?= ?(?:様|さま|さん|氏(?!名)))"
)


def _kana_called(text: str) -> Iterator[Candidate]:
    """People from abroad, before an honorific: グエン ティ ホアさん."""
    for run in _KANA_CALLED.finditer(text):
        words = run[0].split()
        if words[1] in _MIDDLE or not any(
            Tag.NOUN in tags(word) or is_place(word) for word in words if len(word) > 1
        ):
            yield Candidate(*run.span(), 0.7, "foreign", False, tuple(words))


#: What stands in the middle of the names of Viet Nam, whatever word the first is (チャン, レー).
_MIDDLE = frozenset(("ティ", "ヴァン", "バン"))


#: 妻:美香、長男:大翔
_KIN_FIELD = re.compile(
    f"(?:{'|'.join(sorted(KIN, key=len, reverse=True))}) ?[:=] ?([{KANJI}{HIRAGANA}]{{2,4}})"
)
_KIN_GATE = f"(?:{'|'.join(sorted(KIN))}) ?[:=]"


def _kin(text: str) -> Iterator[Candidate]:
    for field in _KIN_FIELD.finditer(text):
        if is_given(field[1]) and not is_common_word(field[1]) and not _LETTERS.match(text, field.end()):
            yield Candidate(*field.span(1), 0.6, "given", True, (field[1],))


def _is_line(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is a line of several: readings stand below the name in articles."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (before or after) != "" and before in ("", "\n", "\r") and after in ("", "\n", "\r")


def _kana_alone(text: str) -> Iterator[Candidate]:
    word = text.strip()
    if len(word) > _LONGEST_ALONE:
        return
    whole = _KANA_WHOLE.fullmatch(word)
    if whole and any(
        is_kana_surname(whole[0][:cut]) and is_kana_given(whole[0][cut:])
        for cut in range(2, len(whole[0]) - 1)
    ):
        start = len(text) - len(text.lstrip())
        yield Candidate(start, start + len(whole[0]), 0.3, "full", True)
    elif (whole or _KANA_SHORT.fullmatch(word)) and (is_kana_surname(word) or is_kana_given(word)):
        start = len(text) - len(text.lstrip())
        yield Candidate(start, start + len(word), 0.2 if is_common_word(word) else 0.3, "other", True)


def kana_pair_score(surname: str, given: str) -> float:
    """Return how sure two pieces in kana with a space between them are surname and given name."""
    family, own = is_kana_surname(surname), is_kana_given(given)
    if family and own:
        return 0.85
    if (family or own) and not is_common_word(given) and not is_common_word(surname):
        return 0.6
    return 0.3 if family or own else 0.0


def _labelled(text: str) -> Iterator[Candidate]:
    for label in (*LABEL.finditer(text), *RANK.finditer(text)):
        value = _VALUE.match(text, label.end())
        if value is None and (single := _ONE_KANJI.match(text, label.end())) and _is_one_kanji(label, single):
            yield Candidate(single.start(), single.end(), 0.55, "surname", True, (single[0],))
        if value is None and (aged := _KANA_GIVEN.match(text, label.end())) and _may_be_aged(*aged.groups()):
            yield Candidate(*aged.span(), 0.55, "full", True, (aged[1], aged[2]))
        if not value or _NOT_A_VALUE.search(value[0]) or NOT_A_PERSON.match(text, value.end()):
            continue
        if _is_word(value[0]):
            continue
        yield Candidate(value.start(), value.end(), 0.55, "other")


def _may_be_aged(surname: str, given: str) -> bool:
    """Whether kanji and katakana are surname and given name, as women born before the war have them."""
    if not is_kana_given(given) or (len(given) > 2 and Tag.NOUN in tags(given)):
        return False
    return is_surname(surname) or not only_words(surname)


def _is_word(value: str) -> bool:
    if " " in value and not value.isascii():
        return False
    return only_words(value) or (is_place(value) and not is_surname(value))


def _is_one_kanji(label: re.Match[str], value: re.Match[str]) -> bool:
    """Whether one kanji behind ``氏名:`` is a surname: 関 is, 未 and 済 are not, and 東 may be a direction."""
    return (
        label[0].rstrip()[-1:] in (":", "=")
        and surname_count(value[0]) >= _BEARERS
        and value[0] not in _WORDS_TOO
    )


_BEARERS, _WORDS_TOO = 15_000, frozenset("東西南北中平今見長神新奥境")
_END = f"(?=[ \\t]*(?:$|[\\n\\r\\t,、。;/|()<>「」\\[\\]]|{HONORIFIC.pattern})| {{2}})"
_ONE_KANJI = re.compile(f"[{KANJI}]{_END}")
_VALUE = re.compile(
    f"(?:[{KANJI}ヶケ]{{1,4}} {{1,2}}[{KANJI}{HIRAGANA}]{{1,4}}|[{KANJI}ヶケ]{{2,6}}"
    f"|[{KATAKANA}]{{2,8}}(?:[ ・][{KATAKANA}]{{1,8}}){{1,3}}"
    f"|[{HIRAGANA}]{{2,6}} [{HIRAGANA}]{{2,6}}|[A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+){{1,3}})" + _END
)
#: 毛馬内トミ
_KANA_GIVEN = re.compile(f"([{KANJI}ヶケ]{{1,4}}) ?([{KATAKANA}]{{2,4}}){_END}")
_NOT_A_VALUE = re.compile(
    "[部課室係店社局所会者様方欄書]$|必須|任意|入力|記入|変更|確認|登録|不明|未定|なし|無し|情報|番号|住所|電話|住所|氏名|以下|別紙|同上|上記"
)


_TWO_WORDS = f"[{KANJI}ヶケノ{HIRAGANA}] {{1,3}}[{KANJI}ヶケノ{HIRAGANA}{KATAKANA}]"
_TWO_KANA_WORDS = f"[{KATAKANA}] {{1,3}}[{KATAKANA}]|[{HIRAGANA}ー] {{1,3}}[{HIRAGANA}ー]"
#: Every shape, and what a text needs for it: an RE2 pattern without which it says nothing.
_SHAPES: tuple[tuple[str, Callable[[str], Iterator[Candidate]]], ...] = (
    (_TWO_WORDS, spaced),
    (_TWO_KANA_WORDS, _kana),
    (f"[{KATAKANA}] [{KATAKANA}]{{1,8}} ?(?:様|さま|さん|氏)", _kana_called),
    (rf"^[^\pL]*[{KATAKANA}{HIRAGANA}]{{2,{_LONGEST_ALONE}}}[^\pL]*$", _kana_alone),
    (FOREIGN, foreign),
    (LATIN, latin),
    (MAILBOX, mailboxes),
    (KEYED, keyed),
    (POLITE, called_latin),
    (NAMED, named_latin),
    (LABELLED, _labelled),
    (LISTED, listed),
    (SINITIC, sinitic),
    (GLOSSED, glossed),
    (RANKED, ranked),
    (INTRODUCED, introduced),
    (_KIN_GATE, _kin),
    (SPEAKERS, speakers),
    (JOINED, joined),
    (PAYLOAD, payload),
)

GATES = tuple(gate for gate, _ in _SHAPES)


def possible_shapes(texts: Sequence[str]) -> list[int]:
    """Return for every text which shapes it may hold, as bits for `shaped`."""
    passed: list[int] = passing(GATES, texts).tolist()
    return passed


def shaped(text: str, possible: int) -> Iterator[Candidate]:
    """Yield every name of dense folded `text` that its shape gives away; `possible` as `possible_shapes` says."""
    for shape in _chosen(possible):
        yield from shape(text)


@cache
def _chosen(possible: int) -> tuple[Callable[[str], Iterator[Candidate]], ...]:
    return tuple(shape for bit, (_, shape) in enumerate(_SHAPES) if possible >> bit & 1)
