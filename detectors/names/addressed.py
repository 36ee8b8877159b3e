"""Names told by how they are addressed: what stands before an honorific, a title or "と申します".

Here no dictionary is needed if the word is no ordinary one: a fifth of the people bear surnames outside any
list of moderate size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import (
    divide,
    is_common_word,
    is_given,
    is_kana_given,
    is_kana_surname,
    is_place,
    is_surname,
    only_words,
    surname_count,
)
from detectors.names.lexicon import (
    ADDRESS,
    CALLS_ITSELF,
    COMPANY_RANK,
    HIRAGANA,
    HIRAGANA_RUN,
    HONORIFIC,
    KANJI,
    KANJI_RUN,
    KATAKANA,
    KATAKANA_RUN,
    NOBODY,
    NOT_A_PERSON,
    PLACE_OFFICE,
    TITLE,
    is_introduced,
)
from detectors.names.morphology import Tag, tags
from detectors.names.parts import parted

_POLITE = re.compile(f"{HONORIFIC.pattern}|{CALLS_ITSELF.pattern}")
#: One kanji behind a surname or a place that makes it a shop, a house, a group, or counts.
_HOUSES = frozenset(
    "屋家店社組院寺宮園館荘亭堂庵軒楼会部課係室局所場町村市区県府都山川橋駅他等外両各全親子母父妻夫兄弟姉妹娘孫方側宅員者長役殿"
)
_BEFORE_ADDRESS = re.compile(f"(?:[{KANJI}ヶケ]{{1,6}}|[{KATAKANA}]{{2,8}}|[{HIRAGANA}]{{2,6}}|[A-Z][a-z]+)$")


def is_address(sentence: str) -> bool:
    """Whether a word stands in `sentence` by which somebody may be called: an honorific, a title."""
    return ADDRESS.search(sentence) is not None


def addressed(text: str, start: int, end: int) -> Iterator[Candidate]:
    """Yield what stands directly before an honorific or a title in ``text[start:end]`` and may be a name."""
    for address in ADDRESS.finditer(text, start, end):
        at = address.start()
        if at > start and text[at - 1] == " ":
            at -= 1
        polite = bool(_POLITE.match(text, at))
        # 島|本部長 or 島本|部長: the surname that more people bear.
        later = at + 1 if not polite and TITLE.match(text, at + 1) else at
        for end_of_name in sorted({at, later}):
            before = _BEFORE_ADDRESS.search(text, max(start, at - 9), end_of_name)
            if end_of_name > at and not (before and _ends_with_surname(before[0])):
                continue
            if before and not _truncated(text, before.start()):
                yield from _named(text, before.start(), end_of_name, polite)


def _ends_with_surname(run: str) -> bool:
    return any(is_surname(run[-size:]) for size in (2, 3) if len(run) >= size)


def _truncated(text: str, start: int) -> bool:
    """Whether the run before an address goes on further left than was looked: too long for a name."""
    return bool(start and KATAKANA_RUN.match(text, start) and KATAKANA_RUN.match(text, start - 1))


def _named(text: str, start: int, end: int, polite: bool) -> Iterator[Candidate]:
    word = text[start:end]
    if word in NOBODY:
        return
    if KANJI_RUN.fullmatch(word):
        yield from _kanji_named(text, start, end, polite)
    elif KATAKANA_RUN.fullmatch(word):
        if polite and (surname := _surname_before(text, start)) and is_kana_given(word):
            yield Candidate(start - len(surname), end, 0.8, "full", True, (surname, word))
        elif (
            len(word) > 1
            and ((polite and _is_kana_surname(word)) or _is_no_word(word))
            and text[start - 1 : start] not in ("・", "=")
        ):
            yield Candidate(start, end, 0.6 if polite else 0.45, "surname", False, (word,))
    elif polite and HIRAGANA_RUN.fullmatch(word):
        bounded = not re.match(f"[{KANJI}{HIRAGANA}]", text[start - 1 : start])
        if bounded and (is_surname(word) or _is_kana_surname(word) or _is_kana_given(text, word, end)):
            yield Candidate(start, end, 0.6, "surname", True, (word,))
    elif polite and len(word) > 2 and not _is_of_company(text, start, word):
        yield Candidate(start, end, 0.5, "surname", False, (word,))


def _is_of_company(text: str, start: int, word: str) -> bool:
    """Whether a word in Latin letters is an ordinary one, or the last of several (Google Cloud様)."""
    return bool(
        tags(word.lower()) & {Tag.NOUN, Tag.PLACE} or _LATIN_BEFORE.search(text, max(0, start - 2), start)
    )


_LATIN_BEFORE = re.compile("[A-Za-z] $")


def _is_no_word(word: str) -> bool:
    return not (_compound(word) or is_common_word(word) or is_place(word))


def _is_kana_surname(word: str) -> bool:
    """Whether a word in kana is nothing but the reading of a surname: ささもと, ヤマザキ."""
    return len(word) > 2 and is_kana_surname(word) and Tag.NOUN not in tags(word)


def _surname_before(text: str, start: int) -> str:
    """The surname in kanji directly before a given name in kana (田中|イネ); empty where there is none."""
    run = _KANJI_BEFORE.search(text, max(0, start - 5), start)
    return run[0] if run and len(run[0]) > 1 and is_surname(run[0]) else ""


_KANJI_BEFORE = re.compile(f"[{KANJI}ヶケ]{{1,5}}$")


def _is_kana_given(text: str, word: str, end: int) -> bool:
    return is_given(word) and (not is_common_word(word) or (len(word) > 2 and text.startswith("ちゃん", end)))


def _kanji_named(text: str, start: int, end: int, polite: bool) -> Iterator[Candidate]:
    word = text[start:end]
    if polite and (given := _given_behind_kin(word)):
        yield Candidate(end - len(given), end, 0.7, "given", True, (given,))
        return
    split = divide(word, not polite) if len(word) > 2 else None
    if split and not is_surname(word):
        yield Candidate(start, end, 0.8, "full", True, split)
        return
    if len(word) > 3 and (split := _likely_parts(word)):
        yield Candidate(start, end, 0.6, "full", False, split)
        return
    if _is_long_surname(word) and (polite or COMPANY_RANK.match(text, end)):
        yield Candidate(start, end, 0.7, "surname", True, (word,))
        return
    for cut in range(max(0, len(word) - 4), len(word)):
        name = word[cut:]
        if _bears(text, name, end, polite, not cut) and _stands_apart(word[:cut], name):
            score = 0.7 if polite else 0.65 if len(name) == 1 else 0.66
            yield Candidate(start + cut, end, score, "surname", True, (name,))
            return
    if polite and _is_house(word):
        return
    if polite and len(word) == 3 and surname_count(word[:2]):
        yield Candidate(start, end, 0.6, "full", False, (word[:2], word[2]))
    elif (polite and _may_be_called(word)) or _ends_as_surname(word):
        yield Candidate(start, end, 0.5, "surname", False, (word,))


def _may_be_called(word: str) -> bool:
    return _unheard_of(word) or (is_place(word) and 2 <= len(word) <= 3)


def _is_house(word: str) -> bool:
    """Whether `word` is a shop, an office or a family by its name or place: 中村屋, 大阪支店, 佐藤家."""
    return any(
        (surname_count(word[:cut]) or is_place(word[:cut]))
        and (word[cut:] in _HOUSES or NOT_A_PERSON.match(word, cut) or only_words(word[cut:]))
        for cut in range(2, len(word))
    )


def _likely_parts(word: str) -> tuple[str, str] | None:
    """Surname and given name, of which one is known for certain, of a run too long for a surname."""
    split = parted(word)
    if not split or is_common_word(word) or is_place(word) or only_words(word):
        return None
    surname, given = split
    return split if len(surname) > 1 and surname_count(surname) and len(given) > 1 else None


def _given_behind_kin(word: str) -> str:
    """The given name in 長女|詩織; empty where there is none."""
    kin = _KIN.match(word)
    given = word[kin.end() :] if kin else ""
    return given if given and is_given(given) else ""


_KIN = re.compile("[長次三四][男女]|妻|夫|父|母|兄|姉|弟|妹|息子|娘|孫|愛[犬猫]")


def _is_long_surname(word: str) -> bool:
    """Whether the dictionaries know three kanji or more as a surname, or as the place it comes from (大豆生田)."""
    return 3 <= len(word) <= 4 and (
        is_surname(word) or (is_place(word) and word[-1] not in "都道府県市区町村郡")
    )


def _stands_apart(before: str, name: str) -> bool:
    """Whether kanji glued to the left of a surname are a word of their own (本日|稲葉さん).

    Before a single kanji a place is none: it ends a longer surname (会津谷市長).
    """
    if len(before) < 2:
        return not before or before in "元前新副弊当"
    return is_common_word(before) or (len(name) > 1 and is_place(before))


def _bears(text: str, name: str, end: int, polite: bool, whole: bool) -> bool:
    """Whether `name`, before an honorific or a title, is a surname rather than a word or a place."""
    if (
        name in NOBODY
        or name[-1] in "仕同模異"
        or (is_place(name) and not polite and PLACE_OFFICE.match(text, end))
    ):
        return False
    if surname_count(name):
        return True
    if len(name) == 1:
        if polite and is_introduced(text, max(0, end - 12), end - 1):
            return whole
        return whole and is_surname(name) and (polite or bool(COMPANY_RANK.match(text, end)))
    return is_surname(name) and (whole or not is_common_word(name))


def _ends_as_surname(word: str) -> bool:
    """Whether three kanji no dictionary knows are a place or a surname with one more kanji surnames end in."""
    return (
        len(word) == 3
        and not tags(word)
        and surname_count(word[-1]) > 0
        and (is_place(word[:2]) or is_surname(word[:2]))
        and not is_common_word(word[:2])
    )


def _unheard_of(word: str) -> bool:
    """Whether `word` is neither an ordinary word nor made of two of them."""
    if not 2 <= len(word) <= 4 or word[-1] in "仕同模異多" or is_common_word(word) or is_place(word):
        return False
    return len(word) == 2 or not _compound(word)


def _compound(word: str) -> bool:
    """Whether `word` is two ordinary words side by side (サービスグループ)."""
    return any(is_common_word(word[:cut]) and is_common_word(word[cut:]) for cut in range(1, len(word)))
