"""Tables of an open SQLite database as batches of text.

SQLite types values, not columns: a column of INTEGER may hold anything. So every column is text; numbers are
written without loss, blobs are text where they are UTF-8 or wrap some (`pipelines.sources.wrapped`).
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa

from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.columns import number_text, text_batch, unique_names
from pipelines.sources.relations import quoted
from pipelines.sources.rows import chunks
from pipelines.sources.wrapped import CellReader

#: A batch also ends at so many characters, for documents.
BATCH_CHARACTERS = 32 << 20

_CODES = {
    "SQLITE_NOTADB": "file-damaged",
    "SQLITE_CORRUPT": "file-damaged",
    "SQLITE_BUSY": "database-locked",
    "SQLITE_LOCKED": "database-locked",
    "SQLITE_CANTOPEN": "file-unreadable",
    "SQLITE_PERM": "file-unreadable",
    "SQLITE_AUTH": "file-unreadable",
    "SQLITE_TOOBIG": "cell-too-long",
    "SQLITE_INTERRUPT": "too-large",
}
#: What a table, view or index may want of the program that made it.
_FOREIGN = re.compile(r"^no such (?:function|module|collation sequence)|^unknown tokenizer")

_TABLES = (
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
)


def tables(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return name and type, ``table`` or ``view``, of what a database holds, by name. Raises `sqlite3.Error`."""
    return connection.execute(_TABLES).fetchall()


def primary_key(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of the primary key in their order. Raises `sqlite3.Error`."""
    columns = connection.execute(f"PRAGMA table_info({quoted(table)})")
    return [name for _, name, _, _, _, position in sorted(columns, key=lambda row: row[5]) if position]


def query_of(connection: sqlite3.Connection, name: str, kind: str, fields: str = "*") -> str:
    """Return the query for all rows of a table by its key or rowid, or of a view. Raises `sqlite3.Error`.

    `fields`: what is selected of each.
    """
    table = quoted(name)
    if keys := primary_key(connection, name):
        return f"SELECT {fields} FROM {table} ORDER BY {', '.join(map(quoted, keys))}"
    return f"SELECT {fields} FROM {table}" + (" ORDER BY rowid" if kind == "table" else "")


def read_query(
    connection: sqlite3.Connection,
    query: str,
    parameters: tuple[Any, ...] = (),
    elsewhere: Callable[[bytes], bool] = lambda _: False,
) -> Iterator[pa.RecordBatch | Gap]:
    """Stream a query; gaps ``attachment``: blobs that are pictures, ``binary-cell``: others that are no text.

    `elsewhere` says of a blob whether it is read as an asset of its own, and so is no gap. Raises `sqlite3.Error`,
    rows before a fault having been yielded.
    """
    with closing(connection.cursor()) as cursor:
        cursor.execute(query, parameters)
        names = unique_names([column[0] for column in cursor.description])
        yield from _stream(cursor, names, elsewhere)


def is_damaged(connection: sqlite3.Connection, table: str) -> bool:
    """Say whether what SQLite checks of a table tells of damage, not of rows that break a constraint.

    It reads some damaged pages as rows nobody wrote. Raises `sqlite3.Error`.
    """
    said = connection.execute(f"PRAGMA quick_check({quoted(table)})")
    return any(line != "ok" and not _CONSTRAINT.search(line) for (line,) in said)


def code_of(error: sqlite3.Error) -> str:
    """Return the code of `NotExamined` for what SQLite raised."""
    name = getattr(error, "sqlite_errorname", "")
    if _FOREIGN.search(str(error)):
        return "program-missing"
    return next((code for prefix, code in _CODES.items() if name.startswith(prefix)), "query-failed")


def text_of(stored: bytes) -> str:
    """Return text as it is stored: SQLite does not check that it is UTF-8, and old programs wrote CP932."""
    for codec in ("utf-8", "cp932"):
        try:
            return stored.decode(codec)
        except UnicodeDecodeError:
            continue
    return stored.decode("utf-8", "replace")


#: What `PRAGMA quick_check` says of rows that are whole, but not what the schema wants.
_CONSTRAINT = re.compile(r"^(?:NULL|(?:non-)?[A-Z]+) value in |^CHECK constraint failed in ")


def _stream(
    cursor: sqlite3.Cursor, names: list[str], elsewhere: Callable[[bytes], bool]
) -> Iterator[pa.RecordBatch | Gap]:
    columns: list[list[str | None]] = [[] for _ in names]
    characters = read = 0
    cells = CellReader(elsewhere)
    gaps: Counter[str] = Counter()
    fault = None
    try:
        for rows in chunks(cursor):
            read += len(rows)
            for column, values in zip(columns, zip(*rows, strict=True), strict=True):
                texts = [value if isinstance(value, str) else _cell(value, cells, gaps) for value in values]
                characters += sum(len(text) for text in texts if text is not None)
                column += texts
            if len(columns[0]) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
                yield text_batch(names, columns)
                columns, characters, cells = [[] for _ in names], 0, CellReader(elsewhere)
    except sqlite3.Error as error:
        fault = error
    if read or not fault:
        yield text_batch(names, columns)
    yield from (Gap(reason, number) for reason, number in sorted(gaps.items()))
    if fault:
        raise fault


def _cell(value: float | bytes | None, cells: CellReader, gaps: Counter[str]) -> str | None:
    """Numbers without loss; blobs where they are text, or hold some."""
    if not isinstance(value, bytes):
        return None if value is None else number_text(value)
    told = cells.read(value)
    if told.unread:
        gaps[told.unread] += 1
    return told.text
