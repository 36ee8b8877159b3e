"""Classify: one table file in, the type of every column out, without an estate, a key or a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from detectors.cascade import scan_batch
from detectors.columns import ColumnType, merge_evidence, resolve_columns
from detectors.schema import FINDINGS
from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.formats import Format, recognise

#: Kinds of files that have columns.
TABLES = ("csv", "jsonl", "parquet", "xlsx")

#: The path is the user's own argument and may hold a name: errors call it by its role.
PLACE = "FILE"


def classify(path: Path) -> dict[str, ColumnType]:
    """Return the type of every column of a table file (CSV, TSV, JSON lines, Parquet, workbook), in its order.

    The columns of a workbook's second and later sheets are named ``sheet!column``. Rows that cannot be read are
    left out. Raises `NotExamined`: ``file-missing``, ``file-unreadable``, ``not-a-table`` or what the format says.
    """
    try:
        found = recognise(path)
        if found.kind not in TABLES:
            raise NotExamined("not-a-table", PLACE, "name a CSV, TSV, JSON lines, Parquet or workbook file")
        return dict(_columns(path, found))
    except FileNotFoundError:
        raise NotExamined("file-missing", PLACE, "check the path") from None
    except OSError:
        raise NotExamined("file-unreadable", PLACE, "name a file this user may read") from None


def _columns(path: Path, found: Format) -> Iterator[tuple[str, ColumnType]]:
    sheets = found.members(path) if found.members else [""]
    for number, sheet in enumerate(sheets, 1):
        member = str(number) if found.members else ""
        for name, column in _classify(path, found, member).items():
            shown = name if number == 1 else f"{sheet}!{name}"
            yield shown, replace(column, field=shown)


def _classify(path: Path, found: Format, member: str) -> dict[str, ColumnType]:
    findings = [FINDINGS.empty_table()]
    evidence: pa.Table | None = None
    for batch in found.read(path, member):
        if isinstance(batch, Gap):
            continue
        scan = scan_batch(batch)
        findings.append(pa.Table.from_batches([scan.findings]))
        evidence = merge_evidence([scan.evidence] if evidence is None else [evidence, scan.evidence])
    return {} if evidence is None else resolve_columns(pa.concat_tables(findings), evidence)
