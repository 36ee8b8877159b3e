"""Directories of files: what is listed, what is read, what is reported. Persons are invented."""

from __future__ import annotations

import base64
import datetime as dt
import os
import random
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.comments
import openpyxl.drawing.image
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import pytest
from pydantic import TypeAdapter

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef
from pipelines.source_config import FilesSource
from pipelines.sources import Gap, Source, files, find_asset, open_source
from tests.canaries import plant_files

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "share"
    directory.mkdir(mode=0o755)
    return directory


@pytest.fixture
def source(root: Path, key: KeyRing) -> Source:
    return open_source(FilesSource(kind="files", name="share", path=root), key)


def ends_well(source: Source) -> None:
    """Read all there is: what cannot be read is told, by a reason that quotes nothing of it."""
    for asset in list(source.assets()):
        try:
            list(source.batches(asset))
        except NotExamined as fault:
            assert fault.code != "reader-failed"
            assert "山田" not in str(fault)


def put(root: Path, name: str, content: bytes | str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(source: Source, ending: str = "") -> tuple[dict[str, list[Any]], list[Gap]]:
    asset = next(each for each in source.assets() if each.id.endswith(ending))
    items = list(source.batches(asset))
    tables = [pa.Table.from_batches([item]) for item in items if isinstance(item, pa.RecordBatch)]
    table = pa.concat_tables(tables, promote_options="permissive").to_pydict() if tables else {}
    return table, [item for item in items if isinstance(item, Gap)]


def reason(source: Source, ending: str = "") -> str:
    with pytest.raises(NotExamined) as caught:
        read(source, ending)
    return caught.value.code


def test_files_are_listed_in_a_stable_order_under_their_paths(root: Path, source: Source) -> None:
    for name in ("b.csv", "a/z.txt", "a/b.jsonl", "店舗.csv"):
        put(root, name, '{"x": 1}\n')
    ids = [asset.id for asset in source.assets()]
    assert ids == ["share/a/b.jsonl", "share/a/z.txt", "share/b.csv", "share/店舗.csv"]
    assert ids == [asset.id for asset in source.assets()]


def test_personal_data_in_a_path_is_masked_and_the_file_still_found(root: Path, source: Source) -> None:
    put(root, "解約/090-1234-5678.txt", "本文")
    (asset,) = source.assets()
    assert "090-1234-5678" not in asset.id and asset.id.startswith("share/解約/‹PHONE_NUMBER ")
    assert read(source) == ({"text": ["本文"]}, [])


def test_one_asset_is_found_again_without_opening_the_other_files(
    root: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.rmdir()
    plant_files(root)
    put(root, "356938035643809/note.txt", "本文")
    put(root, "か\u3099.txt", "1")
    put(root, "が.txt", "2")
    time.sleep(0.12)
    source = open_source(FilesSource(kind="files", name="share", path=root, devices="*"), key)
    assets = list(source.assets())
    opened: list[Path] = []
    listing = files.list_file
    monkeypatch.setattr(files, "list_file", lambda path: opened.append(path) or listing(path))
    for asset in (each for each in assets if "!" not in each.id or each.id.endswith(".tsv")):
        opened.clear()
        assert find_asset(source, asset.id) == asset
        # Two look alike.
        assert len(opened) <= (2 if "が.txt" in asset.id else 1)
    opened.clear()
    assert find_asset(source, "share/none.csv") is None and opened == []


def test_globs_choose_files(root: Path, key: KeyRing) -> None:
    for name in ("a.csv", "b.tmp", "x/c.csv", "x/y/d.csv", "old/e.csv"):
        put(root, name, "a\n1\n")

    def listed(**globs: Any) -> list[str]:
        config = FilesSource(kind="files", name="s", path=root, **globs)
        return [asset.locator for asset in open_source(config, key).assets()]

    assert listed(exclude=("*.tmp", "old/**")) == ["a.csv", "x/c.csv", "x/y/d.csv"]
    assert listed(include=("x/*.csv",)) == ["x/c.csv"]
    assert listed(include=("**/*.csv",), exclude=("**/y/*",)) == ["a.csv", "old/e.csv", "x/c.csv"]


def test_names_that_are_not_utf8_are_read(root: Path, source: Source) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/" + "一覧%.txt".encode("cp932"))).write_text("本文")
    (asset,) = source.assets()
    assert asset.id == "share/一覧%.txt"
    told = TypeAdapter(AssetRef)
    assert told.validate_json(told.dump_json(asset)) == asset
    assert read(source) == ({"text": ["本文"]}, [])


def test_composed_and_decomposed_names_are_two_assets(root: Path, source: Source) -> None:
    put(root, "が.txt", "1")
    put(root, "か\u3099.txt", "2")
    assert sorted(asset.id for asset in source.assets()) == ["share/が.txt", "share/が.txt~2"]


def test_nothing_is_passed_over_in_silence(root: Path, source: Source, tmp_path: Path) -> None:
    put(tmp_path, "outside.csv", "a\n1\n")
    put(root, "inside.csv", "a\n1\n")
    (root / "leaves.csv").symlink_to(tmp_path / "outside.csv")
    (root / "dangling.csv").symlink_to(root / "none.csv")
    (root / "again.csv").symlink_to(root / "inside.csv")
    (root / "circle").symlink_to(root / "circle")
    os.mkfifo(root / "pipe")
    put(root, "archive.zip", b"PK\x05\x06" + bytes(17))
    put(root, "torn.pdf", b"%PDF-1.7\n")
    put(root, "program", bytes(range(256)))
    put(root, "broken.xlsx", "this is no workbook")
    put(root, "cut.parquet", b"PAR1" + bytes(10))
    put(root, "not.parquet", "text")
    assert {
        asset.locator: reason(source, asset.locator) for asset in source.assets() if asset.kind != "csv"
    } == {
        "archive.zip": "file-damaged",
        "broken.xlsx": "file-damaged",
        "circle": "file-unreadable",
        "cut.parquet": "file-damaged",
        "dangling.csv": "file-missing",
        "leaves.csv": "link-outside",
        "not.parquet": "file-damaged",
        "pipe": "not-a-file",
        "program": "format-unsupported",
        "torn.pdf": "file-damaged",
    }
    assert [asset.locator for asset in source.assets() if asset.kind == "csv"] == ["inside.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_permissions_hide_is_reported(root: Path, source: Source, key: KeyRing) -> None:
    put(root, "closed.csv", "a\n1\n").chmod(0)
    put(root, "cellar/x.csv", "a\n1\n")
    (root / "cellar").chmod(0)
    codes = {asset.locator: reason(source, asset.locator) for asset in source.assets()}
    narrow = FilesSource(kind="files", name="share", path=root, include=("*.txt", "*.csv"))
    assert [each.locator for each in open_source(narrow, key).assets()] == ["cellar", "closed.csv"]
    (root / "cellar").chmod(0o755)
    assert codes == {"cellar": "directory-unreadable", "closed.csv": "file-unreadable"}


@pytest.mark.parametrize(
    ("choice", "listed"),
    [
        ({"include": ("**/*.csv",)}, ["a.csv", "archive"]),
        ({"include": ("**/*.csv",), "exclude": ("archive/**",)}, ["a.csv"]),
        ({"exclude": (".*",)}, ["a.csv", "archive"]),
    ],
)
def test_a_directory_that_is_not_walked_may_hold_what_is_included(
    tmp_path: Path, key: KeyRing, choice: dict[str, Any], listed: list[str]
) -> None:
    (tmp_path / "share").mkdir()
    put(tmp_path, "elsewhere/b.csv", "a\n1\n")
    put(tmp_path, "share/a.csv", "a\n1\n")
    (tmp_path / "share/archive").symlink_to(tmp_path / "elsewhere")
    source = open_source(FilesSource(kind="files", name="s", path=tmp_path / "share", **choice), key)
    assert [asset.locator for asset in source.assets()] == listed


def test_a_share_of_whose_files_none_is_included_is_reported(tmp_path: Path, key: KeyRing) -> None:
    source = open_source(FilesSource(kind="files", name="s", path=tmp_path, include=("*.cvs",)), key)
    assert list(source.assets()) == []
    put(tmp_path, "a.csv", "a\n1\n")
    with pytest.raises(NotExamined, match="nothing-included"):
        list(source.assets())


def test_a_missing_directory_is_reported(tmp_path: Path, key: KeyRing) -> None:
    source = open_source(FilesSource(kind="files", name="s", path=tmp_path / "none"), key)
    with pytest.raises(NotExamined, match="directory-missing"):
        list(source.assets())


def test_a_directory_the_system_cannot_reach_is_reported(tmp_path: Path, key: KeyRing) -> None:
    # A server that is down cannot be had here; a name longer than the system takes fails as it does.
    source = open_source(FilesSource(kind="files", name="s", path=tmp_path / ("x" * 300)), key)
    with pytest.raises(NotExamined, match="directory-unreadable"):
        list(source.assets())


def test_a_file_that_changes_while_it_is_read_is_reported(root: Path, source: Source) -> None:
    path = put(root, "log.csv", "a\n1\n")
    (asset,) = source.assets()
    stream = source.batches(asset)
    assert isinstance(next(stream), pa.RecordBatch)
    path.write_text("a\n1\n2\n")
    with pytest.raises(NotExamined, match="changed-while-reading"):
        list(stream)


def test_a_file_deleted_after_listing_is_reported(root: Path, source: Source) -> None:
    path = put(root, "log.csv", "a\n1\n")
    (asset,) = source.assets()
    path.unlink()
    with pytest.raises(NotExamined, match="file-missing"):
        list(source.batches(asset))


def test_content_decides_before_the_suffix(root: Path, source: Source) -> None:
    pq.write_table(pa.table({"x": ["1"]}), root / "export.csv")
    put(root, "members.dat", "id,name,tel\n1,a,2\n2,b,3\n3,c,4\n")
    put(root, "records", '{"a": "1"}\n{"a": "2"}\n')
    kinds = {asset.locator: asset.kind for asset in source.assets()}
    assert kinds == {"export.csv": "parquet", "members.dat": "csv", "records": "jsonl"}


def test_json_lines_keep_text_and_paths(root: Path, source: Source) -> None:
    put(
        root,
        "a.jsonl",
        '{"id": 12345678901234567890, "a": {"b": 1.50, "c": [{"d": "x"}, {"d": "y"}]}, "tel": ["1", "2"]}\n'
        '{"id": "007", "e": null, "f": true, "bad": "\\ud800"}\n',
    )
    table, gaps = read(source)
    assert table == {
        "id": ["12345678901234567890", "007"],
        "a.b": ["1.50", None],
        "a.c.d": ["x\ny", None],
        "tel": ["1\n2", None],
        "f": [None, "true"],
        "bad": [None, "?"],
    }
    assert gaps == []


def test_a_key_written_twice_keeps_both_values(root: Path, source: Source) -> None:
    put(
        root,
        "a.jsonl",
        '{"tel": "090-0000-0001", "x": {"tel": "1", "tel": ["2"]}, "tel": "090-0000-0002"}\n' * 2,
    )
    assert read(source) == ({"tel": ["090-0000-0001\n090-0000-0002"] * 2, "x.tel": ["1\n2"] * 2}, [])


def test_broken_and_bottomless_json_lines_are_gaps(root: Path, source: Source) -> None:
    put(root, "a.jsonl", '{"a": 1}\n{broken\n' + "[" * 100_000 + '\n{"a": 2}\n"scalar"\n')
    table, gaps = read(source)
    assert table == {"a": ["1", "2", None], "value": [None, None, "scalar"]}
    assert gaps == [Gap("row-broken", 2)]


def test_keys_of_json_objects_that_are_data_are_cells(root: Path, source: Source) -> None:
    people = (
        '{"taro@example.jp": {"plan": "A"}, "佐藤 花子": null, "090-1234-5678": {}, "氏名": null, "千葉": 2}'
    )
    put(root, "a.json", people.encode())
    table, gaps = read(source)
    assert table == {
        "千葉": ["2"],
        "(key)": ["taro@example.jp\n佐藤 花子\n090-1234-5678"],
        "(value).plan": ["A"],
    }
    assert not gaps


def test_entries_of_a_directory_are_rows_with_their_names_decoded(root: Path, source: Source) -> None:
    name, photo = (base64.b64encode(each).decode() for each in ("山田 太郎".encode(), b"\xff\xd8\xff\0"))
    entries = (
        "version: 1\n# staff\n\n"
        f"dn: uid=1,dc=example\ncn:: {name[:9]}\n {name[9:]}\ntelephoneNumber: 090-12\n 34-5678\n"
        f"jpegPhoto:: {photo}\n"
        f"\ndn: uid=2,dc=example\nsn;lang-ja:: {name}\n"
    )
    put(root, "staff.txt", entries.encode())
    put(root, "staff.ldif", entries.replace("\n", "\r\n").encode())
    for ending in ("staff.txt", "staff.ldif"):
        table, gaps = read(source, ending)
        first, second = table["text"][-2:]
        assert first == "dn: uid=1,dc=example\ncn: 山田 太郎\ntelephoneNumber: 090-1234-5678"
        assert second == "dn: uid=2,dc=example\nsn;lang-ja: 山田 太郎"
        assert gaps == [Gap("binary-cell", 1)]


def test_postscript_is_told_since_it_writes_letters_as_numbers_of_its_fonts(
    root: Path, source: Source
) -> None:
    put(root, "a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n/Ryumin-Light-H 12 selectfont <3b333045> show\n")
    assert reason(source) == "format-unsupported"


def test_furigana_of_a_workbook_are_read(root: Path, source: Source) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["項目", "値"])
    book.active.append(["担当", "A"])
    book.save(root / "a.xlsx")
    readings = "".join(
        f'<rPh sb="{at}" eb="2"><t>{each}</t></rPh>' for at, each in enumerate(("ヤマダ", "タロウ"))
    )
    strings = f"<sst><si><t>山田太郎</t>{readings}<phoneticPr/></si><si><t>担当</t></si></sst>"
    with zipfile.ZipFile(root / "a.xlsx", "a") as archive:
        archive.writestr("xl/sharedStrings.xml", strings)
    table, gaps = read(source)
    assert table["(コメント等)"] == [None, "ヤマダ タロウ"]
    assert not gaps


def test_a_line_of_a_json_document_that_does_not_decode_is_a_gap(root: Path, source: Source) -> None:
    lines = [f'  {{"memo": "山田花子様宛て{number}"}},\n'.encode() for number in range(50)]
    broken = b'  {"tel": "090-0000-0001\xe3\x81"},\n'
    (root / "a.json").write_bytes(b"[\n" + b"".join(lines) + broken + b'  {"memo": "x"}\n]\n')
    table, gaps = read(source)
    assert len(table["memo"]) == 51
    assert gaps == [Gap("encoding-broken", 1)]


def test_json_documents_are_read_as_their_records(root: Path, source: Source) -> None:
    put(root, "list.json", '[\n  {"a": "1"},\n  {"a": "2"}\n]\n')
    put(root, "object.json", '{\n  "a": {\n    "b": "1"\n  }\n}\n')
    put(root, "line.json", '[{"a": "1"}, {"a": "2"}]')
    put(root, "broken.json", '{\n  "a": \n')
    assert read(source, "list.json") == ({"a": ["1", "2"]}, [])
    assert read(source, "object.json") == ({"a.b": ["1"]}, [])
    assert read(source, "line.json")[0] == {"a": ["1", "2"]}
    assert reason(source, "broken.json") == "file-damaged"


def test_objects_used_as_dictionaries_lose_nothing(root: Path, source: Source) -> None:
    fields = ", ".join(f'"key{number}": "{number}"' for number in range(3_000))
    put(root, "a.jsonl", f"{{{fields}}}\n")
    table, _ = read(source)
    assert len(table) == 2_049 and "key2999: 2999" in table["(other)"][0]


def test_parquet_keeps_types_and_nesting(root: Path, source: Source) -> None:
    table = pa.table(
        {
            "n": [1, 2],
            "at": [dt.date(2026, 1, 1), None],
            "s": [{"x": "a"}, {"x": "b"}],
            "raw": ["あ".encode(), b"\xff"],
            "none": pa.nulls(2),
        }
    )
    pq.write_table(table, root / "t.parquet", row_group_size=1)
    found, gaps = read(source)
    assert found == {
        "n": [1, 2],
        "at": [dt.date(2026, 1, 1), None],
        "s": [{"x": "a"}, {"x": "b"}],
        "raw": ["あ", None],
        "none": [None, None],
    }
    assert gaps == [Gap("binary-cell", 1)]


def test_a_damaged_row_group_is_a_gap_and_the_others_are_read(root: Path, source: Source) -> None:
    path = root / "t.parquet"
    pq.write_table(
        pa.table({"x": [f"{number:09}" for number in range(300)]}),
        path,
        row_group_size=100,
        write_page_checksum=True,
        use_dictionary=False,
        compression="none",
    )
    content = bytearray(path.read_bytes())
    content[content.index(b"000000150")] ^= 0xFF
    path.write_bytes(content)
    found, gaps = read(source)
    assert len(found["x"]) == 200 and gaps == [Gap("row-group-damaged", 100)]


def test_encrypted_parquet_is_reported(root: Path, source: Source) -> None:
    properties = pe.create_encryption_properties(footer_key=b"0123456789abcdef")
    pq.write_table(pa.table({"x": [1]}), root / "t.parquet", encryption_properties=properties)
    assert reason(source) == "file-encrypted"


class Kms(pe.KmsClient):  # type: ignore[misc]
    """Wraps no key at all."""

    def __init__(self, _: object) -> None:
        super().__init__()

    def wrap_key(self, key: bytes, _: str) -> bytes:
        return key

    def unwrap_key(self, key: bytes, _: str) -> bytes:
        return key


@pytest.mark.parametrize("encrypted", [{"column_keys": {"c": ["x"]}}, {"uniform_encryption": True}])
def test_parquet_whose_footer_alone_is_plain_is_reported(
    root: Path, source: Source, encrypted: dict[str, Any]
) -> None:
    table = pa.table({"x": ["a"], "y": ["b"]})
    asked = pe.EncryptionConfiguration(footer_key="f", plaintext_footer=True, **encrypted)
    properties = pe.CryptoFactory(Kms).file_encryption_properties(pe.KmsConnectionConfig(), asked)
    with pq.ParquetWriter(root / "t.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    assert reason(source) == "file-encrypted"
    with pytest.raises(NotExamined, match="file-encrypted"):
        list(source.slices(next(source.assets()), None, 1_000))  # type: ignore[attr-defined]


def test_bytes_behind_a_dictionary_are_text_or_a_gap(root: Path, source: Source) -> None:
    coded = pa.array(["山田".encode(), b"\xff", None]).dictionary_encode()
    within = pa.StructArray.from_arrays([coded, pa.array(["a", "b", "c"])], ["raw", "x"])
    pq.write_table(pa.table({"coded": coded, "within": within}), root / "t.parquet")
    found, gaps = read(source)
    assert found["coded"] == ["山田", None, None] and [each["x"] for each in found["within"]] == [
        "a",
        "b",
        "c",
    ]
    assert gaps == [Gap("binary-cell", 1 + 3)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_strings_that_are_no_utf_8_are_gaps_and_their_neighbours_read(
    root: Path, source: Source, kind: pa.DataType
) -> None:
    raw = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}.get(kind, pa.binary_view())
    strings = pa.array(["山田".encode(), "佐藤".encode("cp932")], raw).view(kind)
    nested = pa.StructArray.from_arrays([strings], ["x"])
    pq.write_table(pa.table({"a": strings, "b": ["c", "d"], "n": nested}), root / "t.parquet")
    found, gaps = read(source)
    assert found["a"] == ["山田", None] and found["b"] == ["c", "d"]
    assert gaps == [Gap("binary-cell", 1 + 2)]


def test_every_sheet_of_a_workbook_is_an_asset(root: Path, source: Source) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "会員"
    sheet.append(["番号", "登録日", "点", "有効"])
    sheet.append(["00120", dt.date(2026, 1, 2), 3.5, True])
    sheet.append([None, None, None, None])
    sheet.append(["00121", dt.datetime(2026, 1, 2, 3, 4), 12, False])
    hidden = book.create_sheet("作業")
    hidden.sheet_state = "hidden"
    hidden["B3"] = "メモ"
    hidden["B4"] = "本文"
    book.create_sheet("空")
    book.save(root / "w.xlsx")
    assert [asset.id for asset in source.assets()] == [
        "share/w.xlsx#会員",
        "share/w.xlsx#作業",
        "share/w.xlsx#空",
    ]
    assert read(source, "会員")[0] == {
        "番号": ["00120", "00121"],
        "登録日": ["2026-01-02", "2026-01-02 03:04:00"],
        "点": ["3.5", "12"],
        "有効": ["TRUE", "FALSE"],
    }
    assert read(source, "作業")[0] == {"メモ": ["本文"]}
    assert read(source, "空") == ({}, [])


def test_what_a_workbook_says_beside_its_cells_is_content_and_small_pictures_are_gaps(
    root: Path, source: Source, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["品番", "数"])
    sheet.append(["A-1", 3])
    sheet["A2"].comment = openpyxl.comments.Comment("龍造寺 玄九郎様\n090-0000-0001", "佐藤")
    sheet.oddHeader.center.text = "担当 鈴木 & 田中"
    picture = tmp_path / "p.png"
    PIL.Image.new("RGB", (40, 40)).save(picture)
    sheet.add_image(openpyxl.drawing.image.Image(picture), "C3")
    book.create_sheet("別")["A1"] = "なし"
    book.save(root / "w.xlsx")
    table, gaps = read(source, "Sheet")
    assert table["(コメント等)"] == [None, "担当 鈴木 & 田中", "佐藤", "龍造寺 玄九郎様\n090-0000-0001"]
    assert table["品番"] == ["A-1", None, None, None]
    assert gaps == [Gap("attachment")]
    assert read(source, "別") == ({"なし": []}, [])


def test_what_a_workbook_says_in_formulas_rules_charts_and_of_itself_is_content(
    root: Path, source: Source
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    book.properties.creator = "鈴木 一郎"
    book.defined_names["誰"] = openpyxl.workbook.defined_name.DefinedName("誰", attr_text='"高橋 健"')
    sheet.append(["品番", "数"])
    sheet.append(["A-1", '=HYPERLINK("tel:090-0000-0001","電話")'])
    choice = openpyxl.worksheet.datavalidation.DataValidation("list", formula1='"佐藤 花子,田中 実"')
    choice.prompt = "迷ったら 090-0000-0002 へ"
    sheet.add_data_validation(choice)
    choice.add("A2")
    chart = openpyxl.chart.BarChart()
    chart.title = "伊藤 さくら様の売上"
    sheet.add_chart(chart, "D2")
    book.save(root / "w.xlsx")
    table, gaps = read(source)
    said = "\n".join(filter(None, table["(コメント等)"]))
    for part in (
        "tel:090-0000-0001", "佐藤 花子,田中 実", "迷ったら 090-0000-0002 へ", "伊藤 さくら様の売上",
        "作成者: 鈴木 一郎", "高橋 健",
    ):  # fmt: skip
        assert part in said
    assert gaps == []


def test_rows_a_workbook_keeps_behind_pivot_tables_and_links_are_content(
    root: Path, source: Source, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "合計"
    book.save(tmp_path / "w.xlsx")
    kept = {
        "externalLink": "<a><cell><v>山田 太郎</v></cell></a>",
        "pivotCacheDefinition": '<a><cacheField name="氏名"><sharedItems><s v="佐藤 花子"/></sharedItems>'
        '</cacheField><cacheField name="電話"><sharedItems/></cacheField></a>',
        "pivotCacheRecords": '<a><r><x v="0"/><s v="090-0000-0001"/></r></a>',
        "vbaProject": "macros",
    }
    relation = '<Relationship Id="x-{0}" Type="http://x/{0}" Target="{0}.{1}"/>'
    with zipfile.ZipFile(tmp_path / "w.xlsx") as old, zipfile.ZipFile(root / "w.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "xl/_rels/workbook.xml.rels":
                added = [relation.format(kind, "bin" if kind == "vbaProject" else "xml") for kind in kept]
                content = content.replace(
                    "</Relationships>", "".join(added[:2] + added[3:]) + "</Relationships>"
                )
            new.writestr(name, content)
        for kind, content in kept.items():
            new.writestr(f"xl/{kind}.{'bin' if kind == 'vbaProject' else 'xml'}", content)
        new.writestr(
            "xl/_rels/pivotCacheDefinition.xml.rels",
            f"<Relationships>{relation.format('pivotCacheRecords', 'xml')}</Relationships>",
        )
    table, gaps = read(source)
    assert table["(コメント等)"] == ["山田 太郎", "氏名: 佐藤 花子", "電話: 090-0000-0001"]
    assert gaps == [Gap("attachment")]


def test_comments_that_unpack_to_too_much_are_a_gap(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "品番"
    book.active["A1"].comment = openpyxl.comments.Comment("龍造寺 玄九郎様" * 1_000, "佐藤")
    book.save(root / "w.xlsx")
    monkeypatch.setattr("pipelines.sources.ooxml.LARGEST_PART", 20_000)
    assert read(source, "Sheet") == ({"品番": []}, [Gap("too-large")])


def test_a_title_above_the_header_is_content(root: Path, source: Source) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (
        ["会員一覧"],
        ["2026年4月現在"],
        ["番号", "氏名", "電話"],
        ["001", "山田太郎", "090-0000-0001"],
    ):
        book.active.append(row)
    book.save(root / "w.xlsx")
    table, _ = read(source)
    assert list(table) == ["番号", "氏名", "電話"]
    assert table["番号"] == ["会員一覧", "2026年4月現在", "001"]


def test_a_workbook_with_a_password_is_reported(root: Path, source: Source) -> None:
    ole = (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    )
    put(root, "locked.xlsx", ole)
    assert reason(source) == "file-encrypted"


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(root / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 100_000)
    monkeypatch.setattr("pipelines.sources.ooxml.LARGEST", 10_000)
    assert reason(source) == "too-large"


def test_two_cells_at_the_ends_of_a_sheet_do_not_fill_the_memory(root: Path, source: Source) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"], book.active["XFD1048576"] = "x", "y"
    book.save(root / "sparse.xlsx")
    assert reason(source) == "too-large"


def test_texts_are_one_row_and_logs_are_cut_at_line_ends(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "a.txt", "一行目\r\n二行目\n".encode("cp932"))
    assert read(source) == ({"text": ["一行目\r\n二行目\n"]}, [])
    monkeypatch.setattr("pipelines.sources.text.LARGEST_CELL", 40)
    put(root, "a.txt", "".join(f"行{number}\n" for number in range(20)))
    rows = read(source)[0]["text"]
    assert len(rows) > 1 and all(row.endswith("\n") for row in rows)
    assert "".join(rows) == "".join(f"行{number}\n" for number in range(20))


def test_mail_is_decoded(root: Path, source: Source) -> None:
    message = EmailMessage()
    message["From"] = "山田 太郎 <taro@example.jp>"
    message["Subject"] = "解約のご連絡"
    message.set_content("髙橋様\n電話は090-0000-0001です。\n", charset="utf-8", cte="base64")
    put(root, "a.eml", message.as_bytes())
    table, gaps = read(source)
    assert table["text"][0].startswith("From: 山田 太郎 <taro@example.jp>\nSubject: 解約のご連絡\n")
    assert "髙橋様\n電話は090-0000-0001です。" in table["text"][0]
    assert gaps == []


@pytest.mark.parametrize(
    ("content", "text", "reasons"),
    [
        (
            b"Subject: a\nContent-Transfer-Encoding: base64\n\n!!!!@@@@\n",
            "Subject: a\n\n",
            ["encoding-broken"],
        ),
        (b"Subject: a\n\n\xff\xfe\x81\n", "Subject: a\n\n\ufffd\ufffd\ufffd\n", ["encoding-broken"]),
        ("電話は090-0000-0001です。\n二行目\n".encode(), "電話は090-0000-0001です。\n二行目\n", []),
    ],
)
def test_mail_that_does_not_decode_is_a_gap_and_what_is_no_mail_is_text(
    root: Path, source: Source, content: bytes, text: str, reasons: list[str]
) -> None:
    put(root, "a.eml", content)
    table, gaps = read(source)
    assert table["text"] == [text]
    assert [gap.reason for gap in gaps] == reasons


def test_noise_named_as_mail_is_not_examined(root: Path, source: Source) -> None:
    put(root, "a.eml", random.Random(1).randbytes(5_000))
    assert reason(source) == "encoding-unknown"


def test_old_mail_in_iso_2022_jp_is_decoded(root: Path, source: Source) -> None:
    body = b"\x1b$B;3EDB@O:\x1b(B \x1b$B-!\x1b(B\r\n"
    head = b"Subject: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?=\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n\r\n"
    put(root, "a.eml", head + body)
    assert read(source)[0]["text"] == ["Subject: 山田\n\n山田太郎 ①\r\n"]


def test_a_line_that_is_no_iso_2022_jp_is_a_gap(root: Path, source: Source) -> None:
    put(root, "a.txt", "山田\n".encode("iso2022_jp") + b"\x1b$B\xff\xfe\x1b(B\n")
    table, gaps = read(source)
    assert table["text"] == ["山田\n"] and gaps == [Gap("encoding-broken", 1)]


def test_images_are_one_row_of_bytes(root: Path, source: Source) -> None:
    put(root, "card.png", PNG)
    put(root, "photo.heic", b"\0\0\0\x18ftypheic" + bytes(20))
    assert read(source, "card.png") == ({"image": [PNG]}, [])
    assert {asset.kind for asset in source.assets()} == {"image"}


def test_grants_follow_the_modes(root: Path, source: Source) -> None:
    put(root, "all.csv", "a\n1\n").chmod(0o644)
    put(root, "group.csv", "a\n1\n").chmod(0o640)
    put(root, "mine.csv", "a\n1\n").chmod(0o600)
    put(root, "closed/x.csv", "a\n1\n").chmod(0o644)
    (root / "closed").chmod(0o700)
    (root / "gone.csv").symlink_to(root / "none")
    audiences: dict[str, list[str]] = {}
    for grant in source.grants(list(source.assets())):
        assert grant.privilege == "read" and grant.via.startswith("mode 0")
        audiences.setdefault(grant.asset.removeprefix("share/"), []).append(grant.audience)
    assert audiences == {
        "all.csv": ["owner", "department", "company"],
        "closed/x.csv": ["owner"],
        "group.csv": ["owner", "department"],
        "mine.csv": ["owner"],
    }


def test_the_public_tables_are_read(corpora: Path, key: KeyRing) -> None:
    source = open_source(FilesSource(kind="files", name="corpora", path=corpora / "tables"), key)
    for asset in source.assets():
        items = list(source.batches(asset))
        assert items and not [item for item in items if isinstance(item, Gap)], asset.kind


def test_a_text_with_a_zero_byte_that_breaks_off_within_a_character_is_read(
    root: Path, source: Source
) -> None:
    put(root, "a.txt", b"me\0o\x9d")
    assert read(source)[1] == [Gap("encoding-broken")]
