"""SQLite databases that are sources: tables and views, opened read-only, every value as text.

Pictures and files in cells are assets of their own (`pipelines.sources.cells`).
"""

from __future__ import annotations

import math
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar
from urllib.parse import quote

import pyarrow as pa
import xxhash

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import SqliteSource
from pipelines.sources.base import Gap, Known, Place, Slice, Watermarks, listed
from pipelines.sources.blobs import is_of_use
from pipelines.sources.cells import list_cells, read_cells, row_key_of, sought_in
from pipelines.sources.file_grants import file_grants
from pipelines.sources.file_states import proofs_at
from pipelines.sources.relations import quoted
from pipelines.sources.sqlite_cells import SqliteCells
from pipelines.sources.sqlite_connection import LONGEST_VALUE
from pipelines.sources.sqlite_rows import (
    code_of,
    is_damaged,
    primary_key,
    query_of,
    read_query,
    tables,
    text_of,
)

Result = TypeVar("Result")


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
        return listed(self.survey(lambda *_: False, lambda _: None))

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List tables and views; all are as they were while the file is, and one while its watermark is."""
        # The state before anything is read: what is written meanwhile must not look old.
        proofs = proofs_at(self.path)
        for asset in self._tables():
            name = asset.locator
            told = (*proofs, *self._watermark(name, watermarks(asset.id)))
            is_known = bool(told) and known(name, told)
            held = () if is_known else tuple(list_cells(asset, self._cells(asset), self._keys))
            yield Place(
                name,
                None if is_known else (asset, *(each for each, _ in held)),
                told,
                sizes=(0, *(size for _, size in held)),
            )

    def sought(self, asset_id: str) -> Iterator[AssetRef]:
        """List what may be the asset of an id. Raises what `assets` raises."""
        found = sought_in(self._tables(), asset_id, self._cells, self._keys)
        return listed(Place(each.locator, (each,)) for each in found)

    def _tables(self) -> Iterator[AssetRef]:
        for name, kind in self._ask(tables):
            shown = mask_place(name, self._keys)
            yield AssetRef(id=f"{self.name}/main.{shown}", source=self.name, kind=kind, locator=name)

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut a table with a declared watermark and an integer primary key into stretches of that key."""
        keys = self._ask(primary_key, asset.locator)
        names = self._columns(asset.locator)
        if asset.member or watermark is None or watermark not in names or len(keys) != 1:
            return None
        table, key, mark = map(quoted, (asset.locator, keys[0], watermark))
        ((least, greatest, count, kinds),) = self._rows(
            f"SELECT min({key}), max({key}), count(*), count(DISTINCT typeof({key})) FROM {table}"
        )
        if kinds != 1 or not isinstance(least, int) or self._is_damaged(asset):
            return None
        cells = self._cells(asset)
        # A power of two: it stays what it is while the table does not double.
        step = 1 << max(0, round(math.log2(max(1, rows * (greatest - least + 1) / count))))
        stretches = self._rows(
            f"SELECT min({key}), max({key}), count(*), max({mark}), {_all_of(mark)} "
            f"FROM {table} GROUP BY {key} / {step} ORDER BY min({key})"
        )
        return (
            Slice(
                digest=xxhash.xxh3_128_hexdigest(repr((names, *stretch)).encode("utf-8", "surrogatepass")),
                rows=stretch[2],
                bytes=0,
                read=partial(self._read_stretch, asset, cells, key, stretch[:2]),
            )
            for stretch in stretches
        )

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a table by its primary key or rowid, or what stands in its cells (`read_cells`).

        Blobs that are neither are gaps (`read_query`).

        SQLite reads some damaged pages as rows nobody wrote: such a table has a gap ``file-damaged``, too.
        """
        if asset.member:
            yield from read_cells(asset, self._cells(asset))
            return
        cells = self._cells(asset)
        fields = cells.fields()
        yield from self._read(asset, self._ask(query_of, asset.locator, asset.kind, fields))
        yield from _too_long(cells)
        if self._is_damaged(asset):
            yield Gap("file-damaged")

    def _read_stretch(
        self, asset: AssetRef, cells: SqliteCells, key: str, ends: tuple[int, int]
    ) -> Iterator[pa.RecordBatch | Gap]:
        within = f"WHERE {key} BETWEEN {ends[0]} AND {ends[1]}"
        query = f"SELECT {cells.fields()} FROM {quoted(asset.locator)} {within} ORDER BY {key}"
        yield from self._read(asset, query)
        yield from _too_long(cells, within)

    def _read(self, asset: AssetRef, query: str) -> Iterator[pa.RecordBatch | Gap]:
        try:
            yield from read_query(self._connect(), query, elsewhere=is_of_use)
        except sqlite3.Error as error:
            raise NotExamined(
                code_of(error), asset.id, "check the file with PRAGMA integrity_check"
            ) from None

    def row_key(self, asset: AssetRef) -> str | None:
        """Name of the primary key where it is one column."""
        if asset.member:
            return row_key_of(asset, self._cells(asset))
        keys = self._ask(primary_key, asset.locator)
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

    def _cells(self, asset: AssetRef) -> SqliteCells:
        kind = "table" if asset.member else asset.kind
        return SqliteCells(asset.locator, kind, self._open, asset.id)

    def _is_damaged(self, asset: AssetRef) -> bool:
        return asset.kind == "table" and self._ask(is_damaged, asset.locator)

    def _columns(self, table: str) -> list[str]:
        return [name for _, name, *_ in self._rows(f"PRAGMA table_info({quoted(table)})")]

    def _watermark(self, table: str, column: str | None) -> tuple[str, ...]:
        names = self._columns(table) if column else []
        if column not in names:
            return ()
        mark = quoted(column or "")
        told = self._rows(f"SELECT max({mark}), count(*), {_all_of(mark)} FROM {quoted(table)}")
        return (f"watermark {told} {names}",)

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        return self._ask(lambda connection: connection.execute(query).fetchall())

    def _ask(self, question: Callable[..., Result], *about: str) -> Result:
        try:
            return question(self._connect(), *about)
        except sqlite3.Error as error:
            raise NotExamined(code_of(error), self.name, "check the path and the file") from None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise NotExamined("file-missing", self.name, "correct the path of the source")
        uri = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=10, check_same_thread=False)
        connection.text_factory = text_of
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.create_function("crc32", 1, lambda digits: zlib.crc32(digits.encode()), deterministic=True)
        return connection


def _all_of(mark: str) -> str:
    """Return what changes with any watermark, be it not the greatest or gone. Digits: text may be no UTF-8."""
    return f"count({mark}), sum(crc32(hex({mark})))"


def _too_long(cells: SqliteCells, within: str = "") -> Iterator[Gap]:
    if number := cells.count_too_long(within):
        yield Gap("cell-too-long", number)
