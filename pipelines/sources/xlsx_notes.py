"""What a sheet says beside its cells: comments, text boxes, charts, links, lists to choose from, printed headers.

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
from xml.etree.ElementTree import Element

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.ooxml import FAULTS, local, parse, relations
from pipelines.sources.pictures import is_read_by_itself

BOOK = "xl/workbook.xml"

#: The elements that are one note each, and those of their text, by local name.
_NOTES = frozenset(
    {"comment", "threadedComment", "author", "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"}
)
_TEXTS = frozenset({"t", "text", "author"})
#: Relations with text in them, and with what is not read.
_SAID = frozenset({"comments", "threadedComment", "drawing"})
_DRAWN = frozenset({"chart", "chartEx", "chartUserShapes", "diagramData"})
_EMBEDDED = frozenset({"image", "oleObject", "package", "control"})

_PRINTED = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)>([^<]*)</")
#: Formulas of cells, of rules what may be put in, of what is shown in which colour.
_FORMULA = re.compile(rb"<(?:\w+:)?(?:f|formula[12]?)(?:\s[^>]*)?>([^<]*)<")
#: What follows the cells: what is said to who fills them in or points at a link, what is filtered for.
_CELLS_END = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData/>")
_SHOWN = re.compile(
    rb'\s(?:prompt|promptTitle|error|errorTitle|tooltip)="([^"]+)"'
    rb'|<(?:\w+:)?(?:filter|customFilter)\s[^>]{0,99}?\bval="([^"]+)"'
)
#: A formula has 8,192 characters at most (18.17.1), of four bytes or one that is escaped.
_LONGEST = 64 << 10
_LITERAL = re.compile('"((?:[^"]|"")*)"')
#: Different texts beside the values of a sheet.
MOST_TEXTS = 20_000
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
    yield from _in_sheet(archive, part)
    related = list(relations(archive, part))
    for each in related:
        if not each.outside and each.kind in {"drawing", *_DRAWN}:
            related += [found for found in relations(archive, each.target) if found not in related]
    for each in related:
        if each.outside:
            yield each.target
        elif each.kind in _SAID and each.target.endswith(".xml"):
            yield from _texts(archive, each.target)
        elif each.kind in _DRAWN and each.target.endswith(".xml"):
            yield from _drawn(archive, each.target)
        elif (each.kind in _EMBEDDED or each.kind in _SAID) and not is_read_by_itself(archive, each.target):
            yield Gap("attachment")


def literals(formula: str) -> Iterator[str]:
    """Yield the texts in a formula that have a letter or digit.

    >>> list(literals('IF(A1="","",HYPERLINK("tel:03-1234-5678","山田""様"&"、"))'))
    ['tel:03-1234-5678', '山田"様']
    """
    for text in _LITERAL.findall(formula):
        if any(map(str.isalnum, text)):
            yield text.replace('""', '"')


def plain_header(printed: str) -> str:
    """Return what is printed above or below a sheet without the codes for places and fonts."""
    return _CODES.sub(" ", printed).strip()


def said_in(root: Element) -> Iterator[str]:
    """Yield the texts and values of a part, a line each."""
    said = (each.text or "" for each in root.iter() if local(each.tag) in ("t", "v", "text"))
    named = (each.get("displayName") or each.get("userName") or "" for each in root.iter())
    if lines := "\n".join(filter(None, (*said, *named))):
        yield lines


def _drawn(archive: zipfile.ZipFile, part: str) -> Iterator[str | Gap]:
    try:
        yield from said_in(parse(archive, part))
    except NotExamined as fault:
        yield Gap(fault.code)


def _in_sheet(archive: zipfile.ZipFile, part: str) -> Iterator[str | Gap]:
    """Yield each text of a sheet that is no value once: a formula may have none before it is worked out."""
    if not part.endswith(".xml"):
        return
    said: dict[str, None] = {}
    rest, ended = b"", False
    with archive.open(part) as file:
        while block := file.read(1 << 20):
            block = rest + block
            ended = ended or _CELLS_END.search(block) is not None
            said |= dict.fromkeys(_beside_values(block, ended))
            if len(said) > MOST_TEXTS:
                yield Gap("too-large")
                break
            rest = block[-_LONGEST:]
    yield from said


def _beside_values(block: bytes, ended: bool) -> Iterator[str]:
    for formula in dict.fromkeys(_FORMULA.findall(block)):
        yield from literals(_unescaped(formula))
    if ended:
        said = (plain_header(_unescaped(each)) for each in _PRINTED.findall(block))
        yield from filter(None, said)
        yield from (_unescaped(message or value) for message, value in _SHOWN.findall(block))


def _unescaped(text: bytes) -> str:
    return html.unescape(text.decode("utf-8", "replace"))


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part that holds a sheet; None in a package of another kind."""
    if BOOK not in archive.namelist():
        return None
    targets = {each.id: each.target for each in relations(archive, BOOK)}
    for element in parse(archive, BOOK).iter():
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
