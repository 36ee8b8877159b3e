"""What the sample company keeps too long: the accounts of its phone app, and orders of guests.

Every day is known to the row, so the counts as of the day of the picture (`people.TODAY`) are exact. Among the
rows are those that look overdue and are not: accounts with an old start that were used lately, orders of which the
tax law holds a part, an account that is withdrawn and still within its period.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo.people import TODAY, Customer, Person, World
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import Truth

#: Retention classes `app_member`, `app_left` and `guest_order` of the sample's policies.yaml, in days, rounded so
#: that no row lies within a month of its due date.
_DORMANT_YEARS = 2
_LEFT_YEARS = 1
_ORDER_YEARS = 1
_TAX_YEARS = 7


def write(world: World, directory: Path) -> Truth:
    """Write ``keeping.sqlite``."""
    rng = world.stream("keeping")
    truth = Truth()
    customers = rng.sample(world.customers, world.scaled(3_000, 180))
    accounts = [_account(rng, customer) for customer in customers]
    left = [_left(rng, index, person) for index, person in enumerate(_people(rng, world, 0.4))]
    orders = [_order(rng, index, world) for index in range(world.scaled(2_000, 120))]
    tables = (
        Table("app_accounts", _ACCOUNT_COLUMNS, [row for row, _ in accounts]),
        Table("app_left", _LEFT_COLUMNS, [row for row, _ in left]),
        Table("shop_orders", _ORDER_COLUMNS, [row for row, _ in orders]),
    )
    write_tables(directory / "keeping.sqlite", "keeping", tables, truth)
    past = [row[0] for row, is_past in (*accounts, *left, *orders) if is_past]
    truth.incidents["stale_past"] = {"rows": len(past), "keys": sorted(past)}
    dormant = sorted(row[0] for row, is_past in accounts if is_past)
    truth.incidents["notice_list"] = {"rows": len(dormant), "keys": dormant}
    return truth


_ACCOUNT_COLUMNS = (
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("氏名", "TEXT", "PERSON"),
    ("生年月日", "TEXT", "DATE_OF_BIRTH"),
    ("性別", "TEXT", None),
    ("郵便番号", "TEXT", "JP_POSTAL_CODE"),
    ("メール", "TEXT", "EMAIL_ADDRESS"),
    ("登録日", "TEXT", None),
    ("最終ログイン", "TEXT", None),
    ("状態", "TEXT", None),
)
_LEFT_COLUMNS = (
    ("アプリ番号", "TEXT", None),
    ("氏名", "TEXT", "PERSON"),
    ("電話番号", "TEXT", "PHONE_NUMBER"),
    ("退会日", "TEXT", None),
    ("状態", "TEXT", None),
)
_ORDER_COLUMNS = (
    ("注文番号", "TEXT", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("届け先氏名", "TEXT", "PERSON"),
    ("届け先住所", "TEXT", "JP_ADDRESS"),
    ("電話", "TEXT", "PHONE_NUMBER"),
    ("メール", "TEXT", "EMAIL_ADDRESS"),
    ("注文日", "TEXT", None),
)


def _account(rng: Random, customer: Customer) -> tuple[list[Any], bool]:
    person = customer.person
    is_past = rng.random() < 0.3
    # A third of the others registered long ago and logged in lately: old is not dormant.
    seen = _before(rng, _DORMANT_YEARS, 4) if is_past else _within(rng, _DORMANT_YEARS)
    joined = seen - timedelta(days=rng.randint(30, 2_000))
    row = [
        customer.number, person.name.written(), person.born.isoformat(), person.sex, person.address.postcode,
        person.email, joined.isoformat(),
        f"{seen.isoformat()} {rng.randint(0, 23):02d}:{rng.randrange(60):02d}:00", "休眠" if is_past else "利用中",
    ]  # fmt: skip
    return row, is_past


def _left(rng: Random, index: int, person: Person) -> tuple[list[Any], bool]:
    kind = rng.random()
    number = f"AP{700_000 + index * 13 + rng.randrange(13)}"
    is_past = kind < 0.3
    if is_past:
        left: date | None = _before(rng, _LEFT_YEARS, 3)
    else:
        # Who is still a member has no day to count from; who left lately is within the period.
        left = None if kind < 0.7 else _within(rng, _LEFT_YEARS)
    return [
        number, person.name.written(), person.phone,
        left.isoformat() if left else None, "退会" if left else "利用中",
    ], is_past  # fmt: skip


def _order(rng: Random, index: int, world: World) -> tuple[list[Any], bool]:
    guest = rng.random() < 0.45
    person = rng.choice(world.strangers) if guest else (customer := rng.choice(world.customers)).person
    kind = rng.random()
    is_past = kind < 0.5
    # Of the past ones some are older than the tax law asks for: there nothing holds name and address any more.
    bought = _within(rng, _ORDER_YEARS)
    if is_past:
        bought = _before(rng, _ORDER_YEARS, 4) if kind < 0.4 else _before(rng, _TAX_YEARS + 2, 2)
    row = [
        f"G{24_000_000 + index * 7 + rng.randrange(7)}", None if guest else customer.number,
        person.name.written(" "), person.address.written(), person.phone, person.email, bought.isoformat(),
    ]  # fmt: skip
    return row, is_past


def _people(rng: Random, world: World, share: float) -> list[Person]:
    return [person for person in world.strangers if rng.random() < share]


def _before(rng: Random, years: int, spread: int) -> date:
    """Return a day whose period of so many years was over a month ago or longer."""
    return TODAY - timedelta(days=years * 366 + 31 + rng.randrange(spread * 365))


def _within(rng: Random, years: int) -> date:
    """Return a day whose period of so many years runs for another two months at least."""
    return TODAY - timedelta(days=rng.randrange(years * 365 - 62))
