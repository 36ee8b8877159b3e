"""What is not personal but looks like it: goods with JAN codes, branches named like surnames."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from random import Random

from pipelines.demo import numbers
from pipelines.demo.people import World
from pipelines.demo.truth import Truth

_NAMES = (
    ("Sakura A5 64GB", 39_800), ("Sakura A5 Lite", 21_800), ("Hikari 12 Pro", 98_000), ("Mizu Fold", 158_000),
    ("充電器 20W", 2_980), ("USB-Cケーブル 1m", 980), ("手帳型ケース 紺", 1_980), ("保護フィルム 9H", 1_280),
    ("純米大吟醸 山田錦 720ml", 3_480), ("五百万石 一升瓶", 2_950), ("松阪牛 すき焼き用 400g", 8_900),
    ("藤本製薬 のど飴", 380), ("山本海苔 詰合せ", 3_240),
    ("小川珈琲 ドリップ20袋", 1_490), ("高橋農園のりんご 5kg", 3_980),
    ("田中屋の味噌 1kg", 890), ("宮崎マンゴー 2玉", 5_400),
    ("石川の地酒セット", 6_600), ("福井の越前そば 8食", 2_160),
    ("千葉県産 落花生 500g", 1_620), ("長野県産 りんごジュース", 2_700),
    ("森永の甘酒 30缶", 3_120), ("伊藤園 お茶 24本", 2_380),
    ("青木の文具セット", 1_200), ("ロイヤル・ケース", 2_480),
    ("マリア・ブルーの花瓶", 4_300), ("ジョン・ブル ビール杯", 1_750),
)  # fmt: skip

#: Branches and stations that are surnames as well; the distinct count tells them from people.
_BRANCHES = (
    ("千葉", "千葉"), ("福井", "福井"), ("川崎", "川崎"),
    ("宮崎", "宮崎"), ("松本", "松本"), ("成田", "成田"),
    ("福島", "福島"), ("石川", "石川町"), ("長野", "長野"),
    ("岡山", "岡山"), ("高田", "高田馬場"), ("三田", "三田"),
    ("大塚", "大塚"), ("中山", "中山"), ("神田", "神田"),
    ("目黒", "目黒"), ("上野", "上野"), ("品川", "品川"),
    ("赤羽", "赤羽"), ("小山", "小山"), ("熊谷", "熊谷"),
    ("藤沢", "藤沢"), ("大宮", "大宮"), ("豊田", "豊田市"),
)  # fmt: skip


def _goods() -> tuple[tuple[str, str, int], ...]:
    # The shop sells the same goods whatever the seed.
    rng = Random("meibo:goods")
    colours = ("", " ブラック", " ホワイト", " ブルー", " 限定")
    return tuple(
        (numbers.jan_code(rng), name + colour, price) for name, price in _NAMES for colour in colours
    )


#: (JAN code, name, price in yen).
GOODS = _goods()


def write_products(world: World, directory: Path) -> Truth:
    """Write ``share/products.csv``: 13-digit JAN codes, 12-digit order numbers, brands that sound like people."""
    rng = world.stream("share.products")
    columns = (
        "商品コード",
        "JANコード",
        "商品名",
        "価格",
        "直近の発注番号",
        "入荷日",
        "棚番",
        "仕入先",
        "問合せ先",
    )
    rows = [
        [
            f"P{10_001 + index}",
            jan,
            name,
            str(price),
            numbers.slip_number(rng),
            f"2026-0{rng.randint(1, 3)}-{rng.randint(1, 28):02d}",
            f"{rng.randint(1, 9)}-{rng.randint(1, 30)}-{rng.randint(1, 8)}",
            rng.choice(
                (
                    "山本海苔",
                    "藤本製薬",
                    "伊藤園",
                    "小川珈琲",
                    "高橋農園",
                    "田中屋",
                    "さくら電子",
                    "みどり物産",
                )
            ),
            numbers.toll_free(rng),
        ]
        for index, (jan, name, price) in enumerate(GOODS)
    ]
    return _write(directory, "products.csv", columns, rows)


def write_branches(world: World, directory: Path) -> Truth:
    """Write ``share/branches.csv``: places that are surnames too."""
    rng = world.stream("share.branches")
    columns = ("支店コード", "支店名", "最寄駅", "管轄", "開設日", "坪数")
    rows = [
        [
            f"{101 + index}",
            branch,
            f"{station}駅",
            rng.choice(("東日本", "西日本", "首都圏")),
            f"{rng.randint(1998, 2022)}/{rng.randint(1, 12)}/1",
            str(rng.randint(18, 90)),
        ]
        for index, (branch, station) in enumerate(_BRANCHES)
    ]
    return _write(directory, "branches.csv", columns, rows)


def _write(directory: Path, name: str, columns: tuple[str, ...], rows: list[list[str]]) -> Truth:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    (directory / "share" / name).write_text(buffer.getvalue(), "utf-8", newline="")
    truth = Truth()
    truth.table(f"share/{name}", dict.fromkeys(columns), rows)
    return truth
