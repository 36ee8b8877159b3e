"""Invented persons' names, drawn as often as they occur in Japan.

Surnames come from the 2,000 most frequent ones with the number of people who bear them; given names from the
same data set (japanese-personal-name-dataset, MIT), where each spelling stands under its reading. The data set
does not count given names, so a spelling weighs as much as its characters are usual among all spellings.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from japanese_personal_name_dataset import LastNameDict, NameDict

Sex = Literal["男", "女"]

#: Old forms people keep in the family register; all of them exist in cp932.
OLD_FORMS = {
    "高": "髙",
    "崎": "﨑",
    "辺": "邊",
    "斎": "齋",
    "斉": "齊",
    "沢": "澤",
    "浜": "濱",
    "島": "嶋",
    "桜": "櫻",
}

#: Foreign residents: family and given name as written on a Japanese form.
FOREIGN = (
    ("グエン", "ティ・ラン", "女", "nguyen", "lan"),
    ("グエン", "ヴァン・ミン", "男", "nguyen", "minh"),
    ("サントス", "マリア", "女", "santos", "maria"),
    ("シルバ", "ブルーノ", "男", "silva", "bruno"),
    ("スミス", "ジョン", "男", "smith", "john"),
    ("ミラー", "エミリー", "女", "miller", "emily"),
    ("シュレスタ", "ラジェシュ", "男", "shrestha", "rajesh"),
    ("クマール", "アニル", "男", "kumar", "anil"),
)


@dataclass(frozen=True, slots=True)
class Name:
    """One full name. `surname_kana`, `given_kana` are katakana; `surname_romaji`, `given_romaji` lower case.

    `separator` stands between the two parts: a space for Japanese names, ・ for foreign ones.
    """

    surname: str
    given: str
    surname_kana: str
    given_kana: str
    surname_romaji: str
    given_romaji: str
    foreign: bool = False

    @property
    def before_sama(self) -> bool:
        """Whether it is read at once where 様 follows: 和様, 絵様 and 志様 are words, too."""
        given = self.given
        return len(given) > 1 and given[-1] not in _TWICE and not any("ぁ" <= char <= "ん" for char in given)

    def written(self, separator: str = "　") -> str:
        """Return the name as it stands in a register."""
        return f"{self.surname}{'・' if self.foreign else separator}{self.given}"

    def kana(self, separator: str = "　") -> str:
        """Return the reading in katakana."""
        return f"{self.surname_kana}{'・' if self.foreign else separator}{self.given_kana}"

    def half_width_kana(self) -> str:
        """Return the reading as banks print it: half-width katakana, surname first."""
        import jaconv

        return str(jaconv.z2h(self.kana(" ").replace("・", " "), kana=True))


#: What a given name ends in where the word for the person may begin one character earlier.
_TWICE = frozenset("和貴大一絵映文直英志士紀梨岳璃依南那")


@dataclass(frozen=True, slots=True)
class Lottery:
    """Items with cumulated weights."""

    items: tuple[tuple[str, str, str], ...]
    cumulated: tuple[float, ...]

    @classmethod
    def of(cls, weighted: Iterable[tuple[tuple[str, str, str], float]]) -> Lottery:
        """Build from (item, weight)."""
        pairs = tuple(weighted)
        return cls(tuple(item for item, _ in pairs), tuple(accumulate(weight for _, weight in pairs)))

    def draw(self, rng: Random) -> tuple[str, str, str]:
        """Draw one item by weight."""
        return self.items[bisect(self.cumulated, rng.random() * self.cumulated[-1], hi=len(self.items) - 1)]


def draw_surname(rng: Random) -> tuple[str, str, str]:
    """Draw (kanji, katakana, romaji) by the number of bearers; a few in an old form."""
    kanji, kana, romaji = _surnames().draw(rng)
    if rng.random() < 0.06:
        kanji = "".join(OLD_FORMS.get(character, character) for character in kanji)
    return kanji, kana, romaji


def draw_given(rng: Random, sex: Sex, born: int) -> tuple[str, str, str]:
    """Draw (kanji, katakana, romaji); many women born before 1965 have a name in 子."""
    old_style = sex == "女" and born < 1965 and rng.random() < 0.6
    kanji, kana, romaji = _given_names(sex, old_style).draw(rng)
    if sex == "女" and rng.random() < 0.03:
        kanji = hiragana(kana)
    return kanji, kana, romaji


def draw_name(rng: Random, sex: Sex, born: int, surname: tuple[str, str, str] | None = None) -> Name:
    """Draw a Japanese name, with the family's surname where one is given."""
    family = surname or draw_surname(rng)
    given = draw_given(rng, sex, born)
    return Name(family[0], given[0], family[1], given[1], family[2], given[2])


def draw_foreign(rng: Random) -> tuple[Name, Sex]:
    """Draw one of a few names in katakana."""
    surname, given, sex, surname_romaji, given_romaji = rng.choice(FOREIGN)
    name = Name(surname, given, surname, given, surname_romaji, given_romaji, foreign=True)
    return name, "男" if sex == "男" else "女"


@lru_cache(maxsize=1)
def _dataset() -> tuple[NameDict, NameDict, LastNameDict]:
    from japanese_personal_name_dataset import load_dataset

    return load_dataset(kind="opti", include_last_names=True)


@lru_cache(maxsize=1)
def _surnames() -> Lottery:
    return Lottery.of(
        ((kanji, _katakana(entry["reading"]), entry["en"]), entry["count"])
        for kanji, entry in _dataset()[2].items()
    )


@lru_cache(maxsize=4)
def _given_names(sex: Sex, old_style: bool) -> Lottery:
    men, women, _ = _dataset()
    readings = men if sex == "男" else women
    rows = [
        (spelling, reading, entry["en"])
        for reading, entry in readings.items()
        for spelling in entry["kanji"]
        if not old_style or (spelling.endswith("子") and reading.endswith("こ"))
    ]
    usual = Counter(character for spelling, _, _ in rows for character in spelling)
    return Lottery.of(
        ((spelling, _katakana(reading), romaji), _weight(spelling, usual))
        for spelling, reading, romaji in rows
    )


def _weight(spelling: str, usual: Counter[str]) -> float:
    # The rarest character decides how unusual a spelling looks; three characters are rarer than two.
    rarest = min(usual[character] for character in spelling)
    return float(rarest) ** 3 / len(spelling) ** 3


def _katakana(hiragana: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in hiragana)


def hiragana(katakana: str) -> str:
    """Turn katakana into hiragana."""
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in katakana)
