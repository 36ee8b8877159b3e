"""The customer database of the sample estate: one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo import numbers, talk
from pipelines.demo.people import TODAY, Customer, World
from pipelines.demo.truth import FREE_TEXT, Marked, Truth, plain

_BANKS = (("0001", "みずほ銀行"), ("0009", "三井住友銀行"), ("0010", "りそな銀行"), ("0134", "千葉銀行"))
_ID_DOCUMENTS = ("運転免許証", "個人番号カード", "在留カード", "パスポート")


@dataclass(frozen=True)
class _Table:
    """A table to be made: columns as (name, SQLite type, entity type or None); the first is the primary key."""

    name: str
    columns: tuple[tuple[str, str, str | None], ...]
    rows: Sequence[Sequence[Any]]


def write(world: World, directory: Path) -> Truth:
    """Write ``crm.sqlite``."""
    path = directory / "crm.sqlite"
    path.unlink(missing_ok=True)
    truth = Truth()
    connection = sqlite3.connect(path)
    try:
        for table in _tables(world):
            _create(connection, table)
            types = {name: entity_type for name, _, entity_type in table.columns}
            truth.table(f"crm/main.{table.name}", types, table.rows)
        connection.commit()
    finally:
        connection.close()
    return truth


def _tables(world: World) -> tuple[_Table, ...]:
    return (
        _customers(world),
        _staff(world),
        _stores(world),
        _contracts(world),
        _bank_accounts(world),
        _contact_notes(world),
    )


def _create(connection: sqlite3.Connection, table: _Table) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind, _ in table.columns)
    places = ", ".join("?" * len(table.columns))
    connection.execute(f'CREATE TABLE "{table.name}" ({columns}, PRIMARY KEY ("{table.columns[0][0]}"))')
    rows = ([plain(cell) for cell in row] for row in table.rows)
    connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows)


def _customers(world: World) -> _Table:
    rng = world.stream("crm.customers")
    columns = (
        ("member_no", "TEXT", "PERSONAL_ID"),
        ("氏名", "TEXT", "PERSON"),
        ("フリガナ", "TEXT", "PERSON"),
        ("生年月日", "TEXT", "DATE_OF_BIRTH"),
        ("性別", "TEXT", None),
        ("郵便番号", "TEXT", "JP_POSTAL_CODE"),
        ("住所", "TEXT", "JP_ADDRESS"),
        ("電話番号", "TEXT", "PHONE_NUMBER"),
        ("メール", "TEXT", "EMAIL_ADDRESS"),
        ("入会日", "TEXT", None),
        ("最終利用日", "TEXT", None),
        ("状態", "TEXT", None),
        ("mail_ok", "INTEGER", None),
    )
    return _Table("customers", columns, [_customer_row(rng, customer) for customer in world.customers])


def _customer_row(rng: Random, customer: Customer) -> list[Any]:
    person = customer.person
    return [
        customer.number,
        person.name.written(),
        person.name.kana(),
        person.born.isoformat(),
        person.sex if rng.random() < 0.9 else None,
        person.address.postcode,
        person.address.written(),
        numbers.phone_text(rng, person.phone) if rng.random() < 0.98 else None,
        person.email if rng.random() < 0.93 else None,
        customer.joined.isoformat(),
        customer.last_used.isoformat() if customer.last_used else None,
        "withdrawn" if customer.withdrawn else "active",
        int(customer.mail_ok),
    ]


def _staff(world: World) -> _Table:
    columns = (
        ("社員番号", "TEXT", "PERSONAL_ID"),
        ("氏名", "TEXT", "PERSON"),
        ("フリガナ", "TEXT", "PERSON"),
        ("店舗コード", "TEXT", None),
        ("役職", "TEXT", None),
        ("業務携帯", "TEXT", "PHONE_NUMBER"),
        ("メール", "TEXT", "EMAIL_ADDRESS"),
        ("入社日", "TEXT", None),
    )
    rng = world.stream("crm.staff")
    rows = [
        [
            employee.number,
            employee.person.name.written(" "),
            employee.person.name.kana(" "),
            employee.store,
            employee.title,
            numbers.phone_text(rng, employee.business_phone),
            employee.business_mail,
            employee.hired.isoformat(),
        ]
        for employee in world.staff
    ]
    return _Table("staff", columns, rows)


def _stores(world: World) -> _Table:
    columns = (
        ("店舗コード", "TEXT", None),
        ("店舗名", "TEXT", None),
        ("郵便番号", "TEXT", "JP_POSTAL_CODE"),
        ("所在地", "TEXT", "JP_ADDRESS"),
        ("フリーダイヤル", "TEXT", None),
        ("開店日", "TEXT", None),
    )
    rng = world.stream("crm.stores")
    rows = [
        [
            store.code,
            store.name,
            store.address.postcode,
            store.address.written(),
            numbers.toll_free(rng),
            store.opened.isoformat(),
        ]
        for store in world.stores
    ]
    return _Table("stores", columns, rows)


def _contracts(world: World) -> _Table:
    columns = (
        ("契約番号", "TEXT", None),
        ("member_no", "TEXT", "PERSONAL_ID"),
        ("回線番号", "TEXT", "PHONE_NUMBER"),
        ("IMEI", "TEXT", "IMEI"),
        ("ICCID", "TEXT", "ICCID"),
        ("機種", "TEXT", None),
        ("プラン", "TEXT", None),
        ("契約日", "TEXT", None),
        ("解約日", "TEXT", None),
        ("本人確認書類", "TEXT", None),
        ("運転免許証番号", "TEXT", "JP_DRIVER_LICENSE"),
    )
    rng = world.stream("crm.contracts")
    holders = [customer for customer in world.customers if rng.random() < 0.55]
    rows = [_contract_row(rng, index, customer) for index, customer in enumerate(holders)]
    return _Table("contracts", columns, rows)


def _contract_row(rng: Random, index: int, customer: Customer) -> list[Any]:
    signed = customer.joined + timedelta(days=rng.randrange(200))
    ended = customer.withdrawn or (
        signed + timedelta(days=rng.randint(400, 1500)) if rng.random() < 0.2 else None
    )
    document = rng.choices(_ID_DOCUMENTS, (72, 22, 3, 3))[0]
    return [
        f"C{2010 + index % 16}-{300_000 + index}",
        customer.number,
        customer.person.phone if len(customer.person.phone) == 11 else numbers.mobile(rng),
        numbers.imei(rng),
        numbers.iccid(rng),
        rng.choice(talk.MODELS),
        rng.choice(talk.PLANS),
        _past(signed),
        _past(ended) if ended else None,
        document,
        customer.person.licence if document == "運転免許証" else None,
    ]


def _past(day: date) -> str:
    return min(day, TODAY).isoformat()


def _bank_accounts(world: World) -> _Table:
    columns = (
        ("member_no", "TEXT", "PERSONAL_ID"),
        ("銀行コード", "TEXT", None),
        ("銀行名", "TEXT", None),
        ("支店コード", "TEXT", None),
        ("預金種目", "TEXT", None),
        ("口座番号", "TEXT", "JP_BANK_ACCOUNT"),
        ("口座名義", "TEXT", "PERSON"),
    )
    rng = world.stream("crm.bank_accounts")
    rows = []
    for customer in world.customers:
        if rng.random() < 0.3:
            code, bank = rng.choice(_BANKS)
            holder = customer.person.name.half_width_kana()
            rows.append(
                [customer.number, code, bank, numbers.digits(rng, 3), "普通", numbers.digits(rng, 7), holder]
            )
    return _Table("bank_accounts", columns, rows)


def _contact_notes(world: World) -> _Table:
    columns = (
        ("note_id", "INTEGER", None),
        ("member_no", "TEXT", "PERSONAL_ID"),
        ("応対日時", "TEXT", None),
        ("応対者", "TEXT", "PERSONAL_ID"),
        ("種別", "TEXT", None),
        ("本文", "TEXT", FREE_TEXT),
    )
    rng = world.stream("crm.contact_notes")
    rows = []
    for index in range(world.scaled(12_000, 300)):
        customer = rng.choice(world.customers)
        when = f"{talk.day_text(rng)} {rng.randint(9, 20):02d}:{rng.randrange(60):02d}"
        clerk = rng.choice(world.staff).number
        channel = rng.choice(("電話", "電話", "店頭", "メール"))
        rows.append([index + 1, customer.number, when, clerk, channel, _note(rng, world, customer)])
    return _Table("contact_notes", columns, rows)


def _note(rng: Random, world: World, customer: Customer) -> Marked:
    slots = talk.fill(rng, world, customer)
    template = rng.choice(talk.CALLS if rng.random() < 0.6 else talk.PLAIN_CALLS)
    return talk.write(rng, template, slots)
