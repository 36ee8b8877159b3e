"""What is settled at a load is what the views say, however the store came to be. Nobody is real."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import duckdb
import pytest

from pipelines.loading.settled import settle
from pipelines.store.database import migrate
from tests.pipelines.keyed import ASSETS, Night, Part, Store, fill, insert, show

SETTLED = (
    "current_resident", "current_home", "doubtful_home", "current_mailing", "statement", "statement_name",
    "erased_place",
)  # fmt: skip
FAMILY = {"住所": "丸の内1-2-3", "電話": "03-0000-0000"}
PARTS = [
    Part(
        [{"会員番号": "M1", "氏名": "佐藤 健"} | FAMILY, {"会員番号": "M2", "氏名": "山田 花子"} | FAMILY],
        True,
    ),
    Part([{"会員番号": "M3", "氏名": "サトウ ケン", "住所": "丸の内1-2-3"}], True),
    Part([{"会員番号": "M1", "メール": "m1"}], False),
]
NIGHTS = (
    Night({0: frozenset({0}), 1: frozenset({1}), 2: frozenset({2})}, ASSETS),
    Night({0: frozenset({0}), 2: frozenset({2})}, ASSETS),
)


@pytest.fixture
def store() -> Any:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def people(store: Store) -> None:
    """Two households at one lot, a deletion log, a mailing, and what somebody wrote."""
    fill(store, PARTS)
    store.execute("UPDATE record SET address_alt = 'lot'::BLOB, has_room = FALSE")
    log = {"part_id": "p2", "row": 0, "unread": []}
    insert(store, "record", [
        log | {"register": "deletion", "person_key": b"M1"},
        log | {"register": "send", "person_key": b"M3", "list": "spring", "status": "sent"},
        log | {"register": "mail_list", "person_key": b"M3", "list": "spring"},
    ])  # fmt: skip
    cell = {
        "part_id": "p2",
        "row": 1,
        "field": "備考",
        "score": 1,
        "recognizer": "",
        "recognizer_version": "",
    }
    insert(store, "finding", [
        cell | {"entity_type": "EMPLOYMENT_HISTORY", "personal": True, "value_key": b"e"},
        cell | {"entity_type": "PERSON", "personal": True, "value_key": b"n"},
        cell | {"entity_type": "PERSONAL_ID", "personal": True, "value_key": b"M1"},
    ])  # fmt: skip


def tables(store: Store) -> Mapping[str, list[Any]]:
    return {
        table: store.execute(f"FROM {table} ORDER BY ALL").to_arrow_table().to_pylist() for table in SETTLED
    }


def test_settling_twice_is_the_same(store: Store) -> None:
    migrate(store)
    people(store)
    show(store, NIGHTS[0])
    settle(store)
    once = tables(store)
    settle(store)
    assert tables(store) == once
    assert all(once[table] for table in SETTLED if table != "current_mailing")


def test_settling_night_after_night_is_settling_from_scratch(store: Store) -> None:
    migrate(store)
    people(store)
    for night in NIGHTS:
        show(store, night)
        settle(store)
    store.execute("DELETE FROM part WHERE part_id = 'p1'")
    settle(store)
    by_night = tables(store)
    for table in (*SETTLED, "settled_state"):
        store.execute(f"DELETE FROM {table}")
    settle(store)
    assert tables(store) == by_night


def test_a_store_of_the_schema_before_is_settled_like_a_new_one(store: Store) -> None:
    migrate_to(store, 8)
    people(store)
    show(store, NIGHTS[0])
    store.execute("DELETE FROM current_resident; INSERT INTO current_resident FROM resident_of_records")
    store.execute("DELETE FROM current_home; INSERT INTO current_home FROM home_of_residents")
    migrate(store)
    migrated = tables(store)
    with duckdb.connect(config={"threads": 1}) as new:
        migrate(new)
        people(new)
        show(new, NIGHTS[0])
        settle(new)
        assert migrated == tables(new)
        assert shape(store) == shape(new)


def migrate_to(store: Store, version: int) -> None:
    """Apply the migrations an older Meibo knew."""
    store.execute(
        "CREATE TABLE schema_version"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
    )
    files = {file.name: file for file in resources.files("pipelines.store").iterdir()}
    for name in sorted(files):
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", name)) and int(match[1]) <= version:
            store.execute(files[name].read_text("utf-8"))
            store.execute("INSERT INTO schema_version VALUES (?, ?, now())", [int(match[1]), match[2]])


def shape(store: Store) -> list[Any]:
    """Columns of every table and view, and what the views are."""
    return [
        store.execute(sql).fetchall()
        for sql in (
            "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()"
            " WHERE NOT internal ORDER BY table_name, column_index",
            "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY view_name",
        )
    ]
