"""Classify: one table file in, the type of every column out, without an estate, a key or a store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from detectors.cascade import scan_batch
from detectors.columns import ColumnType, merge_evidence, resolve_columns
from detectors.schema import FINDINGS
from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.escapes import unescaped
from pipelines.sources.formats import Format
from pipelines.sources.members import Member
from pipelines.sources.recognise import recognise

#: Kinds of files that have columns.
TABLES = ("csv", "jsonl", "parquet", "xlsx", "table", "vcard", "icalendar", "plist")

#: The path is the user's own argument and may hold a name: errors call it by its role.
PLACE = "FILE"


@dataclass(frozen=True)
class Classified:
    """The type of every column, in the file's order, and what could not be read: rows (or cells) by reason."""

    columns: dict[str, ColumnType]
    not_examined: dict[str, int]


def classify(path: Path) -> Classified:
    """Classify the columns of a table file: CSV, JSON lines, Parquet, workbook, SQLite, vCard, iCalendar, plist.

    The columns of the second and later sheets of a workbook, or tables of a database, are named ``sheet!column``.
    Raises `NotExamined`: ``file-missing``, ``file-unreadable``, ``not-a-table`` or what the format says.
    """
    try:
        found = recognise(path)
        if found.kind not in TABLES:
            raise NotExamined("not-a-table", PLACE, "name a table, a database, an address book or a calendar")
        return _classified(path, found)
    except FileNotFoundError:
        raise NotExamined("file-missing", PLACE, "check the path") from None
    except OSError:
        raise NotExamined("file-unreadable", PLACE, "name a file this user may read") from None


def _classified(path: Path, found: Format) -> Classified:
    columns: dict[str, ColumnType] = {}
    lost: Counter[str] = Counter()
    members = found.members(path) if found.members else [Member("", found.kind)]
    sheets = [each.name for each in members if each.kind in TABLES]
    # Pictures come behind the sheets; files in them are not opened here.
    lost["attachment"] += len(members) - len(sheets)
    lost["attachment"] += len(found.inside(path, path.name).entries) if found.inside else 0
    for number, sheet in enumerate(sheets, 1):
        member = str(number) if found.members else ""
        for name, column in _classify(path, found, member, lost).items():
            shown = name if number == 1 else f"{sheet}!{name}"
            columns[shown] = replace(column, field=shown)
    return Classified(columns, dict(+lost))


def _classify(path: Path, found: Format, member: str, lost: Counter[str]) -> dict[str, ColumnType]:
    """Return the types of one sheet's columns; adds to `lost` what of it cannot be read."""
    findings = [FINDINGS.empty_table()]
    evidence: pa.Table | None = None
    for batch in unescaped(found.read(path, member)):
        if isinstance(batch, Gap):
            lost[batch.reason] += batch.rows
            continue
        scan = scan_batch(batch)
        findings.append(pa.Table.from_batches([scan.findings]))
        evidence = merge_evidence([scan.evidence] if evidence is None else [evidence, scan.evidence])
    return {} if evidence is None else resolve_columns(pa.concat_tables(findings), evidence)
