"""Workbooks of before 2007 and of OpenDocument: what stands beside the cells. Persons are invented."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from pipelines.sources import Gap
from pipelines.sources.old_books import notes_of_old
from tests.outlook import compound, text


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def comment(said: str, author: str) -> bytes:
    halves = said[: len(said) // 2], said[len(said) // 2 :]
    return (
        record(0x1B6, bytes(10) + struct.pack("<HH", len(said), 16) + bytes(4))
        + b"".join(record(0x3C, b"\1" + text(half)) for half in halves)
        + record(0x3C, bytes(16))
        + record(0x1C, bytes(8) + struct.pack("<H", len(author)) + b"\1" + text(author) + b"\0")
    )


def xls(*records: bytes, **more: bytes) -> bytes:
    workbook = record(0x809, bytes(16)) + b"".join(records) + record(0x0A, b"")
    return compound({"Workbook": workbook + bytes(4_096), **more})


def test_comments_text_boxes_and_headers_of_xls_are_read_and_pictures_told(tmp_path: Path) -> None:
    container = struct.pack("<HHI", 0xF, 0xF000, 24)
    drawings = (
        container
        + struct.pack("<HHI", 0, 0xF006, 4)
        + bytes(4)
        + struct.pack("<HHI", 3 << 4 | 0xF, 0xF001, 0)
    )
    header = "&C担当 鈴木 一郎"
    path = tmp_path / "a.xls"
    path.write_bytes(
        xls(
            record(0xEB, drawings),
            comment("山田 太郎様 090-1234-5678", "佐藤 花子"),
            record(0x14, struct.pack("<H", len(header)) + b"\1" + text(header)),
            _VBA_PROJECT_CUR=bytes(16),
        )
    )
    assert list(notes_of_old(path)) == [
        "山田 太郎様 090-1234-5678",
        "佐藤 花子",
        "担当 鈴木 一郎",
        Gap("attachment", 4),
    ]


def test_comments_of_ods_and_who_made_it_are_read(tmp_path: Path) -> None:
    said = (
        "<d><annotation><creator>佐藤 花子</creator><p>山田 <span>太</span>郎様</p></annotation><p>値</p></d>"
    )
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", said)
        archive.writestr(
            "meta.xml", "<m><initial-creator>高橋 健</initial-creator><editing-cycles>3</editing-cycles></m>"
        )
    assert list(notes_of_old(tmp_path / "a.ods")) == ["作成者: 高橋 健", "佐藤 花子\n山田 太郎様"]


@pytest.mark.parametrize("size", [7, 100, 600, 2_000])
def test_a_damaged_workbook_is_told_without_harm(tmp_path: Path, size: int) -> None:
    whole = xls(comment("山田 太郎様 090-1234-5678", "佐藤 花子"))
    (tmp_path / "a.xls").write_bytes(whole[:size] + b"\xff" * (len(whole) - size))
    assert all(isinstance(each, Gap | str) for each in notes_of_old(tmp_path / "a.xls"))
