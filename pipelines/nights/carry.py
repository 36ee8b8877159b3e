"""Carry: the results of assets out of the store and into the next scan: of those that are as they were, and, for
`pipelines.nights.outage`, of those nobody could read.

Findings, value keys and records belong to parts and stay where they are; what is repeated is one row per asset,
field and part. The estate may say other things about an asset by now: the loader asks it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from pipelines.errors import MeiboError
from pipelines.refs import Access, AssetRef, Grant, PartRef
from pipelines.results import AsOf, AssetResult, FieldRow, PartResult, ScanResult

Row = dict[str, Any]
Made = TypeVar("Made")

#: Assets whose results are asked for at once.
AT_ONCE = 2_048

_ASSETS = "SELECT * FROM asset SEMI JOIN carried USING (asset_id) WHERE scan_id = $scan"
_PARTS = """
    SELECT place.asset_id, place."index", place.part_id, place.watermark, place.unread, part.digest, part.rows,
           part.bytes, part.status, part.reason
    FROM scan_part AS place SEMI JOIN carried USING (asset_id) JOIN part USING (part_id)
    WHERE scan_id = $scan ORDER BY place.asset_id, place."index"
"""
_FIELDS = """
    SELECT * FROM field SEMI JOIN carried USING (asset_id) WHERE scan_id = $scan
    ORDER BY asset_id, position, field
"""
_ACTIVITY = """
    SELECT * FROM activity SEMI JOIN carried USING (asset_id) WHERE scan_id = $scan
    ORDER BY asset_id, day NULLS LAST, status
"""
_EVENTS = "SELECT * FROM event_day SEMI JOIN carried USING (asset_id) WHERE scan_id = $scan ORDER BY asset_id"
_ACCESS = "SELECT * FROM access SEMI JOIN carried USING (asset_id) WHERE scan_id = $scan"


def carried_assets(store: duckdb.DuckDBPyConnection, result: ScanResult) -> Iterator[AssetResult]:
    """Yield the results of the assets a scan carries forward; some at a time are in memory.

    Raises `MeiboError` ``carried-missing`` where the store does not hold them any more.
    """
    for carried in result.carried:
        for some in _several(carried.assets):
            found = list(stored_assets(store, carried.scan_id, some))
            if len(found) < len(some):
                raise MeiboError("carried-missing", carried.scan_id, "scan again with --full")
            yield from found


def carried_access(store: duckdb.DuckDBPyConnection, result: ScanResult) -> Iterator[Access]:
    """Yield who can read the carried assets whose grants are repeated, too."""
    for carried in result.carried:
        for some in _several(carried.access):
            for row in _rows(store, _ACCESS, carried.scan_id, some):
                facts = {name: row[name] for name in Grant.model_fields if name not in ("asset", "columns")}
                grant = Grant.model_construct(asset="", columns=tuple(row["columns"]), **facts)
                yield Access.model_construct(grants=(grant,), assets=(row["asset_id"],))


def _several(assets: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (assets[start : start + AT_ONCE] for start in range(0, len(assets), AT_ONCE))


def stored_assets(
    store: duckdb.DuckDBPyConnection, scan_id: str, assets: Sequence[str]
) -> Iterator[AssetResult]:
    """Yield what a scan in the store says of some assets; nothing of those it does not know."""
    rows = {row["asset_id"]: row for row in _rows(store, _ASSETS, scan_id, assets)}
    parts = _by_asset(_rows(store, _PARTS, scan_id, assets), lambda row: row)
    fields = _by_asset(_rows(store, _FIELDS, scan_id, assets), _field)
    activity = _by_asset(
        _rows(store, _ACTIVITY, scan_id, assets),
        lambda row: (row["day"], row["status"], row["rows"]),
    )
    events = _by_asset(_rows(store, _EVENTS, scan_id, assets), _event)
    for asset_id in (each for each in assets if each in rows):
        row = rows[asset_id]
        asset = AssetRef(id=asset_id, source=row["source"], kind=row["kind"], locator="")
        # Checked when it was stored; checking a hundred thousand again would be most of an unchanged night.
        yield AssetResult.model_construct(
            asset=asset,
            fields=tuple(fields.get(asset_id, ())),
            parts=tuple(_part(asset, row["row_key"] or "", each) for each in parts.get(asset_id, ())),
            activity=tuple(activity.get(asset_id, ())),
            events=tuple(events.get(asset_id, ())),
            as_of=row["as_of_scan"]
            and AsOf(scan_id=row["as_of_scan"], finished_at=row["as_of"], day=row["as_of_day"]),
        )


def _part(asset: AssetRef, row_key: str, row: Row) -> PartResult:
    facts = {
        name: row[name] for name in ("index", "digest", "rows", "bytes", "watermark", "status", "reason")
    }
    part = PartRef.model_construct(asset=asset, path="", row_key=row_key, **facts)
    unread = row["unread"] or ""
    reused = row["status"] == "examined" and not unread
    return PartResult.model_construct(part=part, part_id=row["part_id"], reused=reused, unread=unread)


def _event(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("event", "who", "day", "status", "read", "rows"))


def _field(row: Row) -> FieldRow:
    facts = {name: row[name] for name in FieldRow.model_fields if name != "reasons"}
    return FieldRow.model_construct(reasons=tuple(json.loads(row["reasons"])), **facts)


def _rows(store: duckdb.DuckDBPyConnection, query: str, scan_id: str, assets: Sequence[str]) -> list[Row]:
    if not assets:
        return []
    store.register("carried", pa.table({"asset_id": pa.array(assets, pa.string())}))
    try:
        rows: list[Row] = store.execute(query, {"scan": scan_id}).to_arrow_table().to_pylist()
    finally:
        store.unregister("carried")
    return rows


def _by_asset(rows: Iterable[Row], make: Callable[[Row], Made]) -> dict[str, list[Made]]:
    grouped = groupby(rows, key=lambda row: str(row["asset_id"]))
    return {asset_id: [make(row) for row in each] for asset_id, each in grouped}
