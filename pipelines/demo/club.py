"""The members of the sample estate's mail club, by what became of them (incident E).

Each group but the first is a case of a report or a hard negative: somebody whom a report must not name. None of
them is a customer elsewhere in the estate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from pipelines.demo.names import Name, draw_name
from pipelines.demo.people import World


@dataclass(frozen=True)
class System:
    """What one of the two member systems says of a member; None where it says nothing."""

    left: date | None = None
    status: str = "利用中"
    optout: int | None = 0
    consent: int | None = 1


@dataclass(frozen=True)
class Member:
    """A member of the club. `before`, `after`: as the old and the new system have it, None where it does not."""

    number: str
    old: str
    name: Name
    email: str
    joined: date
    before: System | None = System()
    after: System | None = System()
    consents: tuple[tuple[date, date | None], ...] = ()
    rejoined: date | None = None
    due: date | None = None


@dataclass
class Club:
    """Members by what became of them."""

    rng: Random
    groups: dict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))
    _count: int = 0

    def join(self, group: str, count: int, **facts: Any) -> None:
        """Add members; `facts` as of `Member`, a consent since they joined where none is given."""
        for _ in range(count):
            self._count += 1
            rng = self.rng
            born = rng.randint(1950, 2004)
            name = draw_name(rng, rng.choice(("男", "女")), born)
            joined = date(2012, 4, 1) + timedelta(rng.randrange(2_500))
            member = Member(
                number=f"SC{20_000_000 + self._count * 17 + rng.randrange(17)}",
                old=f"{4_000_000 + self._count * 13 + rng.randrange(13)}",
                name=name,
                email=f"{name.given_romaji}.{name.surname_romaji}{self._count}@club.example.jp",
                joined=joined,
                consents=((joined, None),),
            )
            self.groups[group].append(replace(member, **facts))

    def all(self, *groups: str) -> list[Member]:
        """Return the members of these groups, of every group where none is named."""
        return [member for group in groups or self.groups for member in self.groups[group]]


def draw_club(world: World, rng: Random) -> Club:
    """Draw the members; after the first group come the cases and the hard negatives."""
    club = Club(rng)
    size = world.scaled
    left = date(2021, 3, 31)
    refused = ((date(2015, 6, 1), date(2020, 9, 1)),)
    club.join("regular", size(1_400, 180))
    # Their flags got lost on the way, and they were mailed.
    club.join(
        "left, forgotten", size(30, 6), before=System(left, "退会"), consents=((date(2015, 6, 1), left),)
    )
    club.join("refused, forgotten", size(25, 5), before=System(optout=1), consents=refused)
    club.join("never asked", size(35, 7), before=System(consent=None), consents=())
    club.join("flag emptied", 3, before=System(optout=1), after=System(optout=None), consents=refused)
    # Hard negatives: came back, agreed again.
    again = date(2024, 6, 1)
    club.join("came back", 4, before=System(date(2020, 5, 1), "退会", consent=0), rejoined=again,
              consents=((date(2015, 6, 1), date(2020, 5, 1)), (again, None)))  # fmt: skip
    club.join("agreed again", 4, before=System(optout=1), consents=(*refused, (date(2025, 5, 1), None)))
    gone = System(date(2022, 8, 31), "退会", consent=0)
    ended = ((date(2015, 6, 1), date(2022, 8, 31)),)
    club.join("left", size(90, 20), before=gone, after=gone, consents=ended)
    club.join("left, not moved", size(60, 12), before=gone, after=None, consents=ended)
    # Hard negative: mailed while they were members, left later.
    last_month = date(2026, 2, 28)
    club.join("left since", 8, after=System(last_month, "退会"), consents=((date(2015, 6, 1), last_month),))
    club.join(
        "new",
        size(120, 30),
        before=None,
        old="",
        joined=date(2024, 9, 1),
        consents=((date(2024, 9, 1), None),),
    )
    club.join("lost", 3, after=None)
    club.join("expired", 4, due=date(2025, 3, 31))
    undated = System(None, "退会")
    club.join("left, undated", 2, before=undated, after=undated)
    # Hard negative: one address for two, of whom one has left and the other has not.
    club.join("couple", 2)
    club.join("left the couple", 2, before=gone, after=gone, consents=ended)
    for index, member in enumerate(club.groups["couple"]):
        club.groups["left the couple"][index] = replace(
            club.groups["left the couple"][index], email=member.email
        )
    club.join("deleted", 8, before=None, after=None, consents=())
    # Hard negative: the address of somebody deleted is a member's, too.
    shared = club.groups["regular"][0].email
    club.groups["deleted"][7] = replace(club.groups["deleted"][7], email=shared)
    return club
