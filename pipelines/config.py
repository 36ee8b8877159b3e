"""The estate: what there is to scan and what is known about it, read from YAML and validated by pydantic.

Secrets never stand in the file: a database names where its password is (an environment variable, a file of
mode 600, an Airflow connection). A wrong file yields `ConfigRefused` with one line per fault and its path in
the file; nothing is scanned then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pipelines.asset_rules import AssetRule, AssetRules
from pipelines.errors import ConfigRefused
from pipelines.registers import known_zone
from pipelines.section import Section
from pipelines.source_config import SourceConfig
from pipelines.yaml_once import fault_of, read_file

#: What errors call the estate file: its path is the user's own argument.
PLACE = "estate file"

#: Kinds of sources whose assets are tables.
_OF_TABLES = frozenset({"mysql", "postgresql", "sqlite"})

#: Assets whose rule is remembered: every step asks for it.
_RULED = 1_024

#: How pydantic tells the two forms of `AssetRule.keys` apart.
_EITHER = frozenset({"literal['auto']", "tuple[str, ...]"})

#: The gate that is no report (`pipelines.gates.GATES`).
DECLARED = "declared"


def _known_gate(name: str) -> str:
    from pipelines.reports.runner import list_reports

    if name != DECLARED and not any(report.name == name and report.gate for report in list_reports()):
        raise ValueError("unknown gate; docs/reports.md lists them")
    return name


Gate = Annotated[str, AfterValidator(_known_gate)]


class Detection(Section):
    """How hard to look."""

    point: Literal["fast", "balanced", "recall", "strict"] = "balanced"
    ner: Literal["off", "budget"] = "off"
    """GiNZA as a second opinion on windows the rules are unsure of."""
    ner_budget: int = Field(default=50, ge=0, le=1_000_000)
    """Windows per part."""

    @field_validator("ner", mode="before")
    @classmethod
    def _off_is_a_word(cls, ner: object) -> object:
        # YAML reads a bare off as no.
        return "off" if ner is False else ner


class Staging(Section):
    """Staged data and its time to live."""

    ttl_hours: int = Field(default=24, ge=0, le=100_000)
    part_rows: int = Field(default=262_144, ge=1_000, le=100_000_000)


class Store(Section):
    """How long the store looks back."""

    keep_days: int = Field(default=400, ge=1, le=100_000)
    """Scans that ended before are removed, but never the latest of a source."""


class Estate(Section):
    """The whole file."""

    name: str = ""
    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    assets: tuple[AssetRule, ...] = ()
    grants: Path | None = None
    """Declared grants for what has no catalogue (YAML, relative to the estate)."""
    policies: Path | None = None
    """Overrides the policies.yaml Meibo ships."""
    decisions: Path | None = None
    """What people decided about findings (`meibo decide`); ``state/decisions.yaml`` where left out."""
    gates: tuple[Gate, ...] | None = None
    """Gates `meibo gate` and the DAG ask where none is named: ``declared`` or names of reports."""
    schedule: str = "30 1 * * *"
    timezone: str = "Asia/Tokyo"
    detection: Detection = Detection()
    staging: Staging = Staging()
    store: Store = Store()

    @field_validator("schedule")
    @classmethod
    def _comes_due(cls, cron: str) -> str:
        # What Airflow itself asks, and slow to import: only where a schedule is given.
        from croniter import croniter

        try:
            croniter(cron).get_next()
        except (ValueError, KeyError):
            raise ValueError("no cron expression, or one that never comes due") from None
        return cron

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        return known_zone(zone)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Estate:
        names = [source.name for source in self.sources]
        for name in sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"source name used twice: {name}")
        return self

    def source_of(self, asset_id: str) -> SourceConfig | None:
        """Return the source an asset is of, by the first step of its id; None where the estate has it no more."""
        return self._sources.get(asset_id.split("/", 1)[0])

    def rule(self, asset_id: str) -> AssetRule:
        """Return what is known about an asset: the first matching rule, or one that knows nothing.

        Of places that look alike (``…~2``) the rules speak by the name they share. What stands in the cells of a
        table is under the table's rule where none speaks of it, and the key of the table is its key.
        """
        rule = self._ruled.get(asset_id)
        if rule is None:
            if len(self._ruled) >= _RULED:
                self._ruled.clear()
            rule = self._ruled[asset_id] = self._rule(asset_id)
        return rule

    def _rule(self, asset_id: str) -> AssetRule:
        source = self.source_of(asset_id)
        rule = self._rules.of(asset_id, of_tables=source is not None and source.kind in _OF_TABLES)
        return rule or self._unruled.model_copy(update={"match": asset_id})

    def has(self, rule: AssetRule) -> bool:
        """Say whether a rule is one of the estate's, not one that knows nothing."""
        return self._rules.has(rule)

    @cached_property
    def _sources(self) -> dict[str, SourceConfig]:
        return {source.name: source for source in self.sources}

    @cached_property
    def _ruled(self) -> dict[str, AssetRule]:
        return {}

    @cached_property
    def _unruled(self) -> AssetRule:
        return AssetRule(match="")

    @cached_property
    def _rules(self) -> AssetRules:
        return AssetRules(self.assets)


def load_estate(path: Path) -> Estate:
    """Read and validate an estate file; relative paths in it are resolved against its directory.

    Raises `ConfigRefused` with every fault of the file.
    """
    raw = read_file(PLACE, path)
    try:
        estate = Estate.model_validate(raw)
    except ValidationError as error:
        raise ConfigRefused(PLACE, list(map(_fault, _own(error.errors(include_input=False))))) from None
    if hidden := list(_hidden(estate.assets)):
        raise ConfigRefused(PLACE, hidden)
    return _absolute(estate, path.resolve().parent)


def _hidden(rules: Sequence[AssetRule]) -> Iterator[tuple[str, str]]:
    """Yield the rules that never hold for anything: one before has the same `match`."""
    first: dict[str, int] = {}
    for place, rule in enumerate(rules):
        before = first.setdefault(rule.match, place)
        if before != place:
            yield f"assets[{place}].match", f"is that of assets[{before}], which alone would count"


def _own(items: Sequence[Any]) -> Iterator[Any]:
    """Leave out that a list is too short where what stands in it is faulty: it is not counted."""
    for item in items:
        place = item["loc"]
        inside = any(each["loc"][: len(place)] == place != each["loc"] for each in items)
        if item["type"] != "too_short" or not inside:
            yield item


def _fault(item: Any) -> tuple[str, str]:
    # Behind a source pydantic puts its kind into the path, behind `keys` what it may be: no keys of the file.
    steps = [
        step
        for index, step in enumerate(item["loc"])
        if not (index == 2 and item["loc"][0] == "sources") and step not in _EITHER
    ]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    if item["type"] == "union_tag_not_found":
        return f"{path}.kind", "is required"
    if item["type"] == "union_tag_invalid":
        # Of all messages of pydantic that can meet an estate the only one that quotes what stands there.
        return f"{path}.kind", f"Input should be one of {item['ctx']['expected_tags']}"
    return path or "(file)", fault_of(item)


def _absolute(estate: Estate, base: Path) -> Estate:
    def resolve(path: Path | None) -> Path | None:
        # Of a user there is none of `~name` is the name of a directory.
        return None if path is None else base / os.path.expanduser(path)  # noqa: PTH111

    def located(source: SourceConfig) -> SourceConfig:
        named = (
            name for name in ("path", "password_file", "ca", "credentials_file") if hasattr(source, name)
        )
        return source.model_copy(update={name: resolve(getattr(source, name)) for name in named})

    return estate.model_copy(
        update={
            "sources": tuple(map(located, estate.sources)),
            "grants": resolve(estate.grants),
            "policies": resolve(estate.policies),
            "decisions": resolve(estate.decisions),
        }
    )
