"""What a load notes for retention, exposure and provision beside the findings, and what it counts in advance."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.policies import Policies
from pipelines.results import AssetResult

Row = dict[str, Any]

#: Tables of this module whose rows belong to one scan.
TABLES = ("event_day", "field_class", "provision", "grantee_rule", "occurrence", "stale_total")


def rows(job: Job, scan_id: str, assets: Sequence[AssetResult]) -> dict[str, Iterable[Row]]:
    """Return the rows of some assets of a scan by table."""
    return {
        "event_day": (row for item in assets for row in _events(scan_id, item)),
        "field_class": (row for item in assets for row in _held(job, scan_id, item)),
        "provision": (row for item in assets for row in _provisions(job, scan_id, item)),
    }


def rule_rows(store: duckdb.DuckDBPyConnection, scan_id: str, policies: Policies) -> Iterable[Row]:
    """Return of everybody who can read anything the rule of the role policy that is about them."""
    query = "SELECT DISTINCT grantee FROM access WHERE scan_id = ? ORDER BY grantee"
    for (grantee,) in store.execute(query, [scan_id]).fetchall():
        for rule in policies.role_policy:
            if fnmatch.fnmatchcase(grantee, rule.grantee):
                yield {
                    "scan_id": scan_id,
                    "grantee": grantee,
                    "rule": rule.grantee,
                    "entity_types": list(rule.entity_types),
                    "sensitivity": rule.sensitivity,
                }
                break


def country_rows(policies: Policies) -> list[Row]:
    """Return our own country and those the law takes for equal."""
    rule = policies.provision
    basis = {"law": rule.law, "verified": rule.verified}
    return [{"country": rule.home, "home": True, **basis}] + [
        {"country": country, "home": False, **basis} for country in rule.designated
    ]


def count(store: duckdb.DuckDBPyConnection, scan_id: str) -> None:
    """Count due records of one scan and note notice lists as copies; its rows are in the store."""
    store.execute(_COUNT_STALE, {"scan": scan_id})
    store.execute(_COPIES, {"scan": scan_id})


def _events(scan_id: str, item: AssetResult) -> Iterable[Row]:
    counts = item.events or [
        ("activity", "", day, status, True, number) for day, status, number in item.activity
    ]
    for event, who, day, status, read, number in counts:
        yield {
            "scan_id": scan_id,
            "asset_id": item.asset.id,
            "event": event,
            "who": who,
            "day": day,
            "status": status,
            "read": read,
            "rows": number,
        }


def _held(job: Job, scan_id: str, item: AssetResult) -> Iterable[Row]:
    for column, classes in job.estate.rule(item.asset.id).held.items():
        for retention in classes:
            yield {
                "scan_id": scan_id,
                "asset_id": item.asset.id,
                "field": mask_place(column, job.keys),
                "retention": retention,
            }


def _provisions(job: Job, scan_id: str, item: AssetResult) -> Iterable[Row]:
    for recipient in job.estate.rule(item.asset.id).provided_to:
        yield {"scan_id": scan_id, "asset_id": item.asset.id, **recipient.model_dump()}


#: As of the day of the scan; the classes are those of now.
_COUNT_STALE = """
    INSERT INTO stale_total
    WITH dated AS (
        SELECT asset.asset_id, asset.source, asset.retention, met.rows, met.day, scan.day AS today,
               due_day(class.starts, met.day, class.months, class.days, class.fiscal_year_end_month) AS due,
               class.notice_days
        FROM asset JOIN scan USING (scan_id)
        JOIN retention_class AS class USING (retention)
        JOIN event_day AS met ON met.scan_id = asset.scan_id AND met.asset_id = asset.asset_id
                             AND met.event = start_event(class.starts)
        WHERE asset.scan_id = $scan AND met.day IS NOT NULL AND NOT is_never(met.day)
    )
    SELECT $scan, asset_id, source, retention, sum(rows), coalesce(sum(rows) FILTER (due < today), 0),
           coalesce(sum(rows) FILTER (due BETWEEN today AND today + notice_days), 0), min(day)
    FROM dated GROUP BY ALL
"""

#: A notice list is a copy that may live until it expires.
_COPIES = """
    INSERT INTO copy (scan_id, asset_id, copy, ttl_days)
    SELECT $scan, asset_id, notice.copy, date_diff('day', listed_on, expires_on)
    FROM notice SEMI JOIN (FROM asset WHERE scan_id = $scan) USING (asset_id)
"""
