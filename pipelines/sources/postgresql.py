"""PostgreSQL by ADBC: tables, views, materialised views, partitioned tables (parents only), foreign tables.

One connection, one read-only repeatable-read transaction per asset with a statement timeout. Values arrive as
Arrow's own types where there is one; everything else (numeric, uuid, json, arrays, inet, enums …) is cast to
text by the server, so that it is read as people see it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa
import xxhash

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import PostgresSource
from pipelines.sources import postgresql_access as access
from pipelines.sources import postgresql_catalog as catalog
from pipelines.sources.arrow_columns import readable
from pipelines.sources.base import Gap, Known, Place, Slice, Watermarks
from pipelines.sources.columns import unique_names
from pipelines.sources.postgresql_login import conninfo, login_code

STATEMENT_SECONDS = 3_600
BATCH_BYTES = 16 << 20
#: Tables up to this size are digested by the server each night; larger ones are read unless they have a watermark.
DIGESTED_BYTES = 256 << 20

#: Types ADBC gives as an Arrow type of the same meaning; dates and times need bounds, see `_expression`.
_NATIVE = frozenset(
    {"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar", "bpchar", "name", "bytea"}
)
_BOUNDED = frozenset({"date", "timestamp", "timestamptz"})

#: SQLSTATE classes → codes (PostgreSQL manual, appendix A).
_STATES = {
    "28": "database-login-refused",
    "3D": "database-missing",
    "42501": "permission-denied",
    "57014": "query-timeout",
    "08": "database-unreachable",
    "57P": "database-unreachable",
    "53": "database-overloaded",
}


class Postgresql:
    """The source of kind ``postgresql``."""

    def __init__(self, config: PostgresSource, keys: KeyRing) -> None:
        self.name = config.name
        self._config = config
        self._keys = keys
        self._connection: Any = None
        self._tables: dict[str, catalog.Table] | None = None
        self._schemas: set[str] = set()

    def assets(self) -> Iterator[AssetRef]:
        """List what can be selected from, by schema and name.

        Raises `NotExamined` ``database-unreachable``, ``database-login-refused``, ``database-missing``, … and,
        after all others are listed, ``schema-missing`` for a configured schema that is not there.
        """
        for place in self.survey(lambda *_: False, lambda _: None):
            yield from place.assets or ()

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List what can be selected from.

        A table with a declared watermark is as it was while that is, another one of moderate size while the digest
        is that the server makes of its rows.
        """
        for table in self._catalogue().values():
            place = f"{self.name}/{mask_place(table.place, self._keys)}"
            asset = AssetRef(id=place, source=self.name, kind=table.kind, locator=table.locator)
            proofs = self._watermark(table, watermarks(asset.id)) or self._content(table)
            yield Place(
                table.locator,
                None if proofs and known(table.locator, proofs) else (asset,),
                proofs,
                bytes=table.bytes,
            )
        if set(self._config.schemas) - self._schemas:
            raise NotExamined("schema-missing", self.name, "correct the schemas of the source")

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a table by its primary key; bytea that is no text is a gap ``binary-cell``."""
        return self._read(asset, self._table(asset))

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut a table with a declared watermark into stretches of its primary key.

        A stretch ends where the hash of a key says so, hence where it ended the night before; it is as it was
        while its first and last key, its number of rows and its greatest watermark are.
        """
        table = self._table(asset)
        if len(table.key) != 1 or watermark not in {column.name for column in table.columns}:
            return None
        key, mark = quoted(table.key[0]), quoted(watermark)
        ends = f"hashtextextended({key}::text, 0) & {(1 << max(1, rows).bit_length() - 1) - 1} = 0"
        query = (
            f"SELECT min({key})::text AS first, max({key})::text AS last, count(*) AS rows, "
            f"max({mark})::text AS greatest FROM (SELECT {key}, {mark}, width_bucket({key}, "
            f"(SELECT array_agg({key} ORDER BY {key}) FROM {table.qualified} WHERE {ends})) AS stretch "
            f"FROM {table.qualified}) AS cut GROUP BY stretch ORDER BY stretch NULLS FIRST"
        )
        try:
            with self._transaction(asset.id) as cursor:
                cursor.execute(query)
                stretches = [tuple(row.values()) for row in cursor.fetch_arrow_table().to_pylist()]
        except NotExamined:
            return None
        return (
            Slice(
                digest=xxhash.xxh3_128_hexdigest(repr((table.columns, *stretch)).encode()),
                rows=stretch[2],
                bytes=0,
                read=partial(self._read, asset, table, stretch[:2]),
            )
            for stretch in stretches
        )

    def _read(
        self, asset: AssetRef, table: catalog.Table, stretch: tuple[str, str] | None = None
    ) -> Iterator[pa.RecordBatch | Gap]:
        if table.kind == catalog.LARGE_OBJECTS:
            raise NotExamined("format-unsupported", asset.id, "keep them in a column of bytea")
        if not table.columns:
            return
        names = unique_names([column.name for column in table.columns])
        order = f" ORDER BY {', '.join(map(quoted, table.key))}" if table.key else ""
        fields = ", ".join(_expression(column) for column in table.columns)
        within = ""
        if stretch:
            first, last = map(_literal, stretch)
            within = f" WHERE {quoted(table.key[0])} BETWEEN {first} AND {last}"
        query = f"SELECT {fields} FROM {table.qualified}{within}{order}"
        with self._transaction(asset.id) as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
            cursor.execute(query)
            for batch in cursor.fetch_record_batch():
                yield from readable(pa.RecordBatch.from_arrays(batch.columns, names=names))

    def row_key(self, asset: AssetRef) -> str | None:
        """Name of the primary key where it is one column."""
        key = self._table(asset).key
        return key[0] if len(key) == 1 else None

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say who can select from each asset: roles and, through membership, login roles; columns, too."""
        ids = {asset.locator: asset.id for asset in assets}
        with self._transaction(self.name) as cursor:
            roles, doors = access.read_roles(cursor), access.read_doors(cursor)
            for grant in access.read_grants(cursor, ids):
                yield from access.expand(grant, roles, doors)
            for asset_id in ids.values():
                yield from access.reads_everything(asset_id, roles)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None

    def _watermark(self, table: catalog.Table, column: str | None) -> tuple[str, ...]:
        if column is None or column not in {each.name for each in table.columns}:
            return ()
        return self._proof(
            "watermark",
            f"SELECT max({quoted(column)})::text AS greatest, count(*) AS rows FROM {table.qualified}",
            table,
        )

    def _content(self, table: catalog.Table) -> tuple[str, ...]:
        if not 0 < table.bytes <= DIGESTED_BYTES:
            return ()
        # Two sums of 64 bits, whatever the order; a row as text tells NULL from "" and has every column exactly.
        # OFFSET 0: the text is made once.
        return self._proof(
            "content",
            "SELECT sum(hashtextextended(line, 0))::text AS one, sum(hashtextextended(line, 1))::text AS two, "
            f'count(*) AS rows FROM (SELECT ROW(t.*)::text COLLATE "C" AS line FROM {table.qualified} AS t '
            "OFFSET 0) AS lines",
            table,
        )

    def _proof(self, kind: str, query: str, table: catalog.Table) -> tuple[str, ...]:
        try:
            with self._transaction(self.name) as cursor:
                (told,) = catalog.fetch(cursor, query)
        except NotExamined:
            # Whatever keeps it from being read is told when it is.
            return ()
        return (" ".join(map(str, (kind, *told.values(), table.columns))),)

    def _catalogue(self) -> dict[str, catalog.Table]:
        if self._tables is None:
            with self._transaction(self.name) as cursor:
                tables = catalog.read_tables(cursor, self._config.schemas)
                self._schemas = catalog.read_schemas(cursor)
            self._tables = {table.locator: table for table in tables}
        return self._tables

    def _table(self, asset: AssetRef) -> catalog.Table:
        try:
            return self._catalogue()[asset.locator]
        except KeyError:
            raise NotExamined("table-missing", asset.id, "it was dropped or renamed: scan again") from None

    @contextlib.contextmanager
    def _transaction(self, place: str) -> Iterator[Any]:
        """Give a cursor inside a read-only snapshot; the driver's errors, which quote data, end here."""
        import adbc_driver_manager

        cursor = None
        try:
            cursor = self._connect().cursor()
            for setting in _SETTINGS:
                _run(cursor, setting)
            yield cursor
        except (adbc_driver_manager.Error, pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise NotExamined(_code(error), place, "check host, login, grants and the server's log") from None
        finally:
            with contextlib.suppress(Exception):
                if cursor is not None:
                    cursor.close()
                self._connection.rollback()

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
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL extra_float_digits = 1",
    # A table whose rows a policy would hide is refused, not read in part.
    "SET LOCAL row_security = off",
)


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    """Return an SQL literal whose type is that of what it is compared with."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def _expression(column: catalog.Column) -> str:
    name = quoted(column.name)
    if column.type in _NATIVE:
        return name
    if column.type in _BOUNDED:
        # infinity and years Arrow cannot print; they say nothing about a person.
        return f"CASE WHEN {name} BETWEEN '0001-01-01' AND '9999-12-31' THEN {name} END AS {name}"
    if column.type == "numeric":
        # Kept with decimals, an identifier is its digits all the same.
        return f"(CASE WHEN {name} = trunc({name}) THEN trunc({name}) ELSE {name} END)::text AS {name}"
    return f"{name}::text AS {name}"


def _run(cursor: Any, statement: str) -> None:
    """Execute a statement that COPY, the driver's way to fetch, does not know."""
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
    cursor.execute(statement)
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "true"})


def _code(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) or ""
    return next((code for prefix, code in _STATES.items() if state.startswith(prefix)), "query-failed")
