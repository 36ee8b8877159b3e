"""Law-dependent numbers and the company's own periods, read from ``configs/policies.yaml``.

They live in data because the law changes; each carries where it comes from and how well that was verified.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from pipelines.config import Section
from pipelines.errors import ConfigRefused

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
    starts: Literal["activity", "fiscal_year"] = "activity"
    """The asset's last-activity day, or two months after the end of the business year it lies in."""
    period: Period
    law: str
    verified: Verified
    note: str = ""


class Trigger(Section):
    """A leak is to be reported when at least `persons` persons are concerned."""

    persons: int = Field(ge=1)
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


class LeakReport(Section):
    """Triggers, deadlines and addressee of a leak report (APPI 26, ordinance 7–10)."""

    triggers: dict[Literal["special_care", "property_damage", "improper_purpose", "many_persons"], Trigger]
    deadlines: dict[Literal["preliminary", "final", "final_improper_purpose"], Deadline]
    counting: Counting
    report_to: str


class Policies(Section):
    """The whole file."""

    law_version: str
    fiscal_year_end_month: int = Field(ge=1, le=12)
    notice_days: int = Field(ge=0)
    retention: dict[str, RetentionClass]
    leak_report: LeakReport


def load_policies(override: Path | None = None) -> Policies:
    """Read the shipped policies, with the keys of an estate's own file over them.

    Its retention classes are added one by one; any other key replaces. Raises `ConfigRefused`.
    """
    place = "policies.yaml"
    raw = _mapping(place, resources.files("meibo_configs").joinpath(place).read_text("utf-8"))
    if override is not None:
        place = override.name
        own = _mapping(place, _read(override))
        own_classes = own.get("retention") or {}
        if not isinstance(own_classes, dict):
            raise ConfigRefused(place, [("retention", "is not a mapping")])
        raw = {**raw, **own, "retention": {**raw["retention"], **own_classes}}
    try:
        return Policies.model_validate(raw)
    except ValidationError as error:
        raise ConfigRefused(place, [_fault(item) for item in error.errors(include_input=False)]) from None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        raise ConfigRefused(path.name, [("(file)", "cannot be read")]) from None
    except UnicodeDecodeError:
        raise ConfigRefused(path.name, [("(file)", "is not UTF-8")]) from None


def _mapping(place: str, text: str) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigRefused(place, [("(file)", "is not YAML")]) from None
    if not isinstance(raw, dict):
        raise ConfigRefused(place, [("(file)", "is not a mapping")])
    return raw


def _fault(item: Any) -> tuple[str, str]:
    return ".".join(map(str, item["loc"])) or "(file)", item["msg"].removeprefix("Value error, ")
