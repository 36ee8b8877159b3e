"""DuckDB databases among files: every table, read-only; nothing is written beside them, nothing else is opened.

What is in the log alone (``x.duckdb.wal``) is read with the database. Views are left out: all they can show is
what the tables hold, or files elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import NotExamined
from pipelines.sources.arrow_columns import readable
from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.blobs import Blob, is_of_use, path_of, read_photos
from pipelines.sources.duckdb_cells import DuckdbCells
from pipelines.sources.file_states import DUCKDB_LOG, is_file
from pipelines.sources.relations import quoted

#: What stands behind the checksum of the first block (DuckDB, "Storage Versions and Format").
MAGIC, _AT = b"DUCK", 8

#: A hostile file: no other file, no extension, no settings of its own, bounds on memory, nothing spilt to disk.
_CLOSED: dict[str, Any] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "lock_configuration": True,
    "memory_limit": "512MB",
    "temp_directory": "",
    "threads": 1,
}

#: Types of which Arrow's form is no text people would know; nested ones are searched by name.
_AS_TEXT = ("INTERVAL", "BIT", "MAP(", "UNION(", "TIMETZ", "TIME WITH TIME ZONE", "VARIANT", "GEOMETRY")

#: Beginnings of what DuckDB says → codes.
_SAID = (
    ("IO Error: Could not set lock", "database-locked"),
    ("IO Error: Trying to read a database file with version", "format-unsupported"),
    ("Serialization Error", "format-unsupported"),
    ("Catalog Error: Cannot open encrypted database", "file-encrypted"),
    ("Invalid Input Error: Cannot open encrypted database", "file-encrypted"),
    ("Binder Error: Cannot open encrypted database", "file-encrypted"),
    ("Connection Error", "database-locked"),
    ("Out of Memory Error", "too-large"),
)
_HINT = "open it once with the DuckDB that wrote it, and copy it again"


def is_database(head: bytes) -> bool:
    """Say whether a file begins as databases of DuckDB do."""
    return head[_AT : _AT + len(MAGIC)] == MAGIC


def is_log(path: Path) -> bool:
    """Say whether a file is the log of a database that lies beside it."""
    database = path.with_name(path.name.removesuffix(DUCKDB_LOG))
    if database == path or not is_file(database):
        return False
    with database.open("rb") as file:
        return is_database(file.read(_AT + len(MAGIC)))


def read_log(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield nothing: what a log holds is read with its database."""
    yield from ()


def list_tables(path: Path) -> list[str]:
    """Return the names of all tables, ``schema.name`` outside the schema ``main``, in their order.

    Raises `NotExamined` ``file-damaged``, ``file-encrypted``, ``database-locked`` (somebody writes to it) or
    ``format-unsupported`` (a newer DuckDB wrote it).
    """
    with _opened(path) as connection:
        return [name if schema == "main" else f"{schema}.{name}" for schema, name in _tables(connection)]


def read_table(path: Path, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream one table in the order of the file; `member` is its number in `list_tables`, from 1.

    Behind the last table are the pictures in cells. Gap ``cell-too-long``. Raises `NotExamined` what `list_tables`
    raises, and ``too-large``.
    """
    with _opened(path) as connection:
        tables = _tables(connection)
        if not tables:
            return
        number = int(member or "1")
        if number > len(tables):
            yield from read_photos(_blobs(connection))
            return
        table = ".".join(map(quoted, tables[number - 1]))
        cells = DuckdbCells(connection, table)
        fields = (
            f"{cells.text_of(name)} AS {quoted(name)}" if name in cells.columns else _expression(name, kind)
            for name, kind in cells.described
        )
        query = f"SELECT {', '.join(fields)}, {cells.too_long()} FROM {table}"
        reader = connection.execute(query).to_arrow_reader(BATCH_ROWS)
        # A table without rows has its columns all the same.
        yield from readable(
            pa.RecordBatch.from_pylist([], schema=reader.schema.remove(len(reader.schema) - 1))
        )
        for batch in reader:
            *columns, too_long = batch.columns
            names = batch.schema.names[:-1]
            yield from readable(pa.RecordBatch.from_arrays(columns, names=names), is_of_use)
            if longer := pc.sum(too_long).as_py():
                yield Gap("cell-too-long", longer)


def read_blobs(path: Path) -> Iterator[Blob | Gap]:
    """Stream what in the cells of a database is a picture or a file, one at a time."""
    with _opened(path) as connection:
        yield from _blobs(connection)


def _blobs(connection: Any) -> Iterator[Blob | Gap]:
    import duckdb

    for schema, name in _tables(connection):
        step = name if schema == "main" else f"{schema}.{name}"
        try:
            for column, content in DuckdbCells(connection, ".".join(map(quoted, (schema, name)))).known():
                yield Blob(path_of(step, column), content)
        except (duckdb.Error, UnicodeDecodeError) as error:
            # The other tables may be whole, and this one tells of it itself.
            yield Gap(_code(error))


def _tables(connection: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary ORDER BY 1, 2"
    ).fetchall()
    return found


def _expression(name: str, kind: str) -> str:
    as_text = any(each in kind for each in _AS_TEXT)
    return f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" if as_text else quoted(name)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    # It takes a tenth of a second to load, and most shares have none.
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True, config=_CLOSED) as connection:
            yield connection
    except (duckdb.Error, pa.ArrowException, UnicodeDecodeError) as error:
        raise NotExamined(_code(error), "", _HINT) from None


def _code(error: Exception) -> str:
    # What DuckDB says quotes the file.
    said = str(error)
    return next((code for begins, code in _SAID if said.startswith(begins)), "file-damaged")
