"""Image files in a directory: which they are, by content, and what is read of several pages."""

from __future__ import annotations

import wave
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pyarrow as pa
import pytest
from PIL import ExifTags
from pylopdf_fonts_jp import sans_path

from pipelines.adhoc.images import image_command
from pipelines.config import load_estate
from pipelines.examine.image_parts import examine_images
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.scan import scan
from pipelines.seal import Sealer
from pipelines.sources import Gap, Source
from pipelines.store.reader import Reader
from tests.pipelines.scans import KEYS
from tests.pipelines.test_sources_files import put, read, reason, root, source

__all__ = ["root", "source"]


def test_images_are_known_by_their_content(root: Path, source: Source) -> None:
    blank = PIL.Image.new("RGB", (40, 30), "white")
    for format_ in ("GIF", "WEBP", "TIFF", "BMP", "AVIF", "PNG", "JPEG"):
        blank.save(root / f"{format_}.bin", format_)
    assert {asset.kind for asset in source.assets()} == {"image"}
    for asset in source.assets():
        table, gaps = read(source, asset.locator)
        assert (table.keys(), len(table["image"]), gaps) == ({"image"}, 1, []), asset.locator


def test_what_only_begins_like_an_image_is_none(root: Path, source: Source) -> None:
    sound = BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(800))
    put(root, "a.wav", sound.getvalue())
    put(root, "b.mp4", b"\0\0\0\x20ftypisom" + bytes(64))
    put(root, "c.mov", b"\0\0\0\x14ftypqt  " + bytes(64))
    put(root, "d.dng", tiff(PIL.Image.new("L", (40, 30))))
    put(root, "e.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(64))
    put(root, "f.csv", "BMI,体重,身長\n21.5,60,167\n")
    put(root, "g.gif", "this is no image")
    assert {
        asset.locator: reason(source, asset.locator) for asset in source.assets() if asset.kind != "csv"
    } == {
        "a.wav": "format-unsupported",
        "b.mp4": "format-unsupported",
        "c.mov": "format-unsupported",
        "d.dng": "format-unsupported",
        "e.cr2": "format-unsupported",
        "g.gif": "file-damaged",
    }
    assert [asset.locator for asset in source.assets() if asset.kind == "csv"] == ["f.csv"]


def test_pages_are_rows_with_their_number_and_what_is_left_out_a_gap(root: Path, source: Source) -> None:
    put(root, "fax.tif", tiff(*(PIL.Image.new("L", (40, 30), shade) for shade in (0, 128, 255))))
    put(root, "long.tif", tiff(*(PIL.Image.new("1", (8, 8)) for _ in range(103))))
    table, gaps = read(source, "fax.tif")
    assert (table["page"], gaps) == ([1, 2, 3], [])
    table, gaps = read(source, "long.tif")
    assert (len(table["page"]), gaps) == (100, [Gap("image-many-pages", 3)])


def test_what_a_file_says_beside_its_pixels_is_a_finding_without_a_place_in_the_picture() -> None:
    exif = PIL.Image.Exif()
    exif[0x013B] = "佐久間 遥斗".encode()
    file = BytesIO()
    PIL.Image.new("RGB", (40, 30), "white").save(file, "JPEG", exif=exif)
    batch = pa.record_batch({"image": [file.getvalue()]})
    findings, _, _ = examine_images(batch, 0, "balanced", Sealer(KEYS), "Asia/Tokyo")
    (row,) = findings.to_pylist()
    assert (row["entity_type"], row["quad"]) == ("PERSON", [])
    assert "遥斗" not in str(row)


def test_when_a_picture_was_taken_is_kept_in_utc_and_that_it_says_where() -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:03:04 18:20:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (35.0, 41.0, 22.0)
    taken, plain = BytesIO(), BytesIO()
    PIL.Image.new("RGB", (40, 30), "white").save(taken, "JPEG", exif=exif)
    PIL.Image.new("RGB", (40, 30), "white").save(plain, "JPEG")
    batch = pa.record_batch({"image": [taken.getvalue(), plain.getvalue()]})
    pictures = examine_images(batch, 7, "balanced", Sealer(KEYS), "Asia/Tokyo")[2].to_pylist()
    told = [(each["row"], each["captured"], each["located"]) for each in pictures]
    assert told == [(7, datetime(2026, 3, 4, 9, 20, tzinfo=UTC), True), (8, None, False)]


def test_the_command_reads_every_page_and_says_which_it_could_not(tmp_path: Path) -> None:
    fax, long = tmp_path / "fax.tif", tmp_path / "long.tif"
    exif = PIL.Image.Exif()
    exif[0x013B] = "Haruto Sakuma"
    fax.write_bytes(tiff(PIL.Image.new("L", (40, 30)), PIL.Image.new("L", (40, 30)), exif=exif))
    long.write_bytes(tiff(*(PIL.Image.new("1", (8, 8)) for _ in range(101))))
    first, second = image_command([fax, long], reveal=False)
    assert {(each["entity_type"], each["page"]) for each in first["findings"]} >= {("PERSON", 1)}
    assert second["unread"] == {"image-many-pages": 1}


@pytest.mark.slow
def test_a_second_night_over_pages_and_frames_finds_the_same_and_reads_nothing(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    page = PIL.Image.new("RGB", (1000, 700), "white")
    font = PIL.ImageFont.truetype(str(sans_path()), 34)
    for row, line in enumerate(
        ("申込書", "氏名 山田 太郎", "電話番号 090-1234-5678", "以上のとおり", "申し込みます")
    ):
        PIL.ImageDraw.Draw(page).text((60, 40 + 90 * row), line, "black", font)
    (tmp_path / "share/fax.tif").write_bytes(tiff(PIL.Image.new("RGB", page.size, "white"), page))
    page.save(tmp_path / "share/screen.gif", save_all=True, append_images=[page.rotate(180)], duration=200)
    (tmp_path / "estate.yaml").write_text("sources: [{name: share, kind: files, path: ./share}]\n", "utf-8")
    job = Job(load_estate(tmp_path / "estate.yaml"), Layout(tmp_path / "out"), KEYS)
    nights = []
    for _ in range(2):
        scan(job, workers=1)
        with Reader(job.layout.store) as reader:
            nights.append(
                reader.arrow(
                    "SELECT asset_id, entity_type, page, start, masked FROM current_finding ORDER BY ALL"
                ).to_pylist()
            )
            unread = reader.arrow("SELECT bool_and(reused) AS reused FROM current_part").to_pylist()
    assert nights[0] == nights[1]
    assert unread == [{"reused": True}]
    assert {(row["entity_type"], row["page"]) for row in nights[0]} >= {
        ("PHONE_NUMBER", 1),
        ("PHONE_NUMBER", 2),
    }


def tiff(*pages: PIL.Image.Image, **more: Any) -> bytes:
    file = BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=list(pages[1:]), **more)
    return file.getvalue()
