"""SQLite databases among files, as phones leave them. Persons are invented."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import NotExamined
from pipelines.sources import Gap, Source
from pipelines.sources.base import Surveyed
from pipelines.sources.sqlite_file import list_tables, read_table
from pipelines.sources.sqlite_log import merged
from tests.pipelines.test_sources_files import PNG, read, reason, root, source

__all__ = ["root", "source"]

CONTACTS = """
    CREATE TABLE data (_id INTEGER PRIMARY KEY, data1 TEXT, data15 BLOB);
    INSERT INTO data VALUES (1, '山田 太郎', NULL), (2, '090-1234-5678', NULL);
    CREATE VIEW view_data AS SELECT data1 FROM data;
"""


def database(path: Path, script: str = CONTACTS) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


@contextmanager
def in_use(path: Path, page_size: int = 4096) -> Iterator[sqlite3.Connection]:
    """A database whose log is never written back, as in a phone that was switched off."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        yield connection


def taken(path: Path, root: Path) -> Path:
    """Copy a database with its log, as an extraction does; without the index, which is not always there."""
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", root / f"{path.name}{end}")
    return root / path.name


def ids(source: Source) -> list[str]:
    return [asset.id.removeprefix("share/") for asset in source.assets()]


def test_every_table_and_view_is_an_asset(root: Path, source: Source) -> None:
    database(root / "contacts2.db")
    assert [(asset.id, asset.kind, asset.member) for asset in source.assets()] == [
        ("share/contacts2.db#data", "table", "1"),
        ("share/contacts2.db#view_data", "view", "2"),
    ]
    table, gaps = read(source, "#data")
    assert table == {"_id": ["1", "2"], "data1": ["山田 太郎", "090-1234-5678"], "data15": [None, None]}
    assert gaps == []
    assert read(source, "#view_data")[0] == {"data1": ["山田 太郎", "090-1234-5678"]}


def test_content_tells_a_database_whatever_it_is_called(root: Path, source: Source) -> None:
    (root / "ab").mkdir()
    database(
        root / "ab/ab1c9a7d3e2f", "CREATE TABLE ABPerson (First TEXT); INSERT INTO ABPerson VALUES ('花子')"
    )
    assert read(source, "#ABPerson")[0] == {"First": ["花子"]}


def test_a_table_called_for_a_person_is_masked(root: Path, source: Source) -> None:
    database(root / "chat.db", 'CREATE TABLE "chat 090-1234-5678" (x)')
    assert "090-1234-5678" not in ids(source)[0]


def test_a_database_without_tables_is_an_asset(root: Path, source: Source) -> None:
    database(root / "new.db", "PRAGMA user_version = 1")
    assert ids(source) == ["new.db"]
    assert read(source) == ({}, [])


def test_pictures_in_cells_are_told_apart_from_other_bytes(root: Path, source: Source) -> None:
    path = database(root / "contacts2.db")
    with closing(sqlite3.connect(path)) as connection:
        for cell in (PNG, b"\xff\xd8\xff\xe0 and so on", b"\x00\x01", "文字".encode()):
            connection.execute("INSERT INTO data (data15) VALUES (?)", (cell,))
        connection.commit()
    table, gaps = read(source, "#data")
    assert gaps == [Gap("binary-cell", 1)]
    assert table["data15"][2:] == [None, None, None, "文字"]


def test_nothing_is_written_beside_a_database(root: Path, source: Source, tmp_path: Path) -> None:
    with in_use(tmp_path / "mmssms.db") as connection:
        connection.executescript(CONTACTS)
        taken(tmp_path / "mmssms.db", root)
    database(root / "old.db", f"PRAGMA journal_mode = WAL; {CONTACTS}")
    before = {path: path.stat().st_mtime_ns for path in root.iterdir()}
    for asset in source.assets():
        list(source.batches(asset))
    assert {path: path.stat().st_mtime_ns for path in root.iterdir()} == before


def test_what_is_in_the_log_alone_is_read(root: Path, source: Source, tmp_path: Path) -> None:
    with in_use(tmp_path / "sms.db") as connection:
        connection.executescript(CONTACTS)
        connection.execute("INSERT INTO data (data1) VALUES ('taro@example.jp')")
        connection.commit()
        connection.execute("INSERT INTO data (data1) VALUES ('never sent')")
        taken(tmp_path / "sms.db", root)
    assert ids(source) == ["sms.db#data", "sms.db#view_data", "sms.db-wal"]
    assert read(source, "#data")[0]["data1"] == ["山田 太郎", "090-1234-5678", "taro@example.jp"]
    assert read(source, "-wal") == ({}, [])


def test_a_log_that_ends_inside_a_commit_is_read_up_to_the_commit_before(
    root: Path, source: Source, tmp_path: Path
) -> None:
    with in_use(tmp_path / "sms.db") as connection:
        connection.executescript(CONTACTS)
        taken(tmp_path / "sms.db", root)
        size = (root / "sms.db-wal").stat().st_size
        connection.execute("UPDATE data SET data1 = 'x'")
        connection.commit()
        path = taken(tmp_path / "sms.db", root)
    log = path.with_name("sms.db-wal")
    os.truncate(log, log.stat().st_size - 1)
    assert read(source, "#data")[0]["data1"][0] == "山田 太郎"
    content = bytearray(log.read_bytes())
    content[size + 100] ^= 1
    log.write_bytes(content)
    assert read(source, "#data")[0]["data1"][0] == "山田 太郎"


@settings(max_examples=20, deadline=None)
@given(
    page_size=st.sampled_from([512, 4096, 65536]),
    commits=st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.text(max_size=900)), max_size=20), min_size=1, max_size=6
    ),
)
def test_a_database_with_its_log_is_what_sqlite_shows(
    page_size: int, commits: list[list[tuple[int, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("log")
    (home / "taken").mkdir()
    with in_use(home / "x.db", page_size) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        for number, rows in enumerate(commits):
            connection.executemany("INSERT OR REPLACE INTO t VALUES (?, ?)", rows)
            connection.execute("DELETE FROM t WHERE id % 7 = ?", (number,))
            connection.commit()
        shown = connection.execute("SELECT * FROM t ORDER BY id").fetchall()
        whole = merged(taken(home / "x.db", home / "taken"))
    assert whole is not None
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(whole)
        assert copy.execute("SELECT * FROM t ORDER BY id").fetchall() == shown
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_log_too_large_to_be_read_with_its_database_is_a_gap(
    root: Path, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(tmp_path / "big.db")
    with in_use(tmp_path / "big.db") as connection:
        connection.execute("INSERT INTO data (data1) VALUES ('佐藤 花子')")
        connection.commit()
        taken(tmp_path / "big.db", root)
    monkeypatch.setattr("pipelines.sources.sqlite_log.LARGEST", 4096)
    table, gaps = read(source, "#data")
    assert table["data1"] == ["山田 太郎", "090-1234-5678"] and gaps == [Gap("too-large", 1)]


def test_a_log_without_its_database_is_reported(root: Path, source: Source, tmp_path: Path) -> None:
    with in_use(tmp_path / "sms.db") as connection:
        connection.executescript(CONTACTS)
        taken(tmp_path / "sms.db", root)
    (root / "sms.db").unlink()
    assert reason(source, "-wal") == "database-missing"


def test_the_index_of_a_log_holds_nothing_and_a_rollback_journal_is_reported(
    root: Path, source: Source, tmp_path: Path
) -> None:
    with in_use(tmp_path / "a.db") as connection:
        connection.executescript(CONTACTS)
        shutil.copy(tmp_path / "a.db-shm", root)
    with closing(sqlite3.connect(database(tmp_path / "b.db"))) as connection:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("DELETE FROM data")
        shutil.copy(tmp_path / "b.db-journal", root / "hot.db-journal")
        connection.commit()
        shutil.copy(tmp_path / "b.db-journal", root / "kept.db-journal")
    assert read(source, "-shm") == ({}, [])
    assert {reason(source, name) for name in ("hot.db-journal", "kept.db-journal")} == {"format-unsupported"}


def test_a_database_whose_log_changed_is_not_known(root: Path, source: Source, tmp_path: Path) -> None:
    assert isinstance(source, Surveyed)
    with in_use(tmp_path / "sms.db") as connection:
        connection.executescript(CONTACTS)
        taken(tmp_path / "sms.db", root)
    sleep(0.2)
    before = {place.locator: place.proofs for place in source.survey(lambda *_: False, lambda _: None)}
    assert all(before.values())

    def known(locator: str, proofs: tuple[str, ...]) -> bool:
        return before.get(locator) == proofs

    assert [place.assets for place in source.survey(known, lambda _: None)] == [None, None]
    with (root / "sms.db-wal").open("ab") as log:
        log.write(b"\0")
    sleep(0.2)
    assert not any(place.assets is None for place in source.survey(known, lambda _: None))
    (root / "sms.db-wal").unlink()
    (place,) = source.survey(known, lambda _: None)
    assert place.assets is not None


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files without a name")
def test_a_database_unpacked_to_a_file_without_a_name_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = database(tmp_path / "x.db", f"PRAGMA journal_mode = WAL; {CONTACTS}").read_bytes()
    with os.fdopen(os.memfd_create("x"), "wb", buffering=0) as file:
        file.write(content)
        path = Path(f"/proc/self/fd/{file.fileno()}")
        assert list_tables(path) == [("data", "table"), ("view_data", "view")]
        (batch,) = read_table(path, "1")
        assert isinstance(batch, pa.RecordBatch) and batch.num_rows == 2
        monkeypatch.setattr("pipelines.sources.sqlite_log.LARGEST", 4096)
        with pytest.raises(NotExamined, match="too-large"):
            list_tables(path)


def test_a_full_text_index_is_read_once(root: Path, source: Source) -> None:
    database(
        root / "notes.sqlite",
        """
        CREATE VIRTUAL TABLE notes USING fts4(body);
        INSERT INTO notes VALUES ('山田様 折り返し');
        CREATE TABLE notes_of_mine (x);
        """,
    )
    assert ids(source) == ["notes.sqlite#notes", "notes.sqlite#notes_of_mine"]
    assert read(source, "#notes")[0] == {"body": ["山田様 折り返し"]}


def test_what_only_the_app_can_read_is_reported_and_the_rest_read(root: Path, source: Source) -> None:
    database(
        root / "app.db",
        """
        CREATE VIRTUAL TABLE found USING fts4(body);
        INSERT INTO found VALUES ('090-1234-5678');
        CREATE TABLE people (name TEXT COLLATE PHONEBOOK PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE calls (number TEXT);
        INSERT INTO calls VALUES ('03-1234-5678');
        CREATE VIEW dialled AS SELECT format_number(number) FROM calls;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql = 'CREATE VIRTUAL TABLE found USING fts4(body, tokenize=icu_of_the_app)'
            WHERE name = 'found';
        INSERT INTO sqlite_master VALUES ('index', 'i', 'calls', 4, 'CREATE INDEX i ON calls (normal(number))');
        """.replace("COLLATE PHONEBOOK", "COLLATE NOCASE  "),
    )
    content = (root / "app.db").read_bytes()
    (root / "app.db").write_bytes(content.replace(b"COLLATE NOCASE  ", b"COLLATE PHONES  "))
    assert read(source, "#calls")[0] == {"number": ["03-1234-5678"]}
    assert read(source, "#people")[0] == {"name": []}
    assert read(source, "#found_content")[0]["c0body"] == ["090-1234-5678"]
    assert reason(source, "#dialled") == reason(source, "#found") == "program-missing"


ANDROID = """
    CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY, mimetype TEXT NOT NULL);
    INSERT INTO mimetypes VALUES (1, 'vnd.android.cursor.item/email_v2'), (5, 'vnd.android.cursor.item/phone_v2'),
        (7, 'vnd.android.cursor.item/name'), (9, 'vnd.com.line/call');
    CREATE TABLE data (_id INTEGER PRIMARY KEY, mimetype_id INTEGER, raw_contact_id INTEGER, data1, data2, data3);
    INSERT INTO data VALUES (1, 7, 1, '山田 太郎', '太郎', '山田'), (2, 5, 1, '090-1234-5678', 2, NULL),
        (3, 1, 1, 'taro@example.jp', 1, NULL), (4, 9, 1, '無料通話', NULL, NULL), (5, NULL, 1, 'lost', NULL, NULL),
        (6, 5, 2, '03-1234-5678', 1, NULL);
    CREATE VIEW view_data AS SELECT data1, mimetype FROM data JOIN mimetypes ON mimetype_id = mimetypes._id;
"""
IOS = """
    CREATE TABLE ABMultiValue (record_id INTEGER, property INTEGER, label INTEGER, value TEXT);
    INSERT INTO ABMultiValue VALUES (1, 3, 1, '090-1234-5678'), (1, 4, 1, 'taro@example.jp'), (1, 22, 1, 'x.jp');
    CREATE TABLE ABMultiValueEntryKey (value TEXT);
    INSERT INTO ABMultiValueEntryKey VALUES ('Street'), ('ZIP');
    CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT);
    INSERT INTO ABMultiValueEntry VALUES (4, 1, '神南1-2-3'), (4, 2, '150-0041');
"""


def cells(source: Source, ending: str) -> dict[str, list[str]]:
    return {
        name: [cell for cell in column if cell is not None]
        for name, column in read(source, ending)[0].items()
    }


def test_an_address_book_has_a_column_for_each_kind_of_value(root: Path, source: Source) -> None:
    database(root / "contacts2.db", ANDROID)
    assert cells(source, "#data") == {
        "_id": ["1", "2", "3", "4", "5", "6"], "mimetype_id": ["7", "5", "1", "9", "5"],
        "raw_contact_id": ["1", "1", "1", "1", "1", "2"],
        "メールアドレス": ["taro@example.jp"], "電話番号": ["090-1234-5678", "03-1234-5678"],
        "氏名": ["山田 太郎"], "data1(call)": ["無料通話"], "data1": ["lost"],
        "data2(email_v2)": ["1"], "data2(phone_v2)": ["2", "1"], "名": ["太郎"], "姓": ["山田"],
    }  # fmt: skip
    assert cells(source, "#view_data")["電話番号"] == ["090-1234-5678", "03-1234-5678"]
    (root / "contacts2.db").unlink()
    database(root / "AddressBook.sqlitedb", IOS)
    assert cells(source, "#ABMultiValue")["電話番号"] == ["090-1234-5678"]
    assert cells(source, "#ABMultiValue")["value(22)"] == ["x.jp"]
    assert cells(source, "#ABMultiValueEntry")["value(ZIP)"] == ["150-0041"]


def test_other_tables_called_data_stay_as_they_are(root: Path, source: Source) -> None:
    database(root / "a.db", "CREATE TABLE data (mimetype, v); INSERT INTO data VALUES ('a', 'b')")
    database(root / "b.db", "CREATE TABLE data (mimetype_id, data1); INSERT INTO data VALUES (1, 'b')")
    database(root / "c.db", "CREATE TABLE ABMultiValue (property, value)")
    assert read(source, "a.db#data")[0] == {"mimetype": ["a"], "v": ["b"]}
    assert read(source, "b.db#data")[0] == {"mimetype_id": ["1"], "data1(1)": ["b"]}
    assert read(source, "c.db#ABMultiValue")[0] == {"property": [], "value": []}


def test_a_view_without_end_is_cut(root: Path, source: Source) -> None:
    database(
        root / "trap.db",
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT * FROM c WHERE x > 1",
    )
    assert reason(source) == "too-large"


def test_rows_on_both_sides_of_a_damaged_page_are_read(root: Path, source: Source) -> None:
    path = database(root / "x.db", "CREATE TABLE t (v)")
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany("INSERT INTO t VALUES (?)", ((f"{number:0500}",) for number in range(100)))
        connection.commit()
    content = bytearray(path.read_bytes())
    content[8 * 4096 : 9 * 4096] = b"\xee" * 4096
    path.write_bytes(content)
    (asset,) = source.assets()
    found: list[int] = []
    with pytest.raises(NotExamined, match="file-damaged"):
        for item in source.batches(asset):
            assert isinstance(item, pa.RecordBatch)
            found += map(int, item.column("v").to_pylist())
    assert found[0] == 0 and 99 in found
    assert len(found) == len(set(found)) == 90


@pytest.mark.parametrize("size", [16, 100, 5000])
def test_a_database_that_was_cut_is_reported(root: Path, source: Source, size: int) -> None:
    path = database(root / "contacts2.db")
    os.truncate(path, size)
    found = []
    for asset in source.assets():
        try:
            found += [item.reason for item in source.batches(asset) if isinstance(item, Gap)]
        except Exception as fault:
            found.append(str(fault).partition(":")[0])
    assert set(found) == {"file-damaged"}
