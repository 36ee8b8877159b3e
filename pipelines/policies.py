"""Law-dependent numbers and the company's own periods, read from ``configs/policies.yaml``.

They live in data because the law changes; each carries where it comes from and how well that was verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from pipelines.asset_rules import AssetRule
from pipelines.config import PLACE, Estate
from pipelines.errors import ConfigRefused
from pipelines.section import Section
from pipelines.yaml_once import faults_of, read_file, read_once

#: `date.weekday` of the first day of the weekend.
SATURDAY = 5

Verified = Literal["law-text", "two-sources", "one-source", "unverified", "company"]


class Label(Section):
    """A text in both languages."""

    ja: str
    en: str


class Period(Section):
    """A span of calendar time; the parts add up."""

    years: int = Field(default=0, ge=0)
    months: int = Field(default=0, ge=0)
    days: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _not_empty(self) -> Period:
        if not (self.years or self.months or self.days):
            raise ValueError("name years, months or days")
        return self


class RetentionClass(Section):
    """How long a kind of record lives. `hold`: a statute keeps it until then; `limit`: to be erased by then."""

    label: Label
    kind: Literal["hold", "limit"]
    starts: Literal["activity", "fiscal_year", "withdrawal", "contract_end"] = "activity"
    """The asset's last-activity day, two months after the end of the business year it lies in, the day somebody
    withdrew or a contract ended (`withdrawn`, `contract_end` of the asset's columns)."""
    period: Period
    grace_days: int | None = Field(default=None, ge=0)
    """People are told before their records go, and have so many days to come back; None: they are not told."""
    list_days: int = Field(default=30, ge=0)
    """How long the list of those to be told may live."""
    published: Period | None = None
    """What the privacy policy promises."""
    law: str
    verified: Verified
    note: str = ""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> RetentionClass:
        if self.kind == "hold" and self.grace_days is not None:
            raise ValueError("grace_days: what a statute holds is not announced to be erased")
        return self


class Trigger(Section):
    """A leak is to be reported when at least `persons` persons are concerned."""

    persons: int = Field(ge=1)
    to_check: tuple[str, ...] = ()
    """Entity types that belong to the ground's class and are not known to meet it alone."""
    law: str
    verified: Verified


class Deadline(Section):
    """Days from the day the company came to know."""

    days: int = Field(ge=1)
    law: str
    verified: Verified


class Counting(Section):
    """How days are counted."""

    first_day_counts: bool
    moves_off_holidays: bool
    verified: Verified


class Calendar(Section):
    """Days on which the office a report goes to is closed: weekends, listed days, the turn of the year."""

    holidays: tuple[date, ...]
    year_end: tuple[str, ...]
    """Days of every year, as MM-DD."""
    verified: Verified

    def is_closed(self, day: date) -> bool:
        """Say whether the office is closed on a day."""
        return day.weekday() >= SATURDAY or day in self.holidays or f"{day:%m-%d}" in self.year_end


class Track(Section):
    """To whom a leak of one kind is reported, and by what rule."""

    label: Label
    law: str
    verified: Verified
    note: Label


class LeakReport(Section):
    """Triggers, deadlines and addressee of a leak report (APPI 26, ordinance 7–10)."""

    triggers: dict[Literal["special_care", "property_damage", "improper_purpose", "many_persons"], Trigger]
    deadlines: dict[Literal["preliminary", "final", "final_improper_purpose"], Deadline]
    counting: Counting
    calendar: Calendar
    track: Literal["commission", "telecommunications"]
    """Who the company reports to: the commission, or as a telecommunications carrier the ministry."""
    tracks: dict[Literal["commission", "telecommunications", "secrecy", "my_number", "entrustee"], Track]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> LeakReport:
        days = {name: rule.days for name, rule in self.deadlines.items()}
        if days.get("preliminary", 0) > min(days.values(), default=0):
            raise ValueError("deadlines: the preliminary report is due before the final one")
        if self.track not in self.tracks:
            raise ValueError("track: names none of tracks")
        return self


class RoleRule(Section):
    """What grantees may read by the company's role policy: these types, and every type up to a sensitivity."""

    grantee: str
    """Shell-style pattern; the first rule that fits counts."""
    entity_types: tuple[str, ...] = ()
    sensitivity: int = Field(default=0, ge=0, le=5)


class Provision(Section):
    """Provision abroad (APPI 28): our own country, and those whose protection counts as equal."""

    home: str
    designated: tuple[str, ...]
    law: str
    verified: Verified


class Setting(Section):
    """A number the incident reports count with: one `value`, or `values` by what they are about."""

    value: float | None = None
    values: dict[str, float] = {}
    """Purpose, status … → number; a report looks for these words in the register's codes."""
    source: str
    verified: Verified
    note: str = ""

    @model_validator(mode="after")
    def _one_or_many(self) -> Setting:
        if (self.value is None) == (not self.values):
            raise ValueError("name either value or values")
        return self

    def by_subject(self) -> dict[str, float]:
        """Return `values`, or `value` under the empty subject."""
        return self.values if self.value is None else {"": self.value}


class Policies(Section):
    """The whole file."""

    law_version: str
    fiscal_year_end_month: int = Field(ge=1, le=12)
    notice_days: int = Field(ge=0)
    retention: dict[str, RetentionClass]
    leak_report: LeakReport
    settings: dict[str, Setting] = {}
    role_policy: tuple[RoleRule, ...] = ()
    provision: Provision


#: Sections of an estate's own file that are added to, not replaced.
_MERGED = ("retention", "settings")


def load_policies(override: Path | None = None) -> Policies:
    """Read the shipped policies, with the keys of an estate's own file over them.

    Its retention classes and settings are added one by one; any other key replaces. A setting no report knows
    is refused: a typing error would leave the shipped number in force. Raises `ConfigRefused`.
    """
    place = "policies.yaml"
    raw = _shipped()
    if override is not None:
        place = override.name
        own = _mapping(place, read_file(place, override))
        raw = {**raw, **own, **{key: _merged(place, key, raw, own) for key in _MERGED}}
    try:
        return Policies.model_validate(raw)
    except ValidationError as error:
        raise ConfigRefused(place, faults_of(error)) from None


def refuse_unknown_classes(estate: Estate, policies: Policies) -> None:
    """Raise `ConfigRefused` with every place of the estate that names a retention class no policy has."""
    fault = "no policy names this retention class"
    faults = [
        (f"assets[{number}].{key}", fault)
        for number, rule in enumerate(estate.assets)
        for key, classes in _named_classes(rule)
        if not policies.retention.keys() >= set(classes)
    ]
    if faults:
        raise ConfigRefused(PLACE, faults)


def _named_classes(rule: AssetRule) -> Iterator[tuple[str, Sequence[str]]]:
    if rule.retention is not None:
        yield "retention", (rule.retention,)
    for column, classes in rule.held.items():
        yield f"held.{column}", classes


@cache
def _shipped() -> dict[str, Any]:
    place = "policies.yaml"
    text = resources.files("meibo_configs").joinpath(place).read_text("utf-8")
    return _mapping(place, read_once(place, text))


def _merged(place: str, key: str, shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    added = own.get(key) or {}
    if not isinstance(added, dict):
        raise ConfigRefused(place, [(key, "is not a mapping")])
    unknown = [name for name in added if key == "settings" and name not in shipped[key]]
    if unknown:
        raise ConfigRefused(place, [(f"{key}.{name}", "is no setting of Meibo") for name in unknown])
    return {**shipped[key], **added}


def _mapping(place: str, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigRefused(place, [("(file)", "is not a mapping")])
    return raw
