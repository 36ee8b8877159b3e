"""What the page shows, out of the store: every report of it, and what changed in each since the scan before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.errors import Refused
from pipelines.reports.kept import Kept
from pipelines.reports.rows import Packed, Rows
from pipelines.reports.runner import (
    Report,
    Table,
    all_rows,
    decided,
    list_reports,
    packed_rows,
    undecided,
)
from pipelines.reports.since import PREVIOUS, compared, find_scan
from pipelines.store.reader import UNKNOWN, Reader

#: Reports that say the same as another one, or tell of time itself, or pairs of columns by the hundred thousand.
UNCOMPARED = frozenset(("triage", "why", "scan", "stale_trend", "joinability"))


def read_tables(
    store: Path, pages: Path | None, own: Path | None
) -> tuple[dict[str, Table], dict[str, Table | None] | None]:
    """Return every report the page shows, and what changed in each since the scan before; None after the first.

    None for a report of which nobody knows what it said then. `pages`: see `pipelines.reports.page.render_page`;
    `own`: where the rows lie meanwhile, in memory without it. Raises what `Reader` raises.
    """
    shown_here = [report for report in list_reports() if report.on_page]
    with Reader(store, scratch=own) as reader:
        earlier, kept = find_scan(reader, PREVIOUS), Kept(pages, reader) if pages else None
        found = {
            report.name: packed_rows(reader, report, own / report.name if own else None)
            for report in shown_here
        }
        tables = {report.name: _packed(decided(reader, report, found[report.name])) for report in shown_here}
        scan = next(iter(tables["scan"].rows), None)
    comparable = [each for each in shown_here if each.name not in UNCOMPARED]
    if kept and scan:
        for report in comparable:
            kept.write(scan["scan_id"], report, found[report.name])
        kept.forget(scan["scan_id"], earlier)
    del found
    if earlier is None:
        return tables, None
    changed: dict[str, Table | None] = {}
    with Reader(store, until=earlier, scratch=own) as reader:
        for report in comparable:
            before = _before(reader, report, earlier, kept)
            changed[report.name] = None if before is None else _packed(compared(tables[report.name], before))
    return tables, changed


def _before(reader: Reader, report: Report, earlier: str, kept: Kept | None) -> Rows | None:
    """Return the rows of a report at an earlier scan, None where they are neither kept nor to be asked again."""
    rows = kept.read(earlier, report) if kept else None
    if rows is None:
        try:
            rows = all_rows(reader, report)
        except Refused as refusal:
            if refusal.code != UNKNOWN:
                raise
            return None
        if kept:
            kept.write(earlier, report, Packed(rows.table.to_reader()))
    return undecided(reader, report, rows)


def _packed(table: Table) -> Table:
    rows = table.rows
    if isinstance(rows, Packed) or not isinstance(rows, Rows):
        return table
    return replace(table, rows=Packed(rows.table.to_reader()))
