"""SQLite files: tables and views, opened read-only, every value as text.

SQLite types values, not columns: a column of INTEGER may hold anything. So every column is text; numbers are
written without loss, blobs are text where they are UTF-8.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import xxhash

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import SqliteSource
from pipelines.sources.base import BATCH_ROWS, Gap, Known, Place, Slice, Watermarks, distinct
from pipelines.sources.columns import decode_cell, number_text, text_batch, unique_names
from pipelines.sources.file_grants import file_grants
from pipelines.sources.file_states import proofs_at

#: Rows fetched at once; a batch also ends at so many characters, for tables of documents.
FETCH_ROWS = 256
BATCH_CHARACTERS = 32 << 20

_CODES = {
    "SQLITE_NOTADB": "file-damaged",
    "SQLITE_CORRUPT": "file-damaged",
    "SQLITE_BUSY": "database-locked",
    "SQLITE_LOCKED": "database-locked",
    "SQLITE_CANTOPEN": "file-unreadable",
    "SQLITE_PERM": "file-unreadable",
    "SQLITE_AUTH": "file-unreadable",
}


class Sqlite:
    """The source of kind ``sqlite``. All tables are read in one transaction per asset."""

    def __init__(self, config: SqliteSource, keys: KeyRing) -> None:
        self.name = config.name
        self.path = config.path
        self._keys = keys
        self._connection: sqlite3.Connection | None = None

    def assets(self) -> Iterator[AssetRef]:
        """List tables and views by name.

        Raises `NotExamined` ``file-missing``, ``file-damaged``, ``file-unreadable`` or ``database-locked``.
        """
        seen: dict[str, int] = {}
        for place in self.survey(lambda *_: False, lambda _: None):
            for asset in place.assets or ():
                yield distinct(asset, seen)

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List tables and views; all are as they were while the file is, and one while its watermark is."""
        query = (
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        # The state before anything is read: what is written meanwhile must not look old.
        proofs = self._state()
        for name, kind in self._rows(query):
            asset = AssetRef(
                id=f"{self.name}/main.{mask_place(name, self._keys)}",
                source=self.name,
                kind=kind,
                locator=name,
            )
            told = (*proofs, *self._watermark(name, watermarks(asset.id)))
            yield Place(name, None if told and known(name, told) else (asset,), told)

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut a table with a declared watermark and an integer primary key into stretches of that key."""
        keys = self._primary_key(asset.locator)
        names = self._columns(asset.locator)
        if watermark is None or watermark not in names or len(keys) != 1:
            return None
        table, key, mark = map(_quoted, (asset.locator, keys[0], watermark))
        ((least, greatest, count, kinds),) = self._rows(
            f"SELECT min({key}), max({key}), count(*), count(DISTINCT typeof({key})) FROM {table}"
        )
        if kinds != 1 or not isinstance(least, int) or self._is_damaged(asset):
            return None
        # A power of two: it stays what it is while the table does not double.
        step = 1 << max(0, round(math.log2(max(1, rows * (greatest - least + 1) / count))))
        stretches = self._rows(
            f"SELECT min({key}), max({key}), count(*), max({mark}) FROM {table} "
            f"GROUP BY {key} / {step} ORDER BY min({key})"
        )
        return (
            Slice(
                digest=xxhash.xxh3_128_hexdigest(repr((names, *stretch)).encode("utf-8", "surrogatepass")),
                rows=stretch[2],
                bytes=0,
                read=partial(
                    self._read,
                    asset,
                    f"SELECT * FROM {table} WHERE {key} BETWEEN ? AND ? ORDER BY {key}",
                    stretch[:2],
                ),
            )
            for stretch in stretches
        )

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a table by its primary key or rowid; blobs that are no text are gaps ``binary-cell``.

        SQLite reads some damaged pages as rows nobody wrote: such a table has a gap ``file-damaged``, too.
        """
        yield from self._read(asset, self._query(asset))
        if self._is_damaged(asset):
            yield Gap("file-damaged")

    def _read(
        self, asset: AssetRef, query: str, parameters: tuple[Any, ...] = ()
    ) -> Iterator[pa.RecordBatch | Gap]:
        try:
            with closing(self._connect().cursor()) as cursor:
                cursor.execute(query, parameters)
                names = unique_names([column[0] for column in cursor.description])
                yield from _stream(cursor, names)
        except sqlite3.Error as error:
            raise NotExamined(_code(error), asset.id, "check the file with PRAGMA integrity_check") from None

    def row_key(self, asset: AssetRef) -> str | None:
        """Name of the primary key where it is one column."""
        keys = self._primary_key(asset.locator)
        return keys[0] if len(keys) == 1 else None

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Who may read the file may read every table of it."""
        for asset in assets:
            try:
                yield from file_grants(asset.id, self.path, self.path.parent)
            except OSError:
                continue

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_damaged(self, asset: AssetRef) -> bool:
        """Say whether what SQLite checks of a table tells of damage, not of rows that break a constraint."""
        if asset.kind != "table":
            return False
        said = self._rows(f"PRAGMA quick_check({_quoted(asset.locator)})")
        return any(line != "ok" and not _CONSTRAINT.search(line) for (line,) in said)

    def _query(self, asset: AssetRef) -> str:
        table = _quoted(asset.locator)
        keys = self._primary_key(asset.locator)
        if keys:
            return f"SELECT * FROM {table} ORDER BY {', '.join(map(_quoted, keys))}"
        return f"SELECT * FROM {table}" + (" ORDER BY rowid" if asset.kind == "table" else "")

    def _primary_key(self, table: str) -> list[str]:
        columns = self._rows(f"PRAGMA table_info({_quoted(table)})")
        return [name for _, name, _, _, _, position in sorted(columns, key=lambda row: row[5]) if position]

    def _columns(self, table: str) -> list[str]:
        return [name for _, name, *_ in self._rows(f"PRAGMA table_info({_quoted(table)})")]

    def _state(self) -> tuple[str, ...]:
        """Return what proves the database unchanged: its file and, where it has one, its write-ahead log."""
        log = self.path.with_name(f"{self.path.name}-wal")
        proofs = [proofs_at(path) for path in (self.path, log) if path.exists()]
        return (" ".join(each[0] for each in proofs),) if proofs and all(proofs) else ()

    def _watermark(self, table: str, column: str | None) -> tuple[str, ...]:
        names = self._columns(table) if column else []
        if column not in names:
            return ()
        greatest = self._rows(f"SELECT max({_quoted(column or '')}), count(*) FROM {_quoted(table)}")
        return (f"watermark {greatest} {names}",)

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        try:
            return self._connect().execute(query).fetchall()
        except sqlite3.Error as error:
            raise NotExamined(_code(error), self.name, "check the path and the file") from None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            if not self.path.is_file():
                raise NotExamined("file-missing", self.name, "correct the path of the source")
            uri = f"file:{quote(str(self.path.resolve()))}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=10, check_same_thread=False)
            # Text that is not UTF-8 must arrive, too: SQLite does not check what it stores.
            self._connection.text_factory = _text
        return self._connection


def _stream(cursor: sqlite3.Cursor, names: list[str]) -> Iterator[pa.RecordBatch | Gap]:
    columns: list[list[str | None]] = [[] for _ in names]
    characters = lost = 0
    while rows := cursor.fetchmany(FETCH_ROWS):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            texts = [value if isinstance(value, str) else _cell(value) for value in values]
            lost += sum(text is None for text in texts) - values.count(None)
            characters += sum(len(text) for text in texts if text is not None)
            column += texts
        if len(columns[0]) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield text_batch(names, columns)
            columns, characters = [[] for _ in names], 0
    yield text_batch(names, columns)
    if lost:
        yield Gap("binary-cell", lost)


def _cell(value: float | bytes | None) -> str | None:
    """Numbers without loss; blobs where they are text."""
    if isinstance(value, bytes):
        return decode_cell(value)
    return None if value is None else number_text(value)


def _text(stored: bytes) -> str:
    """SQLite does not check what it stores as text: old programs wrote CP932."""
    for codec in ("utf-8", "cp932"):
        try:
            return stored.decode(codec)
        except UnicodeDecodeError:
            continue
    return stored.decode("utf-8", "replace")


#: What `PRAGMA quick_check` says of rows that are whole, but not what the schema wants.
_CONSTRAINT = re.compile(r"^(?:NULL|(?:non-)?[A-Z]+) value in |^CHECK constraint failed in ")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _code(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    return next((code for prefix, code in _CODES.items() if name.startswith(prefix)), "query-failed")
