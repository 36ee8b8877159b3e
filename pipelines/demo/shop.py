"""The phone shops of the sample estate (incident C): one SQLite file.

Slips on paper that nobody shredded, look-ups no visit explains, customers written to from a clerk's own number.
The file holds the registers a shop keeps: slips, access log, visits and tickets, outbound messages, business
numbers, complaints. Who visited and who did not is decided here, so every count of the reports is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo import numbers
from pipelines.demo.people import Customer, Employee, World
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import Truth

#: The month the logs cover.
_FIRST = datetime(2026, 3, 2, 9, 0)
_DAYS = 29

Row = list[Any]


def write(world: World, directory: Path) -> Truth:
    """Write ``shop.sqlite``."""
    truth = Truth()
    slips = _slips(world, truth)
    desk = _Desk(world)
    lookups = desk.look_up(truth)
    tables = (
        slips,
        Table("visits", _VISITS, desk.visits),
        Table("access_log", _LOOKUPS, lookups),
        *_messages(world, desk, truth),
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


class _Desk:
    """Visits, and the look-ups of customers who came and of customers who did not."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.stream("shop.desk")
        known = self.rng.sample(world.customers, world.scaled(1_500, 300) + 120)
        self.came, self.never_came = known[:-120], known[-120:]
        self.visits: list[Row] = []
        self.complaints: list[Row] = []
        self._tickets, self._cases = count(1), count(1)

    def look_up(self, truth: Truth) -> list[Row]:
        """Fill the visits and complaints; return the access log."""
        rows: list[Row] = []
        for index, customer in enumerate(self.came):
            rows += self._visit(index, customer)
        rows += self._settled(self.never_came[100:])
        rows += self._busy()
        pairs, unexplained = self._without_reason(self.never_came[:100])
        rows += unexplained
        self.rng.shuffle(rows)
        rows.sort(key=lambda row: row[3])
        # One row for the whole log, one per clerk and customer, one for the clerk with far more than the others.
        truth.incidents["unexplained_access"] = {"rows": 1 + len(pairs) + 1, "keys": sorted(pairs)}
        return [[number, *row] for number, row in enumerate(rows, 1)]

    def _visit(self, index: int, customer: Customer) -> Iterator[Row]:
        staff = self.world.staff
        clerk, colleague = staff[index % len(staff)], staff[(index + 7) % len(staff)]
        moment = _FIRST + timedelta(days=index % _DAYS, minutes=self.rng.randrange(480))
        # Hard negatives: a caller who gave only the phone number, a ticket opened the next morning, a colleague
        # who looks the customer up as well.
        by_phone, late = index % 10 == 3, index % 10 == 6
        seen = moment.replace(hour=17) if late else moment + timedelta(minutes=self.rng.randint(-20, 90))
        opened = seen.replace(hour=9, minute=5) + timedelta(days=1) if late else moment
        self.visit(customer, clerk, opened, "電話受付" if by_phone else "来店", by_phone=by_phone)
        yield self._lookup(clerk, customer, seen, by_phone=by_phone)
        if index % 3 == 0:
            yield self._lookup(colleague, customer, seen + timedelta(minutes=12), by_phone=by_phone)

    def visit(
        self, customer: Customer, clerk: Employee, moment: datetime, kind: str, *, by_phone: bool = False
    ) -> None:
        """Log a visit or ticket."""
        phone = numbers.phone_text(self.rng, customer.person.phone)
        self.visits.append(
            [f"T26-{next(self._tickets):06d}", None if by_phone else customer.number, phone, clerk.number,
             _text(moment), kind]
        )  # fmt: skip

    def complain(
        self, customer: Customer, clerk: Employee, moment: datetime, days: int, kind: str,
        sender: str | None = None, agreed: int | None = None,
    ) -> None:  # fmt: skip
        """Log a complaint that took `days` to settle."""
        phone = numbers.phone_text(self.rng, customer.person.phone)
        ended = _text(moment + timedelta(days=days))
        self.complaints.append(
            [
                f"K26-{next(self._cases):04d}",
                customer.number,
                phone,
                clerk.number,
                _text(moment),
                ended,
                kind,
                sender,
                agreed,
            ]
        )

    def _lookup(
        self, clerk: Employee, customer: Customer, moment: datetime, *, by_phone: bool = False
    ) -> Row:
        phone = numbers.phone_text(self.rng, customer.person.phone) if by_phone else None
        screen = self.rng.choice(("契約内容", "契約内容", "請求", "本人確認"))
        return [clerk.number, None if by_phone else customer.number, phone, _text(moment), screen]

    def _settled(self, customers: Sequence[Customer]) -> Iterator[Row]:
        # Hard negative: nobody came, but a complaint was open for ten days.
        for index, customer in enumerate(customers):
            clerk = self.world.staff[-1 - index % 5]
            moment = _FIRST + timedelta(days=index % 15, hours=2)
            self.complain(customer, clerk, moment, 10, "料金")
            yield self._lookup(clerk, customer, moment + timedelta(days=6))

    def _busy(self) -> Iterator[Row]:
        # One clerk looks up 80 customers who did come; a colleague, hard negative, 15.
        for clerk, customers in (
            (self.world.staff[3], self.came[:80]),
            (self.world.staff[4], self.came[80:95]),
        ):
            for customer, visit in zip(customers, self.visits[self.came.index(customers[0]) :], strict=False):
                moment = datetime.fromisoformat(visit[4]) + timedelta(hours=2)
                yield self._lookup(clerk, customer, moment, by_phone=visit[1] is None)

    def _without_reason(self, customers: Sequence[Customer]) -> tuple[list[str], list[Row]]:
        """Look-ups of customers who neither came nor called nor complained."""
        pairs: list[str] = []
        rows: list[Row] = []
        groups = ((10, 2), (8, 1), (5, 3))
        free = iter(customers)
        for index in range(self.world.scaled(4, 1) * len(groups)):
            persons, times = groups[index % len(groups)]
            clerk = self.world.staff[10 + index]
            for _ in range(persons):
                customer = next(free)
                pairs.append(f"{clerk.number} {customer.number}")
                for time in range(times):
                    moment = _FIRST + timedelta(days=self.rng.randrange(_DAYS), hours=time)
                    rows.append(self._lookup(clerk, customer, moment))
        return pairs, rows


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


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


def _messages(world: World, desk: _Desk, truth: Truth) -> Iterator[Table]:
    rng = world.stream("shop.messages")
    staff, came = world.staff, desk.came
    lines: list[Row] = [[numbers.mobile(rng), "店舗SMS", "2020-04-01", None] for _ in range(12)]
    # Incident: a line given back in December and used again in March.
    lines.append([numbers.mobile(rng), "店舗SMS", "2019-04-01", "2025-12-31"])
    texts: list[Row] = []
    mails: list[Row] = []

    def text(clerk: Employee, sender: str, phone: str) -> None:
        moment = _FIRST + timedelta(days=rng.randrange(_DAYS), minutes=rng.randrange(500))
        written = [numbers.phone_text(rng, number) for number in (sender, phone)]
        texts.append([clerk.number, *written, _text(moment), rng.choice(("SMS", "通話"))])

    def mail(clerk: Employee, sender: str, customer: Customer) -> None:
        moment = _FIRST + timedelta(days=rng.randrange(_DAYS), minutes=rng.randrange(500))
        mails.append([clerk.number, sender, customer.number, customer.person.email, _text(moment)])

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
        came[40], clerks[4], _FIRST + timedelta(days=9), 5, "私用連絡", numbers.phone_text(rng, private[2]), 0
    )
    # Hard negatives: the customer had agreed to that number; the recipient is no customer.
    desk.complain(
        came[50],
        clerks[5],
        _FIRST - timedelta(days=20),
        1,
        "連絡方法",
        numbers.phone_text(rng, private[3]),
        1,
    )
    text(clerks[5], private[3], came[50].person.phone)
    text(clerks[5], private[4], numbers.mobile(rng))
    for index in range(8):
        desk.complain(came[60 + index], staff[index], _FIRST - timedelta(days=5), 2, "連絡方法",
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
