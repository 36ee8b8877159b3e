"""Small stores made of keys alone, without a scan behind them. Nobody is real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import duckdb

Store = duckdb.DuckDBPyConnection

TABLES = ("subject", "subject_link", "subject_field", "subject_doubt", "subject_household", "subject_part")
FIELDS = {
    "会員番号": "PERSONAL_ID",
    "旧会員番号": "PERSONAL_ID",
    "氏名": "PERSON",
    "カナ": "PERSON",
    "電話": "PHONE_NUMBER",
    "メール": "EMAIL_ADDRESS",
    "住所": "JP_ADDRESS",
    "生年月日": "DATE_OF_BIRTH",
}
RECORDED = {
    "会員番号": "person_key",
    "旧会員番号": "old_key",
    "氏名": "name_key",
    "電話": "phone_key",
    "メール": "email_key",
    "住所": "address_key",
    "生年月日": "born_key",
}
#: Name → its reading: two spellings of one reading, one without, and the reading by itself.
READINGS = {
    "佐藤 健": "サトウ ケン",
    "佐藤 賢": "サトウ ケン",
    "山田 花子": None,
    "サトウ ケン": "サトウ ケン",
}

Row = Mapping[str, str]


class Part(NamedTuple):
    """What never changes: the rows of a part, of a table or of a register."""

    rows: Sequence[Row]
    register: bool


class Night(NamedTuple):
    """Part → the assets it stands in; assets whose column of mail addresses is a key column."""

    places: Mapping[int, frozenset[int]]
    keyed: frozenset[int]


ASSETS = frozenset(range(3))


def blob(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def insert(store: Store, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        store.execute(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values())
        )


def clear(store: Store) -> None:
    """Empty the store."""
    for table in ("scan", "scan_source", "asset", "part", "scan_part", "field", "value_key", "record", "setting",
                  "subject_state", *TABLES):  # fmt: skip
        store.execute(f"DELETE FROM {table}")


def fill(store: Store, parts: Sequence[Part]) -> None:
    """Make an empty store hold the parts, in no asset yet."""
    insert(store, "scan", [{
        "scan_id": "s", "started_at": "2026-11-20", "finished_at": "2026-11-20", "estate": "e",
        "detector_version": "1", "dictionary_version": "1", "config_digest": "1", "key_fingerprint": "1",
        "guard": "passed", "law_version": "1", "partial": False,
    }])  # fmt: skip
    insert(store, "scan_source", [{"scan_id": "s", "source": "db"}])
    setting = {"name": "subject_shared_names", "subject": "", "value": 2, "source": "", "verified": ""}
    insert(store, "setting", [setting | {"timezone": "UTC"}])
    for number, part in enumerate(parts):
        insert(store, "part", [{
            "part_id": f"p{number}", "asset_id": "db/0", "index": 0, "digest": "", "rows": len(part.rows),
            "bytes": 0, "status": "examined", "reason": "",
        }])  # fmt: skip
        for row, cells in enumerate(part.rows):
            where = {"part_id": f"p{number}", "row": row}
            if part.register:
                insert(store, "record", [where | recorded(cells)])
            else:
                insert(store, "value_key", [where | keyed(field, text) for field, text in cells.items()])


def keyed(field: str, text: str) -> dict[str, Any]:
    person = FIELDS[field] == "PERSON"
    return {
        "field": field, "entity_type": FIELDS[field], "value_key": blob(text),
        "alt_key": blob(READINGS[text]) if person else None, "family_key": blob(text[:2]) if person else None,
    }  # fmt: skip


def recorded(cells: Row) -> dict[str, Any]:
    keys = {RECORDED[field]: blob(text) for field, text in cells.items() if field in RECORDED}
    name = cells.get("氏名")
    return keys | {
        "register": "member", "unread": [], "name_alt": blob(READINGS[name]) if name else None,
        "family_key": blob(name[:2]) if name else None, "household_key": blob(cells.get("カナ")),
    }  # fmt: skip


def show(store: Store, night: Night) -> None:
    """Let the scan say where the parts stand that night."""
    for table in ("asset", "scan_part", "field"):
        store.execute(f"DELETE FROM {table}")
    for asset in ASSETS:
        insert(store, "asset", [{"scan_id": "s", "asset_id": f"db/{asset}", "source": "db", "kind": "table"}])
        store.execute(
            "INSERT INTO field BY NAME SELECT 's' AS scan_id, ? AS asset_id, unnest(?) AS field, 0 AS position,"
            " 'string' AS physical_type, 1 AS rows, 1 AS \"values\", 1 AS \"distinct\", unnest(?) AS entity_type,"
            " 'typed' AS kind, 1 AS score, 1 AS matched, 1 AS whole, 1 AS checked, '[]' AS reasons,"
            " unnest(?) AS key_column, FALSE AS declared",
            [f"db/{asset}", list(FIELDS), list(FIELDS.values()),
             [field != "メール" or asset in night.keyed for field in FIELDS]],
        )  # fmt: skip
    insert(store, "scan_part", [
        {"scan_id": "s", "asset_id": f"db/{asset}", "index": part, "part_id": f"p{part}", "watermark": "",
         "reused": False}
        for part, assets in night.places.items() for asset in sorted(assets)
    ])  # fmt: skip


def contents(store: Store) -> dict[str, list[Any]]:
    return {table: store.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in TABLES}
