"""Load: one scan's results into the store, in one transaction, then a new snapshot for the readers.

Loading is idempotent: the scan's rows are deleted and inserted, findings of a part that is already there are
not read again (a part never changes), parts no scan refers to any more go. Killed anywhere, running it again
gives the same store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from detectors.entities import load_entities
from pipelines import audit, collation, decisions, keeping, requests, residents, subjects
from pipelines.carry import carry
from pipelines.errors import MeiboError, Refused
from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.policies import Period, Policies, load_policies
from pipelines.results import AssetResult, PartResult, ScanResult
from pipelines.store import files
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive

Row = dict[str, Any]

#: Parts whose findings are inserted in one transaction.
PARTS_AT_ONCE = 16

_FILES = (
    ("finding", files.FINDING_FILE, "findings"),
    ("value_key", files.KEY_FILE, "keys"),
    ("record", files.RECORD_FILE, "records"),
)

#: Tables whose rows belong to one scan.
_OF_A_SCAN = (
    "scan", "scan_source", "asset", "scan_part", "field", "activity", "access", "declaration", "copy", "register",
    "registered", *keeping.TABLES,
)  # fmt: skip


def load(job: Job, result: ScanResult, *, timeout: float = 60.0) -> None:
    """Bring the store to what `result` says and publish it.

    Raises `Refused` ``locked`` (another scan or load for `timeout` seconds), ``key-changed`` (the store was
    written with another key), ``store-newer``; `MeiboError` ``findings-missing``, ``findings-broken``,
    ``findings-schema``, ``load-failed``. After any of them the store is as it was before.
    """
    policies = load_policies(job.estate.policies)
    job.layout.create()
    with exclusive(job.layout.lock, timeout):
        with open_writer(job.layout) as store:
            _refuse_other_key(store, job.keys.fingerprint)
            try:
                with _parts_of_a_scan_alone(store):
                    _insert_parts(store, job, result)
                    with transaction(store):
                        _replace_scan(store, job, result, policies)
                store.execute("CHECKPOINT")
            except (duckdb.Error, pa.ArrowException, OSError):
                raise MeiboError("load-failed", result.scan_id, "nothing was changed; run it again") from None
        publish(job.layout)


@contextmanager
def _parts_of_a_scan_alone(store: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Drop the parts that were inserted for a scan that then could not be."""
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error), transaction(store):
            drop_orphans(store)
        raise


def _refuse_other_key(store: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    others = store.execute("SELECT 1 FROM scan WHERE key_fingerprint <> ? LIMIT 1", [fingerprint]).fetchone()
    if others:
        raise Refused("key-changed", "store.duckdb", "use the key of the first scan, or another --out")


def _replace_scan(store: duckdb.DuckDBPyConnection, job: Job, result: ScanResult, policies: Policies) -> None:
    for table in _OF_A_SCAN:
        store.execute(f"DELETE FROM {table} WHERE scan_id = ?", [result.scan_id])
    result = carry(store, result)
    earlier = frozenset(part_id for (part_id,) in store.execute("SELECT part_id FROM scan_part").fetchall())
    _insert(store, "scan", [_scan_row(job, result, policies)])
    _insert(store, "scan_source", _source_rows(job, result))
    _insert(store, "asset", [_asset_row(job, result, asset) for asset in result.assets])
    _insert(store, "scan_part", [_scan_part_row(result, part, earlier) for part in _parts(result)])
    _insert(store, "field", [row for asset in result.assets for row in _field_rows(result, asset)])
    _insert(store, "activity", [row for asset in result.assets for row in _activity_rows(result, asset)])
    _insert(store, "access", _access_rows(result))
    _insert(store, "declaration", [row for asset in result.assets for row in _declared(job, result, asset)])
    _insert(store, "registered", [row for asset in result.assets for row in _registered(job, result, asset)])
    _insert(store, "copy", [row for asset in result.assets for row in _copies(job, result, asset)])
    _insert(store, "register", [row for asset in result.assets for row in _registers(job, result, asset)])
    for table, rows in keeping.rows(job, result, policies).items():
        _insert(store, table, rows)
    derive(store, job, result.scan_id, policies)


def derive(store: duckdb.DuckDBPyConnection, job: Job, scan_id: str, policies: Policies) -> None:
    """Bring to a scan's rows what is worked out from them, from the configuration and from the state directory.

    Within a transaction. Raises `ConfigRefused` for a faulty decisions file, `Refused` ``requests-unreadable``.
    """
    drop_orphans(store)
    _replace(store, "entity", _entity_rows())
    _replace(store, "retention_class", _retention_rows(policies))
    _replace(store, "country_rule", keeping.country_rows(policies))
    residents.settle(store)
    keeping.count(store, scan_id)
    collation.compare(store)
    _replace(store, "setting", _setting_rows(job, policies))
    decisions.apply(
        store, decisions.read_decisions(decisions.decisions_file(job.estate, job.layout)), job.keys
    )
    subjects.build_subjects(store)
    _replace(store, "audit", audit.rows(job.layout))
    _replace(store, "request", requests.rows(job.layout))


def _insert_parts(store: duckdb.DuckDBPyConnection, job: Job, result: ScanResult) -> None:
    """Insert the parts that are new with what was found in them, some at a time.

    Each in a transaction of its own: a transaction keeps in memory what it inserted. A part never changes and is
    seen by nobody until a scan refers to it, so one left behind by a load that was killed is either found by the
    next one or dropped.
    """
    present = {part_id for (part_id,) in store.execute("SELECT part_id FROM part").fetchall()}
    new: dict[str, PartResult] = {}
    for part in _parts(result):
        if part.part_id not in present:
            new.setdefault(part.part_id, part)
    waiting = iter(new.values())
    while some := list(islice(waiting, PARTS_AT_ONCE)):
        with transaction(store):
            _insert(store, "part", [_part_row(part) for part in some])
            for table, schema, name in _FILES:
                paths = {part.part_id: path for part in some if (path := getattr(part, name)) is not None}
                _insert_files(
                    store, table, {key: job.layout.work / path for key, path in paths.items()}, schema
                )


def _insert_files(
    store: duckdb.DuckDBPyConnection, table: str, paths: dict[str, Path], schema: pa.Schema
) -> None:
    for path, part_id in {path: part_id for part_id, path in paths.items()}.items():
        files.check(part_id, path, schema)
    if paths:
        _insert_arrow(store, table, files.stream(paths.items(), schema))


def drop_orphans(store: duckdb.DuckDBPyConnection) -> None:
    """Remove the parts no scan refers to any more, with their findings."""
    dropped = store.execute(
        "DELETE FROM part WHERE part_id NOT IN (SELECT part_id FROM scan_part)"
    ).fetchone()
    if dropped and dropped[0]:
        for table in ("finding", "value_key", "record"):
            store.execute(f"DELETE FROM {table} WHERE part_id NOT IN (SELECT part_id FROM part)")


def _replace(store: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    store.execute(f"DELETE FROM {table}")
    _insert(store, table, rows)


def _insert(store: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        schema = store.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
        # JSON arrives as text: Arrow's extension type for it takes no Python values.
        plain = [field.with_type(getattr(field.type, "storage_type", field.type)) for field in schema]
        _insert_arrow(store, table, pa.Table.from_pylist(list(rows), schema=pa.schema(plain)))


def _insert_arrow(
    store: duckdb.DuckDBPyConnection, table: str, data: pa.Table | pa.RecordBatchReader
) -> None:
    store.register("incoming", data)
    try:
        store.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        store.unregister("incoming")


def _parts(result: ScanResult) -> Iterable[PartResult]:
    return (part for asset in result.assets for part in asset.parts)


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
        "day": result.finished_at.astimezone(ZoneInfo(job.estate.timezone)).date(),
    }


def _all_sources(job: Job) -> list[str]:
    return [source.name for source in job.estate.sources]


def _source_rows(job: Job, result: ScanResult) -> list[Row]:
    covered = set(result.sources or _all_sources(job)) | {item.asset.source for item in result.assets}
    return [{"scan_id": result.scan_id, "source": source} for source in sorted(covered)]


def _asset_row(job: Job, result: ScanResult, item: AssetResult) -> Row:
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
        "scan_id": result.scan_id,
        "asset_id": item.asset.id,
        "source": item.asset.source,
        "kind": item.asset.kind,
        "owner": rule.owner,
        "purpose": rule.purpose,
        "zone": rule.zone,
        "country": rule.country,
        "entrustee": rule.entrustee,
        "retention": rule.retention,
        "protection": rule.protection,
        "disposal": rule.disposal,
        # A column may be called by a person's name, here as in `field`.
        **{role: name and mask_place(name, job.keys) for role, name in columns.items()},
    }


def _part_row(item: PartResult) -> Row:
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


def _scan_part_row(result: ScanResult, item: PartResult, earlier: frozenset[str]) -> Row:
    return {
        "scan_id": result.scan_id,
        "asset_id": item.part.asset.id,
        "index": item.part.index,
        "part_id": item.part_id,
        "watermark": item.part.watermark,
        # Carried forward from an earlier scan; not from this one, killed on the way and taken up again.
        "reused": item.reused and item.part_id in earlier,
    }


def _field_rows(result: ScanResult, item: AssetResult) -> list[Row]:
    scan_and_asset = {"scan_id": result.scan_id, "asset_id": item.asset.id}
    return [
        {**scan_and_asset, **field.model_dump(), "reasons": json.dumps(field.reasons, ensure_ascii=False)}
        for field in item.fields
    ]


def _activity_rows(result: ScanResult, item: AssetResult) -> list[Row]:
    return [
        {"scan_id": result.scan_id, "asset_id": item.asset.id, "day": day, "status": status, "rows": rows}
        for day, status, rows in item.activity
    ]


def _access_rows(result: ScanResult) -> list[Row]:
    return [
        {
            "scan_id": result.scan_id,
            "asset_id": grant.asset,
            "grantee": grant.grantee,
            "privilege": grant.privilege,
            "via": grant.via,
            "audience": grant.audience,
            "columns": list(grant.columns),
        }
        for grant in result.access
    ]


def _declared(job: Job, result: ScanResult, item: AssetResult) -> list[Row]:
    return [
        {"scan_id": result.scan_id, "asset_id": item.asset.id, "field": field, "entity_type": entity_type}
        for field, entity_types in job.estate.rule(item.asset.id).declared.items()
        for entity_type in entity_types
    ]


def _copies(job: Job, result: ScanResult, item: AssetResult) -> list[Row]:
    scan_and_asset = {"scan_id": result.scan_id, "asset_id": item.asset.id}
    return [
        {**scan_and_asset, "copy": copy.asset, "ttl_days": copy.ttl_days}
        for copy in job.estate.rule(item.asset.id).copies
    ]


def _registers(job: Job, result: ScanResult, item: AssetResult) -> list[Row]:
    register = job.estate.rule(item.asset.id).records
    if register is None:
        return []
    scan_and_asset = {"scan_id": result.scan_id, "asset_id": item.asset.id}
    return [{**scan_and_asset, "register": register.kind, "roles": sorted(register.columns)}]


def _setting_rows(job: Job, policies: Policies) -> list[Row]:
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


def _registered(job: Job, result: ScanResult, item: AssetResult) -> list[Row]:
    types = job.estate.rule(item.asset.id).registered
    scan_and_asset = {"scan_id": result.scan_id, "asset_id": item.asset.id}
    if types is None:
        return []
    # A system registered for nothing personal is not one without a registration.
    return [{**scan_and_asset, "entity_type": each} for each in types or (None,)]


def _entity_rows() -> list[Row]:
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


def _retention_rows(policies: Policies) -> list[Row]:
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
