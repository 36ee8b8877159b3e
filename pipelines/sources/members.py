"""Files that are several assets: their members, and who reads which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.sources import duckdb_file
from pipelines.sources.base import Gap
from pipelines.sources.blobs import BlobFiles, Blobs, has_photos, read_photos
from pipelines.sources.container import Container
from pipelines.sources.content_rows import photos_of
from pipelines.sources.icalendar import read_events
from pipelines.sources.ios_backup import FILES, MANIFEST, count_missing
from pipelines.sources.office import read_office
from pipelines.sources.pdf import has_scans, read_pages, read_scans
from pipelines.sources.pictures import has_pictures, read_pictures
from pipelines.sources.sqlite_file import list_tables
from pipelines.sources.sqlite_file import read_blobs as read_database_blobs
from pipelines.sources.sqlite_file import read_table as read_database_table
from pipelines.sources.vcard import read_cards
from pipelines.sources.xlsx import list_sheets, read_sheet

#: Name of the member that holds the scanned pages of a PDF.
SCANS = "スキャン"
#: Name of the member that holds the pictures of a document, workbook, database or address book.
PICTURES = "画像"


#: Streams the table a file is.
Reader = Callable[[Path], Iterator[pa.RecordBatch | Gap]]


@dataclass(frozen=True)
class Member:
    """One asset of a file that holds several; `name`: what its name adds to the file's, or ""."""

    name: str
    kind: str


def of_workbook(path: Path) -> list[Member]:
    """List the sheets of a workbook, then its pictures."""
    return [*(Member(name, "xlsx") for name in list_sheets(path)), *_pictures(path)]


def read_workbook(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream a sheet or the pictures."""
    # Sheets are counted only where something else may be meant: a workbook takes long to open.
    is_picture = has_pictures(path) and int(member or "1") > len(list_sheets(path))
    return (read_pictures if is_picture else read_sheet)(path, member)


def of_office(path: Path) -> list[Member]:
    """List the text of a document, then its pictures."""
    return [Member("", "text"), *_pictures(path)]


def read_document(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream the text or the pictures."""
    return (read_pictures if member == "2" else read_office)(path, member)


def of_database(path: Path) -> list[Member]:
    """List the tables of a database, then the pictures in their cells."""
    tables = [Member(name, kind) for name, kind in list_tables(path)]
    # A database without tables is an asset all the same.
    return [*tables, *_photos(read_database_blobs, path)] if tables else [Member("", "table")]


def of_duckdb(path: Path) -> list[Member]:
    """List the tables of a DuckDB database, then the pictures in their cells."""
    tables = [Member(name, "table") for name in duckdb_file.list_tables(path)]
    return [*tables, *_photos(duckdb_file.read_blobs, path)] if tables else [Member("", "table")]


def of_columns(kind: str, blobs: Blobs, path: Path) -> list[Member]:
    """List the table in a file, then the pictures in its cells."""
    return [Member("", kind), *_photos(blobs, path)]


def read_columns(table: Reader, blobs: Blobs, path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream the table or the pictures."""
    return read_photos(blobs(path)) if member == "2" else table(path)


def of_cards(path: Path) -> list[Member]:
    """List an address book, then the photos in it."""
    return [Member("", "vcard"), *_photos(photos_of, path)]


def read_book(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream the cards or the photos."""
    return read_photos(photos_of(path)) if member == "2" else read_cards(path)


def of_calendar(path: Path) -> list[Member]:
    """List a calendar, then the pictures in it."""
    return [Member("", "icalendar"), *_photos(photos_of, path)]


def read_calendar(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream the entries or the pictures."""
    return read_photos(photos_of(path)) if member == "2" else read_events(path)


def open_cells(blobs: Blobs, path: Path, name: str) -> Container:
    """Open a database or table as what holds the files in its cells."""
    return BlobFiles(blobs, path)


def read_database(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream a table or the pictures; of the list of an iOS backup, also say what of it is missing."""
    yield from read_database_table(path, member)
    if path.name == MANIFEST and list_tables(path)[int(member or "1") - 1 :][:1] == [(FILES, "table")]:
        missing = count_missing(path)
        yield from [Gap("file-missing", missing)] if missing else []


def of_pdf(path: Path) -> list[Member]:
    """List the text of the pages, then those that are scanned."""
    return [Member("", "text"), *([Member(SCANS, "image")] if has_scans(path) else [])]


def read_pdf(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream the text or the scanned pages."""
    return (read_scans if member == "2" else read_pages)(path)


def _pictures(path: Path) -> list[Member]:
    return [Member(PICTURES, "image")] if has_pictures(path) else []


def _photos(blobs: Blobs, path: Path) -> list[Member]:
    return [Member(PICTURES, "image")] if has_photos(blobs, path) else []
