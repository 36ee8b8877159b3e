"""What stands on a page of a PDF beside its text: comments, their authors, answers in forms, targets of links."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

#: Entries of an annotation that hold text, with the word they are examined under (ISO 32000-1 12.5.2, 12.5.6.2).
_ENTRIES = {b"Contents": "", b"T": "記入者: ", b"Subj": ""}


def said_of(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    """Yield what the annotations of a page say, a line each."""
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        try:
            yield from filter(None, _said(document, annotation))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _said(document: pypdfium2.PdfDocument, annotation: Any) -> Iterator[str]:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        if document.formenv:
            name = _wide(pdfium.FPDFAnnot_GetFormFieldName, document.formenv, annotation)
            answer = _wide(pdfium.FPDFAnnot_GetFormFieldValue, document.formenv, annotation)
            yield f"{name}: {answer}" if answer else ""
        return
    for entry, word in _ENTRIES.items():
        value = _wide(pdfium.FPDFAnnot_GetStringValue, annotation, entry)
        yield f"{word}{value}" if value else ""
    link = pdfium.FPDFAnnot_GetLink(annotation)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if action:
        yield _address(document, action)


def _wide(ask: Callable[..., int], *given: Any) -> str:
    """Return a text PDFium writes as UTF-16 into a buffer whose length it tells first."""
    size = ask(*given, None, 0)
    buffer = (ctypes.c_ushort * (size // 2))()
    ask(*given, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _address(document: pypdfium2.PdfDocument, action: Any) -> str:
    size = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.value.decode("utf-8", "replace")
