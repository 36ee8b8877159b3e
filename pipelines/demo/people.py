"""The world the sample estate is about: customers in households, strangers, staff, shops, goods.

Everything is drawn from one seed. Each part of the estate draws from a stream of its own (`World.stream`), so
that a new part changes no file of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

from pipelines.demo.names import Name, Sex, draw_foreign, draw_name, draw_surname
from pipelines.demo.numbers import digits, driver_licence, fixed_line, ip_phone, mobile, my_number
from pipelines.demo.places import Address, Town, draw_address, draw_block, draw_flat, draw_town
from pipelines.demo.truth import Value

Size = Literal["small", "full"]

#: The day the estate is a picture of.
TODAY = date(2026, 4, 1)
CUSTOMERS = {"small": 600, "full": 20_000}

#: Domains set apart for examples (RFC 2606, JPRS): no mail ever reaches anybody.
MAIL_DOMAINS = (
    "example.jp",
    "example.com",
    "example.ne.jp",
    "mail.example.jp",
    "example.co.jp",
    "docomo.example.jp",
)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. `phone` is a national number without hyphens; `my_number` is drawn for everybody."""

    name: Name
    sex: Sex
    born: date
    address: Address
    phone: str
    email: str
    my_number: str
    licence: str

    @property
    def age(self) -> int:
        """Age in full years on the reference day."""
        return TODAY.year - self.born.year - ((TODAY.month, TODAY.day) < (self.born.month, self.born.day))

    def value(self, text: str | None = None) -> Value:
        """Return the written name, or another way to write it, as a PERSON value."""
        return Value(text or self.name.written(), "PERSON")


@dataclass(frozen=True, slots=True)
class Customer:
    """A member of the shop. `old_number` comes from the member system before 2018, or is empty."""

    person: Person
    number: str
    old_number: str
    joined: date
    last_used: date | None
    withdrawn: date | None
    mail_ok: bool


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who works for the company; `store` is a store code."""

    person: Person
    number: str
    store: str
    title: str
    hired: date
    business_phone: str
    business_mail: str


@dataclass(frozen=True, slots=True)
class Store:
    """A shop of the company: not personal."""

    code: str
    name: str
    address: Address
    opened: date


@dataclass(frozen=True)
class World:
    """Everybody and everything the parts of the estate write about."""

    seed: int
    size: Size
    customers: tuple[Customer, ...]
    strangers: tuple[Person, ...]
    staff: tuple[Employee, ...]
    stores: tuple[Store, ...]

    def stream(self, name: str) -> Random:
        """Return a random stream of its own for one part."""
        return Random(f"{self.seed}:{name}")

    def scaled(self, full: int, small: int) -> int:
        """Return a row count for the size of this world."""
        return full if self.size == "full" else small


def build_world(seed: int, size: Size) -> World:
    """Draw the world; the same seed and size give the same world."""
    rng = Random(f"{seed}:world")
    stores = _stores(rng, 12 if size == "small" else 60)
    households = _households(rng, CUSTOMERS[size])
    people = [person for household in households for person in household][: CUSTOMERS[size]]
    customers = tuple(_customer(rng, index, person) for index, person in enumerate(people))
    strangers = tuple(_single(rng, draw_address(rng)) for _ in range(80 if size == "small" else 1_500))
    staff = tuple(_employee(rng, index, stores) for index in range(40 if size == "small" else 400))
    return World(seed, size, customers, strangers, staff, stores)


def _households(rng: Random, customers: int) -> list[Sequence[Person]]:
    households: list[Sequence[Person]] = []
    count = 0
    address: Address | None = None
    while count < customers:
        household = _household(rng, _near(rng, address))
        address = household[0].address
        households.append(household)
        count += len(household)
    return households


def _near(rng: Random, previous: Address | None) -> Address:
    """Return a new address, in 1 case of 16 a flat in the previous building or the previous lot itself."""
    if previous is None or rng.random() < 0.94:
        return draw_address(rng)
    return draw_flat(rng, previous) if previous.building else previous


def _household(rng: Random, address: Address) -> list[Person]:
    size = rng.choices((1, 2, 3, 4), (52, 27, 14, 7))[0]
    if rng.random() < 0.015:
        name, sex = draw_foreign(rng)
        return [_person(rng, name, sex, _birthday(rng, rng.randint(21, 60)), address)]
    surname = draw_surname(rng)
    head_age = min(95, max(18, round(rng.gauss(49, 17))))
    ages = [head_age, max(18, head_age - rng.randint(-4, 6))]
    ages += [max(15, head_age - rng.randint(23, 33)) for _ in range(size - 2)]
    sexes: list[Sex] = ["男", "女"] if rng.random() < 0.5 else ["女", "男"]
    sexes += rng.choices(("男", "女"), k=2)
    members = []
    for age, sex in zip(ages[:size], sexes[:size], strict=True):
        born = _birthday(rng, age)
        members.append(_person(rng, draw_name(rng, sex, born.year, surname), sex, born, address))
    return members


def _single(rng: Random, address: Address) -> Person:
    sex: Sex = rng.choice(("男", "女"))
    born = _birthday(rng, rng.randint(20, 70))
    return _person(rng, draw_name(rng, sex, born.year), sex, born, address)


def _person(rng: Random, name: Name, sex: Sex, born: date, address: Address) -> Person:
    prefecture = address.town.prefecture
    kind = rng.random()
    if kind < 0.85:
        phone = mobile(rng)
    else:
        phone = fixed_line(rng, prefecture) if kind < 0.98 else ip_phone(rng)
    first_licence = min(born.year + rng.randint(18, 26), TODAY.year - 1)
    return Person(
        name, sex, born, address, phone, _mail(rng, name, born), my_number(rng),
        driver_licence(rng, prefecture, first_licence),
    )  # fmt: skip


def _mail(rng: Random, name: Name, born: date) -> str:
    family, given = name.surname_romaji, name.given_romaji
    style = rng.randrange(6)
    local = (
        f"{family}.{given}",
        f"{given[0]}-{family}{born.year % 100:02d}",
        f"{given}{born.month}{born.day:02d}",
        f"{family}_{given}{rng.randint(1, 99)}",
        f"{given}.{family[0]}{rng.randint(1, 999)}",
        f"{family}{born.year}{rng.choice('abcdefghkmnprstuvwxyz')}",
    )[style]
    if rng.random() < 0.006:
        # Mobile carriers issued such local parts until 2009; strict patterns miss them.
        return f"{given}..{family}.@docomo.example.jp"
    return f"{local}@{rng.choice(MAIL_DOMAINS)}"


def _birthday(rng: Random, age: int) -> date:
    return TODAY - timedelta(days=age * 365 + age // 4 + rng.randint(1, 364))


def _customer(rng: Random, index: int, person: Person) -> Customer:
    joined = date(2010, 4, 1) + timedelta(days=rng.randrange((TODAY - date(2010, 4, 1)).days - 5))
    last_used = joined + timedelta(days=round((TODAY - joined).days * rng.random() ** 0.4) - 1)
    withdrawn = None
    if rng.random() < 0.13:
        withdrawn = min(TODAY, last_used + timedelta(days=rng.randint(0, 400)))
    old_number = f"{1_000_000 + index * 7 + rng.randrange(7):07d}" if joined.year < 2018 else ""
    return Customer(
        person=person,
        number=f"SM{10_000_000 + index * 31 + rng.randrange(31)}",
        old_number=old_number,
        joined=joined,
        last_used=None if rng.random() < 0.02 else max(last_used, joined),
        withdrawn=withdrawn,
        mail_ok=withdrawn is None and rng.random() < 0.6,
    )


def _employee(rng: Random, index: int, stores: tuple[Store, ...]) -> Employee:
    person = _single(rng, draw_address(rng))
    local = f"{person.name.given_romaji[0]}.{person.name.surname_romaji}{index % 100:02d}"
    title = rng.choices(("スタッフ", "主任", "店長", "課長", "部長"), (70, 14, 9, 5, 2))[0]
    hired = date(2005, 4, 1) + timedelta(days=rng.randrange(7_600))
    return Employee(
        person, f"E{2_000 + index}{digits(rng, 2)}", rng.choice(stores).code, title, hired, mobile(rng),
        f"{local}@sakura-mobile.example.jp",
    )  # fmt: skip


def _stores(rng: Random, count: int) -> tuple[Store, ...]:
    stores = []
    for index in range(count):
        town: Town = draw_town(rng)
        opened = date(2004, 4, 1) + timedelta(days=rng.randrange(7_000))
        address = Address(town, draw_block(rng, town))
        stores.append(Store(f"S{index + 101}", f"さくらモバイル {town.name}店", address, opened))
    return tuple(stores)
