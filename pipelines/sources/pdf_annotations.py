"""What stands on a page of a PDF beside its text: comments, their authors, forms, targets of links, stamps."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

#: Entries of an annotation that hold text, with the word they are examined under (ISO 32000-1 12.5.2, 12.5.6.2);
#: the last is what stands over what was blackened (12.5.6.23).
_ENTRIES = {b"Contents": "", b"T": "記入者: ", b"Subj": "", b"OverlayText": ""}
#: The text once more as XHTML, from which programs make the other.
_RICH = b"RC"
#: Annotations that are what they show: nothing else says what stands in them.
_SHOWN = (pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_WATERMARK)
#: Choices of one field that are read.
_MOST_CHOICES = 2_000


def said_of(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    """Yield what the annotations of a page say, a line each."""
    for annotation in _annotations(page):
        yield from filter(None, _said(document, annotation))


def shown_on(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[tuple[float, ...]]:
    """Yield left, bottom, right, top of stamps and signatures: what they show stands in no text."""
    for annotation in _annotations(page):
        if _is_shown(document, annotation) and pdfium.FPDFAnnot_GetObjectCount(annotation) > 0:
            place = pdfium.FS_RECTF()
            if pdfium.FPDFAnnot_GetRect(annotation, place):
                yield place.left, place.bottom, place.right, place.top


def wide(ask: Callable[..., int], *given: Any) -> str:
    """Return a text PDFium writes as UTF-16 into a buffer whose length it tells first."""
    size = ask(*given, None, 0)
    buffer = (ctypes.c_ushort * (size // 2))()
    ask(*given, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _annotations(page: pypdfium2.PdfPage) -> Iterator[Any]:
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        with _annotation(page, number) as annotation:
            yield annotation


@contextmanager
def _annotation(page: pypdfium2.PdfPage, number: int) -> Iterator[Any]:
    annotation = pdfium.FPDFPage_GetAnnot(page, number)
    try:
        yield annotation
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)


def _is_shown(document: pypdfium2.PdfDocument, annotation: Any) -> bool:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET and document.formenv:
        field = pdfium.FPDFAnnot_GetFormFieldType(document.formenv, annotation)
        return bool(field == pdfium.FPDF_FORMFIELD_SIGNATURE)
    return kind in _SHOWN


def _said(document: pypdfium2.PdfDocument, annotation: Any) -> Iterator[str]:
    if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
        if document.formenv:
            yield from _field(document.formenv, annotation)
        return
    for entry, word in _ENTRIES.items():
        value = wide(pdfium.FPDFAnnot_GetStringValue, annotation, entry)
        if not value and entry == b"Contents":
            value = wide(pdfium.FPDFAnnot_GetStringValue, annotation, _RICH)
        yield f"{word}{value}" if value else ""
    link = pdfium.FPDFAnnot_GetLink(annotation)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if action:
        yield _address(pdfium.FPDFAction_GetURIPath, document, action)
        yield _address(pdfium.FPDFAction_GetFilePath, action)


def _field(forms: Any, annotation: Any) -> Iterator[str]:
    """Yield a field with its answer, what it says when pointed at, what it is reset to, what it offers."""
    name = wide(pdfium.FPDFAnnot_GetFormFieldName, forms, annotation)
    answer = wide(pdfium.FPDFAnnot_GetFormFieldValue, forms, annotation)
    yield f"{name}: {answer}" if answer else ""
    yield wide(pdfium.FPDFAnnot_GetFormFieldAlternateName, forms, annotation)
    default = wide(pdfium.FPDFAnnot_GetStringValue, annotation, b"DV")
    yield default if default != answer else ""
    for number in range(min(pdfium.FPDFAnnot_GetOptionCount(forms, annotation), _MOST_CHOICES)):
        choice = wide(pdfium.FPDFAnnot_GetOptionLabel, forms, annotation, number)
        yield choice if choice != answer else ""


def _address(ask: Callable[..., int], *given: Any) -> str:
    size = ask(*given, None, 0)
    buffer = ctypes.create_string_buffer(size)
    ask(*given, buffer, size)
    text = buffer.raw.rstrip(b"\0").decode("utf-8", "replace")
    # Of a text in UTF-16 (7.9.2.2) each byte comes as a letter.
    return text.encode("latin-1", "replace").decode("utf-16", "replace") if text[:2] == "þÿ" else text
