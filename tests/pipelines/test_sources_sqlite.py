"""SQLite files: dynamic types arrive as text without loss. Persons are invented."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.source_config import SqliteSource
from pipelines.sources import Gap, Source, open_source
from pipelines.sources.sqlite import Sqlite


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "crm #1.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE members (id INTEGER PRIMARY KEY, 氏名 TEXT, v);
        INSERT INTO members VALUES (2, '鈴木花子', 9007199254740993), (1, '山田太郎', 1.5), (3, NULL, x'ff');
        INSERT INTO members VALUES (4, 'x', x'E38182'), (5, CAST(x'8E52' AS TEXT), '007');
        CREATE TABLE pairs (b, a, v, PRIMARY KEY (a, b)) WITHOUT ROWID;
        INSERT INTO pairs VALUES (1, 2, 621498320257e0), (2, 1, 'first');
        CREATE TABLE empty (x);
        CREATE TABLE "odd ""name" (x);
        CREATE VIEW names AS SELECT 氏名 FROM members;
        """
    )
    connection.close()
    return path


@pytest.fixture
def source(database: Path, key: KeyRing) -> Iterator[Source]:
    source = open_source(SqliteSource(kind="sqlite", name="crm", path=database), key)
    yield source
    source.close()


def read(source: Source, name: str) -> tuple[dict[str, list[Any]], list[Gap]]:
    asset = next(each for each in source.assets() if each.locator == name)
    items = list(source.batches(asset))
    table = pa.Table.from_batches([item for item in items if isinstance(item, pa.RecordBatch)])
    return table.to_pydict(), [item for item in items if isinstance(item, Gap)]


def test_tables_and_views_are_listed_by_name(source: Source) -> None:
    assert [(asset.id, asset.kind) for asset in source.assets()] == [
        ("crm/main.empty", "table"),
        ("crm/main.members", "table"),
        ("crm/main.names", "view"),
        ('crm/main.odd "name', "table"),
        ("crm/main.pairs", "table"),
    ]


def test_values_of_every_type_arrive_as_text_in_key_order(source: Source) -> None:
    table, gaps = read(source, "members")
    assert table == {
        "id": ["1", "2", "3", "4", "5"],
        "氏名": ["山田太郎", "鈴木花子", None, "x", "山"],
        "v": ["1.5", "9007199254740993", None, "あ", "007"],
    }
    assert gaps == [Gap("binary-cell", 1)]
    assert read(source, "pairs")[0]["v"] == ["first", "621498320257"]


def test_empty_tables_keep_their_columns(source: Source) -> None:
    assert read(source, "empty") == ({"x": []}, [])
    assert read(source, 'odd "name') == ({"x": []}, [])
    assert read(source, "names")[0]["氏名"].count(None) == 1


def test_the_row_key_is_a_primary_key_of_one_column(source: Source) -> None:
    keys = {asset.locator: source.row_key(asset) for asset in source.assets()}
    assert keys == {"empty": None, "members": "id", "names": None, 'odd "name': None, "pairs": None}


def test_large_tables_come_in_batches(database: Path, source: Source) -> None:
    with sqlite3.connect(database) as connection:
        connection.executemany("INSERT INTO empty VALUES (?)", ((number,) for number in range(150_000)))
    connection.close()
    asset = next(each for each in source.assets() if each.locator == "empty")
    sizes = [item.num_rows for item in source.batches(asset) if isinstance(item, pa.RecordBatch)]
    assert sum(sizes) == 150_000 and len(sizes) == 3


def test_the_file_is_opened_read_only(database: Path, source: Source) -> None:
    before = database.stat().st_mtime_ns
    for asset in source.assets():
        list(source.batches(asset))
    assert database.stat().st_mtime_ns == before and list(database.parent.iterdir()) == [database]


def test_grants_are_the_files_modes(database: Path, source: Source) -> None:
    database.chmod(0o600)
    grants = list(source.grants(list(source.assets())))
    assert len(grants) == 5 and {grant.audience for grant in grants} == {"owner"}


@pytest.mark.parametrize(
    ("content", "code"), [(None, "file-missing"), (b"no database at all" * 100, "file-damaged")]
)
def test_what_is_no_database_is_reported(
    tmp_path: Path, key: KeyRing, content: bytes | None, code: str
) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    source = open_source(SqliteSource(kind="sqlite", name="x", path=path), key)
    with pytest.raises(NotExamined) as caught:
        list(source.assets())
    source.close()
    assert caught.value.code == code


@pytest.mark.parametrize("watermark", [None, "at"])
def test_a_page_read_as_rows_nobody_wrote_is_a_gap(
    tmp_path: Path, key: KeyRing, watermark: str | None
) -> None:
    path = tmp_path / "small.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, 氏名 TEXT, at TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, '山田 太郎', '2026')", [(1,), (2,)])
        connection.commit()
    with path.open("r+b") as file:
        file.seek(4_100)
        file.write(bytes(range(1, 15)))
    source = Sqlite(SqliteSource(kind="sqlite", name="s", path=path), key)
    (asset,) = source.assets()
    try:
        assert not watermark or source.slices(asset, watermark, 10) is None
        found = [item.reason for item in source.batches(asset) if isinstance(item, Gap)]
    except NotExamined as fault:
        found = [fault.code]
    assert "file-damaged" in found


def test_rows_that_break_a_constraint_are_no_damage(tmp_path: Path, key: KeyRing) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (氏名 TEXT CHECK (length(氏名) > 3))")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("INSERT INTO t VALUES ('山田')")
        connection.commit()
    source = Sqlite(SqliteSource(kind="sqlite", name="s", path=path), key)
    (asset,) = source.assets()
    assert [item.reason for item in source.batches(asset) if isinstance(item, Gap)] == []


def test_a_damaged_page_is_reported_without_its_content(database: Path, key: KeyRing) -> None:
    content = bytearray(database.read_bytes())
    content[4096:8192] = bytes(4096)
    database.write_bytes(content)
    source = open_source(SqliteSource(kind="sqlite", name="x", path=database), key)
    asset = next(each for each in source.assets() if each.locator == "members")
    with pytest.raises(NotExamined, match="file-damaged"):
        list(source.batches(asset))
    source.close()
