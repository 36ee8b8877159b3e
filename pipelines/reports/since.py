"""What changed since a scan: the same report over the store as it was then, compared row by row.

The store keeps every scan's own rows, and the parts they refer to: the present is a matter of views. An earlier
present is the same views over the scans up to it. Of the few reports that read what only the present is known of
(linked people, the ledger, requests) the page keeps what they said (`pipelines.reports.kept`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.days import read_day
from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.policies import Label
from pipelines.reports.kept import Kept
from pipelines.reports.rows import Rows
from pipelines.reports.runner import Column, Report, Table, all_rows, report_from, undecided
from pipelines.store.reader import UNKNOWN, Reader

#: Instead of a scan's id: the scan before the last one.
PREVIOUS = "previous"

_CHANGE = Column("change", Label(ja="変化", en="Change"), "change")
_BEFORE = Column("before", Label(ja="前回", en="Before"))


def report_since(store: Path, name: str, scan: str, *, everything: bool = False, **parameters: Any) -> Table:
    """Return the rows of a report that are new, worsened or gone since a scan, under a leading column `change`.

    `scan`: a scan id, a day (the last scan finished by then) or ``previous``; before the first scan there was
    nothing, and all is new. `everything`: what decisions leave out, too. Raises `Refused` ``scan-unknown``,
    ``since-unknown`` (what the report said then is not known).
    """
    with Reader(store) as reader:
        return since_from(reader, name, scan, everything=everything, **parameters)


def since_from(reader: Reader, name: str, scan: str, *, everything: bool = False, **parameters: Any) -> Table:
    """Return what changed since a scan in a snapshot that is already open, as `report_since` does."""
    earlier = find_scan(reader, scan)
    if earlier is None:
        return compared(report_from(reader, name, everything=everything, **parameters), None)
    with Reader(reader.path, until=earlier) as then:
        return between(reader, then, name, everything=everything, **parameters)


def between(reader: Reader, then: Reader, name: str, *, everything: bool = False, **parameters: Any) -> Table:
    """Return what is new, worsened or gone in a report of `reader` since an earlier present of the same store.

    Raises `Refused` ``since-unknown``.
    """
    now = report_from(reader, name, everything=everything, **parameters)
    rows = _rows_then(then, now.report, parameters)
    return compared(now, rows if everything else undecided(then, now.report, rows))


def _rows_then(then: Reader, report: Report, parameters: dict[str, Any]) -> Rows:
    try:
        return all_rows(then, report, **parameters)
    except Refused as refusal:
        # The page gives no parameters.
        if refusal.code != UNKNOWN or then.until is None or parameters:
            raise
        kept = Kept(Layout(then.path.parent).pages, then).read(then.until, report)
        if kept is None:
            raise
        return kept


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
        day = read_day(scan)
    except ValueError:
        day = date.min
    by_then = [row["scan_id"] for row in known if row["day"] <= day]
    # Of a day after the last scan nobody knows what is new since: a scan compared with itself says nothing is.
    if not by_then or day > known[-1]["day"]:
        hint = "name a scan of `meibo report scan`, a day as 2026-11-24, or previous"
        raise Refused("scan-unknown", "--since", hint)
    return str(by_then[-1])


def compared(now: Table, before: Rows | None) -> Table:
    """Return what is new, worsened or gone in a report, compared with itself at an earlier time."""
    report, measure = now.report, now.report.measure
    rows = _rows(now)
    earlier = Rows(rows.table.slice(0, 0)) if before is None else before
    if rows.table.equals(earlier.table):
        rows = earlier = Rows(rows.table.slice(0, 0))
    here, there = _identities(report, rows), _identities(report, earlier)
    # Of several rows of one identity (records that are due, and others that have not started) the greatest tells.
    then = dict(sorted(zip(there, _measures(report, earlier), strict=True), key=lambda row: _amount(row[1])))
    places: list[int] = []
    changes: list[tuple[str, Any]] = []
    for place, (identity, amount) in enumerate(zip(here, _measures(report, rows), strict=True)):
        new = identity not in then
        if new or (measure and _amount(amount) > _amount(then[identity])):
            places.append(place)
            changes.append(("new", None) if new else ("worsened", then[identity]))
    present = set(here)
    gone = [place for place, identity in enumerate(there) if identity not in present]
    measured = _measures(report, earlier)
    changes += [("gone", measured[place]) for place in gone]
    joined = pa.concat_tables(
        [rows.table.take(pa.array(places, pa.int64())), earlier.table.take(pa.array(gone, pa.int64()))],
        promote_options="permissive",
    )
    return replace(now, report=_with_change(report), rows=Rows(_led(joined, changes)))


def _rows(table: Table) -> Rows:
    rows = table.rows
    return Rows(rows.table if isinstance(rows, Rows) else pa.Table.from_pylist(list(rows)))


def _identities(report: Report, rows: Rows) -> list[tuple[Hashable, ...]]:
    return list(zip(*(_hashable(rows.column(name)) for name in report.identity), strict=True))


def _hashable(cells: list[Any]) -> list[Hashable]:
    if any(isinstance(cell, list) for cell in cells):
        return [tuple(cell) if isinstance(cell, list) else cell for cell in cells]
    return cells


def _measures(report: Report, rows: Rows) -> list[Any]:
    return rows.column(report.measure) if report.measure else [None] * len(rows)


def _led(table: pa.Table, changes: Sequence[tuple[str, Any]]) -> pa.Table:
    """Put what changed, and how much it was, before the columns of the report."""
    led = {"change": [change for change, _ in changes], "before": [before for _, before in changes]}
    for name in ("before", "change"):
        if name not in table.column_names:
            table = table.add_column(0, name, pa.array(led[name]))
    return table


def _amount(value: Any) -> float:
    if isinstance(value, datetime | date):
        return float(value.toordinal())
    return float(value or 0)


def _with_change(report: Report) -> Report:
    known = {column.name for column in report.columns}
    extra = tuple(column for column in (_CHANGE, _BEFORE) if column.name not in known)
    return replace(report, columns=(*extra, *report.columns))
