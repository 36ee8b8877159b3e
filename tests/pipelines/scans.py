"""Scan results built by hand, as the steps before the loader would leave them. Every person is invented."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.access import shared
from pipelines.config import Estate
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.refs import AssetRef, Grant, PartRef
from pipelines.registers import KEY_ROLES
from pipelines.results import AssetResult, FieldRow, PartResult, ScanResult, not_examined_id
from pipelines.store.database import open_writer
from pipelines.store.files import FINDING_FILE, KEY_FILE, PICTURE_FILE, RECORD_FILE

KEYS = KeyRing(b"a key for tests, not a secret")
TABLES = (
    "scan", "scan_source", "asset", "part", "scan_part", "field", "finding", "value_key", "activity", "access",
    "declaration", "decision", "record", "picture", "entity", "retention_class",
)  # fmt: skip


def job(out: Path, *, keys: KeyRing = KEYS, **estate: Any) -> Job:
    sources = [{"name": name, "kind": "files", "path": "."} for name in ("crm", "share")]
    layout = Layout(out).create()
    if not layout.writer.exists() and not layout.store.exists():
        shutil.copyfile(_empty_store(), layout.writer)
    return Job(Estate.model_validate({"name": "demo", "sources": sources, **estate}), layout, keys)


@cache
def _empty_store() -> Path:
    """An empty store of the newest schema: hundreds of tests begin with one."""
    layout = Layout(Path(tempfile.mkdtemp(prefix="meibo-tests-"))).create()
    with open_writer(layout):
        pass
    atexit.register(shutil.rmtree, layout.out, ignore_errors=True)
    return layout.writer


def asset(id_: str, kind: str = "table") -> AssetRef:
    return AssetRef(id=id_, source=id_.split("/")[0], kind=kind, locator=id_)


def typed(field: str, entity_type: str, rows: int = 100, **facts: Any) -> FieldRow:
    given = {
        "position": 0,
        "physical_type": "string",
        "values": rows,
        "distinct": rows,
        "matched": rows,
        "whole": rows,
    }
    why = (f"{rows} of {rows} values match as a whole",)
    return FieldRow(
        **{
            "field": field,
            "entity_type": entity_type,
            "kind": "typed",
            "rows": rows,
            "score": 0.9,
            "reasons": why,
        }
        | given
        | facts
    )


def plain(field: str, rows: int = 100, **facts: Any) -> FieldRow:
    return FieldRow(
        field=field, position=9, physical_type="string", rows=rows, values=rows, distinct=3, **facts
    )


def finding(row: int, entity_type: str = "PERSON", **facts: Any) -> dict[str, Any]:
    return {
        "field": "memo", "row": row, "row_key": None, "page": None, "quad": None, "start": 0, "end": 4,
        "entity_type": entity_type, "score": 0.8, "recognizer": "SpacedName", "recognizer_version": "1",
        "personal": True, "value_key": KEYS.value_key(entity_type, str(row)), "alt_key": None, "masked": "山■■■",
    } | facts  # fmt: skip


def key(row: int, entity_type: str = "PHONE_NUMBER") -> dict[str, Any]:
    return {
        "field": "phone", "row": row, "row_key": str(row), "entity_type": entity_type,
        "value_key": KEYS.value_key(entity_type, str(row)), "alt_key": None,
    }  # fmt: skip


def record(register: str, row: int = 0, **roles: Any) -> dict[str, Any]:
    """One row of a register; who and what as plain text, keyed here under the type of its role."""
    keyed = {
        f"{role}_key": KEYS.value_key(KEY_ROLES[role] or "PHONE_NUMBER", text)
        for role, text in roles.items()
        if role in KEY_ROLES and text is not None
    }
    plain = {role: value for role, value in roles.items() if role not in KEY_ROLES}
    return {"register": register, "row": row, "unread": [], **keyed, **plain}


def examined(
    layout: Layout,
    where: AssetRef,
    work_key: str,
    *,
    index: int = 0,
    rows: int = 100,
    findings: Sequence[dict[str, Any]] | None = None,
    keys: Sequence[dict[str, Any]] | None = None,
    records: Sequence[dict[str, Any]] | None = None,
    pictures: Sequence[dict[str, Any]] | None = None,
    reused: bool = False,
) -> PartResult:
    part = PartRef(asset=where, index=index, digest=f"digest of {work_key}", rows=rows, bytes=rows * 10)
    return PartResult(
        part=part,
        part_id=work_key,
        reused=reused,
        findings=write(layout, work_key, "findings.parquet", findings, FINDING_FILE),
        keys=write(layout, work_key, "keys.parquet", keys, KEY_FILE),
        records=write(layout, work_key, "records.parquet", records, RECORD_FILE),
        pictures=write(layout, work_key, "pictures.parquet", pictures, PICTURE_FILE),
    )


def write(
    layout: Layout, work_key: str, name: str, rows: Sequence[dict[str, Any]] | None, schema: pa.Schema
) -> Path | None:
    if rows is None:
        return None
    path = layout.work / work_key / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
    return path.relative_to(layout.work)


def not_examined(where: AssetRef, reason: str, *, index: int = 0, rows: int = 0) -> PartResult:
    part = PartRef(asset=where, index=index, rows=rows, status="not_examined", reason=reason)
    return PartResult(part=part, part_id=not_examined_id(part))


def scan(
    scan_id: str, assets: Sequence[AssetResult], *, day: int = 20, access: Iterable[Grant] = (), **facts: Any
) -> ScanResult:
    return ScanResult(
        scan_id=scan_id,
        started_at=datetime(2026, 11, day, 1, 30, tzinfo=UTC),
        finished_at=datetime(2026, 11, day, 2, 0, tzinfo=UTC),
        detector_version="1.0",
        dictionary_version="20260723",
        config_digest="c0ffee",
        assets=tuple(assets),
        access=shared(access),
        **facts,
    )


RULES = [
    {
        "match": "crm/public.customers",
        "owner": "CRM team",
        "purpose": "delivery of orders",
        "retention": "members",
        "columns": {"key": "id", "last_activity": "last_login", "status": "status"},
        "declared": {"phone": ["PHONE_NUMBER"]},
    }
]
MEMBERS = """
retention:
  members:
    label: {ja: 会員, en: Members}
    kind: limit
    period: {years: 5}
    law: 社内規程
    verified: company
"""


def estate_job(out: Path) -> Job:
    out.mkdir(parents=True, exist_ok=True)
    policies = out / "own.yaml"
    policies.write_text(MEMBERS, "utf-8")
    return job(out / "meibo", assets=RULES, policies=policies)


def estate_scan(layout: Layout, scan_id: str = "scan-1", **facts: Any) -> ScanResult:
    """A small estate: a customer table with a memo column, a mailing list, a photo, a file nobody can open."""
    customers, letters = asset("crm/public.customers"), asset("share/list.csv")
    photo, locked = asset("share/card.jpg"), asset("share/locked.xlsx")
    hostile = '<script>alert("x")</script>'
    assets = [
        AssetResult(
            asset=customers,
            fields=(
                typed("name", "PERSON", position=0),
                typed("phone", "PHONE_NUMBER", position=1, key_column=True),
                plain("memo", kind="free_text", reasons=(f"text holds names {hostile}",)),
            ),
            parts=(
                examined(
                    layout, customers, "work-customers",
                    findings=[finding(0), finding(0, start=9, end=13), finding(1, "JP_MY_NUMBER"),
                              finding(2, "PHONE_NUMBER", personal=False)],
                    keys=[key(row) for row in range(3)],
                ),
                not_examined(customers, "row-broken", index=1, rows=25),
            ),
            activity=(
                (date(2020, 1, 15), "withdrawn", 30),
                (date(2021, 12, 1), "active", 20),
                (date(2026, 11, 1), "active", 40),
                (None, "active", 10),
            ),
        ),
        AssetResult(
            asset=letters,
            fields=(typed(hostile, "EMAIL_ADDRESS", 5),),
            parts=(examined(layout, letters, "work-letters", rows=5),),
        ),
        AssetResult(
            asset=photo,
            parts=(
                examined(
                    layout, photo, "work-photo", rows=1,
                    findings=[finding(0, "JP_DRIVER_LICENSE", field="image", page=1, start=None, end=None,
                                      quad=[0.0, 0.0, 9.0, 0.0, 9.0, 4.0, 0.0, 4.0])],
                ),
            ),
        ),
        AssetResult(asset=locked, parts=(not_examined(locked, "file-encrypted"),)),
    ]  # fmt: skip
    access = (
        Grant(asset=customers.id, grantee="crm_agent", via="grant", audience="role"),
        Grant(asset=customers.id, grantee="analyst", via="role bi", audience="company", columns=("phone",)),
        Grant(asset=photo.id, grantee="everyone", via="mode 644", audience="company"),
    )
    return scan(scan_id, assets, **{"access": access, "guard": "passed"} | facts)
