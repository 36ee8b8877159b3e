"""Name dictionaries: who may be called that, by exact spelling.

Two sources. *japanese-personal-name-dataset* (MIT): the 1,999 most frequent surnames with the number of
people who bear them, kana and romaji, and the kanji spellings of about 9,400 given-name readings. Its
surnames cover 80 % of people (10 names 10 %, 100 names 33 %, 1,000 names 71 %). *SudachiDict-core*
(Apache-2.0) answers for the rest: every entry it marks as 人名 姓 or 人名 名.

Every function takes folded text (`detectors.text.fold`), answers in constant time, and loads its data at the
first call.

>>> surname_count(fold("髙橋")) > 1_000_000
True
>>> is_surname("桐生"), is_given("隆司"), is_kana_name("ｺﾊﾞﾔｼ ｶｽﾞﾋﾛ"), is_romaji_surname("SATOH")
(True, True, True, True)
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

import jaconv

from detectors.names.morphology import Tag, lookup, tags
from detectors.text import fold

_DATASET = "japanese_personal_name_dataset"
_GIVEN_FILES = ("first_name_man_org.csv", "first_name_woman_org.csv")


def is_surname(name: str) -> bool:
    """Whether `name` (kanji or kana, folded) is a surname of either dictionary."""
    return name in _surnames() or Tag.SURNAME in tags(name)


def is_given(name: str) -> bool:
    """Whether `name` (kanji or kana, folded) is a given name of either dictionary."""
    return name in _given() or Tag.GIVEN in tags(name)


def looks_given(name: str) -> bool:
    """Whether `name` is built of the kanji given names begin and end with; 2–3 characters, no dictionary word.

    For given names no list holds (結蔵): a necessary shape, weak evidence.
    """
    first, last = _given_edges()
    return 2 <= len(name) <= 3 and first[name[0]] >= 20 and last[name[-1]] >= 20 and not tags(name)


def is_place(name: str) -> bool:
    """Whether `name` (folded) is a place name of Sudachi's dictionary; most frequent surnames are."""
    return Tag.PLACE in tags(name)


def is_common_word(name: str) -> bool:
    """Whether `name` (folded) is also an ordinary word: 林, 光, 大地."""
    return Tag.NOUN in tags(name)


def only_words(name: str) -> bool:
    """Whether `name` (folded, no spaces) is nobody's: an ordinary word, or several side by side (公募中)."""
    if is_surname(name) or is_given(name) or divide(name):
        return False
    return is_common_word(name) or any(_plain(name[:cut], name[cut:]) for cut in range(1, len(name)))


def _plain(left: str, right: str) -> bool:
    """Whether two pieces are words side by side; one kanji is one only as a prefix or a suffix."""
    before, after = tags(left), tags(right)
    return bool(
        before & ({Tag.NOUN} if len(left) > 1 else {Tag.PREFIX})
        and after & ({Tag.NOUN} if len(right) > 1 else {Tag.SUFFIX})
    )


def is_kana_name(name: str) -> bool:
    """Whether every piece of `name`, split at spaces, is the reading of a surname or of a given name.

    Hiragana, katakana and half-width katakana alike.
    """
    pieces = name.split()
    return bool(pieces) and all(is_kana_surname(piece) or is_kana_given(piece) for piece in pieces)


@lru_cache(maxsize=16_384)
def is_kana_surname(name: str) -> bool:
    """Whether `name` is the reading of a surname, in any kana."""
    return hiragana(name) in _kana_surnames() or _sudachi_kana(name, Tag.SURNAME)


@lru_cache(maxsize=16_384)
def is_kana_given(name: str) -> bool:
    """Whether `name` is the reading of a given name, in any kana."""
    return hiragana(name) in _kana_given() or _sudachi_kana(name, Tag.GIVEN)


def is_romaji_surname(name: str) -> bool:
    """Whether `name` is a surname in Latin letters: Hepburn or kunrei, long vowels in any usual way."""
    return romaji_key(name) in _romaji_surnames()


def is_romaji_given(name: str) -> bool:
    """Whether `name` is a given name in Latin letters, same spellings as `is_romaji_surname`."""
    return romaji_key(name) in _romaji_given()


def is_from_abroad(name: str) -> bool:
    """Whether `name` is a frequent surname or given name, in Latin letters, of people from abroad (abroad.txt)."""
    return name.lower() in _abroad()


def surname_count(name: str) -> int:
    """Number of people in Japan who bear the surname `name`; 0 outside the 1,999 most frequent."""
    return _surnames().get(name, 0)


def surnames() -> dict[str, int]:
    """The counted surnames: folded kanji → people. Shared; not to be changed."""
    return _surnames()


def given_names() -> frozenset[str]:
    """The given names of the dataset, folded, in kanji and kana. Shared."""
    return _given()


def kana_surnames() -> frozenset[str]:
    """The readings of the counted surnames, in hiragana. Shared."""
    return _kana_surnames()


def kana_given_names() -> frozenset[str]:
    """The readings of the given names of the dataset, in hiragana. Shared."""
    return _kana_given()


@lru_cache(maxsize=65_536)
def readings(name: str) -> frozenset[str]:
    """Katakana readings either dictionary gives for the surname or given name `name`; may be empty."""
    known = set(_readings().get(name, ()))
    known.update(reading for tag, reading in lookup(name) if tag in (Tag.SURNAME, Tag.GIVEN))
    return frozenset(known)


@lru_cache(maxsize=8192)
def divide(name: str, strict: bool = True) -> tuple[str, str] | None:
    """Cut `name` into a counted surname and a given name, the most frequent surname first."""
    cuts = [
        cut
        for cut in range(1, min(4, len(name) - 1))
        if surname_count(name[:cut]) and is_given(name[cut:]) and not (strict and is_common_word(name[cut:]))
    ]
    if not cuts:
        return None
    cut = max(cuts, key=lambda each: (each > 1, surname_count(name[:each])))
    return name[:cut], name[cut:]


@lru_cache(maxsize=32_768)
def hiragana(name: str) -> str:
    """Return `name` in hiragana, whatever kana it is written in; other characters stay."""
    return str(jaconv.kata2hira(_wide(name)))


def katakana(name: str) -> str:
    """Return `name` in katakana, whatever kana it is written in; other characters stay."""
    return str(jaconv.hira2kata(_wide(name)))


_HALF_WIDTH = re.compile("[｡-ﾟ]")


def _wide(name: str) -> str:
    return str(jaconv.h2z(name)) if _HALF_WIDTH.search(name) else name


def romaji_key(name: str) -> str:
    """Fold the ways of writing one Japanese name in Latin letters into one comparison key.

    Kunrei → Hepburn (si → shi, tu → tsu, hu → fu, zi → ji, sya → sha …), m before b, p → n, long vowels
    (ou, oo, oh, uu, ō, û …) → short.

    >>> romaji_key("Satoh") == romaji_key("SATOU") == romaji_key("Satō"), romaji_key("Huzita")
    (True, 'fujita')
    """
    key = name.lower().translate(_MACRONS)
    for pattern, plain in _ROMAJI:
        key = pattern.sub(plain, key)
    return key


_MACRONS = str.maketrans("āīūēōâîûêô", "aiueoaiueo", "'’-")
_ROMAJI = [
    (re.compile(pattern), plain)
    for pattern, plain in (
        ("sy", "sh"),
        ("(?:zy|jy)", "j"),
        ("(?:ty|cy)", "ch"),
        ("si", "shi"),
        ("ti", "chi"),
        ("tu", "tsu"),
        ("zi", "ji"),
        ("(?<![cs])hu", "fu"),
        ("m(?=[bp])", "n"),
        ("(?:ou|oo|oh(?![aiueo]))", "o"),
        ("uu", "u"),
        ("tch", "cch"),
    )
]


@cache
def _surnames() -> dict[str, int]:
    counts: dict[str, int] = {}
    for kanji, count, _, _ in _rows("last_name_org.csv"):
        key = fold(kanji)
        counts[key] = counts.get(key, 0) + int(count)
    return counts


@cache
def _kana_surnames() -> frozenset[str]:
    return frozenset(row[2] for row in _rows("last_name_org.csv"))


@cache
def _romaji_surnames() -> frozenset[str]:
    return frozenset(romaji_key(row[3]) for row in _rows("last_name_org.csv"))


@cache
def _abroad() -> frozenset[str]:
    lines = files("detectors.names").joinpath("abroad.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _given() -> frozenset[str]:
    return frozenset(
        fold(kanji) for name in _GIVEN_FILES for row in _rows(name) for kanji in row[2:] if kanji
    )


@cache
def _given_edges() -> tuple[Counter[str], Counter[str]]:
    names = [name for name in _given() if len(name) > 1]
    return Counter(name[0] for name in names), Counter(name[-1] for name in names)


@cache
def _kana_given() -> frozenset[str]:
    return frozenset(row[0] for name in _GIVEN_FILES for row in _rows(name))


@cache
def _romaji_given() -> frozenset[str]:
    return frozenset(romaji_key(row[1]) for name in _GIVEN_FILES for row in _rows(name))


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for kanji, _, kana, _ in _rows("last_name_org.csv"):
        known[fold(kanji)] = (*known.get(fold(kanji), ()), jaconv.hira2kata(kana))
    for name in _GIVEN_FILES:
        for kana, _, *spellings in _rows(name):
            reading = jaconv.hira2kata(kana)
            for kanji in spellings:
                known[fold(kanji)] = (*known.get(fold(kanji), ()), reading)
    return known


@lru_cache(maxsize=32_768)
def _sudachi_kana(name: str, tag: Tag) -> bool:
    plain = _wide(name)
    return tag in tags(plain) and all("\u3041" <= char <= "\u30ff" for char in plain)


def _rows(name: str) -> Iterator[list[str]]:
    text = files(_DATASET).joinpath("dataset", name).read_text(encoding="utf-8-sig")
    yield from csv.reader(text.splitlines())
