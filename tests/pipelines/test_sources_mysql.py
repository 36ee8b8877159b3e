"""The MySQL source against a real MariaDB. Persons are invented."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef
from pipelines.source_config import MysqlSource
from pipelines.sources import Gap, mysql_connection, open_source
from pipelines.sources.mysql import Mysql
from pipelines.sources.mysql_connection import LOCK_SECONDS, connect, reading
from tests.mariadb import write_certificate

SCHEMA = (
    "CREATE OR REPLACE DATABASE crm CHARACTER SET utf8mb4",
    "USE crm",
    """CREATE TABLE members (
         id int PRIMARY KEY, 氏名 varchar(50), phone varchar(20), score decimal(6,2), number decimal(38,10),
         code int(7) ZEROFILL, seen timestamp NULL, born date, doc json, lot float, precise double,
         big bigint unsigned, flag bit(1), mood enum('happy'), spot point, raw varbinary(20), ident uuid,
         made varchar(60) INVISIBLE)""",
    """INSERT INTO members (id, 氏名, phone, score, number, code, seen, born, doc, lot, precise, big, flag, mood,
         spot, raw, ident, made) VALUES
         (2, '鈴木花子', '080-0000-0002', 1.50, 621498320257, 601234, '2026-01-01 00:00:00', '1990-02-03',
          '{"k": "v"}', 12345678, 0.1, 18446744073709551615, 1, 'happy', POINT(1, 2), x'e38182',
          '00000000-0000-0000-0000-000000000002', '隠し'),
         (1, '𠮷田太郎', NULL, NULL, NULL, NULL, NULL, '0000-00-00', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
          x'ff', NULL, NULL)""",
    "CREATE TABLE pairs (b int, a int, v text, PRIMARY KEY (a, b))",
    "INSERT INTO pairs VALUES (1, 2, 'second'), (2, 1, 'first')",
    "CREATE TABLE empty (id int, name text)",
    "CREATE TABLE `odd.name` (x int)",
    "CREATE VIEW phones AS SELECT phone AS tel FROM members",
    "CREATE TABLE kept (id int PRIMARY KEY, name varchar(20)) WITH SYSTEM VERSIONING",
    "INSERT INTO kept VALUES (1, '佐藤'), (2, '田中')",
    "DELETE FROM kept WHERE id = 2",
    "CREATE SEQUENCE numbers",
)


@pytest.fixture(scope="module")
def server(mariadb: Any) -> Any:
    mariadb.sql("SET time_zone = '+00:00', sql_mode = ''", *SCHEMA)
    mariadb.sql(
        "CREATE ROLE sales",
        "CREATE USER hanako@'%' IDENTIFIED BY 'right-password'",
        "CREATE USER stranger@localhost",
        "CREATE USER stranger@'127.0.0.1'",
        "CREATE USER auditor@localhost",
        "GRANT sales TO hanako@'%'",
        "SET DEFAULT ROLE sales FOR hanako@'%'",
        "GRANT SELECT ON crm.members TO sales",
        "GRANT SELECT (v) ON crm.pairs TO stranger@localhost",
        "GRANT SELECT ON crm.phones TO PUBLIC",
        r"GRANT SELECT ON `c\_m`.* TO stranger@localhost",
        "GRANT SELECT ON `c_m`.* TO auditor@localhost",
    )
    return mariadb


def config(server: Any, **more: Any) -> MysqlSource:
    given = {"host": server.host, "user": server.user, "databases": ("crm",), **more}
    return MysqlSource(kind="mysql", name="my", **given)


@contextmanager
def opened(server: Any, key: KeyRing, **more: Any) -> Iterator[Mysql]:
    source = open_source(config(server, **more), key)
    assert isinstance(source, Mysql)
    with closing(source):
        yield source


@pytest.fixture
def source(server: Any, key: KeyRing) -> Iterator[Mysql]:
    with opened(server, key) as source:
        yield source


def asset(source: Mysql, ending: str) -> AssetRef:
    return next(each for each in source.assets() if each.locator.endswith(ending))


def count(batches: Iterable[pa.RecordBatch | Gap]) -> int:
    return sum(each.num_rows for each in batches if isinstance(each, pa.RecordBatch))


def read(source: Mysql, ending: str) -> tuple[list[dict[str, Any]], list[Gap]]:
    rows: list[dict[str, Any]] = []
    gaps = []
    for each in source.batches(asset(source, ending)):
        if isinstance(each, Gap):
            gaps.append(each)
        else:
            rows += each.to_pylist()
    return rows, gaps


def test_lists_every_relation_but_sequences(source: Mysql) -> None:
    assert [(each.id, each.kind) for each in source.assets()] == [
        ("my/crm.empty", "table"),
        ("my/crm.kept", "versioned table"),
        ("my/crm.members", "table"),
        ("my/crm.odd.name", "table"),
        ("my/crm.pairs", "table"),
        ("my/crm.phones", "view"),
    ]


def test_all_databases_but_the_systems_are_read_when_none_is_named(server: Any, key: KeyRing) -> None:
    with opened(server, key, databases=()) as source:
        names = {each.locator.split(".")[0] for each in source.assets()}
    assert "crm" in names and not names & {"mysql", "information_schema", "performance_schema", "sys"}


def test_the_database_of_an_airflow_connection_is_the_only_one_read(
    server: Any, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.sql("CREATE DATABASE IF NOT EXISTS other", "CREATE TABLE IF NOT EXISTS other.t (x int)")
    form = f'{{"conn_type": "mysql", "host": "{server.host}", "schema": "other", "login": "root"}}'
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", form)
    given = MysqlSource(kind="mysql", name="my", airflow_connection="shop")
    with closing(open_source(given, key)) as source:
        assert [each.locator for each in source.assets()] == ["other.t"]


def test_a_database_that_is_not_there_is_reported_after_the_others(server: Any, key: KeyRing) -> None:
    listed: list[AssetRef] = []
    with (
        opened(server, key, databases=("crm", "crn")) as source,
        pytest.raises(NotExamined, match="schema-missing"),
    ):
        listed.extend(source.assets())
    assert len(listed) == 6


def test_values_arrive_as_people_see_them_in_the_order_of_the_primary_key(source: Mysql) -> None:
    (first, second), gaps = read(source, "members")
    assert [row["v"] for row in read(source, "pairs")[0]] == ["first", "second"]
    assert (first["氏名"], first["born"], first["raw"]) == ("𠮷田太郎", "0000-00-00", None)
    assert second == {
        "id": 2, "氏名": "鈴木花子", "phone": "080-0000-0002", "score": "1.50", "number": "621498320257",
        "code": "0601234", "seen": "2026-01-01 00:00:00", "born": "1990-02-03", "doc": '{"k": "v"}',
        "lot": 12345678.0, "precise": 0.1, "big": 18446744073709551615, "flag": 1, "mood": "happy",
        "spot": "POINT(1 2)", "raw": "あ", "ident": "00000000-0000-0000-0000-000000000002", "made": "隠し",
    }  # fmt: skip
    assert gaps == [Gap("binary-cell", 1)]


def test_rows_a_versioned_table_has_kept_are_read(source: Mysql) -> None:
    assert [row["name"] for row in read(source, "kept")[0]] == ["佐藤", "田中"]


def test_empty_tables_and_views_are_read(source: Mysql) -> None:
    assert read(source, "empty") == ([], [])
    assert {row["tel"] for row in read(source, "phones")[0]} == {None, "080-0000-0002"}


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp", "cp1252"])
def test_columns_declared_latin1_are_read_as_what_they_hold(server: Any, source: Mysql, codec: str) -> None:
    names = ["René", "Jürgen", "Peña"] if codec == "cp1252" else ["佐藤一郎", "山田花子", "髙橋健太"]
    if codec == "euc_jp":
        names[2] = "高橋健太"
    server.sql(
        "CREATE OR REPLACE TABLE crm.careless (id int, name varchar(40) CHARACTER SET latin1)",
        *(
            f"INSERT INTO crm.careless VALUES ({number}, _latin1 x'{name.encode(codec).hex()}')"
            for number, name in enumerate([*names, "Smith"])
        ),
    )
    try:
        rows, _ = read(source, "careless")
    finally:
        server.sql("DROP TABLE crm.careless")
    assert [row["name"] for row in rows] == [*names, "Smith"]


def test_a_column_many_programs_wrote_to_is_read_cell_by_cell(server: Any, source: Mysql) -> None:
    names = {"佐藤一郎": "cp932", "山田太郎": "cp932", "ﾔﾏﾀﾞ": "cp932", "鈴木花子": "utf-8", "佐藤": "euc_jp"}
    server.sql(
        "CREATE OR REPLACE TABLE crm.mixed (id int PRIMARY KEY, name varchar(40) CHARACTER SET latin1)",
        *(
            f"INSERT INTO crm.mixed VALUES ({number}, _latin1 x'{name.encode(codec).hex()}')"
            for number, (name, codec) in enumerate(names.items())
        ),
    )
    try:
        rows, _ = read(source, "mixed")
    finally:
        server.sql("DROP TABLE crm.mixed")
    assert [row["name"] for row in rows] == list(names)


def test_bits_are_read_to_the_last(server: Any, source: Mysql) -> None:
    server.sql(
        "CREATE OR REPLACE TABLE crm.bits (b bit(64), name text)",
        "INSERT INTO crm.bits VALUES (~0, '山田太郎')",
    )
    try:
        assert read(source, "bits")[0] == [{"b": (1 << 64) - 1, "name": "山田太郎"}]
    finally:
        server.sql("DROP TABLE crm.bits")


def test_a_view_whose_definer_has_left_is_broken(server: Any, source: Mysql) -> None:
    server.sql("CREATE DEFINER = 'left'@'localhost' VIEW crm.orphan AS SELECT 1 AS x")
    try:
        with pytest.raises(NotExamined, match="view-broken"):
            read(source, "orphan")
    finally:
        server.sql("DROP VIEW crm.orphan")


@pytest.mark.parametrize("charset", ["cp932", "sjis", "ujis", "eucjpms", "utf8mb3", "ucs2"])
def test_japanese_character_sets_are_read(server: Any, source: Mysql, charset: str) -> None:
    server.sql(
        f"CREATE OR REPLACE TABLE crm.japanese (name varchar(40) CHARACTER SET {charset})",
        "INSERT INTO crm.japanese VALUES ('佐藤 ﾊﾅｺ')",
    )
    try:
        assert read(source, "japanese") == ([{"name": "佐藤 ﾊﾅｺ"}], [])
    finally:
        server.sql("DROP TABLE crm.japanese")


def test_a_large_table_comes_in_batches_and_may_be_left_in_the_midst(server: Any, source: Mysql) -> None:
    server.sql("CREATE OR REPLACE TABLE crm.large AS SELECT seq AS n FROM crm.seq_1_to_200000")
    try:
        batches = source.batches(asset(source, "large"))
        first = next(batches)
        assert isinstance(first, pa.RecordBatch) and 0 < first.num_rows < 100_000
        batches.close()  # type: ignore[attr-defined]
        assert count(source.batches(asset(source, "large"))) == 200_000
    finally:
        server.sql("DROP TABLE crm.large")


def test_a_batch_ends_at_its_bytes_too(server: Any, source: Mysql) -> None:
    server.sql(
        "CREATE OR REPLACE TABLE crm.wide AS SELECT seq AS n, REPEAT('x', 1000000) AS t FROM crm.seq_1_to_40"
    )
    try:
        sizes = [count([each]) for each in source.batches(asset(source, "wide"))]
    finally:
        server.sql("DROP TABLE crm.wide")
    assert sum(sizes) == 40 and len(sizes) > 1


def test_the_row_key_is_a_primary_key_of_one_column(source: Mysql) -> None:
    assert source.row_key(asset(source, "members")) == "id"
    assert source.row_key(asset(source, "pairs")) is None
    assert source.row_key(asset(source, "empty")) is None


CHANGES = {
    "n": "2", "f": "16777217", "d": "0.1 + 0.2e0", "m": "NULL", "t": "''", "l": "x'8d'", "b": "x'00'", "e": "'y'",
    "at": "'2026-11-02'", "j": "'{\"k\": 2}'", "p": "POINT(1, 3)", "t2": "'changed'",
}  # fmt: skip


def test_the_digest_of_a_table_changes_with_any_cell_and_with_nothing_else(server: Any, key: KeyRing) -> None:
    def proofs() -> tuple[str, ...]:
        with opened(server, key, databases=("digested",)) as source:
            (place,) = source.survey(lambda *_: False, lambda _: None)
            return place.proofs

    server.sql(
        "CREATE OR REPLACE DATABASE digested",
        "CREATE TABLE digested.cells (n int, f float, d double, m decimal(6,2), t varchar(9) CHARACTER SET sjis,"
        " l varchar(9) CHARACTER SET latin1, b blob, e enum('x','y'), at datetime, j json, p point, t2 text)",
        "INSERT INTO digested.cells VALUES (1, 16777216, 0.3, 1.50, NULL, 'a', NULL, 'x', '2026-11-01',"
        " '{\"k\": 1}', POINT(1, 2), 'x')",
        "INSERT INTO digested.cells (n) VALUES (5)",
    )
    before = proofs()
    assert len(before) == 1 and before == proofs()
    server.sql("UPDATE digested.cells SET n = n", "ALTER TABLE digested.cells ENGINE = MyISAM")
    assert proofs() == before
    for column, value in CHANGES.items():
        server.sql(f"UPDATE digested.cells SET {column} = {value} WHERE t2 = 'x'")
        now = proofs()
        assert (now != before) == (column != "f"), column
        before = now
    server.sql("INSERT INTO digested.cells (n) VALUES (5)")
    assert proofs() != before
    server.sql("DROP DATABASE digested")


def test_a_stretch_of_keys_changes_only_with_its_rows(server: Any, source: Mysql) -> None:
    server.sql(
        "CREATE OR REPLACE TABLE crm.marked (code varchar(9) PRIMARY KEY, at timestamp) AS SELECT "
        "CONCAT('M''', LPAD(seq, 6, '0')) AS code, '2026-01-01' + INTERVAL seq MINUTE AS at FROM crm.seq_1_to_5000"
    )
    marked = asset(source, "marked")

    def digests() -> dict[str, int]:
        slices = source.slices(marked, "at", 1_000)
        assert slices is not None
        told = {}
        for each in slices:
            assert count(each.read()) == each.rows
            told[each.digest] = each.rows
        return told

    try:
        before = digests()
        server.sql("UPDATE crm.marked SET at = now() WHERE code = 'M''002500'")
        after = digests()
        assert source.slices(marked, "nothing", 1_000) is None
    finally:
        server.sql("DROP TABLE crm.marked")
    assert sum(before.values()) == sum(after.values()) == 5_000
    assert len(before) > 4 and len(before.keys() - after.keys()) == 1


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("bigint unsigned", ["18446744073709551614", "18446744073709551615", "7"]),
        ("decimal(30,2)", ["1.50", "12345678901234567890.25"]),
        ("varbinary(8)", ["x'00ff'", "x'5c27'"]),
        ("date", ["'2026-01-01'", "'2026-01-02'"]),
        ("varchar(9) CHARACTER SET latin1", ["x'8db2'", r"'\\\\'", "'a'"]),
    ],
)
def test_keys_of_any_type_bound_a_stretch(server: Any, source: Mysql, kind: str, keys: list[str]) -> None:
    server.sql(
        f"CREATE OR REPLACE TABLE crm.keyed (k {kind} PRIMARY KEY, at timestamp)",
        *(f"INSERT INTO crm.keyed VALUES ({key}, '2026-01-01')" for key in keys),
    )
    try:
        slices = list(source.slices(asset(source, "keyed"), "at", 1) or ())
        read = [count(each.read()) for each in slices]
    finally:
        server.sql("DROP TABLE crm.keyed")
    assert [each.rows for each in slices] == read and sum(read) == len(keys)


def test_grants_name_accounts_roles_databases_columns_and_everybody(source: Mysql) -> None:
    grants = list(source.grants(list(source.assets())))

    def of(ending: str) -> set[tuple[str, str, str, tuple[str, ...]]]:
        return {
            (each.grantee, each.via, each.audience, each.columns)
            for each in grants
            if each.asset.endswith(ending)
        }

    assert {
        ("root@localhost", "grant root@localhost on *.*", "role", ()),
        ("sales", "grant sales", "role", ()),
        ("hanako@%", "grant sales > hanako@%", "role", ()),
        ("auditor@localhost", "grant auditor@localhost on c_m.*", "role", ()),
    } <= of("members")
    assert ("stranger@localhost", "grant stranger@localhost", "role", ("v",)) in of("pairs")
    assert ("PUBLIC", "grant PUBLIC", "company", ()) in of("phones")
    # An escaped underscore is one.
    assert not [each for each in grants if each.grantee.startswith("stranger") and each.columns != ("v",)]


def test_who_may_read_a_view_reads_the_columns_below_it(server: Any, key: KeyRing) -> None:
    server.sql(
        "CREATE OR REPLACE DATABASE deep",
        "CREATE TABLE deep.base (id int, name text, mail text)",
        "CREATE VIEW deep.one AS SELECT id, name AS called FROM deep.base",
        "CREATE VIEW deep.two AS SELECT o.called FROM deep.one AS o",
        "CREATE SQL SECURITY INVOKER VIEW deep.own AS SELECT mail FROM deep.base",
        "GRANT SELECT ON deep.two TO sales",
        "GRANT SELECT ON deep.own TO sales",
    )
    try:
        with opened(server, key, databases=("deep",)) as source:
            through = [each for each in source.grants([asset(source, "base")]) if "view" in each.via]
    finally:
        server.sql("DROP DATABASE deep")
    assert {(each.grantee, each.via, each.columns) for each in through if "root" not in each.grantee} == {
        ("sales", "view deep.two: grant sales", ("id", "name")),
        ("hanako@%", "view deep.two: grant sales > hanako@%", ("id", "name")),
    }


def test_who_may_not_see_the_grants_of_others_says_nothing_of_access(server: Any, key: KeyRing) -> None:
    with opened(server, key, user="auditor") as source, pytest.raises(NotExamined, match="permission-denied"):
        list(source.grants(list(source.assets())))


def test_the_source_writes_nothing(source: Mysql) -> None:
    with (
        pytest.raises(NotExamined, match="query-failed"),
        reading(source._config, "crm") as cursor,
    ):
        cursor.execute("INSERT INTO crm.empty VALUES (1, 'x')")
    assert read(source, "empty") == ([], [])


def test_columns_the_login_may_not_read_are_told(server: Any, key: KeyRing) -> None:
    with opened(server, key, user="stranger") as source:
        rows, gaps = read(source, "pairs")
    assert rows and set(rows[0]) == {"v"}
    assert gaps == [Gap("columns-hidden", 0)]


def test_a_view_of_something_that_is_gone_is_reported_and_the_next_one_read(
    server: Any, source: Mysql
) -> None:
    server.sql(
        "CREATE OR REPLACE TABLE crm.gone (x int)",
        "CREATE OR REPLACE VIEW crm.broken AS SELECT x FROM crm.gone",
        "DROP TABLE crm.gone",
    )
    try:
        with pytest.raises(NotExamined, match="view-broken"):
            read(source, "broken")
        assert read(source, "phones")[0]
    finally:
        server.sql("DROP VIEW crm.broken")


def test_a_table_dropped_since_is_reported(server: Any, source: Mysql) -> None:
    server.sql("CREATE OR REPLACE TABLE crm.dropped (x int)")
    dropped = asset(source, "dropped")
    server.sql("DROP TABLE crm.dropped")
    with pytest.raises(NotExamined, match="table-missing"):
        list(source.batches(dropped))
    gone = AssetRef(id="my/crm.gone", source="my", kind="table", locator="crm.gone")
    with pytest.raises(NotExamined, match="table-missing"):
        list(source.batches(gone))


def test_a_connection_that_is_cut_in_the_midst_is_told(server: Any, source: Mysql) -> None:
    server.sql(
        "CREATE OR REPLACE TABLE crm.cut AS SELECT seq AS n, REPEAT('x', 1000) AS t FROM crm.seq_1_to_200000"
    )
    try:
        batches = source.batches(asset(source, "cut"))
        next(batches)
        ((number,),) = server.sql(
            "SELECT id FROM information_schema.processlist "
            "WHERE info LIKE '%`crm`.`cut`%' AND id <> CONNECTION_ID()"
        )
        server.sql(f"KILL {number}")
        with pytest.raises(NotExamined, match="database-unreachable"):
            list(batches)
    finally:
        server.sql("DROP TABLE crm.cut")


def test_a_table_somebody_locked_is_told_and_the_next_one_read(
    server: Any, source: Mysql, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = tuple(each.replace(f"= {LOCK_SECONDS}", "= 1") for each in mysql_connection._SETTINGS)
    monkeypatch.setattr(mysql_connection, "_SETTINGS", impatient)
    with closing(server.connect("crm")) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES pairs WRITE")
        with pytest.raises(NotExamined, match="database-locked"):
            read(source, "pairs")
        assert read(source, "members")[0]


def test_a_connection_the_server_closed_meanwhile_is_made_again(server: Any, source: Mysql) -> None:
    listed = list(source.assets())
    server.sql(f"KILL {source._connection.thread_id()}")
    with pytest.raises(NotExamined, match="database-unreachable"):
        list(source.grants(listed))
    assert list(source.grants(listed))


@pytest.mark.parametrize("host", ["127.0.0.1", "/nonexistent"])
def test_a_server_that_does_not_answer_is_unreachable(host: str, key: KeyRing) -> None:
    config = MysqlSource(kind="mysql", name="my", host=host, port=1)
    with pytest.raises(NotExamined, match="database-unreachable"):
        list(open_source(config, key).assets())


def test_a_wrong_password_is_refused_and_shown_nowhere(server: Any, key: KeyRing, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(mode=0o600)
    for password, expected in (("wrong-password", "database-login-refused"), ("right-password", "")):
        file.write_text(password + "\n")
        with opened(server, key, user="hanako", password_file=file) as source:
            try:
                list(source.assets())
                code = ""
            except NotExamined as fault:
                code = fault.code
                assert password not in f"{fault!r} {fault} {fault.__cause__}"
        assert code == expected


def test_the_servers_certificate_is_checked_where_one_is_named(server: Any, tmp_path: Path) -> None:
    def encrypted(**more: Any) -> str:
        given = config(server, host="127.0.0.1", port=server.port, user="stranger", **more)
        with closing(connect(given)) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
            return str(cursor.fetchone()[1])

    assert encrypted().startswith("TLS") and encrypted(ca=server.ca).startswith("TLS")
    write_certificate(tmp_path / "other.pem")
    with pytest.raises(NotExamined, match="database-unreachable"):
        encrypted(ca=tmp_path / "other.pem")
    with pytest.raises(NotExamined, match="database-unreachable"):
        encrypted(ca=tmp_path / "none.pem")


def test_a_server_that_asks_for_a_local_file_gets_none(key: KeyRing, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of nobody's concern")
    with thief(secret) as (port, got):
        source = open_source(MysqlSource(kind="mysql", name="my", host="127.0.0.1", port=port), key)
        with pytest.raises(NotExamined, match="database-unreachable"):
            list(source.assets())
        source.close()
    assert got and b"concern" not in b"".join(got)


@contextmanager
def thief(wanted: Path) -> Iterator[tuple[int, list[bytes]]]:
    """A server that greets, lets everybody in and answers every query with a request for a file."""
    got: list[bytes] = []
    greeting = (
        b"\x0a5.7.0\0" + struct.pack("<I", 1) + b"12345678\0" + struct.pack("<H", 0xF7FF) + b"\x21\x02\0"
        + struct.pack("<H", 0x0008) + b"\x15" + bytes(10) + b"123456789012\0" + b"mysql_native_password\0"
    )  # fmt: skip

    def packet(number: int, body: bytes) -> bytes:
        return struct.pack("<I", len(body))[:3] + bytes([number]) + body

    def serve() -> None:
        line, _ = listening.accept()
        with line:
            line.sendall(packet(0, greeting))
            got.append(line.recv(65_536))
            line.sendall(packet(2, b"\0\0\0\x02\0\0\0"))
            while asked := line.recv(65_536):
                got.append(asked)
                line.sendall(packet(1, b"\xfb" + str(wanted).encode()))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1]), got
        thread.join(10)
