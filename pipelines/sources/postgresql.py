"""PostgreSQL by ADBC: tables, views, materialised views, partitioned tables (parents only), foreign tables.

One read-only repeatable-read transaction per asset with a statement timeout; the assets of a bundle share a
connection. Values arrive as Arrow's own types where there is one; everything else (numeric, uuid, json, arrays,
inet, enums …) is cast to text by the server, so that it is read as people see it. Pictures and files in cells,
and in large objects, are assets of their own (`pipelines.sources.cells`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import PostgresSource
from pipelines.sources import postgresql_access as access
from pipelines.sources import postgresql_catalog as catalog
from pipelines.sources.arrow_columns import readable
from pipelines.sources.base import Gap
from pipelines.sources.blobs import is_of_use
from pipelines.sources.careless import careless_text
from pipelines.sources.columns import unique_names
from pipelines.sources.database import LOCK_SECONDS, STATEMENT_SECONDS, Database
from pipelines.sources.postgresql_catalog import ANY_BYTES, literal
from pipelines.sources.postgresql_cells import cells_of
from pipelines.sources.postgresql_grants import read_grants
from pipelines.sources.postgresql_login import conninfo, login_code
from pipelines.sources.postgresql_sql import bytes_inside, expression, qualified
from pipelines.sources.relations import Catalogue, Column, Table, quoted
from pipelines.sources.sql_cells import SqlCells
from pipelines.sources.wrapped import BINARY

BATCH_BYTES = 16 << 20

#: SQLSTATE classes → codes (PostgreSQL manual, appendix A).
_STATES = {
    "28": "database-login-refused",
    "3D": "database-missing",
    "42501": "permission-denied",
    "42P01": "table-missing",
    "55P03": "database-locked",
    "25P": "query-timeout",
    "22P05": "encoding-unknown",
    "57014": "query-timeout",
    "08": "database-unreachable",
    "57P": "database-unreachable",
    "53": "database-overloaded",
}
_SENTENCES = {
    "server closed the connection": "database-unreachable",
    "no connection to the server": "database-unreachable",
    "terminating connection": "database-unreachable",
    "statement timeout": "query-timeout",
    "has no equivalent in encoding": "encoding-unknown",
}


class Postgresql(Database):
    """The source of kind ``postgresql``."""

    def __init__(self, config: PostgresSource, keys: KeyRing) -> None:
        super().__init__(config.name, config.schemas, keys)
        self._config = config

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say who can select from each asset: roles and, through membership, login roles; columns, too."""
        return self._spread(assets, self._grants)

    def _grants(self, ids: dict[str, str]) -> Iterator[Grant]:
        with self._transaction(self.name) as cursor:
            roles, doors = access.read_roles(cursor), access.read_doors(cursor)
            for grant in read_grants(cursor, ids, self._shown):
                yield from access.expand(grant, roles, doors)
            for asset_id in ids.values():
                yield from access.reads_everything(asset_id, roles)

    def _read_catalogue(self, only: Collection[str] = ()) -> Catalogue:
        with self._transaction(self.name) as cursor:
            return catalog.read_catalogue(cursor, self.schemas, only)

    def _watermark(self, table: Table, column: str) -> Iterable[Any]:
        return self._row(
            f"SELECT max({quoted(column)})::text AS greatest, count(*) AS rows, "
            f"{_all_of(quoted(column))} AS marks FROM {qualified(table)}"
        )

    def _content(self, table: Table) -> Iterable[Any]:
        # Two sums of 64 bits, whatever the order; a row as text tells NULL from "" and has every column exactly,
        # bytes as a hash: their text is twice as long. OFFSET 0: the text is made once.
        held = ", ".join(
            f"md5({quoted(each.name)})" if each.type == "bytea" else quoted(each.name)
            for each in table.columns
        )
        return self._row(
            "SELECT sum(hashtextextended(line, 0))::text AS one, sum(hashtextextended(line, 1))::text AS two, "
            f'count(*) AS rows FROM (SELECT ROW({held})::text COLLATE "C" AS line FROM {qualified(table)} '
            "OFFSET 0) AS lines"
        )

    def _row(self, query: str) -> Iterable[Any]:
        with self._transaction(self.name) as cursor:
            (told,) = catalog.fetch(cursor, query)
        return told.values()

    def _stretches(self, table: Table, watermark: str, mask: int) -> list[tuple[Any, ...]]:
        key, mark, relation = quoted(table.key[0]), quoted(watermark), qualified(table)
        ends = f"hashtextextended({key}::text, 0) & {mask} = 0"
        query = (
            f"SELECT min({key})::text AS first, max({key})::text AS last, count(*) AS rows, "
            f"max({mark})::text AS greatest, {_all_of(mark)} AS marks "
            f"FROM (SELECT {key}, {mark}, width_bucket({key}, "
            f"(SELECT array_agg({key} ORDER BY {key}) FROM {relation} WHERE {ends})) AS stretch "
            f"FROM {relation}) AS cut GROUP BY stretch ORDER BY stretch NULLS FIRST"
        )
        with self._transaction(self.name) as cursor:
            return [tuple(row.values()) for row in catalog.fetch(cursor, query)]

    def _read(
        self, asset: AssetRef, table: Table, stretch: tuple[Any, ...] = ()
    ) -> Iterator[pa.RecordBatch | Gap]:
        if not table.columns:
            return
        cells = self._cells(table)
        names = unique_names([column.name for column in table.columns])
        order = f" ORDER BY {', '.join(map(quoted, table.key))}" if table.key else ""
        fields = ", ".join(
            cells.text_of(column.name) if column.type == "bytea" else expression(column)
            for column in table.columns
        )
        within = ""
        if stretch:
            first, last = map(literal, stretch)
            within = f" WHERE {quoted(table.key[0])} BETWEEN {first} AND {last}"
        told = f"{cells.too_long()}, {bytes_inside(table)}"
        query = f"SELECT {fields}, {told} FROM {qualified(table)}{within}{order}"
        with self._transaction(asset.id) as cursor:
            cursor.execute(query)
            for batch in cursor.fetch_record_batch():
                *columns, too_long, inside = batch.columns
                columns = [_text(*each) for each in zip(table.columns, columns, strict=True)]
                yield from readable(pa.RecordBatch.from_arrays(columns, names=names), is_of_use)
                for reason, counted in (("cell-too-long", too_long), (BINARY, inside)):
                    if number := pc.sum(counted).as_py():
                        yield Gap(reason, number)

    def _cells(self, table: Table) -> SqlCells:
        return cells_of(table, partial(self._apart, f"{self.name}/{self._shown(table.place)}"))

    @contextlib.contextmanager
    def _apart(self, place: str) -> Iterator[Any]:
        """Give a cursor inside a snapshot, on a connection of its own: whoever asks may ask others meanwhile."""
        beside = Postgresql(self._config, self._keys)
        try:
            with beside._transaction(place) as cursor:
                yield cursor
        finally:
            beside.close()

    @contextlib.contextmanager
    def _transaction(self, place: str) -> Iterator[Any]:
        """Give a cursor inside a read-only snapshot; the driver's errors, which quote data, end here."""
        import adbc_driver_manager

        cursor = None
        try:
            cursor = self._connect().cursor()
            for setting in _SETTINGS:
                _run(cursor, setting)
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
            yield cursor
        except (adbc_driver_manager.Error, pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise NotExamined(_code(error), place, "check host, login, grants and the server's log") from None
        finally:
            try:
                if cursor is not None:
                    cursor.close()
                self._connection.rollback()
            except Exception:
                # It is broken: the next question gets another one.
                self.close()

    def _connect(self) -> Any:
        if self._connection is None:
            # The driver takes a second to load; listing other sources does not need it.
            import adbc_driver_manager
            import adbc_driver_postgresql.dbapi

            try:
                self._connection = adbc_driver_postgresql.dbapi.connect(conninfo(self._config))
            except adbc_driver_manager.Error as error:
                raise NotExamined(
                    login_code(error), self.name, "check host, database, user, password"
                ) from None
        return self._connection


_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'",
    f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",
    # Whatever the database or the role says. Of one that takes any bytes for text the server would not send what
    # is no UTF-8.
    f"SELECT set_config('client_encoding', CASE getdatabaseencoding() WHEN '{ANY_BYTES}' THEN '{ANY_BYTES}' "
    "ELSE 'UTF8' END, true)",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL extra_float_digits = 1",
    # Rows without a key come as they lie, not from where another scan happens to be: their order is digested.
    "SET LOCAL synchronize_seqscans = off",
    # A table whose rows a policy would hide is refused, not read in part.
    "SET LOCAL row_security = off",
)


def _all_of(mark: str) -> str:
    """Return what changes with any watermark, be it not the greatest or gone."""
    return f"sum(hashtextextended({mark}::text, 0))::text"


def _text(column: Column, cells: pa.Array) -> pa.Array:
    """Return a column as text where it is some, also of a database that takes any bytes for text."""
    if column.charset != ANY_BYTES or not pa.types.is_string(cells.type):
        return cells
    return careless_text(cells.view(pa.binary()))


def _run(cursor: Any, statement: str) -> None:
    """Execute a statement that COPY, the driver's way to fetch, does not know."""
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
    cursor.execute(statement)
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "true"})


def _code(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) or ""
    if state:
        return next((code for prefix, code in _STATES.items() if state.startswith(prefix)), "query-failed")
    # In the midst of the rows the driver has no SQLSTATE, but libpq's English sentence.
    return next((code for said, code in _SENTENCES.items() if said in str(error)), "query-failed")
