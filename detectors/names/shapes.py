"""Names told by their shape: pieces with spaces between, ・ between, kana, Latin letters, or after a label.

These rules need no tokenizer: they read dense folded text, and look whole pieces up in the dictionaries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

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
    is_romaji_given,
    is_romaji_surname,
    is_surname,
    only_words,
    romaji_key,
    surname_count,
)
from detectors.names.glossed import GATE as GLOSSED
from detectors.names.glossed import glossed
from detectors.names.lexicon import HIRAGANA, HONORIFIC, KANJI, KATAKANA, LABEL, LABELLED, NOT_A_PERSON, RANK
from detectors.names.listed import GATE as LISTED
from detectors.names.listed import listed
from detectors.names.morphology import Tag, tags
from detectors.names.ranked import GATE as RANKED
from detectors.names.ranked import ranked
from detectors.names.sinitic import GATE as SINITIC
from detectors.names.sinitic import sinitic
from detectors.names.speakers import GATE as SPEAKERS
from detectors.names.speakers import speakers

_PIECE = f"[{KANJI}ヶケノ]{{1,5}}|[{HIRAGANA}]{{2,6}}"
_LETTER = f"[{KANJI}{HIRAGANA}{KATAKANA}]"
_SPACED = re.compile(f"(?:{_PIECE})(?: {{1,3}}(?:{_PIECE})){{1,7}}")
_TWO_KANA = (
    f"[{KATAKANA}]{{2,8}} {{1,3}}[{KATAKANA}]{{2,8}}|[{HIRAGANA}ー]{{2,8}} {{1,3}}[{HIRAGANA}ー]{{2,8}}"
)
_KANA = re.compile(f"(?<!{_LETTER})(?:{_TWO_KANA})(?!{_LETTER})")
#: みなもと　の　よりとも
_OF_CLAN = re.compile(f"(?<!{_LETTER})([{HIRAGANA}]{{2,6}}) の ([{HIRAGANA}]{{2,8}})(?!{_LETTER})")
_LONGEST_ALONE = 12
_KANA_SHORT = re.compile(f"[{KATAKANA}]{{2,6}}|[{HIRAGANA}ー]{{2,6}}")
_KANA_WHOLE = re.compile(f"[{KATAKANA}]{{4,12}}|[{HIRAGANA}ー]{{4,12}}")
_LATIN = re.compile(
    r"(?<![A-Za-z0-9@._/-])(?:[A-Z][A-Za-z'-]+"
    r"(?: [A-Z]\.| [A-Z][A-Za-z'-]+| (?:von|van|de|da|di|du|d'[A-Z][a-z]+)){1,4}"
    r"|[A-Z][A-Za-z'-]+, ?[A-Z](?:\.|[a-z]+)|[A-Z]\. ?[A-Z][A-Za-z'-]+|[a-z]{2,} [a-z]{2,})(?![A-Za-z0-9@_/-])"
)
_POLITE_LATIN = re.compile(r"(?:Mr|Ms|Mrs|Dr|Prof)\.? $")


def _spaced(text: str) -> Iterator[Candidate]:
    for run in _SPACED.finditer(text):
        pieces = [
            (run.start() + piece.start(), run.start() + piece.start() + len(_uncalled(piece[0])))
            for piece in re.finditer("[^ ]+", run[0])
        ]
        at = 0
        while at < len(pieces):
            found = _best_split(text, pieces[at : at + 6])
            if found:
                candidate, used = found
                yield candidate
                at += used
            else:
                at += 1


def _uncalled(piece: str) -> str:
    """Return a hiragana piece without the honorific written in hiragana that runs on from it (あかり|さん)."""
    called = _HIRAGANA_HONORIFIC.search(piece)
    return piece[: called.start()] if called and called.start() > 1 else piece


_HIRAGANA_HONORIFIC = re.compile(f"(?<=[{HIRAGANA}])(?:さん|さま|くん|ちゃん)$")


def _best_split(text: str, pieces: list[tuple[int, int]]) -> tuple[Candidate, int] | None:
    """The best reading of the first pieces as surname and given name, and how many pieces it takes."""
    best: tuple[Candidate, int] | None = None
    for last in range(2, len(pieces) + 1):
        for cut in range(1, last):
            if not _regular(pieces[:cut]) or not _regular(pieces[cut:last]):
                continue
            found = _split(text, pieces[:cut], pieces[cut:last])
            if found and (best is None or found.score >= best[0].score):
                best = (found, last)
    return best


def _regular(pieces: list[tuple[int, int]]) -> bool:
    """One piece, or single characters spread out (山 田)."""
    return len(pieces) == 1 or all(end - start == 1 for start, end in pieces)


def _split(text: str, left: list[tuple[int, int]], right: list[tuple[int, int]]) -> Candidate | None:
    start, end = left[0][0], right[-1][1]
    surname = "".join(text[a:b] for a, b in left)
    given = "".join(text[a:b] for a, b in right)
    glued = bool(start and re.match(_LETTER, text[start - 1]))
    if not 2 <= len(surname) + len(given) <= 8 or len(surname) > 5 or len(given) > 4:
        return None
    polite = HONORIFIC.match(text, end)
    if not polite and re.match(_LETTER, text[end : end + 1] or " "):
        return None
    score = pair_score(surname, given)
    if polite and not score and _unheard_of(surname, given):
        score = 0.5
    if glued:
        score -= 0.25
    if score <= 0.1:
        return None
    return Candidate(start, end, round(score, 3), "full", score >= 0.6, (surname, given))


_DEPARTMENTS = frozenset("部課室係店社局所会者様方欄書先長名")


def _unheard_of(surname: str, given: str) -> bool:
    """Whether two pieces before an honorific are a person no dictionary knows, not a department and a surname."""
    if len(surname) < 2 or surname[-1] in _DEPARTMENTS:
        return False
    return is_given(given) or not (only_words(surname) or only_words(given) or is_surname(given))


def pair_score(surname: str, given: str) -> float:
    """Return how sure two pieces with a space between them are surname and given name."""
    family, own = is_surname(surname), is_given(given) or is_kana_given(given)
    if family and own:
        return 0.85
    plain = (
        is_common_word(given) or is_place(given) or (is_common_word(surname) and not surname_count(surname))
    )
    if family and not plain and not is_surname(given) and re.fullmatch(f"[{KANJI}{HIRAGANA}]{{1,4}}", given):
        return 0.65
    if own and not plain and len(surname) >= 2 and not is_place(surname):
        return 0.6
    if family and (is_common_word(given) and len(given) == 1):
        return 0.45
    return 0.2 if not plain and not tags(surname) and not tags(given) else 0.0


def _kana(text: str) -> Iterator[Candidate]:
    for run in _OF_CLAN.finditer(text):
        if is_kana_surname(run[1]) or is_kana_given(run[2]):
            yield Candidate(run.start(), run.end(), 0.6, "full", True)
    for run in _KANA.finditer(text):
        surname, given = run[0].split()
        end = run.end() - len(given)
        given = _uncalled(given)
        end += len(given)
        if given[-1] in "はがもをにの" and not is_kana_given(given) and is_kana_given(given[:-1]):
            given, end = given[:-1], end - 1
        score = kana_pair_score(surname, given)
        if score:
            yield Candidate(run.start(), end, score, "full", score > 0.5, (surname, given))


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


def _latin(text: str) -> Iterator[Candidate]:
    for run in _LATIN.finditer(text):
        words = re.findall("[A-Za-z'-]+", run[0])
        score = _latin_score(words)
        if not score and _POLITE_LATIN.search(text, max(0, run.start() - 6), run.start()):
            score = 0.7
        if score:
            yield Candidate(run.start(), run.end(), score, "full", score > 0.5, tuple(words))


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


def _western_score(words: list[str]) -> float:
    """Two or more words of which the first is a name by the dictionary and none an ordinary word."""
    kinds = [tags(word.lower()) for word in words if len(word) > 1]
    if len(kinds) < 2 or any(kind & {Tag.NOUN, Tag.PLACE} for kind in kinds) or Tag.NAME not in kinds[0]:
        return 0.0
    return 0.6 if Tag.NAME in kinds[-1] else 0.45


def _labelled(text: str) -> Iterator[Candidate]:
    for label in (*LABEL.finditer(text), *RANK.finditer(text)):
        value = _VALUE.match(text, label.end())
        if not value or _NOT_A_VALUE.search(value[0]) or NOT_A_PERSON.match(text, value.end()):
            continue
        if only_words(value[0]):
            continue
        yield Candidate(value.start(), value.end(), 0.55, "other")


_VALUE = re.compile(
    f"(?:[{KANJI}ヶケ]{{1,4}} {{1,2}}[{KANJI}{HIRAGANA}]{{1,4}}|[{KANJI}ヶケ]{{2,6}}"
    f"|[{KATAKANA}]{{2,8}}[ ・][{KATAKANA}]{{2,8}}"
    f"|[{HIRAGANA}]{{2,6}} [{HIRAGANA}]{{2,6}}|[A-Z][A-Za-z'-]+ [A-Z][A-Za-z'-]+)"
    f"(?=[ \\t]*(?:$|[\\n\\r\\t,、。;/|()<>「」\\[\\]]|{HONORIFIC.pattern})| {{2}})"
)
_NOT_A_VALUE = re.compile(
    "[部課室係店社局所会者様方欄書]$|必須|任意|入力|記入|変更|確認|登録|不明|未定|なし|無し|情報|番号|住所|電話|住所|氏名|以下|別紙|同上|上記"
)


_TWO_WORDS = f"[{KANJI}ヶケノ{HIRAGANA}] {{1,3}}[{KANJI}ヶケノ{HIRAGANA}]"
_TWO_KANA_WORDS = f"[{KATAKANA}] {{1,3}}[{KATAKANA}]|[{HIRAGANA}ー] {{1,3}}[{HIRAGANA}ー]"
#: Every shape, and what a text needs for it: an RE2 pattern without which it says nothing.
_SHAPES: tuple[tuple[str, Callable[[str], Iterator[Candidate]]], ...] = (
    (_TWO_WORDS, _spaced),
    (_TWO_KANA_WORDS, _kana),
    ("", _kana_alone),
    (FOREIGN, foreign),
    ("[A-Za-z'-](?: |[.,] ?)[A-Za-z]", _latin),
    (LABELLED, _labelled),
    (LISTED, listed),
    (SINITIC, sinitic),
    (GLOSSED, glossed),
    (RANKED, ranked),
    (SPEAKERS, speakers),
)


def possible_shapes(texts: Sequence[str]) -> list[int]:
    """Return for every text which shapes it may hold, as bits for `shaped`."""
    passed: list[int] = passing([gate for gate, _ in _SHAPES], texts).tolist()
    return passed


def shaped(text: str, possible: int) -> Iterator[Candidate]:
    """Yield every name of dense folded `text` that its shape gives away; `possible` as `possible_shapes` says."""
    for bit, (_, shape) in enumerate(_SHAPES):
        if possible >> bit & 1:
            yield from shape(text)
