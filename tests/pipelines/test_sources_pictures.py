"""Pictures and files in documents and workbooks: what of them is read, what is told. Persons are invented."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import openpyxl.drawing.image
import PIL.Image
import pytest

from pipelines.adhoc.classify import classify
from pipelines.examine.image_parts import examine_images
from pipelines.seal import Sealer
from pipelines.sources import Gap, Source
from tests.pipelines.scans import KEYS
from tests.pipelines.test_sources_archives import TABLE, listed, reasons, workbook, zipped
from tests.pipelines.test_sources_documents import picture
from tests.pipelines.test_sources_files import put, read, reason, root, source

__all__ = ["root", "source"]


def letter(path: Path, *pictures: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("写しを貼ります。")
    for each in pictures:
        document.add_picture(str(each))
    document.save(str(path))
    return path


def plain(path: Path, size: tuple[int, int], **how: Any) -> Path:
    PIL.Image.effect_noise(size, 60).save(path, **how)
    return path


def add(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_card_pasted_into_a_letter_is_read_by_ocr(root: Path, source: Source, tmp_path: Path) -> None:
    lines = ["申込書", "氏名 山田 太郎 様", "電話 090-1234-5678", "住所 東京都千代田区丸の内一丁目2番3号"]
    letter(root / "a.docx", picture(tmp_path / "card.png", lines))
    assert listed(source) == {"a.docx": "text", "a.docx#画像": "image"}
    table, gaps = read(source, "a.docx")
    assert (table["text"][-1], gaps) == ("写しを貼ります。", [])
    asset = next(each for each in source.assets() if each.kind == "image")
    (batch,) = source.batches(asset)
    assert not isinstance(batch, Gap)
    findings, _, _ = examine_images(batch, 0, "balanced", Sealer(KEYS), "Asia/Tokyo")
    found = {(each["entity_type"], each["page"]) for each in findings.to_pylist()}
    assert {("PHONE_NUMBER", 1), ("PERSON", 1)} <= found


def test_pictures_of_all_sheets_are_one_asset_behind_the_sheets(
    root: Path, source: Source, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for number, title in enumerate(("会員", "控"), 1):
        sheet = book.create_sheet(title)
        sheet.append([title, "数"])
        sheet.append(["A-1", number])
        where = plain(tmp_path / f"{number}.png", (200, 100 * number))
        sheet.add_image(openpyxl.drawing.image.Image(where), "D4")
    del book["Sheet"]
    book.save(root / "w.xlsx")
    put(root, "a.zip", zipped({"w.xlsx": (root / "w.xlsx").read_bytes()}))
    for place in ("w.xlsx", "a.zip!w.xlsx"):
        assert {key: kind for key, kind in listed(source).items() if key.startswith(place)} == {
            f"{place}#会員": "xlsx",
            f"{place}#控": "xlsx",
            f"{place}#画像": "image",
        }
        assert read(source, f"share/{place}#控") == ({"控": ["A-1"], "数": ["2"]}, [])
        table, gaps = read(source, f"share/{place}#画像")
        assert (table["page"], gaps) == ([1, 2], [])
    told = classify(root / "w.xlsx")
    assert list(told.columns) == ["会員", "数", "控!控", "控!数"] and told.not_examined == {"attachment": 1}


def test_small_pictures_are_gaps_and_dots_are_nothing(root: Path, source: Source, tmp_path: Path) -> None:
    letter(root / "logo.docx", plain(tmp_path / "logo.png", (100, 40)))
    letter(root / "dot.docx", plain(tmp_path / "dot.png", (1, 1)))
    letter(root / "line.docx", plain(tmp_path / "line.png", (900, 2)))
    assert listed(source) == {"dot.docx": "text", "line.docx": "text", "logo.docx": "text"}
    assert read(source, "logo.docx")[1] == [Gap("attachment")]
    assert read(source, "dot.docx")[1] == read(source, "line.docx")[1] == []


def test_a_damaged_picture_does_not_hide_the_others(root: Path, source: Source, tmp_path: Path) -> None:
    torn = plain(tmp_path / "torn.png", (300, 200))
    whole = plain(tmp_path / "whole.png", (300, 300))
    letter(root / "a.docx", torn, whole)
    with zipfile.ZipFile(root / "a.docx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/media/image1.png"] = torn.read_bytes()[:5_000]
    put(root, "a.docx", zipped(parts))
    table, gaps = read(source, "#画像")
    assert (table["page"], gaps) == ([2], [Gap("part-damaged")])


def test_a_picture_that_does_not_even_begin_to_unpack_is_told_and_hides_nothing(
    root: Path, source: Source, tmp_path: Path
) -> None:
    letter(root / "a.docx", plain(tmp_path / "a.png", (300, 300)))
    shades = bytes(number * number // 7 % 251 for number in range(200_000))
    with zipfile.ZipFile(root / "a.docx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/torn.bmp", b"BM" + shades)
        info = archive.getinfo("word/media/torn.bmp")
    torn = bytearray((root / "a.docx").read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    torn[start : start + 40] = b"\xff" * 40
    put(root, "a.docx", bytes(torn))
    table, gaps = read(source, "#画像")
    assert (len(table["page"]), gaps) == (1, [Gap("part-damaged")])
    assert read(source, "a.docx")[1] == []


def test_pictures_nothing_refers_to_any_more_are_read_and_drawings_are_gaps(
    root: Path, source: Source, tmp_path: Path
) -> None:
    letter(root / "a.docx", plain(tmp_path / "drawing.png", (300, 300)))
    photo = plain(tmp_path / "p.jpg", (300, 300)).read_bytes()
    add(root / "a.docx", {"word/media/cropped.jpeg": photo, "docProps/thumbnail2.jpeg": photo})
    with zipfile.ZipFile(root / "a.docx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/media/image1.png"] = b"\x01\0\0\0" + bytes(500)
    put(root, "a.docx", zipped(parts))
    assert read(source, "#画像")[0]["image"] == [photo]
    assert read(source, "a.docx")[1] == [Gap("attachment")]


def test_files_put_into_a_document_are_read(root: Path, source: Source) -> None:
    letter(root / "a.docx")
    add(
        root / "a.docx",
        {
            "word/embeddings/Microsoft_Excel_Sheet1.xlsx": workbook(),
            "word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0" + bytes(600),
            "word/afchunk.csv": TABLE,
        },
    )
    place = "a.docx!word/embeddings/"
    assert listed(source) == {
        "a.docx": "text",
        f"{place}Microsoft_Excel_Sheet1.xlsx#会員": "xlsx",
        f"{place}Microsoft_Excel_Sheet1.xlsx#控": "xlsx",
        f"{place}oleObject1.bin": "unreadable",
        "a.docx!word/afchunk.csv": "csv",
    }
    assert read(source, "#会員")[0]["氏名"] == ["山田 太郎"]
    assert reasons(source) == {f"{place}oleObject1.bin": "format-unsupported"}


def test_where_ocr_is_not_installed_pictures_are_told_and_texts_read(
    root: Path, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter(root / "a.docx", plain(tmp_path / "p.png", (300, 300)))
    for module in ("PIL", "PIL.Image", "detectors.ocr.decode"):
        monkeypatch.setitem(sys.modules, module, None)
    assert reason(source, "#画像") == "ocr-missing"
    assert read(source, "a.docx")[0]["text"][-1] == "写しを貼ります。"
