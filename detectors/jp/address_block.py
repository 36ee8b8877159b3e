"""The numbers of an address: 丁目, 番地, 番, 号 and their hyphenated, kanji and mixed forms.

A block begins where the name of the town ends. It is a chain of numbers joined by units, hyphens, の or a
direction (札幌: 南12西12-2-27); the first thing that is not such a number ends it. A number without a unit is no
block number when a counter, a point or a colon follows (3名, 10:30, 2.5).

>>> text = "3丁目13番402号室"
>>> block = read_block(text, 0)
>>> block.numbers, text[: block.end], block.kind
(('3', '13'), '3丁目13番', 'street')
>>> read_block("一の三", 0).numbers
('1', '3')
>>> read_block("3名", 0) is None
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from detectors.jp.gazetteer import arabic

#: Longest chain read: 丁目, 番, 号, 枝番, room, and one for 地割 or 街区 before them.
_MOST = 6

_NUMBER = re.compile(
    r"(?:(?P<ordinal>第(?P<nth>[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?P<ounit>地割|号(?=[0-9])))"
    r"|(?P<n>[1-9][0-9]{0,4}(?![0-9])|[〇一二三四五六七八九十百千]{1,7}(?![〇一二三四五六七八九十百千]))"
    r"(?P<unit>丁目|丁(?![目度割])|番地|番(?![目線組手町館])|街区|地割|号(?![室棟館車線機店])|条(?=[東西南北])|線(?=[東西南北]?[0-9])"
    r"|部(?=[0-9])|区画)?)"
)
_JOINT = re.compile(r"[-ーｰ](?=[0-9])|[のノﾉ之](?=[0-9〇一二三四五六七八九十])|[東西南北](?=[0-9])")
#: 枝番 in kana or by the ten stems: 6のロ, 12番地甲.
_BRANCH = re.compile(r"[-のノ]?[イロハニホヘト甲乙丙丁](?![㐀-鿿ァ-ヶー])")
_GAP = re.compile(r" (?=[0-9])")
#: Land that was never numbered: 東京都青ヶ島村無番地.
NO_NUMBER = re.compile("無番地|番外地")
_KANJI = re.compile("[〇一二三四五六七八九十百千]")

#: What makes a bare number something else than a block number.
_NEVER = re.compile(
    r"[0-9%㎡]|[Ff](?![A-Za-z])|[.:/+*=](?=[0-9])|,(?=[0-9]{3}(?![0-9-]))|(?:[kKcCmM]?[mMgG])(?![A-Za-z])|[階室泊]|号[室棟館車線機店]|番[目線組手町館]"
    r"|[年月日時分秒人名円件個回歳才度点枚杯](?![㐀-鿿])"
)
#: Alone it needs more caution than in a chain: 恵比寿3日前, but 2-15日本ビル.
_COUNTER = re.compile(
    r"[年月日時分秒人名円件個回歳才代位校店台本万億点度℃級期章節項社棟間組便面冊枚杯食部隻頭匹戸軒勝敗戦次割倍連冠通]|つ|[かヶカケ][所月国年]|[条線区](?![^\s])"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Block numbers in Arabic digits as written, left to right.

    `end`: where they end. `kind`: "street" for 住居表示 (番 or 号), "lot" for 地番 (番地), "" where the
    spelling does not say. `units`: some unit was written (丁目, 番 …). `chome`: the first number is a 丁目.
    """

    numbers: tuple[str, ...]
    end: int
    kind: str
    units: bool
    chome: bool


def read_block(folded: str, start: int) -> Block | None:
    """Read block numbers at `start` of folded text; None when none stand there."""
    if unnumbered := NO_NUMBER.match(folded, start):
        return Block((unnumbered[0],), unnumbered.end(), "lot", True, False)
    numbers: list[str] = []
    units: list[str] = []
    position = end = start
    while len(numbers) < _MOST:
        found = _NUMBER.match(folded, position)
        if found is None or not _counts(folded, found, joined=bool(numbers)):
            break
        raw, unit = found["nth"] or found["n"], found["ounit"] or found["unit"] or ""
        numbers.append(arabic(raw) if _KANJI.match(raw) else raw)
        units.append(unit)
        end = found.end()
        joint = _JOINT.match(folded, end) or (_GAP.match(folded, end) if unit else None)
        if joint is None and not unit:
            break
        position = joint.end() if joint else end
    if not numbers:
        return None
    if branch := _BRANCH.match(folded, end):
        end = branch.end()
        numbers.append(branch[0].lstrip("-のノ"))
    return Block(tuple(numbers), end, _kind(units), any(units), units[0].startswith("丁"))


def _counts(folded: str, found: re.Match[str], joined: bool) -> bool:
    """Say whether a number can be a block number, from what follows it."""
    if found["ordinal"] or found["unit"]:
        return True
    end = found.end()
    if _NEVER.match(folded, end) or (not joined and _COUNTER.match(folded, end)):
        return False
    if not _KANJI.match(found["n"]):
        return True
    # A bare kanji number is a number only in a chain (一の三) or alone to the end (串本千二百三十四).
    if _JOINT.match(folded, end) or (joined and folded[found.start() - 1] in "のノ之-ー"):
        return True
    return (joined or len(found["n"]) > 1) and folded[end : end + 1] in ("", " ", "\n", "\t")


def _kind(units: list[str]) -> str:
    if "番地" in units:
        return "lot"
    return "street" if "番" in units or "号" in units else ""
