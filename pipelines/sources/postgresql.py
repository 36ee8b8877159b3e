"""PostgreSQL by ADBC: tables, views, materialised views, partitioned tables (parents only), foreign tables.

One connection, one read-only repeatable-read transaction per asset with a statement timeout. Values arrive as
Arrow's own types where there is one; everything else (numeric, uuid, json, arrays, inet, enums …) is cast to
text by the server, so that it is read as people see it.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa
import xxhash

from pipelines.config import PostgresSource
from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.sources import postgresql_access as access
from pipelines.sources import postgresql_catalog as catalog
from pipelines.sources.base import Gap, Known, Place, Slice, Watermarks
from pipelines.sources.columns import readable, unique_names

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 3_600
BATCH_BYTES = 16 << 20

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
        """List what can be selected from; a table with a declared watermark is as it was while that is."""
        for table in self._catalogue().values():
            place = f"{self.name}/{mask_place(table.place, self._keys)}"
            asset = AssetRef(id=place, source=self.name, kind=table.kind, locator=table.locator)
            proofs = self._watermark(table, watermarks(asset.id))
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
        query = f"SELECT max({quoted(column)})::text AS greatest, count(*) AS rows FROM {table.qualified}"
        try:
            with self._transaction(self.name) as cursor:
                cursor.execute(query)
                (told,) = cursor.fetch_arrow_table().to_pylist()
        except NotExamined:
            # Whatever keeps it from being read is told when it is.
            return ()
        return (f"watermark {told['greatest']} {told['rows']} {table.columns}",)

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
                    _login_code(error), self.name, "check host, database, user, password"
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


def conninfo(config: PostgresSource, environ: Mapping[str, str] | None = None) -> str:
    """Return libpq's connection string, password included: it is passed on and never shown.

    The password comes from `password_env`, `password_file` (mode 600) or, with everything else, from the
    environment variable ``AIRFLOW_CONN_<ID>`` (URI or JSON; the DAG exports it). Without any of them libpq's
    own ways (``PGPASSWORD``, ``.pgpass``, peer) apply. Raises `NotExamined` ``password-missing``,
    ``password-file-mode`` or ``connection-missing``.
    """
    environ = os.environ if environ is None else environ
    given = {
        "host": config.host,
        "port": str(config.port),
        "dbname": config.database,
        "user": config.user,
        "connect_timeout": str(CONNECT_SECONDS),
        "application_name": "meibo",
    }
    if config.airflow_connection is not None:
        given |= _airflow_connection(config, environ)
    elif config.password_env is not None:
        if config.password_env not in environ:
            raise NotExamined("password-missing", config.name, "set the variable named by password_env")
        given["password"] = environ[config.password_env]
    elif config.password_file is not None:
        given["password"] = _password_file(config)
    return " ".join(f"{name}={_escaped(value)}" for name, value in given.items() if value)


def _password_file(config: PostgresSource) -> str:
    path = Path(config.password_file or "")
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise NotExamined("password-file-mode", config.name, "chmod 600 the password file")
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise NotExamined("password-missing", config.name, "name a readable password_file") from None


def _airflow_connection(config: PostgresSource, environ: Mapping[str, str]) -> dict[str, str]:
    text = environ.get(f"AIRFLOW_CONN_{(config.airflow_connection or '').upper()}", "")
    found: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        found = json.loads(text) if text.lstrip().startswith("{") else _from_uri(text)
    if not text or not found:
        raise NotExamined("connection-missing", config.name, "export AIRFLOW_CONN_<ID> as URI or JSON")
    names = {"host": "host", "port": "port", "schema": "dbname", "login": "user", "password": "password"}
    return {ours: str(found[theirs]) for theirs, ours in names.items() if found.get(theirs)}


def _from_uri(text: str) -> dict[str, Any]:
    """Read Airflow's URI form, every part percent-encoded; a socket directory may stand as ``?host=``."""
    parts = urlsplit(text)
    query = dict(parse_qsl(parts.query))
    return {
        "host": unquote(parts.hostname or "") or query.get("host", ""),
        "port": parts.port,
        "schema": unquote(parts.path.removeprefix("/")),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }


def _escaped(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


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
    return f"{name}::text AS {name}"


def _run(cursor: Any, statement: str) -> None:
    """Execute a statement that COPY, the driver's way to fetch, does not know."""
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
    cursor.execute(statement)
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "true"})


def _code(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) or ""
    return next((code for prefix, code in _STATES.items() if state.startswith(prefix)), "query-failed")


def _login_code(error: Exception) -> str:
    """A failed connection has no SQLSTATE: libpq's English sentence tells."""
    text = str(error)
    if "does not exist" in text and "database" in text:
        return "database-missing"
    return "database-login-refused" if any(each in text for each in _REFUSALS) else "database-unreachable"


_REFUSALS = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "role ",
    "permission denied",
)
