"""What a workbook says beside its cells: comments, text boxes, headers and footers of printed pages.

Office Open XML (ECMA-376 part 1) names the parts of a sheet in its relations. Pictures and embedded files are not
read, and are gaps. Workbooks that are no such package (xls, ods) have no notes here.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from defusedxml import DefusedXmlException, ElementTree

from pipelines.sources.base import Gap

#: The elements that are one note each, and those of their text, by local name.
_NOTES = frozenset(
    {"comment", "threadedComment", "author", "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"}
)
_TEXTS = frozenset({"t", "text", "author"})
#: Relations with text in them, and with what is not read.
_SAID = frozenset({"comments", "threadedComment", "drawing"})
_EMBEDDED = frozenset({"image", "oleObject", "package", "control"})

#: A part that unpacks to more is not read: as a tree it takes ten times as much.
LARGEST_PART = 64 << 20

_PRINTED = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)>([^<]*)</")
#: Bytes at the end of a sheet among which its header and footer stand: what follows the cells.
_TAIL = 256 << 10
#: &L, &P, &14, &"Meiryo,Bold": places, fields and fonts of a header (ECMA-376 18.3.1.46).
_CODES = re.compile('&(?:"[^"]*"|K[0-9A-Fa-f]{6}|[0-9]+|[A-Z])')


def notes_of(path: Path, sheet: str) -> Iterator[str | Gap]:
    """Yield the notes of a sheet; gaps ``attachment`` (embedded), ``too-large``, ``sheet-damaged``."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        try:
            yield from _notes(archive, sheet)
        except (
            ElementTree.ParseError,
            DefusedXmlException,
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            EOFError,
        ):
            yield Gap("sheet-damaged")


def _notes(archive: zipfile.ZipFile, sheet: str) -> Iterator[str | Gap]:
    part = _part(archive, sheet)
    if part is None:
        return
    if part.endswith(".xml"):
        with archive.open(part) as file:
            tail = b""
            while block := file.read(1 << 20):
                tail = (tail + block)[-_TAIL:]
        for printed in _PRINTED.findall(tail):
            yield _CODES.sub(" ", html.unescape(printed.decode())).strip()
    related = _relations(archive, part)
    for kind, target in list(related):
        if kind == "drawing":
            related += _relations(archive, target)
    for kind, target in related:
        if kind in _SAID and target.endswith(".xml"):
            too_large = archive.getinfo(target).file_size > LARGEST_PART
            yield from [Gap("too-large")] if too_large else _texts(archive, target)
        elif kind in _EMBEDDED or kind in _SAID:
            yield Gap("attachment")


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part that holds a sheet; None in a package of another kind."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = dict(_targets(archive, "xl/workbook.xml"))
    for element in book.iter():
        if _local(element.tag) == "sheet" and element.get("name") == sheet:
            identifier = next(value for name, value in element.items() if _local(name) == "id")
            return targets[identifier][1]
    return None


def _relations(archive: zipfile.ZipFile, part: str) -> list[tuple[str, str]]:
    return [relation for _, relation in _targets(archive, part)]


def _targets(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the identifier of every relation of a part, its kind and the part it names."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return
    for each in ElementTree.fromstring(archive.read(relations)):
        target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))
        kind = each.get("Type", "").rpartition("/")[2]
        yield each.get("Id", ""), (kind, target.lstrip("/"))


def _texts(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    for note in ElementTree.fromstring(archive.read(part)).iter():
        if _local(note.tag) in _NOTES:
            said = "".join(each.text or "" for each in note.iter() if _local(each.tag) in _TEXTS)
            if said.strip():
                yield said


def _local(name: str) -> str:
    return name.rpartition("}")[2]
