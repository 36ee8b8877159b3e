"""What analysts keep among files: DuckDB databases, Arrow and ORC files. Persons are invented."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from time import sleep

import duckdb
import pyarrow as pa
import pyarrow.orc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import NotExamined
from pipelines.sources import Gap, Source
from pipelines.sources.base import Surveyed
from pipelines.sources.columnar import read_arrow, read_orc, read_stream
from tests.pipelines.test_sources_files import read, reason, root, source

__all__ = ["root", "source"]

PEOPLE = pa.table({"氏名": ["山田 太郎", "佐藤 花子", None], "電話": [{"自宅": "03-1234-5678"}, None, None]})


def database(path: Path, *statements: str) -> Path:
    with closing(duckdb.connect(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def in_use(path: Path, *statements: str) -> Path:
    """Write a database and leave its log, as a program that was killed does."""
    script = (
        f"import duckdb, os; c = duckdb.connect({str(path)!r}); "
        f"[c.execute(each) for each in {statements!r}]; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    return path


def ids(source: Source) -> list[str]:
    return [asset.id.removeprefix("share/") for asset in source.assets()]


def proofs(source: Source) -> dict[str, tuple[str, ...]]:
    assert isinstance(source, Surveyed)
    # Of what was written just now nothing is proven.
    sleep(0.2)
    return {place.locator: place.proofs for place in source.survey(lambda *_: False, lambda _: None)}


def test_every_table_of_a_duckdb_database_is_an_asset_and_no_view(root: Path, source: Source) -> None:
    database(
        root / "analysis.db",
        "CREATE TABLE 会員 AS SELECT '山田 太郎' AS 氏名, 1.50::DECIMAL(9,2) AS 額",
        'CREATE SCHEMA mart; CREATE TABLE mart."odd.name" (x INTEGER)',
        "CREATE VIEW v AS SELECT * FROM 会員",
        "CREATE VIEW w AS SELECT * FROM read_csv('/etc/hostname')",
    )
    assert ids(source) == ["analysis.db#会員", "analysis.db#mart.odd.name"]
    table, gaps = read(source, "#会員")
    assert (table["氏名"], [str(each) for each in table["額"]], gaps) == (["山田 太郎"], ["1.50"], [])
    assert [each.name for each in root.iterdir()] == ["analysis.db"]


def test_types_of_duckdb_are_read_as_people_see_them(root: Path, source: Source) -> None:
    database(
        root / "t.duckdb",
        "CREATE TYPE mood AS ENUM ('良い')",
        "CREATE TABLE t AS SELECT '良い'::mood AS e, INTERVAL 3 DAY AS i, MAP {'氏名': '山田'} AS m, "
        "union_value(k := '佐藤') AS u, BITSTRING '101' AS b, "
        "'\\xE3\\x81\\x82'::BLOB AS raw, '\\xFF'::BLOB AS bad, "
        "[{'名': '花子'}] AS l, 12345678901234567890::HUGEINT AS h",
    )
    table, gaps = read(source, "t.duckdb#t")
    assert {name: str(values[0]) for name, values in table.items()} == {
        "e": "良い", "i": "3 days", "m": "{氏名=山田}", "u": "佐藤", "b": "101", "raw": "あ", "bad": "None",
        "l": "[{'名': '花子'}]", "h": "12345678901234567890",
    }  # fmt: skip
    assert gaps == [Gap("binary-cell", 1)]


def test_what_stands_in_the_log_alone_is_read_with_the_database(root: Path, source: Source) -> None:
    in_use(
        root / "t.duckdb",
        "CREATE TABLE t AS SELECT '山田' AS n",
        "CHECKPOINT",
        "INSERT INTO t VALUES ('佐藤')",
    )
    assert {each.name for each in root.iterdir()} == {"t.duckdb", "t.duckdb.wal"}
    assert read(source, "#t")[0] == {"n": ["山田", "佐藤"]}
    assert read(source, ".wal") == ({}, [])
    before = proofs(source)
    (root / "t.duckdb.wal").touch()
    assert before["t.duckdb"] and before["t.duckdb"] != proofs(source)["t.duckdb"]


def test_a_log_without_its_database_is_not_passed_over(root: Path, source: Source) -> None:
    in_use(root / "t.duckdb", "CREATE TABLE t AS SELECT '山田' AS n")
    (root / "t.duckdb").rename(root / "elsewhere")
    assert reason(source, ".wal") == "format-unsupported"


def test_a_database_in_an_archive_is_read(root: Path, source: Source, tmp_path: Path) -> None:
    kept = database(tmp_path / "t.duckdb", "CREATE TABLE t AS SELECT '山田' AS n")
    with zipfile.ZipFile(root / "old.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(kept, "t.duckdb")
    assert read(source, "#t")[0] == {"n": ["山田"]}


def test_a_database_somebody_writes_to_is_told(root: Path, source: Source) -> None:
    script = (
        f"import duckdb; c = duckdb.connect({str(root / 't.duckdb')!r}); c.execute('CREATE TABLE t (a INT)'); "
        "print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout and writer.stdin and writer.stdout.readline()
        told = reason(source, "t.duckdb")
        writer.stdin.close()
    assert told == "database-locked"


@pytest.mark.parametrize("name", ["t.duckdb", "t.db"])
def test_a_damaged_database_is_told(root: Path, source: Source, name: str) -> None:
    content = database(root / name, "CREATE TABLE t AS SELECT '山田' AS n").read_bytes()
    (root / name).write_bytes(content[: len(content) // 2])
    assert reason(source, name) == "file-damaged"


@pytest.mark.parametrize("suffix", [".arrow", ".feather", ".bin"])
def test_arrow_files_are_read_by_their_content(root: Path, source: Source, suffix: str) -> None:
    with pa.ipc.new_file(root / f"people{suffix}", PEOPLE.schema) as file:
        file.write_table(PEOPLE, max_chunksize=2)
    assert read(source, suffix) == (PEOPLE.to_pydict(), [])


@pytest.mark.parametrize("suffix", [".arrow", ".arrows"])
def test_streams_of_arrow_messages_are_read(root: Path, source: Source, suffix: str) -> None:
    with pa.ipc.new_stream(root / f"people{suffix}", PEOPLE.schema) as file:
        file.write_table(PEOPLE, max_chunksize=2)
    assert read(source, suffix) == (PEOPLE.to_pydict(), [])


def test_orc_files_are_read_and_texts_about_orchids_too(root: Path, source: Source) -> None:
    pyarrow.orc.write_table(PEOPLE, root / "people.orc")
    (root / "orchids.csv").write_text("ORC,氏名,数\n1,山田 太郎,2\n2,佐藤 花子,3\n", "utf-8")
    assert read(source, "people.orc") == (PEOPLE.to_pydict(), [])
    assert read(source, "orchids.csv")[0]["氏名"] == ["山田 太郎", "佐藤 花子"]


@pytest.mark.parametrize("name", ["x.orc", "x.arrow", "x.duckdb"])
def test_what_is_not_what_its_suffix_says_is_told(root: Path, source: Source, name: str) -> None:
    (root / name).write_bytes(b"\x00\x01 nothing of the kind")
    assert reason(source, name) == "file-damaged"


def test_empty_tables_keep_their_columns(root: Path, source: Source) -> None:
    with pa.ipc.new_file(root / "none.arrow", PEOPLE.schema):
        pass
    pyarrow.orc.write_table(PEOPLE.slice(0, 0), root / "none.orc")
    database(root / "none.duckdb", "CREATE TABLE t (氏名 VARCHAR)")
    assert set(read(source, "none.arrow")[0]) == set(read(source, "none.orc")[0]) == {"氏名", "電話"}
    assert set(read(source, "none.duckdb#t")[0]) == {"氏名"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    home = tmp_path_factory.mktemp("whole")
    table = pa.table({"n": [f"山田 太郎{number}" for number in range(4_000)], "l": [["x", "y"]] * 4_000})
    with pa.ipc.new_file(home / "file", table.schema) as file:
        file.write_table(table, max_chunksize=500)
    with pa.ipc.new_stream(home / "stream", table.schema) as stream:
        stream.write_table(table, max_chunksize=500)
    pyarrow.orc.write_table(table, home / "orc", stripe_size=4_096)
    return {each.name: each.read_bytes() for each in home.iterdir()}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_spoilt_files_give_rows_gaps_or_codes_and_nothing_else(
    whole: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    readers = {"file": read_arrow, "stream": read_stream, "orc": read_orc}
    kind = data.draw(st.sampled_from(sorted(readers)))
    spoilt = bytearray(whole[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        # The ends tell how the rest is to be read.
        end = data.draw(st.sampled_from([0, max(0, len(spoilt) - 600)]))
        at = data.draw(st.integers(end, min(len(spoilt) - 1, end + 600)) | st.integers(0, len(spoilt) - 1))
        spoilt[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("spoilt") / "file"
    path.write_bytes(spoilt[: data.draw(st.none() | st.integers(0, len(spoilt)))])
    try:
        for each in readers[kind](path):
            if isinstance(each, pa.RecordBatch):
                each.validate(full=True)
                each.to_pylist()
            else:
                assert each.reason in ("row-group-damaged", "binary-cell")
    except NotExamined as fault:
        assert fault.code == "file-damaged"
