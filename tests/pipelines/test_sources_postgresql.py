"""The PostgreSQL source against a real server. Persons are invented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import PostgresSource
from pipelines.sources import Gap, open_source, postgresql_catalog
from pipelines.sources.postgresql import Postgresql
from pipelines.sources.postgresql_catalog import read_catalogue
from pipelines.sources.postgresql_login import conninfo
from pipelines.sources.relations import Catalogue
from tests.pipelines.test_sources_archives import TABLE, zipped
from tests.pipelines.test_sources_blobs import drawn

SCHEMA = (
    "DROP SCHEMA IF EXISTS crm CASCADE",
    "CREATE SCHEMA crm",
    """CREATE TABLE crm.members (
         id int PRIMARY KEY, 氏名 text, phone varchar(20), score numeric(6,2), uid uuid, tags text[],
         doc jsonb, ip inet, born date, seen timestamptz, raw bytea, mood crm_mood, dom crm_phone,
         number numeric(38,10))""",
    "CREATE TABLE crm.pairs (b int, a int, v text, PRIMARY KEY (a, b))",
    "CREATE TABLE crm.empty (id int, name text)",
    "CREATE TABLE crm.no_columns ()",
    'CREATE TABLE crm."odd.name" (x int)',
    "CREATE VIEW crm.phones AS SELECT phone FROM crm.members",
    "CREATE MATERIALIZED VIEW crm.counts AS SELECT count(*) AS n FROM crm.members",
    "CREATE TABLE crm.events (id int, at date) PARTITION BY RANGE (at)",
    "CREATE TABLE crm.events_2026 PARTITION OF crm.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    r"""INSERT INTO crm.members VALUES
         (2, '鈴木花子', '080-0000-0002', 1.50, '00000000-0000-0000-0000-000000000002', '{a,"b c"}', '{"k": "v"}',
          '192.0.2.1', '1990-02-03', '2026-01-01 09:00+09', '\xe38182', 'happy', '0312345678', 621498320257),
         (1, '山田太郎', NULL, NULL, NULL, NULL, NULL, NULL, 'infinity', 'infinity', '\xff', NULL, NULL, 'NaN')""",
    "INSERT INTO crm.pairs VALUES (1, 2, 'second'), (2, 1, 'first')",
    "INSERT INTO crm.events VALUES (1, '2026-05-05')",
)


@pytest.fixture(scope="module")
def server(postgres: Any) -> Any:
    postgres.sql(
        "CREATE TYPE crm_mood AS ENUM ('happy')",
        "CREATE DOMAIN crm_phone AS text",
        *SCHEMA,
        "CREATE ROLE sales",
        "CREATE ROLE hanako LOGIN",
        "CREATE ROLE stranger LOGIN",
        "CREATE ROLE auditor LOGIN",
        "CREATE ROLE taro LOGIN NOINHERIT",
        "GRANT sales TO hanako, taro",
        "GRANT pg_read_all_data TO auditor",
        "GRANT USAGE ON SCHEMA crm TO sales",
        "GRANT SELECT ON crm.members TO sales",
        "GRANT SELECT (v) ON crm.pairs TO stranger",
        "GRANT SELECT ON crm.phones TO PUBLIC",
    )
    return postgres


def config(server: Any, **more: Any) -> PostgresSource:
    given = {
        "host": server.host,
        "database": server.database,
        "user": server.user,
        "schemas": ("crm",),
        **more,
    }
    return PostgresSource(kind="postgresql", name="crm", **given)


@pytest.fixture
def source(server: Any, key: KeyRing) -> Iterator[Postgresql]:
    source = open_source(config(server), key)
    assert isinstance(source, Postgresql)
    yield source
    source.close()


def asset(source: Postgresql, ending: str) -> AssetRef:
    return next(each for each in source.assets() if each.locator.endswith(ending))


def rows(source: Postgresql, ending: str) -> list[dict[str, Any]]:
    batches = [each for each in source.batches(asset(source, ending)) if isinstance(each, pa.RecordBatch)]
    return [row for batch in batches for row in batch.to_pylist()]


def test_lists_every_relation_once_and_partitions_in_their_parent(source: Postgresql) -> None:
    assert [(each.locator, each.kind) for each in source.assets()] == [
        ("crm.counts", "materialized view"),
        ("crm.empty", "table"),
        ("crm.events", "partitioned table"),
        ("crm.members", "table"),
        ("crm.no_columns", "table"),
        ('crm."odd.name"', "table"),
        ("crm.pairs", "table"),
        ("crm.phones", "view"),
    ]


def test_the_server_is_asked_for_one_relation_as_for_all(
    server: Any, source: Postgresql, key: KeyRing
) -> None:
    listed = list(source.assets())
    for each in listed:
        alone = Postgresql(config(server), key)
        with alone._transaction("crm") as cursor:
            told = read_catalogue(cursor, ("crm",), [each.locator])
        assert list(told.tables) == [each.locator]
        assert alone.row_key(each) == source.row_key(each)
        assert list(alone.batches(each)) == list(source.batches(each))
        alone.close()


def test_the_server_tells_at_once_of_all_relations_that_are_expected(
    server: Any, source: Postgresql, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def counted(*given: Any) -> Catalogue:
        asked.append(given)
        return read_catalogue(*given)

    listed = list(source.assets())
    gone = AssetRef(id="crm/crm.gone", source="crm", kind="table", locator="crm.gone")
    monkeypatch.setattr(postgresql_catalog, "read_catalogue", counted)
    beside = Postgresql(config(server), key)
    beside.expect([*listed, gone])
    keys = [beside.row_key(each) for each in listed]
    assert len(asked) == 1
    with pytest.raises(NotExamined, match="table-missing"):
        beside.row_key(gone)
    assert keys == [source.row_key(each) for each in listed]
    beside.close()


def test_large_objects_are_read_as_cells_are(server: Any, key: KeyRing) -> None:
    picture, packed = drawn((90, 90)), zipped({"list.csv": TABLE})
    contents = ["文字".encode(), b"\x00", picture, packed]
    numbers = range(4711, 4711 + len(contents))
    for number, content in zip(numbers, contents, strict=True):
        server.sql(rf"SELECT lo_from_bytea({number}, '\x{content.hex()}')")
    server.sql("GRANT SELECT ON LARGE OBJECT 4711 TO sales")
    source = open_source(config(server, schemas=()), key)
    try:
        large = [each for each in source.assets() if "pg_largeobject" in each.id]
        kinds = {each.id.partition("pg_largeobject")[2]: each.kind for each in large}
        assert kinds == {"": "large objects", "#画像": "image", "!data/1!list.csv": "csv"}
        table, image, packed_table = (list(source.batches(each)) for each in large)
        assert table[1:] == [Gap("binary-cell")] and table[0].to_pydict() == {
            "loid": ["4711", "4712", "4713", "4714"],
            "data": ["文字", None, None, None],
        }
        assert [each.column("loid").to_pylist() for each in image] == [[4713]]
        assert packed_table[0].column("番号").to_pylist() == ["1", "2"]
        assert source.slices(large[0], None, 1_000) is None  # type: ignore[attr-defined]
        grants = {(each.asset, each.grantee) for each in source.grants(large)}
        assert {(each.id, "hanako") for each in large} <= grants
    finally:
        source.close()
        for number in numbers:
            server.sql(f"SELECT lo_unlink({number})")


def test_arrays_of_bytes_are_told_not_read_as_digits(server: Any, source: Postgresql) -> None:
    server.sql(
        "CREATE TABLE crm.arrays (a bytea[], b int)",
        "INSERT INTO crm.arrays VALUES (ARRAY['text'::bytea], 1)",
    )
    try:
        batch, gap = source.batches(asset(source, ".arrays"))
        assert isinstance(batch, pa.RecordBatch)
        assert (batch.to_pylist(), gap) == ([{"a": None, "b": 1}], Gap("binary-cell"))
    finally:
        server.sql("DROP TABLE crm.arrays")


def test_a_partition_of_a_table_elsewhere_is_read_where_its_schema_is_named(
    server: Any, key: KeyRing
) -> None:
    server.sql(
        "CREATE SCHEMA old",
        "CREATE TABLE old.events_2020 PARTITION OF crm.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') "
        "PARTITION BY RANGE (at)",
        "CREATE TABLE old.first PARTITION OF old.events_2020 FOR VALUES FROM ('2020-01-01') TO ('2020-07-01')",
    )
    try:
        listed = {}
        for schemas in (("old",), ("crm", "old"), ("crm",)):
            source = open_source(config(server, schemas=schemas), key)
            listed[schemas] = [
                each.locator for each in source.assets() if "events" in each.id or "old" in each.id
            ]
            source.close()
    finally:
        server.sql("DROP SCHEMA old CASCADE")
    assert listed == {("old",): ["old.events_2020"], ("crm", "old"): ["crm.events"], ("crm",): ["crm.events"]}


def test_who_may_read_a_partition_reads_what_it_is_part_of(server: Any, source: Postgresql) -> None:
    server.sql(
        "GRANT SELECT ON crm.events_2026 TO sales",
        "CREATE VIEW crm.of_2026 AS SELECT at FROM crm.events_2026",
        "GRANT SELECT ON crm.of_2026 TO stranger",
        "GRANT USAGE ON SCHEMA crm TO stranger",
    )
    try:
        grants = list(source.grants([asset(source, "events")]))
    finally:
        server.sql(
            "REVOKE USAGE ON SCHEMA crm FROM stranger",
            "DROP VIEW crm.of_2026",
            "REVOKE SELECT ON crm.events_2026 FROM sales",
        )
    told = {(each.grantee, each.via, each.columns) for each in grants if "20" in each.via}
    assert told == {
        ("sales", "partition crm.events_2026: grant sales", ()),
        ("hanako", "partition crm.events_2026: grant sales > hanako", ()),
        ("taro", "partition crm.events_2026: grant sales > taro (SET ROLE)", ()),
        ("stranger", "view crm.of_2026: grant stranger", ("at",)),
    }


CHANGES = {
    "n": "2", "f": "0.1::float8 + 0.2", "m": "NULL", "t": "''", "p": "'b'", "d": "'2026-11-02'", "z": "now()",
    "i": "'1 day'", "b": "''::bytea", "a": "'{x,NULL}'", "j": "'{\"k\": 2}'", "r": "int4range(1, 3)",
    "t2": "'changed'",
}  # fmt: skip


def test_the_digest_of_a_table_changes_with_any_cell_and_with_nothing_else(server: Any, key: KeyRing) -> None:
    def proofs() -> tuple[str, ...]:
        source = open_source(config(server, schemas=("digested",)), key)
        assert isinstance(source, Postgresql)
        # A column of the name the query gives the table is no hindrance.
        (place,) = source.survey(lambda *_: False, lambda _: None)
        source.close()
        return place.proofs

    server.sql(
        "CREATE SCHEMA digested",
        "CREATE TABLE digested.cells (n int, f float8, m numeric, t text, p char(5), d date, z timestamptz,"
        " i interval, b bytea, a text[], j jsonb, r int4range, t2 text)",
        "INSERT INTO digested.cells VALUES (1, 0.3, 1.50, NULL, 'a', '2026-11-01', '2026-11-01 09:00+09',"
        " '24 hours', NULL, '{x,y}', '{\"k\": 1}', '[1,2)', 'x')",
        "INSERT INTO digested.cells (n) VALUES (5)",
    )
    assert proofs() == ()
    server.sql("ANALYZE digested.cells")
    before = proofs()
    assert len(before) == 1 and before == proofs()
    server.sql(
        "UPDATE digested.cells SET n = n", f"ALTER DATABASE {server.database} SET DateStyle = 'SQL, DMY'"
    )
    assert proofs() == before
    server.sql(f"ALTER DATABASE {server.database} RESET DateStyle")
    for column, value in CHANGES.items():
        server.sql(f"UPDATE digested.cells SET {column} = {value} WHERE t2 = 'x'")
        now = proofs()
        assert now and now != before, column
        before = now
    server.sql("INSERT INTO digested.cells (n) VALUES (5)")
    assert proofs() != before
    server.sql("DROP SCHEMA digested CASCADE")


def test_all_schemas_but_the_systems_are_read_when_none_is_named(server: Any, key: KeyRing) -> None:
    source = open_source(config(server, schemas=()), key)
    names = {each.locator.split(".")[0] for each in source.assets()}
    source.close()
    assert "crm" in names and not names & {"pg_catalog", "information_schema", "pg_toast"}


def test_a_schema_that_is_not_there_is_reported_after_the_others(server: Any, key: KeyRing) -> None:
    source = open_source(config(server, schemas=("crm", "crn")), key)
    listed: list[AssetRef] = []
    with pytest.raises(NotExamined, match="schema-missing"):
        listed.extend(source.assets())
    source.close()
    assert len(listed) == 8


def test_values_arrive_in_the_order_of_the_primary_key(source: Postgresql) -> None:
    assert [row["id"] for row in rows(source, "members")] == [1, 2]
    assert [row["v"] for row in rows(source, "pairs")] == ["first", "second"]


def test_types_without_an_arrow_counterpart_arrive_as_text(source: Postgresql) -> None:
    row = rows(source, "members")[1]
    assert row["氏名"] == "鈴木花子"
    assert row["score"] == "1.50"
    assert row["number"] == "621498320257"
    assert row["uid"] == "00000000-0000-0000-0000-000000000002"
    assert row["tags"] == '{a,"b c"}'
    assert row["doc"] == '{"k": "v"}'
    assert row["ip"] == "192.0.2.1/32"
    assert row["born"].isoformat() == "1990-02-03"
    assert row["seen"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert (row["raw"], row["mood"], row["dom"]) == ("あ", "happy", "0312345678")


def test_binary_that_is_no_text_is_a_gap(source: Postgresql) -> None:
    assert [each for each in source.batches(asset(source, "members")) if isinstance(each, Gap)] == [
        Gap("binary-cell", 1)
    ]


def test_empty_tables_views_and_partitions_are_read(source: Postgresql) -> None:
    assert rows(source, "empty") == [] == rows(source, "no_columns")
    assert rows(source, "counts") == [{"n": 0}] or rows(source, "counts") == [{"n": 2}]
    assert {row["phone"] for row in rows(source, "phones")} == {None, "080-0000-0002"}
    assert [row["id"] for row in rows(source, "events")] == [1]
    assert rows(source, '"odd.name"') == []


def test_the_row_key_is_a_primary_key_of_one_column(source: Postgresql) -> None:
    assert source.row_key(asset(source, "members")) == "id"
    assert source.row_key(asset(source, "pairs")) is None
    assert source.row_key(asset(source, "empty")) is None


def test_grants_name_roles_logins_columns_and_public(source: Postgresql) -> None:
    grants = list(source.grants(list(source.assets())))

    def of(ending: str) -> set[tuple[str, str, str, tuple[str, ...]]]:
        return {
            (each.grantee, each.via, each.audience, each.columns)
            for each in grants
            if each.asset.endswith(ending)
        }

    assert {("postgres", "owner postgres", "owner", ()), ("postgres", "superuser", "role", ())} <= of(
        "members"
    )
    assert ("sales", "grant sales", "role", ()) in of("members")
    assert ("hanako", "grant sales > hanako", "role", ()) in of("members")
    assert ("taro", "grant sales > taro (SET ROLE)", "role", ()) in of("members")
    assert ("auditor", "grant pg_read_all_data > auditor", "role", ()) in of("members")
    assert ("stranger", "grant stranger (no USAGE on the schema)", "nobody", ("v",)) in of("pairs")
    assert ("hanako", "grant to PUBLIC", "role", ()) in of("phones")
    assert not [each for each in grants if each.grantee == "stranger" and each.asset.endswith("members")]
    assert all(isinstance(each, Grant) for each in grants)


def test_who_may_read_a_view_reads_the_columns_below_it(source: Postgresql) -> None:
    members = asset(source, "members")
    through = [each for each in source.grants([members]) if each.via.startswith("view")]
    assert {(each.grantee, each.via, each.audience, each.columns) for each in through} == {
        (role, "view crm.phones: grant to PUBLIC", "role", ("phone",)) for role in ("hanako", "taro")
    }


def test_a_grant_to_all_reaches_all_where_the_schema_is_open(
    server: Any, source: Postgresql, key: KeyRing
) -> None:
    phones = asset(source, "phones")
    server.sql("GRANT USAGE ON SCHEMA crm TO PUBLIC")
    try:
        opened = open_source(config(server), key)
        found = {(each.grantee, each.audience) for each in opened.grants([phones])}
        opened.close()
    finally:
        server.sql("REVOKE USAGE ON SCHEMA crm FROM PUBLIC")
    assert ("PUBLIC", "company") in found


def test_views_on_views_are_followed_and_those_of_the_invoker_lend_nothing(server: Any, key: KeyRing) -> None:
    server.sql(
        "CREATE SCHEMA deep",
        "GRANT USAGE ON SCHEMA deep TO sales",
        "CREATE TABLE deep.base (id int, name text, mail text)",
        "CREATE VIEW deep.one AS SELECT id, name FROM deep.base",
        "CREATE VIEW deep.two AS SELECT name FROM deep.one",
        "CREATE VIEW deep.own WITH (security_invoker = true) AS SELECT mail FROM deep.base",
        "GRANT SELECT ON deep.two TO sales",
        "GRANT SELECT ON deep.own TO sales",
    )
    try:
        opened = open_source(config(server, schemas=("deep",)), key)
        base = next(each for each in opened.assets() if each.locator == "deep.base")
        found = {(each.grantee, each.via, each.columns) for each in opened.grants([base])}
        opened.close()
    finally:
        server.sql("DROP SCHEMA deep CASCADE")
    through = {each for each in found if each[1].startswith("view")}
    assert through == {
        ("sales", "view deep.two: grant sales", ("id", "name")),
        ("hanako", "view deep.two: grant sales > hanako", ("id", "name")),
        ("taro", "view deep.two: grant sales > taro (SET ROLE)", ("id", "name")),
    }


def test_the_source_writes_nothing(source: Postgresql) -> None:
    with (
        pytest.raises(NotExamined, match="query-failed"),
        source._transaction("crm") as cursor,
    ):
        cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
        cursor.execute("CREATE TABLE crm.written (x int)")
    assert rows(source, "empty") == []


def test_a_table_dropped_since_is_reported(source: Postgresql) -> None:
    gone = AssetRef(id="crm/crm.gone", source="crm", kind="table", locator="crm.gone")
    with pytest.raises(NotExamined, match="table-missing"):
        list(source.batches(gone))


def test_a_table_whose_rows_a_policy_hides_is_reported(server: Any, key: KeyRing) -> None:
    server.sql(
        "CREATE SCHEMA guarded",
        "CREATE TABLE guarded.t (id int)",
        "ALTER TABLE guarded.t ENABLE ROW LEVEL SECURITY",
        "GRANT USAGE ON SCHEMA guarded TO stranger",
        "GRANT SELECT ON guarded.t TO stranger",
    )
    source = open_source(config(server, user="stranger", schemas=("guarded",)), key)
    (found,) = source.assets()
    with pytest.raises(NotExamined, match="permission-denied"):
        list(source.batches(found))
    source.close()


def test_a_table_without_permission_is_reported_and_the_next_one_read(server: Any, key: KeyRing) -> None:
    server.sql("GRANT USAGE ON SCHEMA crm TO stranger")
    source = open_source(config(server, user="stranger"), key)
    found = {each.locator: each for each in source.assets()}
    with pytest.raises(NotExamined, match="permission-denied"):
        list(source.batches(found["crm.members"]))
    phones = [each for each in source.batches(found["crm.phones"]) if isinstance(each, pa.RecordBatch)]
    assert sum(each.num_rows for each in phones) == 2
    source.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "/nonexistent"])
def test_a_database_that_does_not_answer_is_unreachable(host: str, key: KeyRing) -> None:
    config = PostgresSource(kind="postgresql", name="crm", host=host, port=1, database="x")
    with pytest.raises(NotExamined) as caught:
        list(open_source(config, key).assets())
    assert caught.value.code == "database-unreachable"


def test_a_wrong_password_is_refused_and_shown_nowhere(server: Any, key: KeyRing, tmp_path: Path) -> None:
    hba = server.data / "pg_hba.conf"
    hba.write_text("local all locked scram-sha-256\n" + hba.read_text())
    server.sql("CREATE ROLE locked LOGIN PASSWORD 'right-password'", "SELECT pg_reload_conf()")
    file = tmp_path / "password"
    file.touch(mode=0o600)
    for password, expected in (("wrong-password", "database-login-refused"), ("right-password", "")):
        file.write_text(password + "\n")
        source = open_source(config(server, user="locked", password_file=file), key)
        try:
            list(source.assets())
            code = ""
        except NotExamined as fault:
            code = fault.code
            assert password not in f"{fault!r} {fault} {fault.__cause__}"
        assert code == expected
        source.close()


def test_a_missing_database_is_named_so(server: Any, key: KeyRing) -> None:
    with pytest.raises(NotExamined, match="database-missing"):
        list(open_source(config(server, database="nope"), key).assets())


def test_connections_come_from_the_environment() -> None:
    secret = r"it's \ secret"
    plain = PostgresSource(kind="postgresql", name="a", database="d", user="u", password_env="PW")
    assert r"password='it\'s \\ secret'" in conninfo(plain, {"PW": secret})
    airflow = PostgresSource(kind="postgresql", name="a", airflow_connection="crm_db")
    uri = {"AIRFLOW_CONN_CRM_DB": "postgres://u%40x:p%2Fw@db.example.jp:5433/crm"}
    assert "host='db.example.jp' port='5433' dbname='crm' user='u@x'" in conninfo(airflow, uri)
    assert "password='p/w'" in conninfo(airflow, uri)
    form = {"AIRFLOW_CONN_CRM_DB": '{"conn_type": "postgres", "host": "h", "schema": "s", "login": "l"}'}
    assert "host='h'" in conninfo(airflow, form) and "dbname='s'" in conninfo(airflow, form)


@pytest.mark.parametrize("environ", [{}, {"AIRFLOW_CONN_X": "{bad"}])
def test_missing_secrets_have_their_codes(environ: dict[str, str], tmp_path: Path) -> None:
    def code(**more: Any) -> str:
        with pytest.raises(NotExamined) as caught:
            conninfo(PostgresSource(kind="postgresql", name="a", database="d", **more), environ)
        return caught.value.code

    open_file = tmp_path / "open"
    open_file.write_text("secret")
    open_file.chmod(0o644)
    assert code(password_env="NOT_SET") == "password-missing"
    assert code(password_file=tmp_path / "none") == "password-missing"
    assert code(password_file=open_file) == "password-file-mode"
    assert code(airflow_connection="x") == "connection-missing"
