"""Who lives where in incident A: neighbours on one lot, shared flats, couples, families, each by construction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, product
from random import Random

from pipelines.demo import numbers
from pipelines.demo.names import Sex, draw_name, draw_surname
from pipelines.demo.people import TODAY, Person, World
from pipelines.demo.places import BUILDINGS, Address, draw_block, draw_town
from pipelines.demo.truth import Value

#: Surnames with one reading, for a customer who writes it in kana.
_SURE_READINGS = (
    ("長谷川", "ハセガワ", "hasegawa"),
    ("高橋", "タカハシ", "takahashi"),
    ("渡辺", "ワタナベ", "watanabe"),
)


@dataclass(frozen=True)
class Member:
    """A customer of the desk. `household`: as the company declares it, mostly empty; `called`: as written."""

    person: Person
    number: str
    called: str
    household: str = ""

    @property
    def in_kana(self) -> bool:
        """Whether the name is written by its reading."""
        return self.called == self.person.name.kana()

    @property
    def value(self) -> Value:
        """The name as one says it in a note."""
        return Value(self.called.replace("　", ""), "PERSON")


Household = tuple[Member, ...]


@dataclass(frozen=True)
class Lot:
    """An address with everybody there; `case`: what `shared_address` is to say of it, None for nothing."""

    households: tuple[Household, ...]
    case: str | None = None

    @property
    def members(self) -> list[Member]:
        """Everybody, household by household."""
        return [member for household in self.households for member in household]

    def strangers(self) -> Iterator[tuple[Member, Member]]:
        """Pairs of people of different households."""
        for one, other in combinations(self.households, 2):
            yield from product(one, other)


@dataclass(frozen=True)
class _Shared:
    """What the people of a household have in common; `kana`: they write their names so."""

    phone: str = ""
    email: str = ""
    household: str = ""
    kana: bool = False


@dataclass
class _Desk:
    """Draws people and addresses nobody else in the estate has."""

    rng: Random
    taken: set[str]
    count: int = 0
    surnames: set[str] = field(default_factory=set)

    def address(self, *, building: bool = False) -> Address:
        while True:
            town = draw_town(self.rng)
            drawn = Address(town, draw_block(self.rng, town), self.rng.choice(BUILDINGS) if building else "")
            if drawn.house not in self.taken:
                self.taken.add(drawn.house)
                return drawn

    def door(self, house: Address, number: int) -> Address:
        return Address(house.town, house.block, house.building, f"{number}号室")

    def family(
        self,
        where: Address,
        size: int,
        surname: tuple[str, str, str] | None = None,
        shared: _Shared | None = None,
    ) -> Household:
        family = surname or self._surname()
        return tuple(self._member(where, family, shared or _Shared()) for _ in range(size))

    def start_lot(self) -> None:
        """Forget the surnames of the last lot: within one they differ."""
        self.surnames.clear()

    def _surname(self) -> tuple[str, str, str]:
        while True:
            drawn = draw_surname(self.rng)
            if not self.surnames & {drawn[0], drawn[1]}:
                self.surnames |= {drawn[0], drawn[1]}
                return drawn

    def _member(self, where: Address, surname: tuple[str, str, str], shared: _Shared) -> Member:
        rng = self.rng
        sex: Sex = rng.choice(("男", "女"))
        born = date(TODAY.year - rng.randint(24, 82), rng.randint(1, 12), rng.randint(1, 28))
        name = draw_name(rng, sex, born.year, surname)
        self.count += 1
        phone = shared.phone or numbers.mobile(rng)
        email = shared.email or f"{name.given_romaji}.{name.surname_romaji}{self.count}@example.ne.jp"
        person = Person(name, sex, born, where, phone, email, my_number="", licence="")
        number = f"TS{500_000 + self.count * 7 + rng.randrange(7)}"
        return Member(person, number, name.kana() if shared.kana else name.written(), shared.household)


def draw_lots(world: World, rng: Random) -> list[Lot]:
    """Draw every lot of the desk's customers; hard negatives are named in `kinds`."""
    taken = {person.address.house for person in (*(c.person for c in world.customers), *world.strangers)}
    desk = _Desk(rng, taken)
    kinds = (
        (_two_houses, 90, 8), (_room_missing, 40, 5), (_flat_share, 25, 3),
        # Hard negatives: one household with two surnames, one family, flats with their numbers, one in kana.
        (_couple, 60, 9), (_family, 60, 6), (_flats, 40, 4), (_written_in_kana, 12, 3),
        (_alone, 1_600, 120),
    )  # fmt: skip
    lots = []
    for make, full, small in kinds:
        for index in range(world.scaled(full, small)):
            desk.start_lot()
            lots.append(make(desk, index))
    return lots


def _two_houses(desk: _Desk, index: int) -> Lot:
    where = desk.address()
    sizes = (1 + index % 2, 1 + index % 3 // 2)
    return Lot(tuple(desk.family(where, size) for size in sizes), "one-lot")


def _room_missing(desk: _Desk, index: int) -> Lot:
    house = desk.address(building=True)
    behind = [desk.family(desk.door(house, 101 + 101 * door), 1) for door in range(1 + index % 2)]
    return Lot((*behind, desk.family(house, 1)), "room-missing")


def _flat_share(desk: _Desk, index: int) -> Lot:
    flat = desk.door(desk.address(building=True), 201 + index % 8)
    return Lot((desk.family(flat, 1), desk.family(flat, 1)), "one-room")


def _couple(desk: _Desk, index: int) -> Lot:
    """Two surnames, one household: by phone, by e-mail, or because the company knows."""
    where = desk.address()
    ties = (
        _Shared(phone=numbers.mobile(desk.rng)),
        _Shared(email=f"home{index}@mail.example.jp"),
        _Shared(household=f"H{7000 + index}"),
    )
    shared = ties[index % 3]
    return Lot(((*desk.family(where, 1, shared=shared), *desk.family(where, 1, shared=shared)),))


def _family(desk: _Desk, index: int) -> Lot:
    return Lot((desk.family(desk.address(), 2 + index % 3),))


def _flats(desk: _Desk, index: int) -> Lot:
    house = desk.address(building=True)
    return Lot(tuple(desk.family(desk.door(house, 102 + 100 * floor), 1) for floor in range(2 + index % 2)))


def _written_in_kana(desk: _Desk, index: int) -> Lot:
    where, surname = desk.address(), _SURE_READINGS[index % len(_SURE_READINGS)]
    in_kana = desk.family(where, 1, surname, _Shared(kana=True))
    return Lot(((*desk.family(where, 1, surname), *in_kana),))


def _alone(desk: _Desk, index: int) -> Lot:
    where = desk.address() if index % 3 else desk.door(desk.address(building=True), 301)
    return Lot((desk.family(where, 1),))
