"""What a PDF says of itself: properties, bookmarks, XMP, XML forms (XFA), scripts, reasons of signatures.

ISO 32000-1 12.3.3, 12.6.4.16, 12.7.8, 14.3; XMP (ISO 16684-1 7.3) is looked for as anybody may look for it, in the
bytes of the file: packets are not packed, and those of earlier versions of the file are still there.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from defusedxml import ElementTree

from pipelines.sources.base import Gap
from pipelines.sources.ooxml import FAULTS, LARGEST_PART, local
from pipelines.sources.pdf_annotations import wide

#: What a file says of itself, with the words it is examined under.
_PROPERTIES = {"Author": "作成者", "Title": "タイトル", "Subject": "件名", "Keywords": "キーワード"}
#: Elements of XMP that name people, and those with what machines say to machines.
_PEOPLE = frozenset({"creator", "Author", "contributor", "publisher", "authors"})
_OF_MACHINES = frozenset(
    {
        "format", "CreateDate", "ModifyDate", "MetadataDate", "CreatorTool", "Producer", "PDFVersion", "part",
        "conformance", "DocumentID", "InstanceID", "OriginalDocumentID", "documentID", "instanceID", "when",
        "softwareAgent", "about", "parseType", "lang", "xmptk", "resource",
    }
)  # fmt: skip
_BEGIN, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
#: Bytes of a packet; most have a few thousand.
_LARGEST_PACKET = 4 << 20
#: Packets of XML forms with what people wrote in them, and what they are asked.
_FORMS = frozenset({"datasets", "form", "template", ""})
#: Bookmarks and scripts that are read.
_MOST = 20_000


def about(document: pypdfium2.PdfDocument, path: Path) -> Iterator[str | Gap]:
    """Yield what a file says of itself, a line each; gaps ``part-damaged``, ``too-large``."""
    said = {label: document.get_metadata_value(key) for key, label in _PROPERTIES.items()}
    yield from (f"{label}: {value}" for label, value in said.items() if value)
    for each in _metadata(path):
        if isinstance(each, Gap) or each.rpartition(": ")[2] not in said.values():
            yield each
    yield from _bookmarks(document)
    yield from _scripts(document)
    yield from _reasons(document)
    yield from _xml_forms(document)


def _metadata(path: Path) -> Iterator[str | Gap]:
    for packet in dict.fromkeys(_packets(path)):
        if isinstance(packet, Gap):
            yield packet
            continue
        try:
            yield from dict.fromkeys(_words(ElementTree.fromstring(packet)))
        except FAULTS:
            yield packet.decode("utf-8", "replace")


def _packets(path: Path) -> Iterator[bytes | Gap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = data.find(_BEGIN)
        while begin >= 0 and (end := data.find(_END, begin) + len(_END)) >= len(_END):
            yield data[begin:end] if end - begin <= _LARGEST_PACKET else Gap("too-large")
            begin = data.find(_BEGIN, end)


def _words(element: Any, label: str = "") -> Iterator[str]:
    name = local(element.tag)
    if name in _OF_MACHINES:
        return
    label = "作成者: " if name in _PEOPLE else label
    if element.text and element.text.strip():
        yield label + element.text.strip()
    for key, value in element.items():
        key = local(key)
        if value and key not in _OF_MACHINES:
            yield ("作成者: " if key in _PEOPLE else "") + value
    for child in element:
        yield from _words(child, label)


def _bookmarks(document: pypdfium2.PdfDocument) -> Iterator[str | Gap]:
    left, seen = [pdfium.FPDFBookmark_GetFirstChild(document, None)], set[int]()
    while left:
        bookmark = left.pop()
        if not bookmark or (where := ctypes.addressof(bookmark.contents)) in seen:
            continue
        if len(seen) == _MOST:
            yield Gap("too-large")
            return
        seen.add(where)
        if title := wide(pdfium.FPDFBookmark_GetTitle, bookmark):
            yield title
        left.append(pdfium.FPDFBookmark_GetNextSibling(document, bookmark))
        left.append(pdfium.FPDFBookmark_GetFirstChild(document, bookmark))


def _scripts(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for number in range(min(pdfium.FPDFDoc_GetJavaScriptActionCount(document), _MOST)):
        if script := pdfium.FPDFDoc_GetJavaScriptAction(document, number):
            yield wide(pdfium.FPDFJavaScriptAction_GetScript, script)
            pdfium.FPDFDoc_CloseJavaScriptAction(script)


def _reasons(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for number in range(min(pdfium.FPDF_GetSignatureCount(document), _MOST)):
        signature = pdfium.FPDF_GetSignatureObject(document, number)
        if signature and (reason := wide(pdfium.FPDFSignatureObj_GetReason, signature)):
            yield reason


def _xml_forms(document: pypdfium2.PdfDocument) -> Iterator[str | Gap]:
    """Yield fields of forms that viewers of before 2020 show in place of the pages."""
    for number in range(pdfium.FPDF_GetXFAPacketCount(document)):
        length = pdfium.FPDF_GetXFAPacketName(document, number, None, 0)
        name = ctypes.create_string_buffer(length)
        pdfium.FPDF_GetXFAPacketName(document, number, name, length)
        size = ctypes.c_ulong()
        pdfium.FPDF_GetXFAPacketContent(document, number, None, 0, size)
        if name.value.decode("utf-8", "replace") not in _FORMS:
            continue
        if size.value > LARGEST_PART:
            yield Gap("too-large")
            continue
        content = ctypes.create_string_buffer(size.value)
        pdfium.FPDF_GetXFAPacketContent(document, number, content, size.value, size)
        try:
            root = ElementTree.fromstring(content.raw)
        except FAULTS:
            yield Gap("part-damaged")
            continue
        for each in root.iter():
            if each.text and each.text.strip():
                yield f"{local(each.tag)}: {each.text.strip()}"
