"""Who came to the phone shops and who was looked up: visits, tickets, complaints and the access log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from pipelines.demo import numbers
from pipelines.demo.people import Customer, Employee, World
from pipelines.demo.truth import Truth

#: The month the logs cover.
FIRST = datetime(2026, 3, 2, 9, 0)
DAYS = 29

Row = list[Any]


class Desk:
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
        moment = FIRST + timedelta(days=index % DAYS, minutes=self.rng.randrange(480))
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
             written(moment), kind]
        )  # fmt: skip

    def complain(
        self, customer: Customer, clerk: Employee, moment: datetime, days: int, kind: str,
        sender: str | None = None, agreed: int | None = None,
    ) -> None:  # fmt: skip
        """Log a complaint that took `days` to settle."""
        phone = numbers.phone_text(self.rng, customer.person.phone)
        ended = written(moment + timedelta(days=days))
        self.complaints.append(
            [
                f"K26-{next(self._cases):04d}",
                customer.number,
                phone,
                clerk.number,
                written(moment),
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
        return [clerk.number, None if by_phone else customer.number, phone, written(moment), screen]

    def _settled(self, customers: Sequence[Customer]) -> Iterator[Row]:
        # Hard negative: nobody came, but a complaint was open for ten days.
        for index, customer in enumerate(customers):
            clerk = self.world.staff[-1 - index % 5]
            moment = FIRST + timedelta(days=index % 15, hours=2)
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
                    moment = FIRST + timedelta(days=self.rng.randrange(DAYS), hours=time)
                    rows.append(self._lookup(clerk, customer, moment))
        return pairs, rows


def written(moment: datetime) -> str:
    """Return a time as the shop's system writes it."""
    return f"{moment:%Y-%m-%d %H:%M}"
