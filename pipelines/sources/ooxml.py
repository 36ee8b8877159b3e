"""Office Open XML packages (ECMA-376 part 2): parts, the relations between them, and what a file says of itself.

XML comes from anywhere: it is parsed with entities off, and a part that unpacks to more than `LARGEST_PART` is not
parsed at all.
"""

from __future__ import annotations

import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException, ElementTree

from pipelines.errors import NotExamined

#: A part that unpacks to more is not read: as a tree it takes ten times as much.
LARGEST_PART = 64 << 20
#: A package that unpacks to more is refused: workbooks are unpacked in memory.
LARGEST = 1 << 30

#: What a damaged zip archive raises while it is read.
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
#: What a damaged or hostile package raises while it is read; elements may be nested without end.
FAULTS = (
    ElementTree.ParseError, DefusedXmlException, *ZIP_FAULTS,
    KeyError, ValueError, EOFError, RecursionError,
)  # fmt: skip

#: Properties of a document that name people or say what it is about, with the words they are examined under.
_PROPERTIES = {
    "creator": "作成者", "lastModifiedBy": "最終更新者", "Manager": "管理者", "Company": "会社",
    "title": "タイトル", "subject": "件名", "description": "説明", "keywords": "キーワード",
    "category": "分類", "contentStatus": "状態",
}  # fmt: skip


class Relation(NamedTuple):
    """One relation of a part: its identifier, the last step of its type, the part it leads to.

    `outside`: the target is no part but an address: of a mail, of a page.
    """

    id: str
    kind: str
    target: str
    outside: bool


def refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raise `NotExamined` ``too-large`` for what unpacks to more than `LARGEST`."""
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
        raise NotExamined("too-large", "", "split the file or export it as text or CSV")


def relations(archive: zipfile.ZipFile, part: str) -> Iterator[Relation]:
    """Yield the relations of a part in the order of the file; of the package itself where `part` is ""."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    if listed not in archive.namelist():
        return
    for each in parse(archive, listed):
        target, outside = each.get("Target", ""), each.get("TargetMode") == "External"
        if not outside:
            target = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")
        yield Relation(each.get("Id", ""), each.get("Type", "").rpartition("/")[2], target, outside)


def parse(archive: zipfile.ZipFile, part: str) -> Element:
    """Return the root of a part. Raises `FAULTS`, and `NotExamined` ``too-large``."""
    if archive.getinfo(part).file_size > LARGEST_PART:
        raise NotExamined("too-large", "", "split the document")
    root: Element = ElementTree.fromstring(archive.read(part))
    return root


def local(name: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def properties(archive: zipfile.ZipFile) -> str:
    """Return who made and changed a document and what its title says, a line each: 作成者: …; "" for nothing."""
    lines = []
    for relation in relations(archive, ""):
        if relation.kind in ("core-properties", "extended-properties", "custom-properties"):
            for element in parse(archive, relation.target).iter():
                label = _PROPERTIES.get(local(element.tag))
                if relation.kind == "custom-properties" and not len(element):
                    # A property of one's own holds its value in an element of the value's type.
                    label = "プロパティ"
                if label and element.text and element.text.strip():
                    lines.append(f"{label}: {element.text.strip()}")
    return "\n".join(lines)
