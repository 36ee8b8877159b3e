"""What a workbook says beside its cells: comments, text boxes, links, headers and footers of printed pages.

Office Open XML (ECMA-376 part 1) names the parts of a sheet in its relations. Pictures and embedded files are
assets of their own; what of them is not read is a gap. Workbooks that are no such package (xls, ods) have no notes
here.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.ooxml import FAULTS, local, parse, relations
from pipelines.sources.pictures import is_read_by_itself

_BOOK = "xl/workbook.xml"

#: The elements that are one note each, and those of their text, by local name.
_NOTES = frozenset(
    {"comment", "threadedComment", "author", "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"}
)
_TEXTS = frozenset({"t", "text", "author"})
#: Relations with text in them, and with what is not read.
_SAID = frozenset({"comments", "threadedComment", "drawing"})
_EMBEDDED = frozenset({"image", "oleObject", "package", "control"})

_PRINTED = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)>([^<]*)</")
#: Bytes at the end of a sheet among which its header and footer stand: what follows the cells.
_TAIL = 256 << 10
#: &L, &P, &14, &"Meiryo,Bold": places, fields and fonts of a header (ECMA-376 18.3.1.46).
_CODES = re.compile('&(?:"[^"]*"|K[0-9A-Fa-f]{6}|[0-9]+|[A-Z])')


def notes_of(path: Path, sheet: str) -> Iterator[str | Gap]:
    """Yield the notes of a sheet; gaps ``attachment`` (embedded, not read), ``too-large``, ``sheet-damaged``."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        try:
            yield from _notes(archive, sheet)
        except FAULTS:
            yield Gap("sheet-damaged")


def _notes(archive: zipfile.ZipFile, sheet: str) -> Iterator[str | Gap]:
    part = _part(archive, sheet)
    if part is None:
        return
    yield from _printed(archive, part)
    related = list(relations(archive, part))
    for each in list(related):
        if each.kind == "drawing":
            related += relations(archive, each.target)
    for each in related:
        if each.outside:
            yield each.target
        elif each.kind in _SAID and each.target.endswith(".xml"):
            yield from _texts(archive, each.target)
        elif (each.kind in _EMBEDDED or each.kind in _SAID) and not is_read_by_itself(archive, each.target):
            yield Gap("attachment")


def _printed(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    """Yield header and footer of the printed pages."""
    if part.endswith(".xml"):
        with archive.open(part) as file:
            tail = b""
            while block := file.read(1 << 20):
                tail = (tail + block)[-_TAIL:]
        said = (_CODES.sub(" ", html.unescape(each.decode())).strip() for each in _PRINTED.findall(tail))
        yield from filter(None, said)


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part that holds a sheet; None in a package of another kind."""
    if _BOOK not in archive.namelist():
        return None
    targets = {each.id: each.target for each in relations(archive, _BOOK)}
    for element in parse(archive, _BOOK).iter():
        if local(element.tag) == "sheet" and element.get("name") == sheet:
            identifier = next(value for name, value in element.items() if local(name) == "id")
            return targets[identifier]
    return None


def _texts(archive: zipfile.ZipFile, part: str) -> Iterator[str | Gap]:
    try:
        root = parse(archive, part)
    except NotExamined as fault:
        yield Gap(fault.code)
        return
    for note in root.iter():
        if local(note.tag) in _NOTES:
            said = "".join(each.text or "" for each in note.iter() if local(each.tag) in _TEXTS)
            if said.strip():
                yield said
