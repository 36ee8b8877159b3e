"""The phone shops of the sample estate (incident C): one SQLite file.

Slips on paper that nobody shredded, look-ups no visit explains, customers written to from a clerk's own number.
The file holds the registers a shop keeps: slips, access log, visits and tickets, outbound messages, business
numbers, complaints. Who visited and who did not is decided here, so every count of the reports is known.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random

from pipelines.demo import numbers
from pipelines.demo.people import World
from pipelines.demo.shop_desk import Desk, Row
from pipelines.demo.shop_messages import messages
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import Truth


def write(world: World, directory: Path) -> Truth:
    """Write ``shop.sqlite``."""
    truth = Truth()
    slips = _slips(world, truth)
    desk = Desk(world)
    lookups = desk.look_up(truth)
    tables = (
        slips,
        Table("visits", _VISITS, desk.visits),
        Table("access_log", _LOOKUPS, lookups),
        *messages(world, desk, truth),
        Table("complaints", _COMPLAINTS, desk.complaints),
    )
    write_tables(directory / "shop.sqlite", "shop", tables, truth)
    return truth


_SLIPS = (
    ("伝票番号", "TEXT", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("電話番号", "TEXT", "PHONE_NUMBER"),
    ("目的", "TEXT", None),
    ("店舗コード", "TEXT", None),
    ("社員番号", "TEXT", "PERSONAL_ID"),
    ("受付日", "TEXT", None),
    ("廃棄期限", "TEXT", None),
    ("廃棄日", "TEXT", None),
)
_VISITS = (
    ("受付番号", "TEXT", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("電話番号", "TEXT", "PHONE_NUMBER"),
    ("社員番号", "TEXT", "PERSONAL_ID"),
    ("受付日時", "TEXT", None),
    ("種別", "TEXT", None),
)
_LOOKUPS = (
    ("照会番号", "INTEGER", None),
    ("社員番号", "TEXT", "PERSONAL_ID"),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("電話番号", "TEXT", "PHONE_NUMBER"),
    ("照会日時", "TEXT", None),
    ("画面", "TEXT", None),
)
_COMPLAINTS = (
    ("申出番号", "TEXT", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("電話番号", "TEXT", "PHONE_NUMBER"),
    ("社員番号", "TEXT", "PERSONAL_ID"),
    ("受付日時", "TEXT", None),
    ("対応終了日時", "TEXT", None),
    ("区分", "TEXT", None),
    ("発信元番号", "TEXT", "PHONE_NUMBER"),
    ("同意", "INTEGER", None),
)


def _slips(world: World, truth: Truth) -> Table:
    rng = world.stream("shop.slips")
    rows: list[Row] = []
    overdue: list[str] = []
    serial = count(1)

    def slip(purpose: str, received: date, due: date | str | None, disposed: date | None) -> str:
        customer, clerk = rng.choice(world.customers), rng.choice(world.staff)
        ref = f"F{received:%y%m}-{next(serial):05d}"
        rows.append(
            [ref, customer.number, numbers.phone_text(rng, customer.person.phone), purpose, clerk.store,
             clerk.number, received.isoformat(), str(due) if due else None, str(disposed) if disposed else None]
        )  # fmt: skip
        return ref

    for _ in range(world.scaled(1_000, 110)):
        received = _day(rng, 2025, 300)
        slip("問い合わせ", received, received + timedelta(90), received + timedelta(rng.randint(1, 60)))
    # Incident: nobody shredded them; some name their due date, of some it follows from the purpose.
    for index in range(world.scaled(90, 18)):
        received = _day(rng, 2024, 500)
        named = received + timedelta(90) if index % 3 else None
        overdue.append(slip(("問い合わせ", "料金の相談", "機種変更の見積")[index % 3], received, named, None))
    # Hard negatives: shredded late, but shredded; identity checks kept until three years after the contract.
    for _ in range(world.scaled(60, 8)):
        received = _day(rng, 2024, 300)
        slip("問い合わせ", received, received + timedelta(90), received + timedelta(rng.randint(100, 200)))
    for _ in range(world.scaled(120, 20)):
        slip("本人確認", _day(rng, 2024, 600), date(2036, 3, 31) + timedelta(rng.randrange(900)), None)
    # Cannot be judged: the period of an identity check begins with the end of a contract; "never" is no date.
    for _ in range(4):
        slip("本人確認", _day(rng, 2025, 300), None, None)
    for _ in range(2):
        slip("その他", _day(rng, 2025, 300), "9999-12-31", None)
    truth.incidents["overdue_slips"] = {"rows": len(overdue) + 2, "keys": sorted(overdue)}
    rng.shuffle(rows)
    return Table("slips", _SLIPS, rows)


def _day(rng: Random, year: int, days: int) -> date:
    return date(year, 1, 6) + timedelta(rng.randrange(days))
