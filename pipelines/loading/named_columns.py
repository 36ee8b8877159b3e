"""Columns the estate names, and whether an asset has them: what rests on one that is not there says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.asset_rules import AssetRule
from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.results import AssetResult
from pipelines.sources.devices import DEVICE


def rows(job: Job, scan_id: str, item: AssetResult) -> Iterable[dict[str, Any]]:
    """Return rows of table `named_column`; none of an asset nobody could read a column of."""
    if not item.fields or item.asset.kind == DEVICE:
        return
    rule = job.estate.rule(item.asset.id)
    known = {field.field for field in item.fields}
    for setting, name in _named(rule):
        field = mask_place(name, job.keys)
        yield {
            "scan_id": scan_id,
            "asset_id": item.asset.id,
            "rule": rule.match,
            "setting": setting,
            "field": field,
            # A register may name what holds others: `a` of `a.b`.
            "found": field in known or any(each.startswith(f"{field}.") for each in known),
        }


def _named(rule: AssetRule) -> Iterator[tuple[str, str]]:
    yield from ((f"columns.{role}", name) for role, name in rule.columns if name)
    if rule.records:
        yield from ((f"records.{role}", name) for role, name in rule.records.columns.items())
    lists = {"declared": rule.declared, "held": rule.held, "quasi": rule.quasi}
    if rule.keys != "auto":
        lists["keys"] = rule.keys
    yield from ((setting, name) for setting, names in lists.items() for name in names)
