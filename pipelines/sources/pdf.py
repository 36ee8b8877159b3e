"""PDF by PDFium: a row of text per page, with comments, links and the answers in forms; scanned pages as pictures.

PDFium reads what it can of a damaged file, as every viewer does; that something may be missing is a gap. So are
small pictures, which are not read. Attached files are files in it (`pipelines.sources.pdf_attachments`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pypdfium2
import pypdfium2.raw as pdfium

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.pdf_annotations import said_of
from pipelines.sources.spool import is_nameless

#: What a file says of itself, with the words it is examined under.
_PROPERTIES = {"Author": "作成者", "Title": "タイトル", "Subject": "件名", "Keywords": "キーワード"}
#: A page, or a picture on it, with fewer characters of text is to be read by OCR.
FEW = 16
#: A picture that takes less of its page than this is no scan: a logo, a stamp.
SMALL = 0.02
#: What a page may show its letters with instead of text.
_DRAWN = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING]
#: Dots per inch a page is drawn with for OCR, and the pixels of its longer side at most: A3 at that.
DPI, MOST_PIXELS = 200, 3_400


def has_scans(path: Path) -> bool:
    """Say whether a file has pages for OCR. Raises `NotExamined` ``file-encrypted`` or ``file-damaged``."""
    with opened(path) as document:
        return any(_is_scan(page, text, _untold(page, text)) for _, page, text in _pages(document))


def read_pages(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield the text of every page as one row, and what the file says of itself as the last.

    Gaps ``attachment``: small pictures; ``page-damaged``; ``file-damaged``: pages may be missing.
    Raises what `has_scans` raises.
    """
    with opened(path) as document:
        unread, damaged = 0, len(document)
        for _, page, text in _pages(document):
            damaged -= 1
            lines = [text.get_text_range(errors="replace").replace("\r\n", "\n"), *said_of(document, page)]
            yield text_batch(["text"], [["\n".join(lines)]])
            untold = _untold(page, text)
            unread += 0 if _is_scan(page, text, untold) else len(untold)
        about = [
            f"{label}: {value}"
            for key, label in _PROPERTIES.items()
            if (value := document.get_metadata_value(key))
        ]
        if about:
            yield text_batch(["text"], [["\n".join(about)]])
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
            if _is_scan(page, text, _untold(page, text)):
                columns = {
                    "image": pa.array([_drawn(page)], pa.binary()),
                    "page": pa.array([number], pa.int32()),
                }
                yield pa.RecordBatch.from_pydict(columns)


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Open a file while it lasts; raises `NotExamined` ``file-encrypted`` or ``file-damaged``."""
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


def _is_scan(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, untold: list[pypdfium2.PdfObject]) -> bool:
    """Say whether a page shows what its text does not say: a large picture (`_untold`), or letters as lines."""
    if text.count_chars() < FEW:
        return next(page.get_objects(filter=_DRAWN), None) is not None
    return any(not _is_small(picture, page) for picture in untold)


def _untold(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> list[pypdfium2.PdfObject]:
    """Return the pictures no text lies over: scanners that read leave theirs there, unseen."""
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])
    return [each for each in pictures if len(text.get_text_bounded(*each.get_bounds()).strip()) < FEW]


def _is_small(picture: pypdfium2.PdfObject, page: pypdfium2.PdfPage) -> bool:
    left, bottom, right, top = picture.get_bounds()
    width, height = page.get_size()
    return bool((right - left) * (top - bottom) < SMALL * width * height)


def _drawn(page: pypdfium2.PdfPage) -> bytes:
    scale = min(DPI / 72, MOST_PIXELS / max(page.get_size()))
    file = io.BytesIO()
    try:
        page.render(scale=scale, grayscale=True).to_pil().save(file, "PNG")
    except ModuleNotFoundError:
        raise NotExamined("ocr-missing", "", "install meibo[ocr]") from None
    return file.getvalue()
