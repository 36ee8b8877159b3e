"""What PostgreSQL's catalogue says of relations: their columns, keys and sizes."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from pipelines.sources.relations import Catalogue, Column, Table, names_in

KINDS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}


#: Types of columns that hold bytes nobody looks at: arrays of bytes, whose text is hex digits in which nobody
#: reads anything, and composite values with bytes among others.
ARRAY = "_bytea"
AROUND = "(bytea)"
#: Encoding of a database that takes any bytes for text.
ANY_BYTES = "SQL_ASCII"

#: Kind of what hangs on no table's rows and has no type: read as a table of numbers and contents.
LARGE_OBJECTS = "large objects"
_LARGE = Table(
    "pg_catalog",
    "pg_largeobject",
    LARGE_OBJECTS,
    columns=(Column("loid", "oid"), Column("data", "bytea")),
    key=("loid",),
)


def read_catalogue(cursor: Any, schemas: Sequence[str], only: Collection[str] = ()) -> Catalogue:
    """List the relations of the schemas, all but the system's when empty, and the names of all schemas.

    `only`: locators of relations; no others are listed then.
    """
    return Catalogue.of(
        _tables(cursor, schemas, only),
        {row["name"] for row in fetch(cursor, "SELECT nspname::text AS name FROM pg_namespace")},
    )


def _tables(cursor: Any, schemas: Sequence[str], only: Collection[str]) -> list[Table]:
    among = ", ".join(f"({', '.join(map(literal, names_in(locator)))})" for locator in sorted(only))
    # Partitions stand in their whole.
    rows = fetch(cursor, _TABLES.format(among=f"AND (n.nspname, c.relname) IN ({among})" if among else ""))
    tables = [
        Table(
            schema=row["schema"],
            name=row["name"],
            kind=KINDS[row["kind"]],
            columns=tuple(Column(*each) for each in json.loads(row["columns"] or "[]")),
            key=tuple(json.loads(row["key"] or "[]")),
            bytes=row["bytes"],
        )
        for row in rows
        if _is_in(schemas, row["schema"])
        and not any(_is_in(schemas, each) for each in json.loads(row["above"]))
    ]
    if (
        not schemas
        and (not only or _LARGE.locator in only)
        and fetch(cursor, "SELECT 1 AS one FROM pg_largeobject_metadata LIMIT 1")
    ):
        tables.append(_LARGE)
    return tables


def literal(value: str) -> str:
    """Return an SQL literal whose type is that of what it is compared with."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def _is_in(schemas: Sequence[str], schema: str) -> bool:
    return not schemas or schema in schemas


def fetch(cursor: Any, query: str) -> list[dict[str, Any]]:
    """Run a query and return its rows by column."""
    cursor.execute(query)
    rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
    return rows


#: FROM and WHERE of all that can be selected from, but the system's own.
RELATIONS = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""

#: Of a domain its base counts, however many domains lie between; types of users may be called as the server's own.
_TABLES = f"""
    WITH RECURSIVE step AS (
      SELECT oid, typbasetype AS base FROM pg_type WHERE typtype = 'd'
      UNION ALL
      SELECT step.oid, t.typbasetype FROM step JOIN pg_type t ON t.oid = step.base WHERE t.typtype = 'd'),
    plain AS (
      SELECT oid, oid AS base FROM pg_type WHERE typtype <> 'd'
      UNION ALL
      SELECT step.oid, base FROM step JOIN pg_type t ON t.oid = base WHERE t.typtype <> 'd'),
    within AS (
      SELECT typelem AS inner_type, oid AS outer_type FROM pg_type WHERE typcategory = 'A'
      UNION ALL
      SELECT base, oid FROM plain WHERE base <> oid
      UNION ALL
      SELECT a.atttypid, c.reltype FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.reltype <> 0),
    holding AS (
      SELECT 'bytea'::regtype::oid AS oid
      UNION
      SELECT outer_type FROM holding JOIN within ON inner_type = holding.oid)
    SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
      (SELECT json_agg(json_build_array(a.attname,
                CASE WHEN t.typname = 'bytea' THEN t.typname
                     WHEN e.base = 'bytea'::regtype THEN '{ARRAY}'
                     WHEN t.oid IN (SELECT oid FROM holding) THEN '{AROUND}'
                     WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname
                     ELSE t.typnamespace::regnamespace || '.' || t.typname END,
                CASE getdatabaseencoding() WHEN '{ANY_BYTES}' THEN '{ANY_BYTES}' ELSE '' END)
                ORDER BY a.attnum)::text
         FROM pg_attribute a JOIN plain ON plain.oid = a.atttypid JOIN pg_type t ON t.oid = plain.base
         LEFT JOIN plain e ON t.typcategory = 'A' AND e.oid = t.typelem
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT json_agg(a.attname ORDER BY k.position)::text
         FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, position), pg_attribute a
        WHERE i.indrelid = c.oid AND i.indisprimary AND k.position <= i.indnkeyatts
          AND a.attrelid = c.oid AND a.attnum = k.attnum) AS key,
      (SELECT coalesce(json_agg(s.nspname), '[]')::text
         FROM pg_partition_ancestors(c.oid) AS above, pg_class p JOIN pg_namespace s ON s.oid = p.relnamespace
        WHERE p.oid = above.relid AND p.oid <> c.oid) AS above,
      CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0
           THEN greatest(c.relpages, 1)::int8 * current_setting('block_size')::int8 ELSE 0 END AS bytes
    {RELATIONS} {{among}}
    ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
"""
