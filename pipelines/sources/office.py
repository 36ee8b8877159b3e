"""Word documents and PowerPoint presentations (docx, pptx and their kin): a row of text per part of the package.

A part is the body, a header, the footnotes, the comments, a slide, its notes. Deleted text that is still in the
file (tracked changes), hidden slides, text boxes, field codes and the addresses behind links are text like any
other: whoever gets the file has them. Pictures and embedded files are assets of their own; what of them is not
read (small pictures, drawings, films) is a gap.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.ooxml import FAULTS, local, parse, properties, refuse_bomb, relations
from pipelines.sources.pictures import is_read_by_itself

#: Elements that hold text: runs, deleted runs, field codes, cells and names of charts, comments.
_TEXTS = frozenset({"t", "delText", "instrText", "delInstrText", "v", "text"})
_CODES = frozenset({"instrText", "delInstrText"})
#: Elements after which a line ends. The cells of a row stand in one.
_LINES = frozenset({"p", "tr", "br", "cr", "pt", "comment", "cm"})
#: Elements that are one character.
_SIGNS = {"tab": "\t", "noBreakHyphen": "-"}
#: Attributes that name who wrote a comment or a change, and elements that list such people.
_AUTHORS = frozenset({"author", "name", "displayName"})
_PEOPLE = frozenset({"ins", "del", "comment", "moveFrom", "moveTo", "cmAuthor", "author", "person"})
#: Attributes that hold text: what is said of pictures and shapes, under links, to be chosen or filled in in forms.
_ATTRIBUTES = {
    "docPr": ("title", "descr"), "cNvPr": ("title", "descr"), "shape": ("alt",), "textpath": ("string",),
    "hlinkClick": ("tooltip",), "hlinkHover": ("tooltip",), "hyperlink": ("tooltip",),
    "listItem": ("displayText", "value"), "listEntry": ("val",), "default": ("val",), "helpText": ("val",),
    "statusText": ("val",), "alias": ("val",), "tblCaption": ("val",), "tblDescription": ("val",),
    "fldSimple": ("instr",),
}  # fmt: skip
#: Relations to what is no text of the document, and to what has no text of anybody.
_EMBEDDED = frozenset({"image", "oleObject", "package", "control", "video", "audio", "media", "aFChunk"})
_EMPTY = frozenset(
    {
        "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "theme", "themeOverride",
        "numbering", "tableStyles", "presProps", "viewProps", "printerSettings", "font", "thumbnail", "tags",
        "chartStyle", "chartColorStyle", "diagramColors", "diagramQuickStyle", "diagramLayout", "customXmlProps",
        "core-properties", "extended-properties", "custom-properties",
    }
)  # fmt: skip


def read_office(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield the texts of a document; gaps ``attachment`` (pictures and files that are not read), ``part-damaged``,
    ``too-large``.

    Raises `NotExamined` ``file-encrypted``, ``file-damaged`` or ``too-large``.
    """
    if not zipfile.is_zipfile(path):
        raise NotExamined("file-encrypted", "", "remove the password or export a copy")
    with zipfile.ZipFile(path) as archive:
        refuse_bomb(archive)
        gaps: Counter[str] = Counter()
        for text in _texts(archive, gaps):
            if text.strip():
                yield text_batch(["text"], [[text]])
    yield from (Gap(reason, number) for reason, number in gaps.items())


def _texts(archive: zipfile.ZipFile, gaps: Counter[str]) -> Iterator[str]:
    """Yield what every part says that can be reached from the package, counting in `gaps` what is not read."""
    try:
        yield properties(archive)
        left = [each for each in relations(archive, "") if each.kind not in _EMPTY]
    except FAULTS:
        raise NotExamined("file-damaged", "", "open the document and save it again") from None
    seen: set[str] = set()
    while left:
        relation = left.pop(0)
        if relation.target in seen or relation.kind in _EMPTY:
            continue
        seen.add(relation.target)
        reason = None
        if relation.outside:
            yield relation.target
        elif relation.kind in _EMBEDDED or not relation.target.endswith(".xml"):
            reason = None if is_read_by_itself(archive, relation.target) else "attachment"
        else:
            try:
                root = parse(archive, relation.target)
                # What forms are bound to has elements of the company's own.
                yield "\n".join(root.itertext()) if relation.kind == "customXml" else _text(root)
                left += relations(archive, relation.target)
            except NotExamined as fault:
                reason = fault.code
            except FAULTS:
                reason = "part-damaged"
        if reason:
            gaps[reason] += 1


def _text(root: Element) -> str:
    said: list[str] = []
    authors: dict[str, None] = {}
    _collect(root, said, authors)
    lines = [line for line in "".join(said).splitlines() if line.strip()]
    return "\n".join([*lines, *(f"作成者: {author}" for author in authors)])


def _collect(element: Element, said: list[str], authors: dict[str, None]) -> None:
    kind = local(element.tag)
    if kind == "Fallback":
        # The same text box once more, for programs of before 2010.
        return
    if kind in _PEOPLE:
        authors |= {value: None for name, value in element.items() if local(name) in _AUTHORS and value}
    if kind in _TEXTS and element.text:
        said.append(f" {element.text} " if kind in _CODES else element.text)
    said += _in_attributes(element)
    if kind == "ruby":
        said.append(_with_reading(element))
    elif kind == "tc":
        cell: list[str] = []
        for child in element:
            _collect(child, cell, authors)
        said.append(" ".join("".join(cell).split("\n")).strip() + "\t")
    else:
        for child in element:
            _collect(child, said, authors)
    if kind in _LINES:
        said.append("\n")
    elif kind in _SIGNS:
        said.append(_SIGNS[kind])


def _in_attributes(element: Element) -> list[str]:
    wanted = _ATTRIBUTES.get(local(element.tag), ())
    values = {local(name): value for name, value in element.items()} if wanted else {}
    return [f" {values[name]} " for name in wanted if values.get(name)]


def _with_reading(ruby: Element) -> str:
    """Return letters and their reading as one writes them in a line: 山田(やまだ)."""
    pieces = {local(each.tag): "".join(each.itertext()).strip() for each in ruby}
    return f"{pieces.get('rubyBase', '')}({pieces.get('rt', '')})"
