"""The store: migrations, the lock, the snapshot, reading."""

from __future__ import annotations

import errno
import multiprocessing
import re
import threading
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import MeiboError, Refused
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.store import database, files
from pipelines.store.database import (
    catch_up,
    migrate,
    newest_version,
    open_writer,
    publish,
    rewriting,
    transaction,
    version,
    with_room,
)
from pipelines.store.lock import exclusive
from pipelines.store.reader import TABLE_MACROS, Reader
from tests.pipelines.scans import estate_job, estate_scan, finding, write


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "out").create()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    job = estate_job(tmp_path)
    load(job, estate_scan(job.layout))
    return job.layout.store


def test_a_new_store_is_at_the_newest_version_and_migrating_again_changes_nothing(layout: Layout) -> None:
    with open_writer(layout) as connection:
        before = connection.execute("FROM schema_version").fetch_arrow_table()
        migrate(connection)
        assert connection.execute("FROM schema_version").fetch_arrow_table() == before
        assert version(connection) == newest_version()


def test_a_snapshot_of_an_older_meibo_is_refused_and_the_reader_told_what_to_do(store: Path) -> None:
    with duckdb.connect(str(store)) as old:
        old.execute("DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)")
    with pytest.raises(Refused, match="store-version") as refusal, Reader(store):
        pass
    assert "scan once with this version" in str(refusal.value)


def test_a_snapshot_of_a_newer_meibo_is_refused_and_no_scan_is_advised(store: Path) -> None:
    with duckdb.connect(str(store)) as new:
        new.execute("INSERT INTO schema_version VALUES (9999, 'future', now())")
    with pytest.raises(Refused, match="store-newer"), Reader(store):
        pass


def test_a_store_of_a_newer_meibo_is_refused(layout: Layout) -> None:
    with open_writer(layout) as connection:
        connection.execute("INSERT INTO schema_version VALUES (9999, 'future', now())")
    with pytest.raises(Refused) as refusal, open_writer(layout):
        pass
    assert refusal.value.code == "store-newer"


def test_a_file_that_is_no_store_is_an_error_without_duckdb_in_it(layout: Layout) -> None:
    layout.writer.write_bytes(b"not a database" * 1000)
    with pytest.raises(MeiboError) as error, open_writer(layout):
        pass
    assert (error.value.code, error.value.__cause__) == ("store-unreadable", None)


@pytest.mark.parametrize(
    "setting", ["autoinstall_known_extensions", "autoload_known_extensions", "enable_external_access"]
)
def test_the_writer_neither_installs_extensions_nor_opens_files(layout: Layout, setting: str) -> None:
    with open_writer(layout) as connection:
        row = connection.execute("SELECT value FROM duckdb_settings() WHERE name = ?", [setting]).fetchone()
        assert row == ("false",)
        with pytest.raises(duckdb.Error):
            connection.execute("SELECT * FROM read_csv('/etc/hostname')")


def test_an_interrupted_transaction_leaves_nothing(layout: Layout) -> None:
    with open_writer(layout) as connection:
        with pytest.raises(KeyboardInterrupt), transaction(connection):
            connection.execute("INSERT INTO scan_source (scan_id, source) VALUES ('s', 'crm')")
            raise KeyboardInterrupt
        assert connection.execute("SELECT count(*) FROM scan_source").fetchone() == (0,)


def test_a_lost_writer_starts_from_the_snapshot(store: Path) -> None:
    layout = Layout(store.parent)
    layout.writer.unlink()
    with open_writer(layout) as connection:
        assert connection.execute("SELECT scan_id FROM scan").fetchall() == [("scan-1",)]


def test_a_writer_left_unfinished_starts_from_the_snapshot(store: Path) -> None:
    layout = Layout(store.parent)
    with pytest.raises(KeyboardInterrupt), rewriting(layout) as connection:
        connection.execute("DELETE FROM scan")
        connection.execute("CHECKPOINT")
        connection.execute("DELETE FROM asset")
        raise KeyboardInterrupt
    assert layout.unfinished.exists()
    with open_writer(layout) as connection:
        assert connection.execute("SELECT scan_id FROM scan").fetchall() == [("scan-1",)]
        assert connection.execute("SELECT count(*) FROM asset").fetchone() == (4,)
    assert not layout.unfinished.exists()


def test_a_writer_left_unfinished_loses_nothing_when_the_snapshot_is_removed_too(store: Path) -> None:
    layout = Layout(store.parent)
    with pytest.raises(KeyboardInterrupt), rewriting(layout) as connection:
        connection.execute("DELETE FROM scan")
        raise KeyboardInterrupt
    store.unlink()
    catch_up(layout)
    with Reader(store) as reader:
        assert reader.arrow("SELECT scan_id FROM scan").to_pylist() == [{"scan_id": "scan-1"}]
    assert not layout.unfinished.exists()


def test_a_snapshot_removed_while_a_scan_is_loaded_is_missed_by_nobody(store: Path) -> None:
    layout = Layout(store.parent)
    catch_up(layout)
    store.unlink()
    with pytest.raises(KeyboardInterrupt), rewriting(layout) as connection:
        connection.execute("DELETE FROM scan")
        raise KeyboardInterrupt
    with open_writer(layout) as connection:
        assert connection.execute("SELECT scan_id FROM scan").fetchall() == [("scan-1",)]


def test_what_a_load_goes_back_to_is_no_file_it_writes_to(store: Path) -> None:
    layout = Layout(store.parent)
    with pytest.raises(KeyboardInterrupt), rewriting(layout):
        raise KeyboardInterrupt
    before = store.read_bytes()
    with open_writer(layout) as connection:
        connection.execute("DELETE FROM scan")
    assert store.read_bytes() == before


def test_where_files_cannot_be_linked_a_load_goes_back_to_a_copy(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(store.parent)

    def no_links(path: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "this file system has no hard links")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    with pytest.raises(KeyboardInterrupt), rewriting(layout) as connection:
        connection.execute("DELETE FROM scan")
        raise KeyboardInterrupt
    store.unlink()
    with open_writer(layout) as connection:
        assert connection.execute("SELECT scan_id FROM scan").fetchall() == [("scan-1",)]


def test_a_removed_writer_is_not_brought_to_what_its_log_says(store: Path) -> None:
    """As the hint of `store-unreadable` has it; what a killed writer had not put into its file is beside it."""
    layout = Layout(store.parent)
    log = layout.writer.with_suffix(".duckdb.wal")
    with open_writer(layout) as connection:
        connection.execute("DELETE FROM scan")
        kept = log.read_bytes()
    log.write_bytes(kept)
    layout.writer.unlink()
    with open_writer(layout) as connection:
        assert connection.execute("SELECT scan_id FROM scan").fetchall() == [("scan-1",)]


def test_a_first_writer_left_unfinished_starts_empty(layout: Layout) -> None:
    with pytest.raises(KeyboardInterrupt), rewriting(layout) as connection:
        connection.execute("INSERT INTO scan_source (scan_id, source) VALUES ('s', 'crm')")
        raise KeyboardInterrupt
    with open_writer(layout) as connection:
        assert connection.execute("SELECT count(*) FROM scan_source").fetchone() == (0,)


def test_a_writer_brought_to_its_end_stays(layout: Layout) -> None:
    with rewriting(layout) as connection:
        connection.execute("INSERT INTO scan_source (scan_id, source) VALUES ('s', 'crm')")
    assert not layout.unfinished.exists()
    with open_writer(layout) as connection:
        assert connection.execute("SELECT count(*) FROM scan_source").fetchone() == (1,)


def test_portions_hold_every_row_once_and_end_when_they_are_full(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PORTION", 5)
    given = []
    for part_id in "abcdef":
        write(layout, part_id, "findings.parquet", [finding(0), finding(1)], files.FINDING_FILE)
        given.append((part_id, layout.work / part_id / "findings.parquet"))
    tables = [portion.read_all() for portion in files.portions(given, files.FINDING_FILE)]
    assert [table["part_id"].to_pylist() for table in tables] == [list("aabbcc"), list("ddeeff")]


def test_a_reader_that_holds_no_tables_sees_the_same(store: Path) -> None:
    query = "SELECT asset_id, field, entity_type, rows FROM current_holding ORDER BY ALL"
    with Reader(store) as held, Reader(store, hold=False) as asked:
        assert held.arrow(query) == asked.arrow(query)


def test_rows_are_streamed_to_whoever_takes_them(store: Path) -> None:
    with Reader(store) as reader:
        taken = reader.stream(
            "FROM asset WHERE source = $source", {"source": "crm"}, lambda rows: rows.read_all()
        )
        assert taken == reader.arrow("FROM asset WHERE source = 'crm'")


def test_the_first_snapshot_is_private_and_a_mode_the_owner_set_is_kept(store: Path) -> None:
    assert store.stat().st_mode & 0o777 == 0o600
    store.chmod(0o640)
    publish(Layout(store.parent))
    assert store.stat().st_mode & 0o777 == 0o640


def test_a_reader_keeps_its_snapshot_and_a_new_one_sees_the_new(tmp_path: Path) -> None:
    job = estate_job(tmp_path)
    load(job, estate_scan(job.layout))
    with Reader(job.layout.store) as early:
        load(job, estate_scan(job.layout, "scan-2", day=21))
        with Reader(job.layout.store) as late:
            assert early.query("SELECT count(*) AS n FROM scan")["n"].item() == 1
            assert late.query("SELECT count(*) AS n FROM scan")["n"].item() == 2


def test_a_reader_can_neither_write_nor_open_files_nor_unlock_itself(store: Path) -> None:
    with Reader(store) as reader:
        for sql in (
            "DELETE FROM scan",
            "CREATE TABLE extra (x INT)",
            "SELECT * FROM read_text('/etc/hostname')",
            "SET enable_external_access = true",
            "COPY scan TO 'scan.csv'",
            "ATTACH 'other.duckdb'",
        ):
            with pytest.raises(MeiboError) as error:
                reader.arrow(sql)
            assert error.value.code == "query"


def test_a_fault_of_the_sql_is_explained_and_one_of_the_data_is_not_quoted(store: Path) -> None:
    with Reader(store) as reader:
        with pytest.raises(MeiboError, match="scam"):
            reader.arrow("SELECT * FROM scam")
        with pytest.raises(MeiboError) as error:
            reader.arrow("SELECT masked::INTEGER FROM finding")
        assert "山" not in str(error.value)


def test_the_reader_knows_what_macros_that_return_tables_read(store: Path) -> None:
    with Reader(store) as reader:
        views = set(
            reader.arrow("SELECT view_name FROM duckdb_views() WHERE NOT internal")["view_name"].to_pylist()
        )
        macros = reader.arrow(
            "SELECT function_name, macro_definition FROM duckdb_functions()"
            " WHERE function_type = 'table_macro' AND NOT internal"
        ).to_pylist()
    read = {
        each["function_name"]: views & set(re.findall(r"\w+", each["macro_definition"])) for each in macros
    }
    assert read == {name: set(told.split()) for name, told in TABLE_MACROS.items()}


def test_a_query_that_needs_more_than_a_page_may_hold_is_answered_all_the_same(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A list cannot go to disk: eight bytes each of a million numbers.
    monkeypatch.setattr(database, "PAGE_MEMORY", 8 << 20)
    with Reader(store, scratch=tmp_path / "scratch") as reader:
        listed = "SELECT len(list(range)) AS numbers FROM range(1_000_000)"
        assert reader.arrow(listed).to_pylist() == [{"numbers": 1_000_000}]


def test_a_reader_without_a_scratch_directory_holds_all_in_memory(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # DuckDB would take `.tmp` of whatever directory the command runs in, and share it with all that run there.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(database.CLOSED, "memory_limit", "64MB")
    numbers = "SELECT hash(range) AS a, hash(-range) AS b FROM range(8_000_000)"
    sort = (
        f"SELECT count(*) FROM (SELECT b, row_number() OVER (ORDER BY a) AS n FROM ({numbers})) WHERE n < b"
    )
    with Reader(store) as reader, pytest.raises(MeiboError, match="memory"):
        reader.arrow(sort)
    with Reader(store, scratch=tmp_path / "scratch") as reader:
        assert reader.arrow(sort).num_rows == 1
    assert not (tmp_path / ".tmp").exists()


def test_reading_without_a_store_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        Reader(tmp_path / "store.duckdb")
    assert refusal.value.code == "store-missing"


def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store's.duckdb"
    path.write_bytes(b"nothing" * 5000)
    with pytest.raises(Refused) as refusal:
        Reader(path)
    assert refusal.value.code == "store-unreadable"


def test_the_lock_keeps_another_process_out_until_it_dies(layout: Layout) -> None:
    ready = multiprocessing.get_context("fork").Event()
    other = multiprocessing.get_context("fork").Process(target=_hold, args=(layout.lock, ready))
    other.start()
    assert ready.wait(10)
    with pytest.raises(Refused) as refusal, exclusive(layout.lock, timeout=0.2):
        pass
    assert refusal.value.code == "locked"
    other.kill()
    other.join()
    with exclusive(layout.lock, timeout=5):
        pass


def test_the_holder_of_the_lock_may_take_it_again_but_another_thread_may_not(layout: Layout) -> None:
    refused: list[str] = []

    def intrude() -> None:
        try:
            with exclusive(layout.lock, timeout=0.1):
                pass
        except Refused as refusal:
            refused.append(refusal.code)

    with exclusive(layout.lock):
        with exclusive(layout.lock, timeout=0.1):
            pass
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
    assert refused == ["locked"]


def _hold(path: Path, ready: object) -> None:
    with exclusive(path):
        ready.set()  # type: ignore[attr-defined]
        threading.Event().wait(60)


def test_what_finds_too_little_memory_is_begun_again_with_more(layout: Layout) -> None:
    begun = []
    with open_writer(layout) as connection:
        connection.execute("CREATE TABLE told (times INTEGER)")
        connection.execute("SET memory_limit = '16MB'")

        def work() -> None:
            begun.append(len(begun))
            connection.execute("DELETE FROM told")
            connection.execute("INSERT INTO told SELECT len(list(range)) FROM range(4_000_000)")

        with_room(connection, work)
        assert connection.execute("FROM told").fetchall() == [(4_000_000,)]
    assert begun == [0, 1]
