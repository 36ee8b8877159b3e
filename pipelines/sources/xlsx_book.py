"""What a workbook keeps beside its sheets: who made it, furigana, rows behind pivot tables, cells of others.

A pivot table keeps a copy of the rows it was made of, a reference to another workbook the cells it last saw there,
a shared workbook what cells held before: whoever gets the file has them (ECMA-376 part 1, 18.10, 18.11, 18.14).
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
from pipelines.sources.ooxml import FAULTS, LARGEST_PART, Relation, local, parse, properties, relations
from pipelines.sources.pictures import is_read_by_itself
from pipelines.sources.xlsx_notes import BOOK, literals, said_in

_CACHE, _RECORDS = "pivotCacheDefinition", "pivotCacheRecords"
#: Where rows come from: servers, accounts, what they are asked. All of it is in attributes.
_OTHERS = "connections"
#: Libraries that name themselves where a person is to be named.
_PROGRAMS = frozenset({"作成者: openpyxl"})
#: Relations to parts whose texts are read, as are those they lead to.
_SAID = frozenset(
    {
        "externalLink", "chartsheet", "drawing", "chart", "chartEx", "chartUserShapes", "diagramData",
        "revisionHeaders", "revisionLog", "usernames", "person", "customXml", "rdRichValue",
    }
)  # fmt: skip
#: Relations to parts that are read with the sheets, or have no text of anybody.
_ELSEWHERE = frozenset(
    {
        "worksheet", "sharedStrings", "styles", "theme", "themeOverride", "calcChain", "sheetMetadata", "image",
        "customXmlProps", "chartStyle", "chartColorStyle", "diagramColors", "diagramQuickStyle", "diagramLayout",
        "printerSettings", "volatileDependencies", "xmlMaps", "slicerCache", "timelineCache", "wsSortMap",
        "FeaturePropertyBag", "rdRichValueStructure", "rdRichValueTypes", "richValueRel",
    }
)  # fmt: skip


#: The texts of all cells, once each; with how they were typed in where they were (18.4.6).
_STRINGS = "xl/sharedStrings.xml"
_READING = re.compile(rb"<(?:\w+:)?rPh\b[^>]*>\s*<(?:\w+:)?t\b[^>]*>([^<]*)<|</(?:\w+:)?si>")
_END = b"si>"
#: Different readings of a workbook.
MOST_READINGS = 200_000


def notes_of_book(path: Path) -> Iterator[str | Gap]:
    """Yield what a workbook keeps; gaps ``attachment`` (macros), ``too-large``, ``part-damaged``."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if BOOK not in archive.namelist():
            return
        try:
            about = [each for each in properties(archive).splitlines() if each not in _PROGRAMS]
            if about:
                yield "\n".join(about)
            yield from _names(parse(archive, BOOK))
            yield from _related(archive)
            yield from _readings(archive)
        except NotExamined as fault:
            yield Gap(fault.code)
        except FAULTS:
            yield Gap("part-damaged")


def _names(book: Element) -> Iterator[str]:
    """Yield the texts in named formulas."""
    for each in book.iter():
        if local(each.tag) == "definedName":
            yield from literals(each.text or "")


def _readings(archive: zipfile.ZipFile) -> Iterator[str | Gap]:
    """Yield furigana, cell by cell: Excel keeps what a text was typed in as, also where no sheet shows it."""
    if _STRINGS not in archive.namelist():
        return
    said: dict[str, None] = {}
    pieces: list[str] = []
    rest = b""
    with archive.open(_STRINGS) as file:
        while block := file.read(1 << 20):
            block = rest + block
            end = block.rfind(_END) + len(_END) if _END in block else 0
            for found in _READING.finditer(block, 0, end):
                if found[1] is not None:
                    pieces.append(html.unescape(found[1].decode("utf-8", "replace")).strip())
                elif pieces:
                    said[" ".join(pieces)] = None
                    pieces = []
            rest = block[end:]
            if len(said) > MOST_READINGS or len(rest) > LARGEST_PART:
                yield Gap("too-large")
                break
    yield from said


def _related(archive: zipfile.ZipFile) -> Iterator[str | Gap]:
    left, seen = [*relations(archive, BOOK)], set[str]()
    while left:
        relation = left.pop(0)
        if relation.target in seen or relation.kind in _ELSEWHERE:
            continue
        seen.add(relation.target)
        if relation.outside:
            yield relation.target
        elif not relation.target.endswith(".xml") or relation.kind not in {*_SAID, _CACHE, _OTHERS}:
            if not is_read_by_itself(archive, relation.target):
                yield Gap("attachment")
        else:
            yield from _part(archive, relation)
            if relation.kind in _SAID:
                left += relations(archive, relation.target)


def _part(archive: zipfile.ZipFile, relation: Relation) -> Iterator[str | Gap]:
    try:
        root = parse(archive, relation.target)
        if relation.kind == _CACHE:
            yield from _cached(archive, relation.target, root)
        elif relation.kind == _OTHERS:
            yield "\n".join(value for each in root.iter() for value in each.attrib.values())
        else:
            yield from said_in(root)
    except NotExamined as fault:
        yield Gap(fault.code)
    except FAULTS:
        yield Gap("part-damaged")


def _cached(archive: zipfile.ZipFile, part: str, cache: Element) -> Iterator[str]:
    """Yield the values behind a pivot table under the names of their columns: first the shared ones, then rows."""
    fields = [each for each in cache.iter() if local(each.tag) == "cacheField"]
    names = [each.get("name", "") for each in fields]
    for name, each in zip(names, fields, strict=True):
        yield from (f"{name}: {value}" for value in dict.fromkeys(_values(each.iter())) if value)
    for relation in relations(archive, part):
        if relation.kind == _RECORDS:
            for row in parse(archive, relation.target):
                told = zip(names, _values(row), strict=False)
                if row_text := "\n".join(f"{name}: {value}" for name, value in told if value):
                    yield row_text


def _values(items: Iterator[Element] | Element) -> Iterator[str]:
    """Yield texts, numbers and dates, "" for what refers to one of the shared ones (18.10.1.98)."""
    for each in items:
        if (kind := local(each.tag)) in ("s", "n", "d", "x", "m", "b", "e"):
            yield each.get("v", "") if kind in ("s", "n", "d") else ""
