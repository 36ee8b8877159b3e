"""MySQL and MariaDB by PyMySQL: tables, views, the past of system-versioned tables.

Rows are streamed by a connection of their own, in one read-only snapshot per asset. Values come as the server
writes them; numbers become numbers again. The bytes of columns declared ``latin1`` and the like are read as what
they are (`careless_text`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import MysqlSource
from pipelines.sources import mysql_access as access
from pipelines.sources import mysql_catalog as catalog
from pipelines.sources.arrow_columns import readable
from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.blobs import is_of_use
from pipelines.sources.careless import careless_text
from pipelines.sources.columns import unique_names
from pipelines.sources.database import Database
from pipelines.sources.database_login import login
from pipelines.sources.mysql_catalog import (
    BINARY,
    CARELESS,
    NUMBERS,
    arrow_type,
    expression,
    qualified,
    quoted,
)
from pipelines.sources.mysql_cells import MysqlCells
from pipelines.sources.mysql_connection import connect, reading, told
from pipelines.sources.relations import Catalogue, Column, Table
from pipelines.sources.rows import chunks
from pipelines.sources.sql_cells import SqlCells

#: A batch also ends at so many bytes.
BATCH_BYTES = 16 << 20


class Mysql(Database):
    """The source of kind ``mysql``."""

    def __init__(self, config: MysqlSource, keys: KeyRing) -> None:
        super().__init__(config.name, config.databases, keys)
        self._config = config
        self._partly: set[tuple[str, str]] = set()

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say who can select from each asset: accounts, and those that have it through roles; columns, too.

        Raises `NotExamined` ``permission-denied`` where the login may not read the server's grants.
        """
        return self._spread(
            assets, lambda ids: access.read_grants(self._ask, ids, self._catalogue.tables, self._shown)
        )

    def _cells(self, table: Table) -> SqlCells:
        return MysqlCells(table, self._config, f"{self.name}/{self._shown(table.place)}")

    def _read_catalogue(self, only: Collection[str] = ()) -> Catalogue:
        if not self.schemas and (named := login(self._config).database):
            self.schemas = (named,)
        self._partly = catalog.partly_granted(self._ask)
        return catalog.read_catalogue(self._ask, self.schemas)

    def _watermark(self, table: Table, column: str) -> Iterable[Any]:
        mark = quoted(column)
        return self._ask(f"SELECT MAX({mark}), COUNT(*), SUM(CRC32({mark})) FROM {qualified(table)}")[0]

    def _content(self, table: Table) -> Iterable[Any]:
        one, two, rows, hashed = self._ask(_digest(table))[0]
        if rows != hashed:
            raise NotExamined("too-large", self.name, "declare a watermark")
        return one, two, rows

    def _stretches(self, table: Table, watermark: str, mask: int) -> list[tuple[Any, ...]]:
        key, mark = quoted(table.key[0]), quoted(watermark)
        return list(
            self._ask(
                f"SELECT MIN({key}), MAX({key}), COUNT(*), MAX({mark}), SUM(CRC32({mark})) "
                f"FROM (SELECT {key}, {mark}, "
                f"SUM(CRC32(CAST({key} AS BINARY)) & {mask} = 0) OVER (ORDER BY {key}) AS stretch "
                f"FROM {qualified(table)}) AS cut GROUP BY stretch ORDER BY stretch"
            )
        )

    def _read(
        self, asset: AssetRef, table: Table, stretch: tuple[Any, ...] = ()
    ) -> Iterator[pa.RecordBatch | Gap]:
        cells = self._cells(table)
        fields = ", ".join(
            cells.text_of(column.name) if column.type in BINARY else expression(column)
            for column in table.columns
        )
        order = f" ORDER BY {', '.join(map(quoted, table.key))}" if table.key else ""
        with reading(self._config, asset.id) as cursor:
            within = ""
            if stretch:
                first, last = (_literal(cursor, table, each) for each in stretch)
                within = f" WHERE {quoted(table.key[0])} BETWEEN {first} AND {last}"
            cursor.execute(
                f"SELECT {fields or '*'}, {cells.too_long()} FROM {qualified(table)}{within}{order}"
            )
            yield from _batches(cursor, table.columns)
        if (table.schema, table.name) in self._partly:
            yield Gap("columns-hidden", 0)

    def _ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        try:
            with told(self.name):
                if self._connection is None:
                    self._connection = connect(self._config)
                with self._connection.cursor() as cursor:
                    cursor.execute(query)
                    rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
                    return rows
        except NotExamined:
            # It may be broken: the next question gets another one.
            self.close()
            raise


def _digest(table: Table) -> str:
    # Two sums of 64 bits, whatever the order; lengths tell cells apart, and NULL from "". A row too long to be put
    # together has no hash: it is counted.
    cells = (
        f"IFNULL(CONCAT(OCTET_LENGTH({each}), ':', CAST({each} AS BINARY)), '-')"
        for each in (
            f"MD5({quoted(column.name)})" if column.type in BINARY else expression(column)
            for column in table.columns
        )
    )
    halves = (f"SUM(CAST(CONV({half}(line, 16), 16, 10) AS UNSIGNED))" for half in ("LEFT", "RIGHT"))
    return (
        f"SELECT {', '.join(halves)}, COUNT(*), COUNT(line) "
        f"FROM (SELECT MD5(CONCAT({', '.join(cells)})) AS line FROM {qualified(table)}) AS hashed"
    )


def _literal(cursor: Any, table: Table, value: str | bytes) -> str:
    """Return a key as it stands in SQL: of a number its digits, so that numbers are compared."""
    kind = next(column.type for column in table.columns if column.name == table.key[0])
    return str(value if kind.partition(" ")[0] in NUMBERS else cursor.connection.escape(value))


def _batches(cursor: Any, columns: Sequence[Column]) -> Iterator[pa.RecordBatch | Gap]:
    names = unique_names([column.name for column in columns])
    held: list[list[bytes | None]] = [[] for _ in columns]
    size = too_long = 0
    for rows in chunks(cursor):
        *values_of, lengths = zip(*rows, strict=True)
        too_long += sum(map(int, lengths))
        for cells, values in zip(held, values_of, strict=True):
            cells += values
            size += sum(len(value) for value in values if value is not None)
        if len(held[0]) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield from _batch(names, columns, held)
            held, size = [[] for _ in columns], 0
    yield from _batch(names, columns, held)
    if too_long:
        yield Gap("cell-too-long", too_long)


def _batch(
    names: Sequence[str], columns: Sequence[Column], held: Sequence[list[bytes | None]]
) -> Iterator[pa.RecordBatch | Gap]:
    arrays = [
        _array(column, pa.array(cells, pa.binary())) for column, cells in zip(columns, held, strict=True)
    ]
    yield from readable(pa.RecordBatch.from_arrays(arrays, names=names), is_of_use)


def _array(column: Column, cells: pa.Array) -> pa.Array:
    kind = arrow_type(column)
    if column.charset in CARELESS:
        return careless_text(cells)
    if kind in (pa.binary(), pa.string()):
        # Whether it is UTF-8 is looked at cell by cell, later.
        return cells.view(kind)
    return cells.cast(pa.string()).cast(kind)
