"""The invented rows of the large store: every number follows from the seed, every key is a hash of a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.keys import KeyRing

SEED = 20261121

#: The asset of a million rows, and a mailing.
WHOLE = "db00/main.contact_history"
MAILING = "campaign-07"

#: A key of somebody in the middle of the member table.
PERSON = """
    SELECT value_key FROM current_value_key
    WHERE asset_id = 'db01/main.member' AND entity_type = $type AND "index" = 0 AND row = 4711
"""

PART = 65_536

#: Columns with keys of an ordinary table, and of the two large ones.
KEYED = {
    "会員番号": "PERSONAL_ID", "氏名": "PERSON", "電話番号": "PHONE_NUMBER", "メール": "EMAIL_ADDRESS",
    "住所": "JP_ADDRESS", "生年月日": "DATE_OF_BIRTH",
}  # fmt: skip
WHOLE_KEYED = ("会員番号", "電話番号")
MEMBER_KEYED = ("会員番号", "氏名", "電話番号", "メール")
#: Typed columns without keys, and columns of nothing personal.
TYPED = {"郵便番号": "JP_POSTAL_CODE", "年齢": "AGE"}
PLAIN = ("区分", "金額", "数量", "備考コード")

#: Register → rows.
REGISTERS = {
    "member": 300_000, "member_before": 60_000, "order": 200_000, "send": 150_000, "mail_list": 60_000,
    "consent": 40_000, "deletion": 5_000, "lookup": 90_000, "visit": 80_000, "message": 30_000, "slip": 20_000,
    "staff": 2_000, "business_sender": 200, "complaint": 5_000, "household_rule": 10_000, "agent_view": 30_000,
    "note": 20_000, "reader": 20_000, "request": 500,
}  # fmt: skip
ROLES = {
    "member": [
        "person",
        "name",
        "email",
        "phone",
        "address",
        "born",
        "status",
        "moment",
        "ended",
        "optout",
        "consent",
    ],
    "member_before": ["person", "name", "email", "phone", "status", "moment", "ended", "optout", "consent"],
    "order": ["ref", "person", "name", "address", "phone", "moment"],
    "note": ["ref", "person", "staff", "moment", "kind"],
}


@dataclass(frozen=True)
class Size:
    """How large the store is. `tables` and `documents`: ordinary assets of both kinds."""

    persons: int
    tables: int
    documents: int
    whole_rows: int
    scale: float

    @classmethod
    def of(cls, scale: float) -> Size:
        """Return the full size times `scale`."""
        return cls(
            int(400_000 * scale),
            int(3_479 * scale),
            int(1_500 * scale),
            int(1_000_000 * scale),
            scale,
        )


@dataclass(frozen=True)
class Asset:
    """An invented asset. `findings`: occurrences per row of its text column."""

    number: int
    asset_id: str
    kind: str
    rows: int
    keyed: tuple[str, ...]
    findings: float
    register: str | None = None

    def row(self, scan_id: str) -> dict[str, Any]:
        """Return its row of table `asset`."""
        table = self.kind == "table"
        return {
            "scan_id": scan_id,
            "asset_id": self.asset_id,
            "source": self.asset_id.partition("/")[0],
            "kind": self.kind,
            "owner": f"部署{self.number % 40:02d}" if self.number % 23 else None,
            "purpose": "会員管理" if self.number % 3 else None,
            "zone": None,
            "country": ("JP", "JP", "JP", "US")[self.number % 4],
            "entrustee": "倉庫株式会社" if self.number % 50 == 0 else None,
            "retention": ("accounting", "tax_books", "labour", None)[self.number % 4],
            "row_key": "会員番号" if table else None,
            "person_key": "会員番号" if "会員番号" in self.keyed else None,
            "last_activity_column": "最終利用日" if table and self.number % 5 else None,
            "protection": ("encrypted", "plain", None)[self.number % 3],
        }


def assets(size: Size) -> list[Asset]:
    """Return the assets: one of a million rows, the registers, ordinary tables and documents."""
    known = [Asset(0, WHOLE, "table", size.whole_rows, WHOLE_KEYED, 0.6)]
    for register, rows in REGISTERS.items():
        keyed: tuple[str, ...] = MEMBER_KEYED if register == "member" else ()
        findings = {"note": 2.0, "member": 0.1}.get(register, 0.0)
        known.append(
            Asset(
                len(known),
                f"db01/main.{register}",
                "table",
                max(50, int(rows * size.scale)),
                keyed,
                findings,
                register,
            )
        )
    columns = list(KEYED)
    for number in range(size.tables):
        keyed = tuple(columns[(number + step) % len(columns)] for step in range(2 + number % 4))
        rows = 40 + (number * 7919) % 191
        known.append(
            Asset(len(known), f"db{2 + number % 60:02d}/main.t{number:05d}", "table", rows, keyed, 4.7)
        )
    for number in range(size.documents):
        place = f"share{number % 20:02d}/d{number % 97:02d}/文書{number:05d}.txt"
        known.append(Asset(len(known), place, "document", 40, (), 35.0))
    return known


def write_rows(
    store: duckdb.DuckDBPyConnection,
    size: Size,
    number: int,
    scan_id: str,
    started: datetime,
    finished: datetime,
    keys: KeyRing,
) -> None:
    """Insert what a scan brings in: its own rows, and the parts that are new in it."""
    known = assets(size)
    _catalogue(store, known)
    _insert(store, "scan", [_scan(scan_id, started, finished, keys)])
    _insert(store, "asset", [each.row(scan_id) for each in known])
    _insert(store, "field", [row for each in known for row in _fields(scan_id, each)])
    _insert(store, "access", [row for each in known for row in _grants(scan_id, each)])
    _insert(store, "declaration", [row for each in known for row in _declared(scan_id, each)])
    _insert(store, "register", [_register(scan_id, each) for each in known if each.register])
    _insert(store, "registered", [row for each in known[:400] for row in _purposes(scan_id, each)])
    _insert(store, "grantee_rule", [_rule(scan_id, grantee) for grantee in range(0, 60, 2)])
    _insert(store, "provision", [_provision(scan_id, each) for each in known if each.number % 50 == 0])
    text = Path(__file__).with_suffix(".sql").read_text("utf-8")
    numbers = {"seed": SEED, "persons": size.persons, "part": PART, "number": number}
    for statement in re.sub(r"(?<!:):([a-z]+)\b", lambda found: str(numbers[found[1]]), text).split(";\n"):
        if statement.strip():
            store.execute(statement, {"scan": scan_id} if "$scan" in statement else None)


def _catalogue(store: duckdb.DuckDBPyConnection, known: list[Asset]) -> None:
    listed = [
        {"number": each.number, "asset_id": each.asset_id, "kind": each.kind, "rows": each.rows,
         "findings": each.findings, "register": each.register}
        for each in known
    ]  # fmt: skip
    columns = [
        {"number": each.number, "field": name, "entity_type": KEYED[name]}
        for each in known
        for name in each.keyed
    ]
    for name, rows in (("g_asset", listed), ("g_column", columns)):
        store.register("incoming", pa.Table.from_pylist(rows))
        store.execute(f"CREATE TEMP TABLE {name} AS FROM incoming")
        store.unregister("incoming")


def _insert(store: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    schema = store.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
    plain = [
        field.with_type(getattr(field.type, "storage_type", field.type))
        for field in schema
        if field.name in rows[0]
    ]
    store.register("incoming", pa.Table.from_pylist(rows, schema=pa.schema(plain)))
    store.execute(f"INSERT INTO {table} BY NAME FROM incoming")
    store.unregister("incoming")


def _scan(scan_id: str, started: datetime, finished: datetime, keys: KeyRing) -> dict[str, Any]:
    return {
        "scan_id": scan_id, "started_at": started, "finished_at": finished, "estate": "benchmark",
        "detector_version": "1", "dictionary_version": "1", "config_digest": "0",
        "key_fingerprint": keys.fingerprint, "guard": "passed", "law_version": "2026-10-01",
        "partial": False, "day": finished.date(),
    }  # fmt: skip


def _fields(scan_id: str, asset: Asset) -> list[dict[str, Any]]:
    typed = {name: KEYED[name] for name in asset.keyed} | (TYPED if asset.kind == "table" else {})
    names = [*typed, *(PLAIN if asset.kind == "table" else ()), "本文"]
    return [
        {
            "scan_id": scan_id, "asset_id": asset.asset_id, "field": name, "position": position,
            "physical_type": "TEXT", "rows": asset.rows, "values": asset.rows, "distinct": asset.rows // 2,
            "entity_type": typed.get(name), "score": 0.9 if name in typed else 0.0,
            "kind": "typed" if name in typed else "free_text" if name == "本文" else "none",
            "matched": asset.rows if name in typed else 0, "whole": asset.rows if name in typed else 0,
            "checked": 0, "reasons": '["header says so", "97 of 100 values match", "values repeat seldom"]',
            "key_column": name in asset.keyed, "declared": False,
        }
        for position, name in enumerate(names)
    ]  # fmt: skip


def _grants(scan_id: str, asset: Asset) -> list[dict[str, Any]]:
    audiences = ("owner", "role", "department", "company", "entrustee", "public")
    return [
        {
            "scan_id": scan_id, "asset_id": asset.asset_id,
            "grantee": f"role{(asset.number * 7 + step * 11) % 60:02d}", "privilege": "SELECT",
            "via": ("grant", "role", "view", "mode")[step],
            "audience": audiences[(asset.number * step) % 5 if asset.number % 211 else 5],
            "columns": ["会員番号"] if step == 3 and asset.number % 9 == 0 else [],
        }
        for step in range(4)
        if asset.number % 37
    ]  # fmt: skip


def _declared(scan_id: str, asset: Asset) -> list[dict[str, Any]]:
    return [
        {"scan_id": scan_id, "asset_id": asset.asset_id, "field": name, "entity_type": KEYED[name]}
        for name in asset.keyed
        if asset.number % 3
    ]


def _register(scan_id: str, asset: Asset) -> dict[str, Any]:
    roles = ROLES.get(str(asset.register), ["ref", "person", "phone", "email", "moment"])
    return {"scan_id": scan_id, "asset_id": asset.asset_id, "register": asset.register, "roles": roles}


def _purposes(scan_id: str, asset: Asset) -> list[dict[str, Any]]:
    return [
        {"scan_id": scan_id, "asset_id": asset.asset_id, "entity_type": entity_type}
        for entity_type in ("PERSONAL_ID", "PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS")
    ]


def _rule(scan_id: str, grantee: int) -> dict[str, Any]:
    return {
        "scan_id": scan_id, "grantee": f"role{grantee:02d}", "rule": "role*", "entity_types": ["PERSON"],
        "sensitivity": 2 + grantee % 3,
    }  # fmt: skip


def _provision(scan_id: str, asset: Asset) -> dict[str, Any]:
    return {
        "scan_id": scan_id, "asset_id": asset.asset_id, "recipient": "配送株式会社", "relation": "entrustment",
        "country": "JP", "method": "SFTP", "basis": "委託契約", "record": None,
    }  # fmt: skip
