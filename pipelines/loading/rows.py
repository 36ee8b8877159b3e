"""What a load writes about a scan itself: rows by table, out of its results, the estate and the policies."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from detectors.entities import load_entities
from pipelines.job import Job
from pipelines.loading import keeping, named_columns
from pipelines.places import mask_place
from pipelines.policies import Period, Policies
from pipelines.refs import Access, AssetRef
from pipelines.results import AssetResult, PartResult, ScanResult
from pipelines.source_config import FilesSource, ObjectsSource
from pipelines.sources.devices import device_of, register_of

Row = dict[str, Any]

#: Tables whose rows belong to one scan.
OF_A_SCAN = (
    "scan", "scan_source", "asset", "scan_part", "field", "activity", "access", "declaration", "copy", "register",
    "registered", "named_column", *keeping.TABLES,
)  # fmt: skip


def rows_of_scan(job: Job, result: ScanResult, policies: Policies) -> dict[str, list[Row]]:
    """Return the rows about a scan as a whole by table."""
    return {"scan": [_scan_row(job, result, policies)], "scan_source": _source_rows(job, result)}


def rows_of_assets(
    job: Job, scan_id: str, assets: Sequence[AssetResult], earlier: Container[str]
) -> dict[str, Iterable[Row]]:
    """Return the rows of some assets of a scan by table. `earlier`: parts other scans refer to."""
    parts = (part for asset in assets for part in asset.parts)
    return {
        "asset": (_asset_row(job, scan_id, asset) for asset in assets),
        "scan_part": (_scan_part_row(scan_id, part, earlier) for part in parts),
        "field": (row for asset in assets for row in _field_rows(scan_id, asset)),
        "activity": (row for asset in assets for row in _activity_rows(scan_id, asset)),
        "declaration": (row for asset in assets for row in _declared(job, scan_id, asset)),
        "registered": (row for asset in assets for row in _registered(job, scan_id, asset)),
        "copy": (row for asset in assets for row in _copies(job, scan_id, asset)),
        "register": (row for asset in assets for row in _registers(job, scan_id, asset)),
        "named_column": (row for asset in assets for row in named_columns.rows(job, scan_id, asset)),
        **keeping.rows(job, scan_id, assets),
    }


def _scan_row(job: Job, result: ScanResult, policies: Policies) -> Row:
    return {
        "scan_id": result.scan_id,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "estate": job.estate.name,
        "detector_version": result.detector_version,
        "dictionary_version": result.dictionary_version,
        "config_digest": result.config_digest,
        "key_fingerprint": job.keys.fingerprint,
        "guard": result.guard,
        "law_version": policies.law_version,
        "partial": not set(result.sources or _all_sources(job)) >= set(_all_sources(job)),
        "day": (result.clock or result.finished_at).astimezone(ZoneInfo(job.estate.timezone)).date(),
    }


def _all_sources(job: Job) -> list[str]:
    return [source.name for source in job.estate.sources]


def _source_rows(job: Job, result: ScanResult) -> list[Row]:
    covered = set(result.sources or _all_sources(job)) | {item.asset.source for item in result.assets}
    empty = {source.name for source in job.estate.sources if source.may_be_empty}
    return [
        {"scan_id": result.scan_id, "source": source, "may_be_empty": source in empty}
        for source in sorted(covered)
    ]


def _asset_row(job: Job, scan_id: str, item: AssetResult) -> Row:
    rule = job.estate.rule(item.asset.id)
    row_key = next((part.part.row_key for part in item.parts if part.part.row_key), rule.columns.key)
    columns = {
        "row_key": row_key,
        "last_activity_column": rule.columns.last_activity,
        "status_column": rule.columns.status,
        "consent_column": rule.columns.consent,
        "withdrawn_column": rule.columns.withdrawn,
        "contract_end_column": rule.columns.contract_end,
        "person_key": rule.columns.key,
    }
    return {
        "scan_id": scan_id,
        "asset_id": item.asset.id,
        "source": item.asset.source,
        "kind": item.asset.kind,
        "device": _device(job, item.asset),
        "owner": rule.owner,
        "purpose": rule.purpose,
        "zone": rule.zone,
        "country": rule.country,
        "entrustee": rule.entrustee,
        "retention": rule.retention,
        "protection": rule.protection,
        "disposal": rule.disposal,
        "as_of_scan": item.as_of and item.as_of.scan_id,
        "as_of": item.as_of and item.as_of.finished_at,
        "as_of_day": item.as_of and item.as_of.day,
        # A column may be called by a person's name, here as in `field`.
        **{role: name and mask_place(name, job.keys) for role, name in columns.items()},
    }


def _device(job: Job, asset: AssetRef) -> str | None:
    source = job.estate.source_of(asset.source)
    pattern = source.devices if isinstance(source, FilesSource | ObjectsSource) else None
    return device_of(asset.id, asset.source, pattern) if pattern else None


def part_row(item: PartResult) -> Row:
    """Return a part's row of table `part`."""
    part = item.part
    return {
        "part_id": item.part_id,
        "asset_id": part.asset.id,
        "index": part.index,
        "digest": part.digest,
        "rows": part.rows,
        "bytes": part.bytes,
        "status": part.status,
        "reason": part.reason,
    }


def _scan_part_row(scan_id: str, item: PartResult, earlier: Container[str]) -> Row:
    return {
        "scan_id": scan_id,
        "asset_id": item.part.asset.id,
        "index": item.part.index,
        "part_id": item.part_id,
        "watermark": item.part.watermark,
        # Carried forward from an earlier scan; not from this one, killed on the way and taken up again.
        "reused": item.reused and item.part_id in earlier,
        "unread": item.unread or None,
    }


def _field_rows(scan_id: str, item: AssetResult) -> list[Row]:
    scan_and_asset = {"scan_id": scan_id, "asset_id": item.asset.id}
    return [
        {**scan_and_asset, **field.model_dump(), "reasons": json.dumps(field.reasons, ensure_ascii=False)}
        for field in item.fields
    ]


def _activity_rows(scan_id: str, item: AssetResult) -> list[Row]:
    return [
        {"scan_id": scan_id, "asset_id": item.asset.id, "day": day, "status": status, "rows": rows}
        for day, status, rows in item.activity
    ]


def access_rows(scan_id: str, access: Iterable[Access]) -> Iterator[Row]:
    """Return who can read which asset."""
    return (
        {
            "scan_id": scan_id,
            "asset_id": asset,
            "grantee": grant.grantee,
            "privilege": grant.privilege,
            "via": grant.via,
            "audience": grant.audience,
            "columns": list(grant.columns),
        }
        for each in access
        for asset in each.assets
        for grant in each.grants
    )


def _declared(job: Job, scan_id: str, item: AssetResult) -> list[Row]:
    return [
        {
            "scan_id": scan_id,
            "asset_id": item.asset.id,
            "field": mask_place(field, job.keys),
            "entity_type": entity_type,
        }
        for field, entity_types in job.estate.rule(item.asset.id).declared.items()
        for entity_type in entity_types
    ]


def _copies(job: Job, scan_id: str, item: AssetResult) -> list[Row]:
    scan_and_asset = {"scan_id": scan_id, "asset_id": item.asset.id}
    return [
        {**scan_and_asset, "copy": copy.asset, "ttl_days": copy.ttl_days}
        for copy in job.estate.rule(item.asset.id).copies
    ]


def _registers(job: Job, scan_id: str, item: AssetResult) -> list[Row]:
    register = register_of(job.estate.rule(item.asset.id), item.asset.kind)
    if register is None:
        return []
    scan_and_asset = {"scan_id": scan_id, "asset_id": item.asset.id}
    return [{**scan_and_asset, "register": register.kind, "roles": sorted(register.columns)}]


def setting_rows(job: Job, policies: Policies) -> list[Row]:
    """Return the numbers of policies.yaml for table `setting`."""
    return [
        {
            "name": name,
            "subject": subject,
            "value": value,
            "source": setting.source,
            "verified": setting.verified,
            "timezone": job.estate.timezone,
        }
        for name, setting in policies.settings.items()
        for subject, value in setting.by_subject().items()
    ]


def _registered(job: Job, scan_id: str, item: AssetResult) -> list[Row]:
    types = job.estate.rule(item.asset.id).registered
    scan_and_asset = {"scan_id": scan_id, "asset_id": item.asset.id}
    if types is None:
        return []
    # A system registered for nothing personal is not one without a registration.
    return [{**scan_and_asset, "entity_type": each} for each in types or (None,)]


def entity_rows() -> list[Row]:
    """Return the entity types for table `entity`."""
    return [
        {
            "entity_type": entity.name,
            "label_ja": entity.ja,
            "label_en": entity.en,
            "appi_class": entity.appi,
            "sensitivity": entity.sensitivity,
            "personal": entity.personal,
        }
        for entity in load_entities().values()
    ]


def retention_rows(policies: Policies) -> list[Row]:
    """Return the retention classes for table `retention_class`."""
    return [
        {
            "retention": name,
            "label_ja": kind.label.ja,
            "label_en": kind.label.en,
            "kind": kind.kind,
            "starts": kind.starts,
            "months": 12 * kind.period.years + kind.period.months,
            "days": kind.period.days,
            "law": kind.law,
            "verified": kind.verified,
            "notice_days": policies.notice_days,
            "fiscal_year_end_month": policies.fiscal_year_end_month,
            "grace_days": kind.grace_days,
            "list_days": kind.list_days,
            "published_months": kind.published and _months(kind.published),
        }
        for name, kind in policies.retention.items()
    ]


def _months(period: Period) -> int:
    """Return a promise in whole months, rounded up: what is kept a day longer breaks it."""
    return 12 * period.years + period.months + -(-period.days // 31)
