"""The PostgreSQL source against what years of use leave in a server. Persons are invented."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_postgresql.dbapi
import pyarrow as pa
import pytest

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.sources import Gap, open_source
from pipelines.sources import postgresql as module
from pipelines.sources.postgresql import Postgresql
from tests.pipelines.test_sources_blobs import drawn
from tests.pipelines.test_sources_postgresql import config

SCHEMA = "odd"


@pytest.fixture
def schema(postgres: Any) -> Iterator[Any]:
    postgres.sql(f"CREATE SCHEMA {SCHEMA}")
    yield postgres
    postgres.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


@contextmanager
def opened(server: Any, key: KeyRing, **more: Any) -> Iterator[Postgresql]:
    source = open_source(config(server, **{"schemas": (SCHEMA,), **more}), key)
    assert isinstance(source, Postgresql)
    with closing(source):
        yield source


def read(source: Postgresql, name: str = "t") -> tuple[list[dict[str, Any]], list[Gap]]:
    found = next(each for each in source.assets() if each.locator.endswith(f".{name}"))
    items = list(source.batches(found))
    batches = [each for each in items if isinstance(each, pa.RecordBatch)]
    gaps = [each for each in items if isinstance(each, Gap)]
    return [row for batch in batches for row in batch.to_pylist()], gaps


def test_domains_are_read_as_what_they_are_made_of_however_deep(schema: Any, key: KeyRing) -> None:
    schema.sql(
        "CREATE DOMAIN odd.scan AS bytea",
        "CREATE DOMAIN odd.form AS odd.scan",
        "CREATE DOMAIN odd.number AS numeric",
        "CREATE DOMAIN odd.my_number AS odd.number",
        "CREATE TABLE odd.t (note odd.form, number odd.my_number, notes odd.scan[])",
        f"INSERT INTO odd.t VALUES ('\\x{'山田太郎'.encode().hex()}', 621498320257.00, ARRAY['x'::bytea])",
    )
    with opened(schema, key) as source:
        assert read(source) == (
            [{"note": "山田太郎", "number": "621498320257", "notes": None}],
            [Gap("binary-cell")],
        )


def test_types_of_users_may_be_called_as_those_of_the_server(schema: Any, key: KeyRing) -> None:
    schema.sql(
        "CREATE TYPE odd.name AS (family text, given text)",
        "CREATE TYPE odd.date AS ENUM ('吉日')",
        "CREATE TABLE odd.t (who odd.name, day odd.date)",
        "INSERT INTO odd.t VALUES (ROW('山田', '太郎'), '吉日')",
    )
    with opened(schema, key) as source:
        assert read(source) == ([{"who": "(山田,太郎)", "day": "吉日"}], [])


def test_bytes_inside_composite_values_are_told_and_their_neighbours_read(schema: Any, key: KeyRing) -> None:
    schema.sql(
        "CREATE TYPE odd.paper AS (title text, content bytea)",
        "CREATE TABLE odd.t (one odd.paper, many odd.paper[])",
        r"INSERT INTO odd.t VALUES (ROW('契約書', '\xff'), ARRAY[ROW('申込書', '\xff')::odd.paper]), (NULL, NULL)",
    )
    with opened(schema, key) as source:
        (row, _), gaps = read(source)
    assert "契約書" in row["one"] and "申込書" in row["many"]
    assert gaps == [Gap("binary-cell", 2)]


def test_what_a_primary_key_includes_is_no_part_of_it(schema: Any, key: KeyRing) -> None:
    schema.sql("CREATE TABLE odd.t (id int, name text, PRIMARY KEY (id) INCLUDE (name))")
    with opened(schema, key) as source:
        (found,) = source.assets()
        assert source.row_key(found) == "id"


KEYS = {
    "uuid": "0198a0b4-0000-7000-8000-000000000001",
    "numeric": "4711",
    "date": "2026-04-01",
    "inet": "192.0.2.1/32",
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_picture_has_the_key_of_its_row_whatever_type_that_is_of(
    schema: Any, key: KeyRing, kind: str
) -> None:
    photo = drawn((90, 90)).hex()
    schema.sql(
        f"CREATE TABLE odd.t (id {kind} PRIMARY KEY, photo bytea)",
        rf"INSERT INTO odd.t VALUES ('{KEYS[kind]}', '\x{photo}')",
    )
    with opened(schema, key) as source:
        table, pictures = source.assets()
        (row,) = source.batches(pictures)
        assert isinstance(row, pa.RecordBatch) and row.column("id").to_pylist() == [KEYS[kind]]
        (whole,) = source.batches(table)
        assert isinstance(whole, pa.RecordBatch) and str(whole.column("id")[0]) == KEYS[kind]


def test_names_are_shown_on_one_line(schema: Any, key: KeyRing) -> None:
    schema.sql('CREATE TABLE odd."two\nlines" (x int)')
    with opened(schema, key) as source:
        (found,) = source.assets()
        assert found.id == "crm/odd.two\ufffdlines" and read(source, "two\nlines") == ([], [])


@contextmanager
def database(server: Any, encoding: str) -> Iterator[str]:
    name = f"in_{encoding.lower()}"
    server.sql(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    try:
        yield name
    finally:
        server.sql(f"DROP DATABASE {name}")


def test_databases_of_other_encodings_are_read_and_so_are_their_names(postgres: Any, key: KeyRing) -> None:
    with database(postgres, "EUC_JP") as name:
        uri = postgres.uri.replace("/postgres?", f"/{name}?") + "&client_encoding=UTF8"
        other = type(postgres)(uri, postgres.data)
        other.sql("CREATE TABLE 顧客 (氏名 text)", "INSERT INTO 顧客 VALUES ('山田太郎')")
        with opened(postgres, key, database=name, schemas=()) as source:
            assert [each.id for each in source.assets()] == ["crm/public.顧客"]
            assert read(source, "顧客") == ([{"氏名": "山田太郎"}], [])
            # A sign of somebody's own: the server says of none of them what it would be elsewhere.
            other.sql(r"INSERT INTO 顧客 VALUES (convert_from('\xf5a1', 'EUC_JP'))")
            with pytest.raises(NotExamined, match="encoding-unknown"):
                read(source, "顧客")


def test_an_encoding_somebody_set_for_the_role_bears_on_nothing(schema: Any, key: KeyRing) -> None:
    schema.sql("CREATE TABLE odd.t (氏名 text)", "INSERT INTO odd.t VALUES ('髙橋健太')")
    schema.sql("ALTER ROLE postgres SET client_encoding = 'EUC_JP'")
    try:
        with opened(schema, key) as source:
            assert read(source) == ([{"氏名": "髙橋健太"}], [])
    finally:
        schema.sql("ALTER ROLE postgres RESET client_encoding")


def test_a_database_that_takes_any_bytes_for_text_is_read_as_what_they_are(
    postgres: Any, key: KeyRing
) -> None:
    names = {
        "山田太郎": "euc_jp",
        "鈴木花子": "utf-8",
        "高橋健太": "euc_jp",
        "佐藤一郎": "euc_jp",
        "Smith": "ascii",
    }
    with database(postgres, "SQL_ASCII") as name:
        other = type(postgres)(postgres.uri.replace("/postgres?", f"/{name}?"), postgres.data)
        other.sql("CREATE TABLE t (name text)")
        for each, codec in names.items():
            content = each.encode(codec).hex()
            other.sql(rf"INSERT INTO t VALUES (convert_from('\x{content}', 'SQL_ASCII'))")
        with opened(postgres, key, database=name, schemas=()) as source:
            rows, gaps = read(source)
    assert ([row["name"] for row in rows], gaps) == (list(names), [])


def test_a_table_somebody_locked_is_not_waited_for_an_hour(
    schema: Any, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = tuple(each.replace(f"'{module.LOCK_SECONDS}s'", "'1s'") for each in module._SETTINGS)
    monkeypatch.setattr(module, "_SETTINGS", impatient)
    schema.sql("CREATE TABLE odd.t (x int)")
    with (
        opened(schema, key) as source,
        adbc_driver_postgresql.dbapi.connect(schema.uri) as holder,
        holder.cursor() as cursor,
    ):
        (found,) = source.assets()
        cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
        cursor.execute("LOCK TABLE odd.t IN ACCESS EXCLUSIVE MODE")
        never = threading.Timer(30, holder.rollback)
        never.start()
        try:
            with pytest.raises(NotExamined, match="database-locked"):
                list(source.batches(found))
        finally:
            never.cancel()


def test_a_connection_that_is_ended_is_told_and_the_next_question_gets_another(
    schema: Any, key: KeyRing
) -> None:
    schema.sql(
        "CREATE TABLE odd.t (id int PRIMARY KEY, x text)",
        "INSERT INTO odd.t SELECT id, repeat('x', 20000) FROM generate_series(1, 5000) AS id",
    )
    with opened(schema, key) as source:
        (found,) = source.assets()
        stream = source.batches(found)
        next(stream)
        schema.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'meibo'")
        with pytest.raises(NotExamined, match="database-unreachable"):
            list(stream)
        assert list(source.grants([found]))


def test_a_table_dropped_while_its_rows_are_asked_for_is_missing(schema: Any, key: KeyRing) -> None:
    schema.sql("CREATE TABLE odd.t (x int)")
    with opened(schema, key) as source:
        (found,) = source.assets()
        schema.sql("DROP TABLE odd.t")
        with pytest.raises(NotExamined, match="table-missing"):
            list(source.batches(found))


def test_a_membership_says_itself_whether_it_is_inherited(schema: Any, key: KeyRing) -> None:
    ways = {"heir": "", "taker": "INHERIT FALSE", "warden": "INHERIT FALSE, SET FALSE, ADMIN TRUE"}
    none = {"outsider": "INHERIT FALSE, SET FALSE"}
    schema.sql("CREATE ROLE readers", "CREATE TABLE odd.t (x int)", "GRANT SELECT ON odd.t TO readers")
    schema.sql("GRANT USAGE ON SCHEMA odd TO readers")
    for name, way in {**ways, **none}.items():
        schema.sql(f"CREATE ROLE {name} LOGIN", f"GRANT readers TO {name} {way and f'WITH {way}'}")
    schema.sql("ALTER ROLE heir NOINHERIT")
    try:
        with opened(schema, key) as source:
            (found,) = source.assets()
            told = {each.grantee: each.via for each in source.grants([found]) if "readers >" in each.via}
    finally:
        schema.sql(
            *(f"DROP ROLE {name}" for name in (*ways, *none)), "DROP OWNED BY readers", "DROP ROLE readers"
        )
    assert told == {
        "heir": "grant readers > heir",
        "taker": "grant readers > taker (SET ROLE)",
        "warden": "grant readers > warden (ADMIN OPTION)",
    }
