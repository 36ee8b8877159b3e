"""The scope of a leak as data: what `scope_of` answers and the sheets are filled from. No value in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pipelines.incident.deadlines import Due
from pipelines.incident.question import Question
from pipelines.policies import Track, Verified
from pipelines.refs import Ref

Met = Literal["yes", "possible", "no"]


class Persons(Ref):
    """Distinct persons: at least `lower`, at most `upper`; `open`: parts were not examined, so it may be more."""

    lower: int
    upper: int
    open: bool


class Item(Ref):
    """One kind of personal data that is concerned. `kinds`: of special-care information."""

    entity_type: str
    label_ja: str
    label_en: str
    appi_class: str
    sensitivity: int | None
    rows: int
    kinds: tuple[str, ...] = ()


class Trigger(Ref):
    """One of the four grounds for a report (ordinance 7)."""

    name: str
    met: Met
    evidence_ja: str
    evidence_en: str
    law: str
    verified: Verified


class MayRead(Ref):
    """Who could read an asset, by grant."""

    asset: str
    grantee: str
    audience: str
    privilege: str
    via: str


class Look(Ref):
    """Who did read, by the access logs: staff by keyed id, to be checked."""

    staff: str | None
    log: str
    looks: int
    persons: int
    first: datetime | None
    last: datetime | None


class Exposure(Ref):
    """From when to when an asset, or the rows of it that are concerned, could be read by others; None: not known.

    `first_by`, `last_by`: what says so. ``asked``: whoever asks; ``record``: the times of the rows concerned
    (sent, ordered); ``scan``: the first or last scan that saw a grant beyond the owner, so that it may have begun
    earlier or gone on longer; ``still``: the newest scan sees it still; ``unknown``.
    """

    asset: str
    first: datetime | None
    first_by: Literal["asked", "record", "scan", "unknown"]
    last: datetime | None
    last_by: Literal["asked", "record", "scan", "still", "unknown"]


class Loan(Ref):
    """Who had a device concerned, by keyed id; `wiped`: the first certificate after the return."""

    device: str
    borrower: str | None
    lent: datetime
    returned: datetime | None
    wiped: datetime | None


class Event(Ref):
    """One line of the timeline; no value in it. Of ``known`` only the day counts."""

    at: datetime
    what: str
    place: str = ""


class Scope(Ref):
    """The answer. `unread`: parts of the concerned assets nobody could examine; `as_of`: of those of them that
    were examined before the day of the last time, as of which they are counted.
    """

    question: Question
    scan_id: str
    law_version: str
    assets: tuple[str, ...]
    rows: int
    persons: Persons
    items: tuple[Item, ...]
    triggers: tuple[Trigger, ...]
    protection: dict[str, str]
    readers: tuple[MayRead, ...]
    looks: tuple[Look, ...]
    looks_known: bool
    loans: tuple[Loan, ...]
    exposures: tuple[Exposure, ...]
    timeline: tuple[Event, ...]
    deadlines: tuple[Due, ...]
    tracks: tuple[Track, ...]
    unread: tuple[tuple[str, int, tuple[str, ...]], ...]
    as_of: dict[str, date] = {}

    @property
    def verdict(self) -> Met:
        """Whether a report is due: the strongest of the triggers."""
        met = {trigger.met for trigger in self.triggers}
        return "yes" if "yes" in met else "possible" if "possible" in met else "no"
