"""Exports on the file share: orders (Parquet), an old member list (cp932), the newsletter list (TSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo import numbers, talk
from pipelines.demo.goods import GOODS
from pipelines.demo.people import Customer, Person, World
from pipelines.demo.truth import FREE_TEXT, Marked, Truth, compose, plain

#: Column → entity type, in the order of the file.
ORDERS: dict[str, str | None] = {
    "order_no": None,
    "会員番号": "PERSONAL_ID",
    "届け先氏名": "PERSON",
    "届け先住所": "JP_ADDRESS",
    "電話": "PHONE_NUMBER",
    "JANコード": None,
    "商品名": None,
    "金額": None,
    "注文日時": None,
    "伝票番号": None,
    "配送備考": FREE_TEXT,
}
MEMBERS: dict[str, str | None] = {
    "旧会員番号": "PERSONAL_ID",
    "会員氏名": "PERSON",
    "カナ": "PERSON",
    "生年月日": "DATE_OF_BIRTH",
    "郵便番号": "JP_POSTAL_CODE",
    "住所": "JP_ADDRESS",
    "電話番号": "PHONE_NUMBER",
    "カード番号": "CREDIT_CARD",
    "ランク": None,
    "備考": FREE_TEXT,
}
NEWSLETTER: dict[str, str | None] = {
    "email": "EMAIL_ADDRESS",
    "お名前": "PERSON",
    "会員番号": "PERSONAL_ID",
    "登録日": None,
    "配信": None,
    "セグメント": None,
}


def write_orders(world: World, directory: Path) -> Truth:
    """Write ``share/受注_2025.parquet``; phone numbers are integers and have lost their leading zero."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = world.stream("share.orders")
    rows = [_order(rng, world, index) for index in range(world.scaled(30_000, 900))]
    columns = {name: [plain(row[index]) for row in rows] for index, name in enumerate(ORDERS)}
    types = {"電話": pa.int64(), "金額": pa.int64(), "注文日時": pa.timestamp("s")}
    schema = pa.schema([pa.field(name, types.get(name, pa.string())) for name in ORDERS])
    path = directory / "share" / "受注_2025.parquet"
    pq.write_table(pa.table(columns, schema=schema), path, row_group_size=10_000)
    truth = Truth()
    truth.table("share/受注_2025.parquet", ORDERS, rows)
    return truth


def write_members(world: World, directory: Path) -> Truth:
    """Write ``share/会員名簿.csv``: the export of 2018, cp932, with quotes and line breaks in the remarks."""
    rng = world.stream("share.members")
    old = [customer for customer in world.customers if customer.old_number and _in_cp932(customer.person)]
    rows = [_member(rng, world, customer) for customer in old]
    _write_csv(directory / "share" / "会員名簿.csv", MEMBERS, rows, encoding="cp932", delimiter=",")
    truth = Truth()
    truth.table("share/会員名簿.csv", MEMBERS, rows)
    return truth


def write_newsletter(world: World, directory: Path) -> Truth:
    """Write ``share/newsletter.tsv``: UTF-8 with a byte order mark, from before the new member system."""
    rng = world.stream("share.newsletter")
    rows = [
        [
            customer.person.email,
            customer.person.name.written(" "),
            customer.number,
            customer.joined.isoformat(),
            "可" if customer.mail_ok else "否",
            rng.choice(("新規", "既存", "休眠")),
        ]
        for customer in world.customers
        if customer.mail_ok or rng.random() < 0.05
    ]
    _write_csv(directory / "share" / "newsletter.tsv", NEWSLETTER, rows, encoding="utf-8-sig", delimiter="\t")
    truth = Truth()
    truth.table("share/newsletter.tsv", NEWSLETTER, rows)
    return truth


def _order(rng: Random, world: World, index: int) -> list[Any]:
    customer = rng.choice(world.customers)
    receiver = customer.person if rng.random() < 0.88 else rng.choice(world.strangers)
    jan, name, price = rng.choice(GOODS)
    when = datetime(2025, 1, 1) + timedelta(minutes=rng.randrange(365 * 24 * 60))
    return [
        f"W{2025_000_000 + index * 3 + rng.randrange(3)}",
        customer.number,
        receiver.name.written(" "),
        receiver.address.written(),
        int(receiver.phone),
        jan,
        name,
        price * rng.choice((1, 1, 1, 2, 3)),
        when,
        numbers.slip_number(rng),
        _remark(rng, world, customer),
    ]


def _remark(rng: Random, world: World, customer: Customer) -> Marked | str | None:
    kind = rng.random()
    if kind < 0.04:
        return talk.write(rng, rng.choice(talk.REMARKS), talk.fill(rng, world, customer))
    return rng.choice(talk.PLAIN_REMARKS) if kind < 0.2 else None


def _member(rng: Random, world: World, customer: Customer) -> list[Any]:
    person = customer.person
    return [
        customer.old_number,
        person.name.written(),
        person.name.half_width_kana(),
        numbers.wareki(person.born, short=True),
        person.address.postcode,
        person.address.written(),
        numbers.phone_text(rng, person.phone),
        numbers.credit_card(rng) if rng.random() < 0.15 else "",
        rng.choice(("A", "B", "C", "VIP")),
        _old_remark(rng, world, customer),
    ]


def _old_remark(rng: Random, world: World, customer: Customer) -> Marked | str:
    kind = rng.random()
    if kind > 0.12:
        return "" if kind < 0.9 else '"要確認" マーク,旧システムより'
    slots = talk.fill(rng, world, customer)
    if not all(_encodable(value if isinstance(value, str) else value.text) for value in slots.values()):
        return "移行時に文字化け"
    return compose(rng.choice(_OLD_REMARKS), slots)


_OLD_REMARKS = (
    '転居先不明。"{other}"様方へ転送\n電話 {other_phone}',
    "窓口は{staff}\n{surname}様は平日不可",
    'DM返戻,再送せず\n新住所は"{address}"とのこと',
)


def _in_cp932(person: Person) -> bool:
    return _encodable(person.name.written() + person.address.written())


def _encodable(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _write_csv(
    path: Path,
    columns: Mapping[str, str | None],
    rows: Sequence[Sequence[Any]],
    *,
    encoding: str,
    delimiter: str,
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    path.write_bytes(buffer.getvalue().encode(encoding))
