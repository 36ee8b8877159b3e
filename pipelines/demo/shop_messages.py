"""What the phone shops sent, and from which numbers: the company's, and some clerks' own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from pipelines.demo import numbers
from pipelines.demo.people import Customer, Employee, World
from pipelines.demo.shop_desk import DAYS, FIRST, Desk, Row, written
from pipelines.demo.tables import Table
from pipelines.demo.truth import Truth

_SMS = (
    ("送信番号", "INTEGER", None),
    ("社員番号", "TEXT", "PERSONAL_ID"),
    ("発信元", "TEXT", "PHONE_NUMBER"),
    ("宛先電話", "TEXT", "PHONE_NUMBER"),
    ("送信日時", "TEXT", None),
    ("手段", "TEXT", None),
)
_MAILS = (
    ("送信番号", "INTEGER", None),
    ("社員番号", "TEXT", "PERSONAL_ID"),
    ("差出人", "TEXT", "EMAIL_ADDRESS"),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("宛先", "TEXT", "EMAIL_ADDRESS"),
    ("送信日時", "TEXT", None),
)
_LINES = (
    ("番号", "TEXT", "PHONE_NUMBER"),
    ("用途", "TEXT", None),
    ("開始日", "TEXT", None),
    ("終了日", "TEXT", None),
)


def messages(world: World, desk: Desk, truth: Truth) -> Iterator[Table]:
    """Yield the logs of short messages and mails and the register of business numbers."""
    rng = world.stream("shop.messages")
    staff, came = world.staff, desk.came
    lines: list[Row] = [[numbers.mobile(rng), "店舗SMS", "2020-04-01", None] for _ in range(12)]
    # Incident: a line given back in December and used again in March.
    lines.append([numbers.mobile(rng), "店舗SMS", "2019-04-01", "2025-12-31"])
    texts: list[Row] = []
    mails: list[Row] = []

    def text(clerk: Employee, sender: str, phone: str) -> None:
        moment = FIRST + timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(500))
        both = [numbers.phone_text(rng, number) for number in (sender, phone)]
        texts.append([clerk.number, *both, written(moment), rng.choice(("SMS", "通話"))])

    def mail(clerk: Employee, sender: str, customer: Customer) -> None:
        moment = FIRST + timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(500))
        mails.append([clerk.number, sender, customer.number, customer.person.email, written(moment)])

    for index in range(world.scaled(800, 200)):
        clerk = staff[index % len(staff)]
        # Hard negative: a business mobile is a mobile number, too.
        sender = clerk.business_phone if index % 2 else rng.choice(lines[:12])[0]
        text(clerk, sender, rng.choice(came).person.phone)
        if index % 4 == 0:
            mail(clerk, clerk.business_mail, rng.choice(came))
    private = [numbers.mobile(rng) for _ in range(6)]
    clerks = list(staff[20:26])
    for customer in [*came[:6], *came[:3]]:
        text(clerks[0], private[0], customer.person.phone)
    for _ in range(2):
        text(clerks[1], private[1], came[9].person.phone)
    for customer in came[24:28]:
        mail(clerks[2], "private.clerk@mail.example.com", customer)
    text(clerks[3], lines[-1][0], came[30].person.phone)
    # Known from a complaint alone: sent from a private phone, it left no log.
    desk.complain(
        came[40], clerks[4], FIRST + timedelta(days=9), 5, "私用連絡", numbers.phone_text(rng, private[2]), 0
    )
    # Hard negatives: the customer had agreed to that number; the recipient is no customer.
    desk.complain(
        came[50],
        clerks[5],
        FIRST - timedelta(days=20),
        1,
        "連絡方法",
        numbers.phone_text(rng, private[3]),
        1,
    )
    text(clerks[5], private[3], came[50].person.phone)
    text(clerks[5], private[4], numbers.mobile(rng))
    for index in range(8):
        desk.complain(came[60 + index], staff[index], FIRST - timedelta(days=5), 2, "連絡方法",
                      numbers.phone_text(rng, staff[index].business_phone), 1)  # fmt: skip
    found = [clerk.number for clerk in clerks[:5]]
    # One row per clerk and sender, the notice that opens the report, and the message to somebody unknown.
    truth.incidents["private_channel"] = {"rows": len(found) + 2, "keys": sorted(found)}
    yield Table("sms_log", _SMS, _numbered(rng, texts))
    yield Table("mail_log", _MAILS, _numbered(rng, mails))
    yield Table("business_lines", _LINES, [[numbers.phone_text(rng, line[0]), *line[1:]] for line in lines])


def _numbered(rng: Random, rows: list[Row]) -> list[Row]:
    rng.shuffle(rows)
    return [[number, *row] for number, row in enumerate(sorted(rows, key=lambda row: row[-2:]), 1)]
