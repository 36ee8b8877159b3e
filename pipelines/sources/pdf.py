"""PDF by PDFium: a row of text per page, with comments, links and forms; scanned pages as pictures.

Scanned is a page that shows what its text does not say: pictures, stamps, letters that are drawn, letters of a
font that does not tell which they are. PDFium reads what it can of a damaged file, as every viewer does; that
something may be missing is a gap. So are small pictures, which are not read. Attached files are files in it
(`pipelines.sources.pdf_attachments`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pypdfium2
import pypdfium2.raw as pdfium

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.pdf_about import about
from pipelines.sources.pdf_annotations import said_of, shown_on
from pipelines.sources.pdf_fonts import with_japanese
from pipelines.sources.spool import is_nameless

#: Left, bottom, right, top on a page.
Bounds = tuple[float, ...]
#: A page, or a picture on it, with fewer characters of text is to be read by OCR.
FEW = 16
#: A picture that takes less of its page than this is no scan: a logo, a stamp.
SMALL = 0.02
#: Text that takes less of a picture is no reading of it: a number on every page of a scan, a caption.
SPARSE = 0.03
#: So many letters in a row nobody can tell are a word; fewer are dots before the items of a list.
UNTOLD = 4
#: What a page may show its letters with instead of text.
_DRAWN = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING]
#: Dots per inch a page is drawn with for OCR, and the pixels of its longer side at most: A3 at that.
DPI, MOST_PIXELS = 200, 3_400


def has_scans(path: Path) -> bool:
    """Say whether a file has pages for OCR. Raises `NotExamined` ``file-encrypted`` or ``file-damaged``."""
    with opened(path) as document:
        return any(_is_scan(page, text, _untold(document, page, text)) for _, page, text in _pages(document))


def read_pages(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield the text of every page as one row, and what the file says of itself as the last.

    Gaps ``attachment``: small pictures; ``page-damaged``; ``file-damaged``: pages may be missing; those of
    `pipelines.sources.pdf_about.about`. Raises what `has_scans` raises.
    """
    with opened(path) as document:
        unread, damaged = 0, len(document)
        for _, page, text in _pages(document):
            damaged -= 1
            lines = [text.get_text_range(errors="replace").replace("\r\n", "\n"), *said_of(document, page)]
            yield text_batch(["text"], [["\n".join(lines)]])
            untold = _untold(document, page, text)
            unread += 0 if _is_scan(page, text, untold) else len(untold)
        told = list(about(document, path))
    if lines := [each for each in told if isinstance(each, str)]:
        yield text_batch(["text"], [["\n".join(lines)]])
    yield from (each for each in told if isinstance(each, Gap))
    if not _is_whole(path):
        yield Gap("file-damaged")
    if unread:
        yield Gap("attachment", unread)
    if damaged:
        yield Gap("page-damaged", damaged)


def read_scans(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield every scanned page as a row: ``image``, the page drawn as PNG, and ``page``, its number from 1.

    Raises what `has_scans` raises, and `NotExamined` ``ocr-missing``.
    """
    with opened(path) as document:
        for number, page, text in _pages(document):
            if _is_scan(page, text, _untold(document, page, text)):
                columns = {
                    "image": pa.array([_drawn(page)], pa.binary()),
                    "page": pa.array([number], pa.int32()),
                }
                yield pa.RecordBatch.from_pydict(columns)


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Open a file while it lasts; raises `NotExamined` ``file-encrypted`` or ``file-damaged``."""
    with_japanese()
    try:
        document = _document(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise NotExamined("file-encrypted", "", "remove the password or export a copy") from None
        raise NotExamined("file-damaged", "", "open the file and save it again") from None
    try:
        document.init_forms()
        yield document
    finally:
        document.close()


def _document(path: Path) -> pypdfium2.PdfDocument:
    if is_nameless(path):
        # The binding resolves paths.
        return pypdfium2.PdfDocument(path.open("rb"), autoclose=True)
    return pypdfium2.PdfDocument(path)


def _is_whole(path: Path) -> bool:
    """Say whether a file ends as it should (ISO 32000-1 7.5.5): readers look at the last 1,024 bytes."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 1024, 0))
        return b"%%EOF" in file.read()


def _pages(document: pypdfium2.PdfDocument) -> Iterator[tuple[int, pypdfium2.PdfPage, pypdfium2.PdfTextPage]]:
    """Yield number, from 1, page and text of the pages that can be read; `read_pages` tells of the others."""
    for number in range(len(document)):
        try:
            page = document[number]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            continue
        yield number + 1, page, text


def _is_scan(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, untold: list[Bounds]) -> bool:
    """Say whether a page shows what its text does not say: something large (`_untold`), letters as lines, or
    letters that stand for nothing.
    """
    if any(not _is_small(each, page) for each in untold):
        return True
    count = text.count_chars()
    if count < FEW:
        # A font may be such that none of its letters counts.
        kinds = _DRAWN if count else [*_DRAWN, pdfium.FPDF_PAGEOBJ_TEXT]
        return next(page.get_objects(filter=kinds), None) is not None
    # Every run of so many holds one of these: to ask of each letter takes as long as the rest.
    return any(_is_unknown(text, number, count) for number in range(UNTOLD - 1, count, UNTOLD))


def _is_unknown(text: pypdfium2.PdfTextPage, number: int, count: int) -> bool:
    if pdfium.FPDFText_HasUnicodeMapError(text, number) != 1:
        return False
    around = range(max(number - UNTOLD + 1, 0), min(number + UNTOLD, count))
    runs = groupby(pdfium.FPDFText_HasUnicodeMapError(text, each) == 1 for each in around)
    return any(is_unknown and len(list(run)) >= UNTOLD for is_unknown, run in runs)


def _untold(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage
) -> list[Bounds]:
    """Return where pictures stand of which the text says nothing, and stamps: no text says what they show."""
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])
    where = [each.get_bounds() for each in pictures]
    return [*(each for each in where if not _is_told(page, text, each)), *shown_on(document, page)]


def _is_told(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, where: Bounds) -> bool:
    """Say whether the text over a picture may be what it shows: scanners that read leave theirs there, unseen."""
    if len(text.get_text_bounded(*where).strip()) < FEW:
        return False
    written = sum(_common(text.get_rect(number), where) for number in range(text.count_rects()))
    return written >= SPARSE * _common(where, where) or _has_unseen(page, where)


def _has_unseen(page: pypdfium2.PdfPage, where: Bounds) -> bool:
    objects = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])
    unseen = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
    return any(
        pdfium.FPDFTextObj_GetTextRenderMode(each) == unseen and _common(each.get_bounds(), where) > 0
        for each in objects
    )


def _common(one: Bounds, other: Bounds) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)


def _is_small(where: Bounds, page: pypdfium2.PdfPage) -> bool:
    width, height = page.get_size()
    return bool(_common(where, where) < SMALL * width * height)


def _drawn(page: pypdfium2.PdfPage) -> bytes:
    scale = min(DPI / 72, MOST_PIXELS / max(page.get_size()))
    file = io.BytesIO()
    try:
        page.render(scale=scale, grayscale=True).to_pil().save(file, "PNG")
    except ModuleNotFoundError:
        raise NotExamined("ocr-missing", "", "install meibo[ocr]") from None
    return file.getvalue()
