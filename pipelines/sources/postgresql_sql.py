"""How PostgreSQL is asked: relations, literals, and columns so that they come as people see them."""

from __future__ import annotations

from pipelines.sources.postgresql_catalog import AROUND, ARRAY, LARGE_OBJECTS
from pipelines.sources.relations import Column, Table, quoted

#: Types ADBC gives as an Arrow type of the same meaning; dates and times need bounds, see `_expression`.
_NATIVE = frozenset(
    {"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar", "bpchar", "name", "bytea"}
)
_BOUNDED = frozenset({"date", "timestamp", "timestamptz"})

#: Each object is opened to know its size, and closed again: there may be many.
_OBJECTS = (
    "(SELECT oid AS loid, oid AS data, (SELECT size + lo_close(fd) FROM "
    "(SELECT fd, lo_lseek64(fd, 0, 2) AS size FROM lo_open(oid, x'40000'::int) AS fd OFFSET 0) AS opened) AS size "
    "FROM pg_largeobject_metadata OFFSET 0) AS objects"
)


def qualified(table: Table) -> str:
    """Return a relation in SQL; of large objects what can be asked of each."""
    if table.kind == LARGE_OBJECTS:
        return _OBJECTS
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def expression(column: Column) -> str:
    """Return what is selected for a column that holds no bytes, so that it comes as people see it."""
    name = quoted(column.name)
    if column.type in _NATIVE:
        return name
    if column.type in _BOUNDED:
        # infinity and years Arrow cannot print; they say nothing about a person.
        return f"CASE WHEN {name} BETWEEN '0001-01-01' AND '9999-12-31' THEN {name} END"
    if column.type == ARRAY:
        return "NULL::text"
    if column.type == "numeric":
        # Kept with decimals, an identifier is its digits all the same.
        return f"(CASE WHEN {name} = trunc({name}) THEN trunc({name}) ELSE {name} END)::text"
    return f"{name}::text"


def bytes_inside(table: Table) -> str:
    """Return what is selected to know how many cells of a row hold bytes inside, which nobody reads."""
    cells = (quoted(each.name) for each in table.columns if each.type in (ARRAY, AROUND))
    # Of a composite value IS NULL asks after its attributes.
    return " + ".join(f"CASE WHEN {name} IS DISTINCT FROM NULL THEN 1 ELSE 0 END" for name in cells) or "0"
