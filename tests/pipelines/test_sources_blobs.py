"""Pictures and files in cells, photos in address books, files attached to PDF. Persons are invented."""

from __future__ import annotations

import base64
import io
import random
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import duckdb
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pypdfium2
import pytest
from pyarrow import feather, orc

from pipelines.adhoc.classify import classify
from pipelines.examine.image_parts import examine_images
from pipelines.seal import Sealer
from pipelines.sources import Gap, Source, blobs, duckdb_cells, sql_cells
from pipelines.sources.base import Sliced
from tests.pipelines.scans import KEYS
from tests.pipelines.test_sources_archives import TABLE, listed, reasons, zipped
from tests.pipelines.test_sources_documents import pdf, picture
from tests.pipelines.test_sources_files import put, read, reason, root, source

__all__ = ["root", "source"]

LINES = ["申込書", "氏名 山田 太郎 様", "電話 090-1234-5678", "住所 東京都千代田区丸の内一丁目2番3号"]


def drawn(size: tuple[int, int], kind: str = "PNG", seed: int = 0) -> bytes:
    data = io.BytesIO()
    noise = random.Random(seed).randbytes(size[0] * size[1])
    PIL.Image.frombytes("L", size, noise).save(data, kind)
    return data.getvalue()


def database(path: Path, *cells: object, table: str = "documents") -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, content BLOB)")
        connection.executemany(f"INSERT INTO {table} (content) VALUES (?)", [(cell,) for cell in cells])
        connection.commit()
    return path


def attached(path: Path, files: dict[str, bytes]) -> bytes:
    """A PDF with files attached to it."""
    pdf(path, ["氏名: 山田 太郎 様"])
    with closing(pypdfium2.PdfDocument(path)) as document:
        for name, content in files.items():
            document.new_attachment(name).set_data(content)
        data = io.BytesIO()
        document.save(data)
    return data.getvalue()


def test_a_card_in_a_cell_of_a_database_is_read_by_ocr(root: Path, source: Source, tmp_path: Path) -> None:
    card = picture(tmp_path / "card.png", LINES).read_bytes()
    database(root / "app.db", card, "文字")
    assert listed(source) == {"app.db#documents": "table", "app.db#画像": "image"}
    assert read(source, "#documents") == ({"id": ["1", "2"], "content": [None, "文字"]}, [])
    asset = next(each for each in source.assets() if each.kind == "image")
    (batch,) = source.batches(asset)
    assert not isinstance(batch, Gap)
    findings, _, _ = examine_images(batch, 0, "balanced", Sealer(KEYS), "Asia/Tokyo")
    assert {"PHONE_NUMBER", "PERSON"} <= set(findings["entity_type"].to_pylist())


@pytest.mark.parametrize("place", ["app.db", "a.zip!app.db"])
def test_pictures_of_all_tables_are_one_asset_and_symbols_are_nothing(
    root: Path, source: Source, tmp_path: Path, place: str
) -> None:
    path = database(tmp_path / "app.db", drawn((96, 96)), drawn((16, 16)), drawn((300, 200), "JPEG"))
    database(path, drawn((200, 100), "GIF"), b"\x89PNG\r\n\x1a\n torn", table="photos")
    content = path.read_bytes()
    put(root, "a.zip", zipped({"app.db": content})) if "!" in place else put(root, "app.db", content)
    assert set(listed(source)) == {f"{place}#{each}" for each in ("documents", "photos", "画像")}
    table, gaps = read(source, f"{place}#画像")
    assert (table["page"], gaps) == ([1, 2, 3], [Gap("part-damaged")])
    assert read(source, "#documents")[1] == read(source, "#photos")[1] == []


def test_files_in_cells_are_read_as_in_an_archive(root: Path, source: Source, tmp_path: Path) -> None:
    form = pdf(tmp_path / "form.pdf", ["氏名: 山田 太郎", "電話 090-1234-5678"]).read_bytes()
    inner = database(tmp_path / "inner.db", "佐藤 花子").read_bytes()
    database(root / "app.db", form, zipped({"list.csv": TABLE}), inner, b"\x00\x01")
    assert listed(source) == {
        "app.db#documents": "table",
        "app.db!documents/content/1": "text",
        "app.db!documents/content/2!list.csv": "csv",
        "app.db!documents/content/3#documents": "table",
    }
    assert read(source, "app.db#documents")[1] == [Gap("binary-cell")]
    assert read(source, "list.csv")[0]["番号"] == ["1", "2"]
    assert read(source, "/3#documents")[0]["content"] == ["佐藤 花子"]
    assert "山田" in read(source, "content/1")[0]["text"][0]
    assert classify(root / "app.db").not_examined == {"attachment": 3, "binary-cell": 1}


def test_names_of_columns_with_files_are_masked(root: Path, source: Source) -> None:
    with closing(sqlite3.connect(root / "app.db")) as connection:
        connection.execute('CREATE TABLE t ("{0} 山田太郎様 090-1234-5678" BLOB)')
        connection.execute("INSERT INTO t VALUES (?)", (zipped({"a.csv": TABLE}),))
        connection.commit()
    names = [each.id for each in source.assets()]
    assert len(names) == 2 and not [each for each in names if "山田" in each or "5678" in each]


def test_pictures_and_files_in_columns_of_parquet_are_read(root: Path, source: Source) -> None:
    cells = pa.array([drawn((300, 200)), zipped({"list.csv": TABLE}), b"\x00\x01", "文字".encode(), None])
    pq.write_table(pa.table({"氏名": list("abcde"), "写真": cells}), root / "a.parquet", row_group_size=2)
    assert listed(source) == {
        "a.parquet": "parquet",
        "a.parquet#画像": "image",
        "a.parquet!写真/1!list.csv": "csv",
    }
    table, gaps = read(source, "a.parquet")
    assert (table["写真"], sum(each.rows for each in gaps)) == ([None, None, None, "文字", None], 1)
    assert read(source, "#画像")[0]["page"] == [1]
    assert isinstance(source, Sliced)
    asset = next(each for each in source.assets() if each.kind == "parquet")
    assert len(list(source.slices(asset, None, 1000) or ())) == 3


def test_a_picture_in_a_column_of_fixed_width_is_not_passed_over(root: Path, source: Source) -> None:
    card = drawn((200, 100))
    cells = pa.array([card], pa.binary(len(card)))
    pq.write_table(pa.table({"写真": cells}), root / "a.parquet")
    assert [asset.kind for asset in source.assets()] == ["parquet", "image"]


def test_a_table_without_pictures_is_called_as_before(root: Path, source: Source) -> None:
    pq.write_table(pa.table({"a": pa.array([b"\x00\x01"])}), root / "a.parquet")
    (asset,) = source.assets()
    assert (asset.id, asset.member) == ("share/a.parquet", "")


def test_photos_in_an_address_book_are_read(root: Path, source: Source) -> None:
    photo = base64.b64encode(drawn((96, 96), "JPEG")).decode()
    card = (
        f"BEGIN:VCARD\nFN:山田 太郎\nPHOTO;ENCODING=b;TYPE=JPEG:{photo}\nKEY;ENCODING=b:AAECAw==\nEND:VCARD\n"
    )
    put(root, "a.vcf", card + card.replace("ENCODING=b;TYPE=JPEG:", "VALUE=uri:data:image/jpeg;base64,"))
    assert listed(source) == {"a.vcf": "vcard", "a.vcf#画像": "image"}
    assert read(source, "a.vcf")[1] == [Gap("attachment", 2)]
    assert read(source, "#画像")[0]["page"] == [1, 2]


def test_half_a_photo_is_told(root: Path, source: Source) -> None:
    photo = base64.b64encode(b"\xff\xd8\xff" + bytes(4 << 20)).decode()
    put(root, "a.vcf", f"BEGIN:VCARD\nFN:山田\nPHOTO;ENCODING=b:{photo}\nEND:VCARD\n")
    assert listed(source) == {"a.vcf": "vcard"}
    assert read(source)[1] == [Gap("attachment")]


def test_more_pictures_than_are_looked_at_are_told(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "MOST_PICTURES", 2)
    database(root / "app.db", *(drawn((60, 60), seed=number) for number in range(5)))
    table, gaps = read(source, "#画像")
    assert (table["page"], gaps) == ([1, 2], [Gap("image-many-pages", 3)])


def test_files_attached_to_a_pdf_are_read_as_those_of_a_mail(
    root: Path, source: Source, tmp_path: Path
) -> None:
    files = {"名簿.csv": TABLE, "in/ner.zip": zipped({"list.csv": TABLE})}
    put(root, "a.pdf", attached(tmp_path / "a.pdf", files))
    assert listed(source) == {"a.pdf": "text", "a.pdf!in∕ner.zip!list.csv": "csv", "a.pdf!名簿.csv": "csv"}
    assert read(source, "名簿.csv")[0]["番号"] == ["1", "2"]
    assert read(source, "a.pdf")[1] == []


def test_a_file_that_hangs_on_a_page_is_read(root: Path, source: Source) -> None:
    put(root, "a.pdf", by_hand(zlib.compress(TABLE)))
    assert listed(source) == {"a.pdf": "text", "a.pdf!a.csv": "csv"}
    assert read(source, "a.csv")[0]["番号"] == ["1", "2"]


def by_hand(stream: bytes) -> bytes:
    """A PDF with a packed file on its one page."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[6 0 R]>>",
        b"<</Type/Filespec/F(a.csv)/UF(a.csv)/EF<</F 5 0 R>>>>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 4 0 R>>",
    ]
    data, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 7\n0000000000 65535 f \n" + rows + b"trailer<</Size 7/Root 1 0 R>>\n"
    return data + head + b"startxref\n%d\n%%%%EOF\n" % len(data)


def test_a_bomb_attached_to_a_pdf_is_refused(root: Path, source: Source) -> None:
    packer = zlib.compressobj(9)
    put(
        root,
        "a.pdf",
        by_hand(b"".join(packer.compress(bytes(1 << 20)) for _ in range(1200)) + packer.flush()),
    )
    assert reasons(source) == {"a.pdf!a.csv": "too-large"}


@pytest.mark.parametrize("seed", range(30))
def test_damaged_files_with_pictures_and_files_end_in_assets_and_reasons(
    root: Path, source: Source, tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    whole = [
        database(tmp_path / "a.db", drawn((90, 90)), zipped({"list.csv": TABLE})).read_bytes(),
        attached(tmp_path / "a.pdf", {"名簿.csv": TABLE}),
        b"BEGIN:VCARD\nFN:a\nPHOTO;ENCODING=b:" + base64.b64encode(drawn((90, 90))) + b"\nEND:VCARD\n",
    ]
    pq.write_table(pa.table({"a": [drawn((90, 90)), zipped({"list.csv": TABLE})]}), tmp_path / "a.parquet")
    table = pa.table({"a": [drawn((90, 90)), zipped({"list.csv": TABLE})]})
    feather.write_feather(table, tmp_path / "a.arrow")
    orc.write_table(table, tmp_path / "a.orc")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE t AS SELECT * FROM given")
    whole += [(tmp_path / f"a.{kind}").read_bytes() for kind in ("parquet", "arrow", "orc", "duckdb")]
    for number, content in enumerate(whole):
        torn = bytearray(content)
        for _ in range(draw.randrange(1, 30)):
            torn[draw.randrange(len(torn))] = draw.randrange(256)
        put(root, f"{number}", bytes(torn if seed % 2 else torn[: draw.randrange(len(torn))]))
    names = list(listed(source))
    assert {each[0] for each in names} == set("0123456")
    for name in names:
        try:
            read(source, f"/{name}")
        except Exception as error:
            assert type(error).__name__ == "NotExamined", error


def test_files_beyond_the_depth_are_told_and_the_table_is_read(
    root: Path, source: Source, tmp_path: Path
) -> None:
    content = database(tmp_path / "a.db", zipped({"list.csv": TABLE})).read_bytes()
    for _ in range(5):
        content = zipped({"a": content})
    put(root, "a.zip", content)
    place = "a.zip" + "!a" * 5
    assert listed(source) == {f"{place}#documents": "table", f"{place}!…": "unreadable"}
    assert reason(source, "…") == "too-deep"


def test_pictures_and_files_in_arrow_and_orc_are_read(root: Path, source: Source) -> None:
    cells = [
        drawn((300, 200)),
        zipped({"list.csv": TABLE}),
        b"\x00\x01",
        "文字".encode(),
        None,
        drawn((16, 16)),
    ]
    table = pa.table({"氏名": list("abcdef"), "写真": pa.array(cells)})
    feather.write_feather(table, root / "a.arrow")
    orc.write_table(table, root / "a.orc")
    with pa.OSFile(str(root / "b.arrows"), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    for name in ("a.arrow", "a.orc", "b.arrows"):
        inside = {place: kind for place, kind in listed(source).items() if place.startswith(name)}
        assert inside == {name: "table", f"{name}#画像": "image", f"{name}!写真/1!list.csv": "csv"}
        read_table, gaps = read(source, f"/{name}")
        expected = [None, None, None, "文字", None, None]
        assert (read_table["写真"], gaps) == (expected, [Gap("binary-cell", 1)])
        assert read(source, f"{name}#画像")[0]["page"] == [1]
        assert read(source, f"{name}!写真/1!list.csv")[0]["番号"] == ["1", "2"]


def test_pictures_and_files_in_all_tables_of_duckdb_are_read(root: Path, source: Source) -> None:
    with duckdb.connect(str(root / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE 会員 (id INTEGER, 写真 BLOB)")
        cells = [drawn((300, 200)), zipped({"list.csv": TABLE}), b"\x00\x01", "文字".encode(), None]
        connection.executemany("INSERT INTO 会員 VALUES (?, ?)", [*enumerate(cells)])
        connection.execute("CREATE SCHEMA mart")
        connection.execute("CREATE TABLE mart.cards AS SELECT ?::BLOB AS card", [drawn((90, 90))])
    assert listed(source) == {
        "a.duckdb#会員": "table",
        "a.duckdb#mart.cards": "table",
        "a.duckdb#画像": "image",
        "a.duckdb!会員/写真/1!list.csv": "csv",
    }
    table, gaps = read(source, "#会員")
    assert (table["写真"], gaps) == ([None, None, None, "文字", None], [Gap("binary-cell", 1)])
    assert read(source, "#画像")[0]["page"] == [1, 2]
    assert read(source, "list.csv")[0]["番号"] == ["1", "2"]


def test_what_is_too_long_in_a_cell_of_duckdb_is_told(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_cells, "LONGEST_TEXT", 100)
    monkeypatch.setattr(duckdb_cells, "LARGEST", 1_000)
    with duckdb.connect(str(root / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE t (a BLOB)")
        cells = [(drawn((90, 90)),), (drawn((20, 20)),), (b"\x01" * 101,), (b"text",)]
        connection.executemany("INSERT INTO t VALUES (?)", cells)
    assert listed(source) == {"a.duckdb#t": "table"}
    assert read(source, "#t") == ({"a": [None, None, None, "text"]}, [Gap("cell-too-long", 2)])
