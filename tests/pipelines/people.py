"""Rows of hand-made stores that name people. Every person is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.job import Job
from pipelines.load import load
from pipelines.results import AssetResult
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from tests.pipelines.scans import KEYS, asset, examined, scan, typed

FIELDS = {
    "id": "PERSONAL_ID", "name": "PERSON", "kana": "PERSON", "phone": "PHONE_NUMBER", "email": "EMAIL_ADDRESS",
    "address": "JP_ADDRESS", "born": "DATE_OF_BIRTH", "guarantor": "PERSON", "emergency_phone": "PHONE_NUMBER",
}  # fmt: skip

Rows = Sequence[Mapping[str, str]]


def keys_of(rows: Rows) -> list[dict[str, Any]]:
    """Value keys of rows given as field → text, as the second look leaves them."""
    sealer, found = Sealer(KEYS), []
    for number, row in enumerate(rows):
        for field, text in row.items():
            value_key, alt_key, _ = sealer.seal(FIELDS[field], text)
            family = sealer.family(text)[0] if FIELDS[field] == "PERSON" else None
            assert value_key is not None
            found.append(
                {
                    "field": field, "row": number, "row_key": None, "entity_type": FIELDS[field],
                    "value_key": value_key, "alt_key": alt_key, "family_key": family,
                }
            )  # fmt: skip
    return found


def table(work: Job, name: str, rows: Rows, **given: Any) -> AssetResult:
    """An asset of such rows; its columns are those that occur, in the order of `FIELDS`."""
    where = asset(name)
    columns = [field for field in FIELDS if any(field in row for row in rows)]
    fields = tuple(
        typed(field, FIELDS[field], len(rows), position=position, key_column=True)
        for position, field in enumerate(columns)
    )
    part = examined(work.layout, where, f"work-{name}", rows=len(rows), keys=keys_of(rows), **given)
    return AssetResult(asset=where, fields=fields, parts=(part,))


def store(work: Job, tables: Mapping[str, Rows], scan_id: str = "s") -> Path:
    """Load tables given as name → rows."""
    load(work, scan(scan_id, [table(work, name, rows) for name, rows in tables.items()]))
    return work.layout.store


def grouped(path: Path, role: str = "self") -> set[frozenset[tuple[str, int]]]:
    """The rows of each person, as (asset, row)."""
    with Reader(path) as reader:
        rows = reader.arrow(
            "SELECT subject_id, asset_id, row FROM subject_link JOIN current_part USING (part_id)"
            " WHERE role = $role",
            {"role": role},
        ).to_pylist()
    people: dict[int, set[tuple[str, int]]] = {}
    for row in rows:
        people.setdefault(row["subject_id"], set()).add((row["asset_id"], row["row"]))
    return {frozenset(places) for places in people.values()}
