"""Registers built by hand, for the tests of the incident reports. Every person is invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.reports.runner import Row, run_report
from pipelines.results import AssetResult
from pipelines.seal import Sealer
from tests.commands import KEY
from tests.pipelines.scans import asset, examined, job, not_examined, record, scan

_ROLES = {"ref": "r", "person": "p", "phone": "t", "staff": "s", "moment": "m"}


def registers(
    tmp_path: Path,
    unread: str = "",
    roles: dict[str, Sequence[str]] | None = None,
    **rows: list[dict[str, Any]],
) -> tuple[Job, list[AssetResult]]:
    """Return a job and one asset ``crm/<kind>`` per register; `unread` has a part nobody could examine.

    `roles`: the roles a register declares, where a report asks for them.
    """
    named = {kind: {role: role for role in (roles or {}).get(kind, _ROLES)} for kind in rows}
    rules = [{"match": f"crm/{kind}", "records": {"kind": kind, "columns": named[kind]}} for kind in rows]
    work = job(tmp_path, assets=rules)
    assets = []
    for kind, given in rows.items():
        where = asset(f"crm/{kind}")
        numbered = [record(kind, **{"row": number, **row}) for number, row in enumerate(given)]
        parts = [examined(work.layout, where, f"work-{kind}", records=numbered)]
        if kind == unread:
            parts.append(not_examined(where, "row-broken", index=1))
        assets.append(AssetResult(asset=where, parts=tuple(parts)))
    return work, assets


def store(tmp_path: Path, unread: str = "", **rows: Any) -> Path:
    """Load registers and return the snapshot."""
    work, assets = registers(tmp_path, unread, **rows)
    load(work, scan("s", assets))
    return work.layout.store


def report(path: Path, name: str, **parameters: Any) -> list[Row]:
    """Return the rows of a report."""
    return run_report(path, name, **parameters).rows


def said(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of rows."""
    return [tuple(row[column] for column in columns) for row in rows]


def short_keys(numbers: Sequence[str], *, sort: bool = True) -> list[str]:
    """Return what reports show of numbers in the scanned sample estate."""
    sealer = Sealer(KeyRing.from_environment({"MEIBO_KEY": KEY}))
    keys = [key.hex()[:12] for number in numbers if (key := sealer.seal("PERSONAL_ID", number)[0])]
    shown = [f"k:{key}" for key in keys]
    return sorted(shown) if sort else shown
