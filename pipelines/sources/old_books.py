"""What xls and ods workbooks say beside their cells: comments, text boxes, printed headers, who made them.

Records of xls as in MS-XLS 2.4 (TxO, Note, Header, Footer, MsoDrawingGroup; ImData of older ones), comments of ods
as in OpenDocument 1.3, 14.1. Pictures in xls, files embedded in it and its macros are told.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import damage_told
from pipelines.sources.msg import open_compound
from pipelines.sources.ooxml import FAULTS, local, parse
from pipelines.sources.outlook import COMPOUND
from pipelines.sources.rtf import codec_of
from pipelines.sources.xlsx_notes import plain_header

_TXO, _CONTINUE, _NOTE, _HEADER, _FOOTER, _DRAWINGS, _BITMAP = 0x1B6, 0x3C, 0x1C, 0x14, 0x15, 0xEB, 0x7F
#: Container of the pictures of a workbook (MS-ODRAW 2.2.20): its instance is their number.
_PICTURES = 0xF001
#: Storages with files of other programs, and the one with macros.
_EMBEDDED, _MACROS = "MBD", "_VBA_PROJECT_CUR"
#: Properties that name people or say what it is about, with the words they are examined under.
_PROPERTIES = {
    "author": "作成者", "last_saved_by": "最終更新者", "manager": "管理者", "company": "会社",
    "title": "タイトル", "subject": "件名", "comments": "説明", "keywords": "キーワード",
}  # fmt: skip
#: Those of OpenDocument (4.3).
_META = {
    "creator": "最終更新者", "initial-creator": "作成者", "printed-by": "印刷者", "title": "タイトル",
    "subject": "件名", "description": "説明", "keyword": "キーワード", "user-defined": "プロパティ",
}  # fmt: skip

#: Parts of it and elements in them with text that stands in no cell.
_BESIDE = {"content.xml": ("annotation",), "styles.xml": ("header", "footer")}


def notes_of_old(path: Path) -> Iterator[str | Gap]:
    """Yield what a workbook says; gaps ``attachment``, ``part-damaged``, ``too-large``. Nothing for xlsx, xlsb."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from _of_ods(archive)
        else:
            with path.open("rb") as file:
                is_compound = file.read(len(COMPOUND)) == COMPOUND
            if is_compound:
                yield from _of_xls(path)
    except NotExamined as fault:
        yield Gap("part-damaged" if fault.code == "file-damaged" else fault.code)
    except FAULTS:
        yield Gap("part-damaged")


def _of_ods(archive: zipfile.ZipFile) -> Iterator[str]:
    names = archive.namelist()
    if "meta.xml" in names:
        for each in parse(archive, "meta.xml").iter():
            if (label := _META.get(local(each.tag))) and each.text and each.text.strip():
                yield f"{label}: {each.text.strip()}"
    for name, wanted in _BESIDE.items():
        for each in parse(archive, name).iter() if name in names else ():
            said = ("".join(child.itertext()).strip() for child in each) if local(each.tag) in wanted else ()
            if lines := "\n".join(filter(None, said)):
                yield lines


def _of_xls(path: Path) -> Iterator[str | Gap]:
    with (
        damage_told(struct.error, IndexError, AttributeError, TypeError, UnicodeError),
        open_compound(path) as ole,
    ):
        said = [*_properties(ole.get_metadata())]
        stream = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
        found = list(_in_records(ole.openstream(stream).read())) if stream else []
        unread = [kid.name for kid in ole.root.kids if kid.name.startswith(_EMBEDDED) or kid.name == _MACROS]
    yield from dict.fromkeys([*said, *(each for each in found if isinstance(each, str) and each.strip())])
    if pictures := sum(each for each in found if isinstance(each, int)) + len(unread):
        yield Gap("attachment", pictures)


def _properties(about: Any) -> Iterator[str]:
    codec = codec_of((about.codepage or 1252) & 0xFFFF)
    for name, label in _PROPERTIES.items():
        value = getattr(about, name) or b""
        if text := value.decode(codec, "replace").strip("\0 ") if isinstance(value, bytes) else "":
            yield f"{label}: {text}"


def _in_records(data: bytes) -> Iterator[str | int]:
    """Yield the texts beside the cells, and how many pictures there are."""
    text, missing = "", 0
    for kind, body in _records(data):
        if kind == _TXO and len(body) >= 12:
            text, missing = "", int.from_bytes(body[10:12], "little")
        elif kind == _CONTINUE and missing:
            piece = _letters(body)[:missing]
            text, missing = text + piece, missing - len(piece)
            if not missing or not piece:
                yield text
                missing = 0
        elif kind == _NOTE and len(body) > 11:
            yield _letters(body[10:])[: int.from_bytes(body[8:10], "little")]
        elif kind in (_HEADER, _FOOTER) and len(body) > 3:
            yield plain_header(_letters(body[2:]))
        elif kind == _DRAWINGS:
            yield _pictures(body)
        elif kind == _BITMAP:
            yield 1


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        yield kind, data[place + 4 : place + 4 + size]
        place += 4 + size


def _letters(body: bytes) -> str:
    """Return characters behind the byte that says whether each takes two (MS-XLS 2.5.296)."""
    return body[1:].decode("utf-16-le" if body[:1] == b"\1" else "latin-1", "replace")


def _pictures(drawings: bytes) -> int:
    place = 8
    while place + 8 <= len(drawings):
        instance, kind, size = struct.unpack_from("<HHI", drawings, place)
        if kind == _PICTURES:
            return int(instance >> 4)
        place += 8 + size
    return 0
