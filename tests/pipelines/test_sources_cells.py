"""Pictures and files in the cells of tables of real servers and of SQLite. Persons are invented."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines import detect, extract
from pipelines.config import Estate
from pipelines.desk.reread import reread
from pipelines.errors import NotExamined
from pipelines.examine.image_parts import examine_images
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.nights.survey import survey
from pipelines.refs import AssetRef
from pipelines.scan import scan
from pipelines.seal import Sealer
from pipelines.source_config import MysqlSource, PostgresSource, SqliteSource
from pipelines.sources import Gap, Source, blobs, cells, find_asset, open_source, sql_cells
from pipelines.sources.base import Sliced
from pipelines.store.reader import Reader
from tests.pipelines.test_sources_archives import TABLE, zipped
from tests.pipelines.test_sources_blobs import LINES, drawn
from tests.pipelines.test_sources_blobs import database as sqlite_file
from tests.pipelines.test_sources_documents import pdf, picture


@dataclass
class Place:
    """A database: `sql` runs statements, `config` is it as a source, `binary` the type of its columns of bytes."""

    sql: Callable[..., Any]
    config: Any
    binary: str
    schema: str

    def hexed(self, content: bytes) -> str:
        return rf"'\x{content.hex()}'" if self.binary == "bytea" else f"x'{content.hex()}'"

    def table(self, name: str, *cells: bytes | None, key: str = "id int PRIMARY KEY") -> None:
        """Make a table of numbered rows with these cells in the column ``photo``."""
        self.sql(f"CREATE TABLE {name} ({key}, photo {self.binary})")
        for number, cell in enumerate(cells, 1):
            self.sql(f"INSERT INTO {name} VALUES ({number}, {'NULL' if cell is None else self.hexed(cell)})")


@pytest.fixture(params=["postgresql", "mysql", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        server.sql("DROP SCHEMA IF EXISTS cells CASCADE", "CREATE SCHEMA cells")
        config = PostgresSource(
            kind="postgresql", name="crm", host=server.host, database=server.database, user=server.user,
            schemas=("cells",),
        )  # fmt: skip

        def sql(*statements: str) -> None:
            server.sql("SET search_path TO cells", *statements)

        yield Place(sql, config, "bytea", "cells")
        server.sql("DROP SCHEMA cells CASCADE")
    elif request.param == "mysql":
        server = request.getfixturevalue("mariadb")
        server.sql("CREATE OR REPLACE DATABASE cells CHARACTER SET utf8mb4")
        config = MysqlSource(
            kind="mysql", name="crm", host=server.host, user=server.user, databases=("cells",)
        )
        yield Place(lambda *each: server.sql("USE cells", *each), config, "longblob", "cells")
        server.sql("DROP DATABASE cells")
    else:
        path = tmp_path / "crm.db"

        def run(*statements: str) -> None:
            with closing(sqlite3.connect(path)) as connection:
                for each in statements:
                    connection.execute(each)
                connection.commit()

        yield Place(run, SqliteSource(kind="sqlite", name="crm", path=path), "BLOB", "main")


@pytest.fixture
def opened(place: Place, key: KeyRing) -> Iterator[Source]:
    source = open_source(place.config, key)
    yield source
    source.close()


def listed(source: Source, place: Place) -> dict[str, str]:
    return {each.id.removeprefix(f"crm/{place.schema}."): each.kind for each in source.assets()}


def asset(source: Source, ending: str) -> AssetRef:
    return next(each for each in source.assets() if each.id.endswith(ending))


def read(source: Source, ending: str) -> tuple[dict[str, list[Any]], list[Gap]]:
    batches, gaps = [], []
    for each in source.batches(asset(source, ending)):
        gaps.append(each) if isinstance(each, Gap) else batches.append(each)
    return pa.Table.from_batches(batches).to_pydict() if batches else {}, gaps


def test_a_card_in_a_cell_is_read_by_ocr_and_leads_to_its_row(
    place: Place, opened: Source, tmp_path: Path, key: KeyRing
) -> None:
    card = picture(tmp_path / "card.png", LINES).read_bytes()
    place.table("customers", None, "文字".encode(), card)
    assert listed(opened, place) == {"customers": "table", "customers#画像": "image"}
    table, gaps = read(opened, ".customers")
    assert (table["photo"], gaps) == ([None, "文字", None], [])
    table, gaps = read(opened, "#画像")
    assert (list(table), [str(each) for each in table["id"]], gaps) == (["image", "id"], ["3"], [])
    assert opened.row_key(asset(opened, "#画像")) == "id"
    batch = next(each for each in opened.batches(asset(opened, "#画像")) if isinstance(each, pa.RecordBatch))
    findings, _, _ = examine_images(batch, 0, "balanced", Sealer(key), "Asia/Tokyo")
    assert {"PHONE_NUMBER", "PERSON"} <= set(findings["entity_type"].to_pylist())


def test_files_in_cells_are_read_as_in_an_archive(place: Place, opened: Source, tmp_path: Path) -> None:
    form = pdf(tmp_path / "form.pdf", ["氏名: 山田 太郎", "電話 090-1234-5678"]).read_bytes()
    inner = sqlite_file(tmp_path / "inner.db", "佐藤 花子").read_bytes()
    place.table("forms", form, zipped({"list.csv": TABLE}), inner, b"\x00\x01", drawn((16, 16)))
    assert listed(opened, place) == {
        "forms": "table",
        "forms!photo/1": "text",
        "forms!photo/2!list.csv": "csv",
        "forms!photo/3#documents": "table",
    }
    assert read(opened, ".forms")[1] == [Gap("binary-cell")]
    assert read(opened, "list.csv")[0]["番号"] == ["1", "2"]
    assert read(opened, "/3#documents")[0]["content"] == ["佐藤 花子"]
    assert "山田" in read(opened, "photo/1")[0]["text"][0]
    assert opened.row_key(asset(opened, "photo/1")) is None


def test_every_way_a_picture_begins_is_known_to_the_server_and_nothing_else(
    place: Place, opened: Source
) -> None:
    pictures = [drawn((90, 90), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "AVIF")]
    heads = [b"\0\0\0\x20ftyp" + brand + bytes(90) for brand in (b"heic", b"heix", b"mif1", b"msf1")]
    others = [
        b"\0\0\0\x20ftypisom",
        b"RIFF\0\0\0\0WAVE",
        b"\x89PNX\xff",
        b"\xff\xd8\0",
        b"xx\xff\xd8\xff",
        b"",
    ]
    place.table("several", *pictures, *heads, *others)
    assert [blobs.is_of_use(each) for each in (*pictures, *heads, *others)] == [True] * 9 + [False] * 6
    table, gaps = read(opened, "#画像")
    assert ([str(each) for each in table["id"]], gaps) == (list("12345"), [Gap("part-damaged")] * 4)
    assert [each.rows for each in read(opened, ".several")[1]] == [5]


def test_a_row_without_a_key_is_found_all_the_same(place: Place, opened: Source) -> None:
    files = [zipped({f"{number}.csv": TABLE}) for number in range(3)]
    place.table("loose", *files, drawn((90, 90)), drawn((80, 80)), key="id int")
    assert [each for each in listed(opened, place) if "!" in each] == [
        f"loose!photo/{number + 1}!{number}.csv" for number in range(3)
    ]
    assert all(read(opened, f"{number}.csv")[0]["番号"] == ["1", "2"] for number in range(3))
    assert read(opened, "#画像")[0]["page"] == [1, 2]


def test_a_key_of_several_columns_or_of_text_leads_to_the_cell(place: Place, opened: Source) -> None:
    content = place.hexed(zipped({"list.csv": TABLE}))
    place.sql(
        f"CREATE TABLE pairs (a varchar(20), b int, photo {place.binary}, PRIMARY KEY (a, b))",
        f"INSERT INTO pairs VALUES ('it''s 山田', 1, {content}), ('x', 2, {content})",
        f"CREATE TABLE named (a varchar(20) PRIMARY KEY, photo {place.binary})",
        f"INSERT INTO named VALUES ('山田\\x', {content}), ('b', {place.hexed(drawn((90, 90)))})",
    )
    for ending in ("pairs!photo/1!list.csv", "pairs!photo/2!list.csv", "named!photo/1!list.csv"):
        assert read(opened, ending)[0]["番号"] == ["1", "2"]
    assert read(opened, "named#画像")[0]["a"] == ["b"]


def test_what_is_too_large_is_told_and_not_fetched(
    place: Place, opened: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_cells, "LARGEST", 5_000)
    monkeypatch.setattr(sql_cells, "LONGEST_TEXT", 100)
    monkeypatch.setattr("pipelines.sources.cells.LARGEST_FILE", 2_000)
    large = drawn((90, 90))
    assert len(large) > 5_000
    place.table("big", large, drawn((50, 50)), zipped({"a.csv": TABLE * 200}) + bytes(2_000), b"\x01" * 200)
    assert listed(opened, place) == {"big": "table", "big#画像": "image", "big!photo/1": "unreadable"}
    table, gaps = read(opened, "#画像")
    assert ([str(each) for each in table["id"]], gaps) == (["2"], [Gap("too-large")])
    assert read(opened, ".big")[1] == [Gap("cell-too-long")]


def test_a_cell_sqlite_may_not_take_hides_no_picture(
    tmp_path: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sqlite", "sqlite_cells"):
        monkeypatch.setattr(f"pipelines.sources.{module}.LONGEST_VALUE", 20_000)
    monkeypatch.setattr(sql_cells, "LONGEST_TEXT", 1_000)
    cells = (drawn((200, 200)), drawn((90, 90)), zipped({"list.csv": TABLE}), b"\x01" * 30_000, "終")
    sqlite_file(tmp_path / "crm.db", "文字", *cells)
    source = open_source(SqliteSource(kind="sqlite", name="crm", path=tmp_path / "crm.db"), key)
    try:
        assert read(source, "#画像")[0]["id"] == ["3"]
        assert read(source, "list.csv")[0]["番号"] == ["1", "2"]
        table, gaps = read(source, ".documents")
        assert (table["content"], gaps) == (["文字", None, None, None, None, "終"], [Gap("cell-too-long", 2)])
        assert isinstance(source, Sliced)
        slices = source.slices(asset(source, ".documents"), "id", 1_000)
        assert Gap("cell-too-long", 2) in [each for piece in slices or () for each in piece.read()]
    finally:
        source.close()


def test_rows_before_a_damaged_page_are_read_and_what_cannot_be_searched_is_told(
    tmp_path: Path, key: KeyRing
) -> None:
    path = sqlite_file(tmp_path / "crm.db", *(drawn((60, 60), seed=number) for number in range(40)))
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master").fetchone()
        rows = connection.execute("SELECT count(*) FROM documents").fetchone()
    torn = bytearray(path.read_bytes())
    leaves = [at for at in range(0, len(torn), page) if torn[at] == 0x0D and at // page + 1 != root]
    torn[leaves[-1] : leaves[-1] + 8] = b"\xff" * 8
    path.write_bytes(torn)
    source = open_source(SqliteSource(kind="sqlite", name="crm", path=path), key)
    try:
        kinds = {each.id: each.kind for each in source.assets()}
        assert kinds == {"crm/main.documents": "table", "crm/main.documents#画像": "unreadable"}
        batches = source.batches(asset(source, ".documents"))
        assert 0 < next(batches).num_rows < rows[0]  # type: ignore[union-attr]
        with pytest.raises(NotExamined, match="file-damaged"):
            list(batches)
        with pytest.raises(NotExamined, match="file-damaged"):
            list(source.batches(asset(source, "#画像")))
    finally:
        source.close()


def test_one_asset_is_found_without_searching_the_cells_of_other_tables(
    place: Place, opened: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.table("one", drawn((90, 90)))
    place.table("two", drawn((80, 80)))
    searched: list[str] = []
    looking = cells.list_cells
    monkeypatch.setattr(
        cells, "list_cells", lambda asset, *more: searched.append(asset.id) or looking(asset, *more)
    )
    name = f"crm/{place.schema}"
    for wanted in (f"{name}.two", f"{name}.two#画像"):
        found = find_asset(opened, wanted)
        assert found is not None and found.id == wanted
    assert searched == [f"{name}.two"]
    assert find_asset(opened, f"{name}.three") is None


def test_pictures_are_those_of_one_moment(place: Place, opened: Source) -> None:
    if place.schema == "main":
        place.sql("PRAGMA journal_mode = WAL")
    card = place.hexed(drawn((90, 90)))
    place.sql(
        f"CREATE TABLE moving (id int PRIMARY KEY, front {place.binary}, back {place.binary})",
        *(f"INSERT INTO moving VALUES ({number}, {card}, {card})" for number in range(3)),
    )
    rows = opened.batches(asset(opened, "#画像"))
    next(rows)
    place.sql("DELETE FROM moving")
    assert len(list(rows)) == 5


def test_more_pictures_than_are_looked_at_are_told(
    place: Place, opened: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "MOST_PICTURES", 2)
    place.table("many", *(drawn((60, 60), seed=number) for number in range(5)))
    table, gaps = read(opened, "#画像")
    assert ([str(each) for each in table["id"]], gaps) == (["1", "2"], [Gap("image-many-pages", 3)])


@pytest.fixture
def job(place: Place, key: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)

    def made(*rules: dict[str, Any]) -> Job:
        told = place.config.model_dump(exclude_none=True)
        made = Estate.model_validate({"sources": [told], "assets": list(rules)})
        return Job(made, Layout(tmp_path / "out").create(), key)

    return made


def current(on: Job, query: str) -> list[tuple[Any, ...]]:
    with Reader(on.layout.store) as store:
        return [tuple(row.values()) for row in store.arrow(query).to_pylist()]


def analyzed(place: Place) -> None:
    """Let the server know how large its tables are; of SQLite, let the file settle."""
    if place.schema == "main":
        time.sleep(0.12)
    elif place.binary == "bytea":
        place.sql("ANALYZE")


def test_a_night_costs_the_pictures_that_changed(
    place: Place, job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "PART_PICTURES", 8)
    cards = [drawn((60, 60), seed=number) for number in range(40)]
    place.table("customers", *cards, zipped({"list.csv": TABLE}))
    analyzed(place)
    on = job()
    assert scan(on, workers=1).sources[0].assets == 3
    (told,) = current(on, "SELECT max(scan_id) AS scan_id FROM scan")
    assert survey(on, scans=frozenset(told)).assets == []
    looked_at: list[int] = []
    looking = detect.examine_images

    def counting(batch: pa.RecordBatch, *more: Any) -> Any:
        looked_at.append(batch.num_rows)
        return looking(batch, *more)

    monkeypatch.setattr(detect, "examine_images", counting)
    place.sql(f"UPDATE customers SET photo = {place.hexed(drawn((61, 60)))} WHERE id = 40")
    analyzed(place)
    scan(on, workers=1)
    assert 0 < sum(looked_at) <= 16
    rows = "SELECT sum(rows) AS rows FROM current_part WHERE asset_id LIKE '%画像'"
    assert [int(each) for (each,) in current(on, rows)] == [40]


@pytest.mark.slow
def test_what_is_found_on_a_picture_leads_to_its_row_and_the_rule_of_the_table_holds(
    place: Place, job: Callable[..., Job], tmp_path: Path, key: KeyRing
) -> None:
    card = picture(tmp_path / "card.png", LINES).read_bytes()
    place.sql(
        f"CREATE TABLE customers (id int PRIMARY KEY, front {place.binary}, back {place.binary})",
        f"INSERT INTO customers VALUES (4711, {place.hexed(card)}, {place.hexed(card)}), (4712, NULL, NULL)",
    )
    name = f"crm/{place.schema}.customers"
    on = job({"match": name, "owner": "desk", "columns": {"key": "id", "last_activity": "id"}})
    scan(on, workers=1)
    rows = "SELECT DISTINCT f.row_key FROM current_finding f JOIN current_part p USING (part_id) "
    keyed = Sealer(key).row_key("4711", personal=True)
    assert current(on, rows + "WHERE p.asset_id LIKE '%画像'") == [(keyed,)]
    asked = "SELECT asset_id, owner FROM current_asset ORDER BY asset_id"
    assert current(on, asked) == [(name, "desk"), (f"{name}#画像", "desk")]
    phones = [
        cell.spots.get(("PHONE_NUMBER", start, end))
        for _, cell in reread(on, f"{name}#画像", {keyed: {"image": None}})
        for kind, start, end in cell.spots
        if kind == "PHONE_NUMBER"
    ]
    assert phones == ["090-1234-5678"] * 2


def test_who_may_read_the_table_or_the_column_may_read_the_pictures(postgres: Any, key: KeyRing) -> None:
    postgres.sql(
        "DROP SCHEMA IF EXISTS granted CASCADE",
        "CREATE SCHEMA granted",
        "CREATE TABLE granted.cards (id int PRIMARY KEY, name text, photo bytea)",
        rf"INSERT INTO granted.cards VALUES (1, 'x', '\x{drawn((90, 90)).hex()}')",
        *(f"CREATE ROLE cells_{each} LOGIN" for each in ("whole", "names", "photos")),
        "GRANT USAGE ON SCHEMA granted TO PUBLIC",
        "GRANT SELECT ON granted.cards TO cells_whole",
        "GRANT SELECT (id, name) ON granted.cards TO cells_names",
        "GRANT SELECT (id, photo) ON granted.cards TO cells_photos",
    )
    config = PostgresSource(
        kind="postgresql", name="crm", host=postgres.host, database=postgres.database, user=postgres.user,
        schemas=("granted",),
    )  # fmt: skip
    source = open_source(config, key)
    try:
        granted = {
            (each.asset.partition("#")[2], each.grantee.removeprefix("cells_"), each.columns)
            for each in source.grants([*source.assets()])
            if each.grantee.startswith("cells_")
        }
        assert granted == {
            ("", "whole", ()), ("画像", "whole", ()), ("", "names", ("id", "name")),
            ("", "photos", ("id", "photo")), ("画像", "photos", ("photo",)),
        }  # fmt: skip
    finally:
        source.close()
        postgres.sql("DROP SCHEMA granted CASCADE", "DROP ROLE cells_whole, cells_names, cells_photos")


def test_partitions_and_views_of_a_server_are_read_too(postgres: Any, key: KeyRing) -> None:
    packed = zipped({"list.csv": TABLE}).hex()
    postgres.sql(
        "DROP SCHEMA IF EXISTS parted CASCADE",
        "CREATE SCHEMA parted",
        "CREATE TABLE parted.cards (id int, photo bytea) PARTITION BY RANGE (id)",
        "CREATE TABLE parted.cards_1 PARTITION OF parted.cards FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE parted.cards_2 PARTITION OF parted.cards FOR VALUES FROM (10) TO (20)",
        rf"INSERT INTO parted.cards SELECT n, '\x{packed}' FROM unnest(ARRAY[1, 2, 11]) AS n",
        "CREATE VIEW parted.shown AS SELECT photo AS card FROM parted.cards",
    )
    config = PostgresSource(
        kind="postgresql", name="crm", host=postgres.host, database=postgres.database, user=postgres.user,
        schemas=("parted",),
    )  # fmt: skip
    source = open_source(config, key)
    try:
        files = [each for each in source.assets() if each.kind == "csv"]
        assert [each.id.removeprefix("crm/parted.") for each in files] == [
            f"{table}/{number}!list.csv" for table in ("cards!photo", "shown!card") for number in (1, 2, 3)
        ]
        assert all(next(source.batches(each)).column("番号").to_pylist() == ["1", "2"] for each in files)
    finally:
        source.close()
        postgres.sql("DROP SCHEMA parted CASCADE")
