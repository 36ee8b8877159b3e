"""What MySQL and MariaDB say of relations: their columns, keys and sizes, and how each column is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from pipelines.sources.relations import Catalogue, Column, Table

#: Runs a query and returns its rows.
Ask = Callable[[str], Sequence[tuple[Any, ...]]]

KINDS = {"BASE TABLE": "table", "SYSTEM VERSIONED": "versioned table", "VIEW": "view", "SYSTEM VIEW": "view"}
#: A table with the rows it had before: of those deleted, too (MariaDB, "System-Versioned Tables").
VERSIONED = "versioned table"

#: Types whose values are whole numbers, and those whose values are bytes.
INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit"})
BINARY = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
#: Types whose values are numbers.
NUMBERS = frozenset({*INTEGERS, "decimal", "float", "double"})
_GEOMETRIES = frozenset(
    {
        "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
        "geometrycollection", "geomcollection",
    }
)  # fmt: skip
#: Character sets of which a column's declaration says little: programs put bytes of any other into them.
CARELESS = frozenset({"latin1", "ascii", "latin2", "latin5", "latin7", "cp1250", "cp1251", "cp850", "dec8"})


def read_catalogue(ask: Ask, databases: Sequence[str]) -> Catalogue:
    """List the relations of the databases, all but the system's when empty, and the names of all databases.

    What the login has no privilege on the server does not tell of.
    """
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, name, kind, whole, charset in ask(_COLUMNS):
        column = Column(name, _type_of(kind, whole), charset or "")
        columns.setdefault((schema, table), []).append(column)
    keys: dict[tuple[str, str], list[str]] = {}
    for schema, table, name in ask(_KEYS):
        keys.setdefault((schema, table), []).append(name)
    tables = (
        Table(
            schema=schema,
            name=name,
            kind=KINDS[kind],
            columns=tuple(columns.get((schema, name), ())),
            key=tuple(keys.get((schema, name), ())),
            bytes=int(size),
        )
        for schema, name, kind, size in ask(_TABLES)
        if kind in KINDS and (not databases or schema in databases)
    )
    return Catalogue.of(
        tables, (name for (name,) in ask("SELECT schema_name FROM information_schema.schemata"))
    )


def _type_of(kind: str, whole: str) -> str:
    # With its leading zeros a number may be a postal code.
    return f"{kind} zerofill" if "zerofill" in whole else f"{kind} unsigned" if "unsigned" in whole else kind


def partly_granted(ask: Ask) -> set[tuple[str, str]]:
    """Return the tables of which the login may read some columns: the others the server does not tell of."""
    return {(schema, name) for schema, name in ask(_PARTLY)}


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return "`" + name.replace("`", "``") + "`"


def qualified(table: Table) -> str:
    """Return a relation in SQL, with the rows of its past where it keeps them."""
    name = f"{quoted(table.schema)}.{quoted(table.name)}"
    return f"{name} FOR SYSTEM_TIME ALL" if table.kind == VERSIONED else name


def expression(column: Column) -> str:
    """Return what is selected for a column, so that it comes as people see it and nothing of it is lost."""
    name = quoted(column.name)
    kind = column.type.partition(" ")[0]
    if kind == "decimal":
        # Kept with decimals, an identifier is its digits all the same.
        whole = f"TRUNCATE({name}, 0)"
        return f"IF({name} = {whole}, CAST({whole} AS CHAR), CAST({name} AS CHAR))"
    if kind == "float":
        # As text a FLOAT has six digits.
        return f"{name} + 0e0"
    if kind == "bit":
        return f"{name} + 0"
    if kind in _GEOMETRIES:
        return f"ST_AsText({name})"
    return f"CAST({name} AS BINARY)" if column.charset in CARELESS else name


def arrow_type(column: Column) -> pa.DataType:
    """Return the Arrow type of what `expression` selects."""
    kind, _, more = column.type.partition(" ")
    if kind in BINARY or column.charset in CARELESS:
        return pa.binary()
    if kind in ("float", "double"):
        return pa.float64()
    if kind in INTEGERS and more != "zerofill":
        return pa.uint64() if more == "unsigned" or kind == "bit" else pa.int64()
    return pa.string()


_OWN = "('mysql', 'information_schema', 'performance_schema', 'sys')"

_TABLES = f"""
    SELECT table_schema, table_name, table_type, COALESCE(IF(table_type LIKE '%VIEW', 0, data_length), 0)
    FROM information_schema.tables WHERE table_schema NOT IN {_OWN}
    ORDER BY CAST(table_schema AS BINARY), CAST(table_name AS BINARY)
"""

_COLUMNS = f"""
    SELECT table_schema, table_name, column_name, LOWER(data_type), LOWER(column_type), character_set_name
    FROM information_schema.columns WHERE table_schema NOT IN {_OWN}
    ORDER BY table_schema, table_name, ordinal_position
"""

_KEYS = f"""
    SELECT table_schema, table_name, column_name FROM information_schema.key_column_usage
    WHERE constraint_name = 'PRIMARY' AND table_schema NOT IN {_OWN}
    ORDER BY table_schema, table_name, ordinal_position
"""

_LOGIN = "CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"

_PARTLY = f"""
    SELECT DISTINCT c.table_schema, c.table_name FROM information_schema.column_privileges AS c
    WHERE c.privilege_type = 'SELECT' AND c.grantee = {_LOGIN}
      AND NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS u WHERE u.privilege_type = 'SELECT')
      AND NOT EXISTS (SELECT 1 FROM information_schema.schema_privileges AS s
                      WHERE s.privilege_type = 'SELECT' AND c.table_schema LIKE s.table_schema)
      AND NOT EXISTS (SELECT 1 FROM information_schema.table_privileges AS t WHERE t.privilege_type = 'SELECT'
                      AND t.table_schema = c.table_schema AND t.table_name = c.table_name)
"""
