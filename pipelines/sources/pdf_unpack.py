"""Unpack one attachment of a PDF to standard output, in a process of its own with little memory.

PDFium unpacks an attachment as a whole, to whatever size it has: a megabyte may be a bomb of gigabytes. Run as a
script with the number of an open file and that of the attachment, from 0; nothing of the file is in its arguments.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Iterator
from itertools import islice

import pypdfium2
import pypdfium2.raw as pdfium

#: Bytes of memory, seconds of a processor.
MEMORY, SECONDS = 1 << 30, 120
#: Exit code for an attachment without content, or that is damaged.
DAMAGED = 3

#: What the binding raises for an attachment without name or content, or that is none.
FAULTS = (pypdfium2.PdfiumError, ValueError, ctypes.ArgumentError)


def attached(document: pypdfium2.PdfDocument) -> Iterator[pypdfium2.PdfAttachment]:
    """Yield what is attached to a document, then what hangs on its pages."""
    for number in range(document.count_attachments()):
        yield document.get_attachment(number)
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            # Told where the pages are read.
            continue
        for place in range(pdfium.FPDFPage_GetAnnotCount(page)):
            annotation = pdfium.FPDFPage_GetAnnot(page, place)
            try:
                if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_FILEATTACHMENT:
                    yield pypdfium2.PdfAttachment(pdfium.FPDFAnnot_GetFileAttachment(annotation), document)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)


def main(descriptor: int, number: int) -> int:
    """Write the attachment; return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        file = open(descriptor, "rb")  # noqa: SIM115 - closed with the process
        document = pypdfium2.PdfDocument(file)
        sys.stdout.buffer.write(next(islice(attached(document), number, None)).get_data())
    except (*FAULTS, StopIteration):
        return DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
