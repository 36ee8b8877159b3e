"""Connections to SQLite databases of others: read-only, within limits, nothing written beside the file."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

from pipelines.sources.sqlite_rows import tables, text_of

#: First bytes of a database.
SIGNATURE = b"SQLite format 3\0"
#: No value is longer; it ends its table with ``cell-too-long``.
LONGEST_VALUE = 256 << 20
#: Steps of SQLite's machine a query may take: views may never end, damaged pages may lead in circles.
STEPS, STEPS_PER_BYTE, STEPS_AT_ONCE = 100_000_000, 50, 100_000

_COLLATION = re.compile(r"""COLLATE\s+["'`\[]?([A-Za-z_][\w$]*)""", re.IGNORECASE)


def is_database(path: Path) -> bool:
    """Say whether a file begins as databases do."""
    with path.open("rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


def connected(path: Path, whole: bytearray | None = None) -> sqlite3.Connection:
    """Open a database that nobody changes; `whole`: its content where that is not what the file holds.

    Raises `sqlite3.Error`.
    """
    if whole is None:
        uri = f"file:{quote(os.fsencode(path.resolve()))}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True)
    else:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(whole)
    connection.text_factory = text_of
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    for setting in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {setting}")
    _limit(connection, path.stat().st_size)
    _load(connection)
    return connection


def _limit(connection: sqlite3.Connection, size: int) -> None:
    """Interrupt a connection that has done more than a database of this size can need."""
    left = (STEPS + STEPS_PER_BYTE * size) // STEPS_AT_ONCE

    def interrupts() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(interrupts, STEPS_AT_ONCE)


def _load(connection: sqlite3.Connection) -> None:
    """Load the schema, as far as it can be, and know by name how apps compare texts: no order depends on it."""
    try:
        tables(connection)
    except sqlite3.OperationalError:
        # An index over a function of the app, say: without this one such entry closes all tables.
        connection.execute("PRAGMA writable_schema = ON")
    said = "\n".join(text for (text,) in connection.execute("SELECT sql FROM sqlite_master") if text)
    for name in sorted({each.upper() for each in _COLLATION.findall(said)} - {"BINARY", "NOCASE", "RTRIM"}):
        connection.create_collation(name, lambda one, other: (one > other) - (one < other))
