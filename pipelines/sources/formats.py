"""Who reads the files of each format.

A new format is one module with a reader, one line in `FORMATS` and one in `pipelines.sources.recognise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipelines.sources import columnar, duckdb_file, members
from pipelines.sources.base import Gap
from pipelines.sources.blobs import Blobs
from pipelines.sources.container import Opener, beside_in
from pipelines.sources.image import read_image
from pipelines.sources.jsonl import read_json
from pipelines.sources.ldif import read_ldif
from pipelines.sources.lzh_files import LzhFiles
from pipelines.sources.mail import MailFiles, read_mail
from pipelines.sources.mbox import MboxFiles, read_mbox
from pipelines.sources.members import Member
from pipelines.sources.msg import MsgFiles, read_msg
from pipelines.sources.packed import open_packed
from pipelines.sources.packed_backup import with_backups
from pipelines.sources.parquet import read_blobs, read_parquet
from pipelines.sources.pdf_attachments import PdfFiles
from pipelines.sources.plist import read_plist
from pipelines.sources.pst import PstFiles, of_pst, read_pst
from pipelines.sources.sevenzip import SevenZipFiles
from pipelines.sources.sqlite_file import read_blobs as read_database_blobs
from pipelines.sources.sqlite_file import read_log
from pipelines.sources.tar_files import TarFiles
from pipelines.sources.text import read_text
from pipelines.sources.text_table import read_table
from pipelines.sources.wrapped import read_wrapped
from pipelines.sources.zip_files import ZipFiles, open_package

Reader = Callable[[Path, str], Iterator[pa.RecordBatch | Gap]]


@dataclass(frozen=True)
class Format:
    """How files of one kind are read: `kind` of their assets, reader of one member, the members if it has such.

    A reader is given the file and the number of a member, from 1; "" where there are none. `inside`: opens a file
    that holds other files, given the name it goes by.
    """

    kind: str
    read: Reader
    members: Callable[[Path], list[Member]] | None = None
    inside: Opener | None = None


#: Kind of a file that is nothing but what it holds.
ARCHIVE = "archive"


def _cells(blobs: Blobs) -> Opener:
    return partial(members.open_cells, blobs)


def _table(kind: str, read: members.Reader, blobs: Blobs) -> Format:
    return Format(
        kind,
        partial(members.read_columns, read, blobs),
        partial(members.of_columns, kind, blobs),
        _cells(blobs),
    )


FORMATS = {
    "csv": Format("csv", read_table),
    "json": Format("jsonl", read_json),
    "parquet": _table("parquet", read_parquet, read_blobs),
    "workbook": Format("xlsx", members.read_workbook, members.of_workbook, open_package),
    "database": Format("table", members.read_database, members.of_database, _cells(read_database_blobs)),
    "database-log": Format("table", read_log),
    "duckdb": Format("table", duckdb_file.read_table, members.of_duckdb, _cells(duckdb_file.read_blobs)),
    "duckdb-log": Format("table", duckdb_file.read_log),
    "arrow": _table("table", columnar.read_arrow, columnar.arrow_blobs),
    "arrow-stream": _table("table", columnar.read_stream, columnar.stream_blobs),
    "orc": _table("table", columnar.read_orc, columnar.orc_blobs),
    "cards": Format("vcard", members.read_book, members.of_cards),
    "calendar": Format("icalendar", members.read_calendar, members.of_calendar),
    "plist": Format("plist", read_plist),
    "ldif": Format("text", read_ldif),
    "office": Format("text", members.read_document, members.of_office, open_package),
    "pdf": Format("text", members.read_pdf, members.of_pdf, PdfFiles),
    "text": Format("text", read_text),
    "mail": Format("text", read_mail, inside=MailFiles),
    "outlook": Format("text", read_msg, inside=MsgFiles),
    "mailbox": Format("text", read_pst, of_pst, PstFiles),
    "mbox": Format("text", read_mbox, inside=MboxFiles),
    "wrapped": Format("text", read_wrapped),
    "image": Format("image", read_image),
    "zip": Format(ARCHIVE, partial(beside_in, ZipFiles), inside=with_backups(ZipFiles)),
    "tar": Format(ARCHIVE, partial(beside_in, TarFiles), inside=with_backups(TarFiles)),
    "7z": Format(ARCHIVE, partial(beside_in, SevenZipFiles), inside=with_backups(SevenZipFiles)),
    "lzh": Format(ARCHIVE, partial(beside_in, LzhFiles), inside=with_backups(LzhFiles)),
    "packed": Format(ARCHIVE, partial(beside_in, open_packed), inside=with_backups(open_packed)),
}

#: What is read with the database it is of, where that is at hand.
DATABASE_LOG = FORMATS["database-log"]
