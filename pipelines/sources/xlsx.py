"""Workbooks (xlsx, xlsm, xlsb, xls, ods) by calamine: every sheet, hidden ones too, every cell as text.

Text cells keep their zeros, dates become ISO text, whole numbers have no decimal point. What a workbook says
beside its cells (`pipelines.sources.xlsx_notes`) are rows of a column of its own behind the others, what it keeps
beside its sheets (`pipelines.sources.xlsx_book`, `old_books`) those of the first.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import python_calamine

from pipelines.errors import NotExamined, is_of_system
from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.columns import has_header, number_text, text_batch, unique_names
from pipelines.sources.old_books import notes_of_old
from pipelines.sources.ooxml import refuse_bomb
from pipelines.sources.xlsx_book import notes_of_book
from pipelines.sources.xlsx_notes import notes_of

#: The rectangle of a sheet, at some 32 bytes a cell.
MOST_CELLS = 40_000_000
SAMPLE_ROWS = 200
#: The column of what stands beside the cells.
NOTES = "(コメント等)"

_REFERENCE = re.compile(rb'r="([A-Z]{1,3})([0-9]{1,7})"')


def list_sheets(path: Path) -> list[str]:
    """Return the names of all worksheets in order, hidden ones included; charts and macros are none.

    Raises `NotExamined` ``file-encrypted``, ``file-damaged`` or ``too-large``.
    """
    with _open(path) as book:
        return _worksheets(book)


def read_sheet(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream one sheet; `member` is its number, from 1."""
    with _open(path) as book:
        try:
            name = _worksheets(book)[int(member or "1") - 1]
            sheet = book.get_sheet_by_name(name)
        except (python_calamine.CalamineError, IndexError, ValueError):
            raise NotExamined("sheet-damaged", "", "open the workbook and save it again") from None
        rows = ([_text(cell) for cell in row] for row in sheet.iter_rows())
        rows = (row for row in rows if any(row))
        sample = list(islice(rows, SAMPLE_ROWS))
        if sample:
            yield from _batches(sample, rows)
    said = [*notes_of(path, name)]
    if member in ("", "1"):
        said += [*notes_of_book(path), *notes_of_old(path)]
    if notes := [note for note in said if isinstance(note, str)]:
        yield text_batch([NOTES], [notes])
    yield from (gap for gap in said if isinstance(gap, Gap))


def _batches(sample: list[list[str]], rows: Iterator[list[str]]) -> Iterator[pa.RecordBatch]:
    first = _first_full_row(sample)
    header = has_header(sample[first], sample[first + 1 :])
    names = unique_names(sample[first] if header else [None] * len(sample[first]))
    # A title above the header is content, too.
    chunk = sample[:first] + sample[first + 1 :] if header else sample
    chunk += islice(rows, BATCH_ROWS - len(chunk))
    yield text_batch(names, list(zip(*chunk, strict=True)) or [[] for _ in names])
    while chunk := list(islice(rows, BATCH_ROWS)):
        yield text_batch(names, list(zip(*chunk, strict=True)))


def _first_full_row(sample: list[list[str]]) -> int:
    """Japanese workbooks open with a title and a date: the header is the first row at least half full."""
    filled = [sum(map(bool, row)) for row in sample]
    return next((number for number, cells in enumerate(filled[:10]) if cells * 2 >= max(filled)), 0)


def _open(path: Path) -> Any:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _refuse_bombs(archive)
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError:
        raise NotExamined("file-encrypted", "", "remove the password or export a copy") from None
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as fault:
        if is_of_system(fault):
            raise
        code = "file-encrypted" if _is_encrypted(path) else "file-damaged"
        raise NotExamined(code, "", "open the workbook and save it again") from None


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    """Refuse what needs too much memory: calamine holds a sheet as a full rectangle of up to 17 billion cells."""
    refuse_bomb(archive)
    for entry in archive.infolist():
        if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
            with archive.open(entry) as sheet:
                if _cells(sheet) > MOST_CELLS:
                    raise NotExamined("too-large", "", "remove the stray cells far from the table")


def _cells(sheet: IO[bytes]) -> int:
    """Return rows times columns of the rectangle that holds every cell which says where it stands."""
    row = column = 0
    rest = b""
    while block := sheet.read(1 << 20):
        block = rest + block
        references = set(_REFERENCE.findall(block))
        row = max([row, *(int(number) for _, number in references)])
        column = max([column, *(_column(letters) for letters in {letters for letters, _ in references})])
        rest = block[-16:]
    return row * column


def _column(letters: bytes) -> int:
    return functools.reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)


def _is_encrypted(path: Path) -> bool:
    """A workbook with a password is an OLE container with a stream of this name ([MS-OFFCRYPTO] 2.3.4)."""
    with path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20)


def _worksheets(book: Any) -> list[str]:
    return [
        sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return str(cell)
