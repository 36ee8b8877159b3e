"""What changed since a scan: the same report over the store as it was then, compared row by row.

The store keeps every scan's own rows, and the parts they refer to: the present is a matter of views. An earlier
present is the same views over the scans up to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from pipelines.policies import Label
from pipelines.reports.runner import Column, Report, Row, Table, report_from
from pipelines.store.reader import Reader

#: Instead of a scan's id: the scan before the last one.
PREVIOUS = "previous"

_CHANGE = Column("change", Label(ja="変化", en="Change"), "change")
_BEFORE = Column("before", Label(ja="前回", en="Before"))

Identity = Callable[[Row], tuple[str, ...]]


def report_since(store: Path, name: str, scan: str, **parameters: Any) -> Table:
    """Return the rows of a report that are new, worsened or gone since a scan, under a leading column `change`.

    `scan`: a scan id, a day (the last scan finished by then) or ``previous``; before the first scan there was
    nothing, and all is new. Raises `Refused` ``scan-unknown``, ``report-not-comparable``.
    """
    with Reader(store) as reader:
        return since_from(reader, name, scan, **parameters)


def since_from(reader: Reader, name: str, scan: str, **parameters: Any) -> Table:
    """Return what changed since a scan in a snapshot that is already open, as `report_since` does."""
    now = report_from(reader, name, **parameters)
    if not now.report.identity:
        raise Refused("report-not-comparable", name, "its rows have no identity from scan to scan")
    earlier = find_scan(reader, scan)
    if earlier is None:
        return compared(now, [])
    with Reader(reader.path, until=earlier) as then:
        return compared(now, report_from(then, name, **parameters).rows)


def find_scan(reader: Reader, scan: str) -> str | None:
    """Return the id of the scan that is meant; None for ``previous`` where there was none."""
    scans = reader.arrow(
        "SELECT scan_id, day FROM scan WHERE finished_at IS NOT NULL ORDER BY finished_at, scan_id"
    )
    known = scans.to_pylist()
    if scan == PREVIOUS:
        return known[-2]["scan_id"] if len(known) > 1 else None
    if any(row["scan_id"] == scan for row in known):
        return scan
    try:
        day = date.fromisoformat(scan)
    except ValueError:
        day = date.min
    by_then = [row["scan_id"] for row in known if row["day"] <= day]
    if not by_then:
        raise Refused("scan-unknown", "--since", "name a scan of `meibo report scan`, a day, or previous")
    return str(by_then[-1])


def compared(now: Table, before: list[Row]) -> Table:
    """Return what is new, worsened or gone in a report, compared with its rows then."""
    report = now.report

    def identity(row: Row) -> tuple[str, ...]:
        return tuple(repr(row[name]) for name in report.identity)

    then, present = {identity(row): row for row in before}, {identity(row) for row in now.rows}
    rows = []
    for row in now.rows:
        earlier = then.get(identity(row))
        if earlier is None:
            rows.append({"change": "new", "before": None, **row})
        elif report.measure and _amount(row[report.measure]) > _amount(earlier[report.measure]):
            rows.append({"change": "worsened", "before": earlier[report.measure], **row})
    rows += [
        {"change": "gone", "before": row[report.measure] if report.measure else None, **row}
        for row in before
        if identity(row) not in present
    ]
    return replace(now, report=_with_change(report), rows=rows)


def _amount(value: Any) -> float:
    if isinstance(value, datetime | date):
        return float(value.toordinal())
    return float(value or 0)


def _with_change(report: Report) -> Report:
    known = {column.name for column in report.columns}
    extra = tuple(column for column in (_CHANGE, _BEFORE) if column.name not in known)
    return replace(report, columns=(*extra, *report.columns))
