"""The mail-order desk of the sample estate (incident A): one SQLite file.

A clerk told a caller the name and age of the neighbour: same address, another surname. The file holds what the
order desk works with: customers, orders, what the one-per-household rule merged, what the screens showed, call
notes. Who shares an address with whom is drawn in `households`, so every count of the reports is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random

from pipelines.demo.goods import GOODS
from pipelines.demo.households import Lot, Member, draw_lots
from pipelines.demo.people import World
from pipelines.demo.places import Address
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import FREE_TEXT, Marked, Truth, Value, compose


def write(world: World, directory: Path) -> Truth:
    """Write ``desk.sqlite``."""
    rng = world.stream("desk")
    lots = draw_lots(world, rng)
    orders = _orders(world, rng, lots)
    truth = Truth()
    tables = (
        _customers(lots),
        _order_table(orders),
        _rulings(world, rng, lots, orders, truth),
        _screens(world, rng, lots, truth),
        _notes(world, rng, lots, truth),
    )
    write_tables(directory / "desk.sqlite", "desk", tables, truth)
    _expect_addresses(lots, truth)
    return truth


@dataclass(frozen=True)
class _Order:
    number: str
    buyer: Member
    receiver: str
    address: Address
    when: datetime


def _orders(world: World, rng: Random, lots: Sequence[Lot]) -> list[_Order]:
    """Everybody orders once or more; a few send gifts, some of them to both houses of one lot."""
    made: list[tuple[Member, str, Address]] = []
    for lot in lots:
        for member in lot.members:
            made += [(member, member.called, member.person.address)] * rng.choice((1, 1, 1, 2, 3))
    alone = [lot.members[0] for lot in lots if len(lot.members) == 1]
    for lot in lots[: world.scaled(12, 3)]:
        giver = rng.choice(alone)
        made += [
            (giver, member.called, member.person.address) for member in (lot.members[0], lot.members[-1])
        ]
    for _ in range(world.scaled(60, 8)):
        giver, receiver = rng.sample(alone, 2)
        made.append((giver, receiver.called, receiver.person.address))
    rng.shuffle(made)
    start = datetime(2025, 10, 1, 9)
    return [
        _Order(
            f"T26-{100_000 + index * 3 + rng.randrange(3)}",
            buyer,
            name,
            where,
            start + timedelta(minutes=37 * index),
        )
        for index, (buyer, name, where) in enumerate(made)
    ]


def _customers(lots: Sequence[Lot]) -> Table:
    columns = (
        ("会員番号", "TEXT", "PERSONAL_ID"),
        ("氏名", "TEXT", "PERSON"),
        ("住所", "TEXT", "JP_ADDRESS"),
        ("電話番号", "TEXT", "PHONE_NUMBER"),
        ("メール", "TEXT", "EMAIL_ADDRESS"),
        ("生年月日", "TEXT", "DATE_OF_BIRTH"),
        ("世帯番号", "TEXT", None),
    )
    rows = [
        [
            member.number, member.called, member.person.address.written(), member.person.phone,
            member.person.email, member.person.born.isoformat(), member.household or None,
        ]
        for lot in lots for member in lot.members
    ]  # fmt: skip
    return Table("customers", columns, rows)


def _order_table(orders: Sequence[_Order]) -> Table:
    columns = (
        ("注文番号", "TEXT", None),
        ("会員番号", "TEXT", "PERSONAL_ID"),
        ("届け先氏名", "TEXT", "PERSON"),
        ("届け先住所", "TEXT", "JP_ADDRESS"),
        ("電話", "TEXT", "PHONE_NUMBER"),
        ("商品", "TEXT", None),
        ("注文日時", "TEXT", None),
    )
    rows = [
        [
            order.number, order.buyer.number, order.receiver, order.address.written(), order.buyer.person.phone,
            GOODS[index % len(GOODS)][1], f"{order.when:%Y-%m-%d %H:%M}",
        ]
        for index, order in enumerate(orders)
    ]  # fmt: skip
    return Table("orders", columns, rows)


def _rulings(world: World, rng: Random, lots: Sequence[Lot], orders: Sequence[_Order], truth: Truth) -> Table:
    """What the rule merged: households, as it should, a few neighbours, and somebody long erased."""
    columns = (
        ("判定番号", "INTEGER", None),
        ("注文番号", "TEXT", None),
        ("会員番号", "TEXT", "PERSONAL_ID"),
        ("同一世帯とした会員番号", "TEXT", "PERSONAL_ID"),
        ("判定日時", "TEXT", None),
    )
    ordered = {order.buyer.number: order for order in orders}
    right = [pair for lot in lots for household in lot.households for pair in combinations(household, 2)]
    pairs = [pair for lot in lots if lot.case == "one-lot" for pair in lot.strangers()]
    wrong = pairs[: world.scaled(20, 3)]
    gone = [
        (lot.members[0].number, f"TS{400_000 + index}")
        for index, lot in enumerate(lots[: world.scaled(4, 1)])
    ]
    merged = [(one.number, other.number) for one, other in (*right, *wrong)] + gone
    rng.shuffle(merged)
    rows = [
        [
            index + 1,
            ordered[one].number,
            one,
            other,
            f"{ordered[one].when + timedelta(minutes=1):%Y-%m-%d %H:%M}",
        ]
        for index, (one, other) in enumerate(merged)
    ]
    # Everybody has ordered, so a rule on the address alone takes all strangers of one address key for one.
    alone = [pair for lot in lots if lot.case in ("one-lot", "one-room") for pair in lot.strangers()]
    truth.incidents["household_rule"] = {
        "rows": len(wrong) + len(gone) + len(alone),
        "keys": sorted(ordered[one.number].number for one, _ in wrong),
    }
    return Table("household_checks", columns, rows)


def _screens(world: World, rng: Random, lots: Sequence[Lot], truth: Truth) -> Table:
    """What the search screens answered: the person asked about, sometimes the family, sometimes the neighbour."""
    columns = (
        ("表示番号", "INTEGER", None),
        ("画面", "TEXT", None),
        ("操作者", "TEXT", "PERSONAL_ID"),
        ("表示日時", "TEXT", None),
        ("照会会員番号", "TEXT", "PERSONAL_ID"),
        ("表示会員番号", "TEXT", "PERSONAL_ID"),
        ("表示氏名", "TEXT", "PERSON"),
        ("表示年齢", "INTEGER", "AGE"),
        ("表示生年月日", "TEXT", "DATE_OF_BIRTH"),
        ("本人確認", "TEXT", None),
    )
    own = [(member, member, "会員照会") for lot in lots for member in lot.members][: world.scaled(900, 120)]
    family = [
        (*pair, "住所検索") for lot in lots for house in lot.households for pair in combinations(house, 2)
    ]
    neighbours = [pair for lot in lots if lot.case == "one-lot" for pair in lot.strangers()]
    shown = [(*pair, ("住所検索", "注文照会")[index % 2]) for index, pair in enumerate(neighbours)]
    answers = own + family + shown
    rng.shuffle(answers)
    rows = []
    for index, (asked, answer, screen) in enumerate(answers):
        when = datetime(2026, 1, 5, 9) + timedelta(minutes=11 * index)
        rows.append([
            index + 1, screen, rng.choice(world.staff).number, f"{when:%Y-%m-%d %H:%M}", asked.number,
            answer.number, answer.called, answer.person.age, answer.person.born.isoformat(),
            "○" if asked is answer or index % 2 else "×",
        ])  # fmt: skip
    screens = sorted({screen for *_, screen in shown})
    truth.incidents["agent_view"] = {"rows": len(screens), "keys": screens}
    return Table("screen_log", columns, rows)


#: {other} is a neighbour. What the clerk did wrong, in the words of the note.
_MIXED_UP = (
    "別のお客様である{other}様（{age}）の注文と取り違えて回答。{name}様へお詫びし、再発防止を説明。",
    "{name}様より入電。別のお客様である{other}様、生年月日{born}を読み上げてしまったため上長へ報告。",
)
#: Hard negatives: the customer's own data, the household, nobody.
_OWN = "{name}様（{age}）より入電。生年月日{born}で照合し、配送日を変更。"
_HOUSEHOLD = "{name}様の件、{other}様からも同じ内容で入電。届け先は変更なし。"
_NOBODY = ("配送日の問い合わせ。折り返し不要。", "在庫の確認のみ。", "無言のため切断。")
#: People elsewhere: counted, not listed.
_ELSEWHERE = "{name}様より、{other}様あてのギフト配送について問い合わせ。"


def _notes(world: World, rng: Random, lots: Sequence[Lot], truth: Truth) -> Table:
    columns = (
        ("応対番号", "INTEGER", None),
        ("会員番号", "TEXT", "PERSONAL_ID"),
        ("応対日時", "TEXT", None),
        ("応対者", "TEXT", "PERSONAL_ID"),
        ("本文", "TEXT", FREE_TEXT),
    )
    # The truth of this report is exact: no names here that a reader of Japanese would have to read twice.
    plain = {member.number for lot in lots for member in lot.members if member.person.name.before_sama}
    clear = [
        lot for lot in lots if all(member.number in plain and not member.in_kana for member in lot.members)
    ]
    neighbours = [pair for lot in clear if lot.case in ("one-lot", "one-room") for pair in lot.strangers()]
    family = [pair for lot in clear for house in lot.households for pair in combinations(house, 2)]
    alone = [lot.members[0] for lot in clear if lot.case is None and len(lot.members) == 1]
    written: list[tuple[Member, Marked | str, bool]] = []
    for index, (about, other) in enumerate(neighbours[: world.scaled(60, 6)]):
        written.append((about, _said(_MIXED_UP[index % 2], about, other), True))
    for about, other in family[: world.scaled(80, 10)]:
        written.append((about, _said(_HOUSEHOLD, about, other), False))
    for about, other in zip(alone[: world.scaled(40, 6)], reversed(alone), strict=False):
        written.append((about, _said(_ELSEWHERE, about, other), False))
    written += [
        (about, _said(_OWN, about, about) if rng.random() < 0.6 else rng.choice(_NOBODY), False)
        for about in alone[: world.scaled(500, 60)]
    ]
    rng.shuffle(written)
    rows = []
    for index, (about, text, _) in enumerate(written):
        when = datetime(2026, 1, 5, 9) + timedelta(minutes=53 * index)
        clerk = rng.choice(world.staff).number
        rows.append([index + 1, about.number, f"{when:%Y-%m-%d %H:%M}", clerk, text])
    wrong = [str(index + 1) for index, (_, _, is_wrong) in enumerate(written) if is_wrong]
    # One row per note about a neighbour, one for the customers elsewhere.
    truth.incidents["third_party_notes"] = {"rows": len(wrong) + 1, "keys": wrong}
    return Table("call_notes", columns, rows)


def _said(template: str, about: Member, other: Member) -> Marked:
    born = other.person.born
    return compose(
        template,
        {
            "name": about.value,
            "other": other.value,
            "age": Value(f"{other.person.age}歳", "AGE"),
            "born": Value(f"{born.year}年{born.month}月{born.day}日", "DATE_OF_BIRTH"),
        },
    )


def _expect_addresses(lots: Sequence[Lot], truth: Truth) -> None:
    wrong = [lot for lot in lots if lot.case]
    # Each address by somebody who lives at it; without a room that is the last one.
    truth.incidents["shared_address"] = {
        "rows": len(wrong),
        "keys": sorted(lot.members[-1].number for lot in wrong),
    }
