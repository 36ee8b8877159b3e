"""SQLite databases among files, as phones and apps leave them: every table and view, nothing written beside them.

A database is opened as one that nobody changes; what is in its write-ahead log alone is read, too
(`pipelines.sources.sqlite_log`), and so are the rows on either side of a damaged page. Rows that were deleted and
pages that were replaced may still lie in the file, in its log or its rollback journal: they are not read.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.blobs import Blob, is_of_use, read_photos
from pipelines.sources.file_states import LOG, is_file
from pipelines.sources.ios_backup import database_of, log_beside
from pipelines.sources.relations import quoted
from pipelines.sources.sqlite_blobs import blobs_in
from pipelines.sources.sqlite_connection import connected, is_database
from pipelines.sources.sqlite_contacts import divider
from pipelines.sources.sqlite_log import MAGIC, merged, whole_of
from pipelines.sources.sqlite_rows import code_of, is_damaged, read_query, tables

#: First bytes of the index of a log (``x.db-shm``), in either byte order: page numbers, no content.
_INDEX = (struct.pack("<I", 3_007_000), struct.pack(">I", 3_007_000))

_HINT = "open it once with the program that wrote it, and copy it again"


def is_log(head: bytes) -> bool:
    """Say whether a file is the write-ahead log of a database, or the index of one."""
    return head.startswith(MAGIC) or (head.startswith(_INDEX) and head[:48] == head[48:96])


def read_log(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield nothing: what a log holds is read with its database.

    Raises `NotExamined` ``database-missing`` for a log whose database does not lie beside it.
    """
    database = database_of(path) or path.with_name(path.name.removesuffix(LOG).removesuffix("-shm"))
    with path.open("rb") as file:
        if file.read(4) not in MAGIC:
            return
    if database == path or not is_file(database) or not is_database(database):
        raise NotExamined("database-missing", "", "put the database of the log beside it")
    yield from ()


def list_tables(path: Path) -> list[tuple[str, str]]:
    """Return name and kind (``table``, ``view``) of all tables by name.

    The tables a full-text index keeps its content in are left out where the index itself can be read: it holds the
    same. Raises `NotExamined` ``file-damaged``, ``changed-while-reading``; ``too-large`` for one in an archive.
    """
    with _opened(path) as (connection, _):
        return _listed(connection)


def read_table(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream one table; `member` is its number in `list_tables`, from 1; behind the last, the pictures in cells.

    Gaps: those of `read_query`; ``file-damaged``; ``too-large``: the log cannot be read with the database. Raises
    `NotExamined` what `list_tables` raises, and ``program-missing`` for what SQLite alone cannot read: a function,
    module or tokenizer of an app.
    """
    with _opened(path) as (connection, unread):
        listed = _listed(connection)
        if not listed:
            return
        number = int(member or "1")
        if number > len(listed):
            yield from read_photos(blobs_in(connection, listed))
            return
        name, kind = listed[number - 1]
        divide = divider(connection, name)
        for item in _rows(connection, name, kind):
            yield divide(item) if divide and isinstance(item, pa.RecordBatch) and item.num_rows else item
        if kind == "table" and is_damaged(connection, name):
            yield Gap("file-damaged")
        if unread:
            yield Gap(unread)


def read_blobs(path: Path) -> Iterator[Blob | Gap]:
    """Stream what in the cells of a database is a picture or a file; raises what `list_tables` raises."""
    with _opened(path) as (connection, _):
        yield from blobs_in(connection, _listed(connection))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[sqlite3.Connection, str]]:
    """Open a database read-only; the code says why its log could not be read with it, if it could not."""
    whole, unread = None, ""
    try:
        whole = merged(path, log_beside(path))
    except NotExamined as fault:
        if fault.code != "too-large":
            raise
        unread = fault.code
    if whole is None and not path.resolve().exists():
        # Unpacked to a file without a name: SQLite opens none by what leads to it (``/proc/self/fd/7``).
        whole = whole_of(path)
    try:
        with closing(connected(path, whole)) as connection:
            yield connection, unread
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # A name that is no text, a format SQLite does not know: none of what it says but this can be of the file.
        code = code_of(error) if isinstance(error, sqlite3.Error) else "file-damaged"
        raise NotExamined("file-damaged" if code == "query-failed" else code, "", _HINT) from None


def _listed(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    # What SQLite before 3.37 does not tell is read twice there.
    types = {row[1]: row[2] for row in connection.execute("PRAGMA table_list") if row[0] == "main"}
    indexes = [
        f"{name}_" for name, kind in types.items() if kind == "virtual" and _is_readable(connection, name)
    ]
    return [
        (name, kind)
        for name, kind in tables(connection)
        if not (types.get(name) == "shadow" and name.startswith(tuple(indexes)))
    ]


def _is_readable(connection: sqlite3.Connection, table: str) -> bool:
    try:
        connection.execute(f"SELECT * FROM {quoted(table)} LIMIT 1").fetchone()
    except sqlite3.Error:
        return False
    return True


def _rows(connection: sqlite3.Connection, name: str, kind: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream a table in the order of the file; behind a damaged page from the end, up to that page."""
    read = 0
    try:
        for item in read_query(connection, _query(name, kind), elsewhere=is_of_use):
            read += item.num_rows if isinstance(item, pa.RecordBatch) else 0
            yield item
    except sqlite3.Error as error:
        if kind == "table" and code_of(error) == "file-damaged":
            yield from _behind(connection, quoted(name), read)
        raise


def _behind(connection: sqlite3.Connection, table: str, read: int) -> Iterator[pa.RecordBatch | Gap]:
    query = f"SELECT rowid FROM {table} NOT INDEXED LIMIT 1 OFFSET ?"
    try:
        last = connection.execute(query, (read - 1,)).fetchone() if read else None
        behind = f"SELECT * FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid DESC"
        yield from read_query(connection, behind, last or (-(2**63),), is_of_use)
    except sqlite3.Error:
        # The damaged page from its other side; or a table that has no such numbers.
        return


def _query(name: str, kind: str) -> str:
    # In the order of the file: no index is needed, and nothing is sorted in memory or temporary files.
    return f"SELECT * FROM {quoted(name)}" + (" NOT INDEXED" if kind == "table" else "")
