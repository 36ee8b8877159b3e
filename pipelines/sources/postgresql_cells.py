"""Cells of PostgreSQL that may hold bytes: columns of ``bytea``, and large objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pipelines.sources.postgresql_catalog import LARGE_OBJECTS, literal
from pipelines.sources.postgresql_sql import expression, qualified
from pipelines.sources.relations import Table, quoted
from pipelines.sources.signs import LONGEST
from pipelines.sources.sql_cells import Ask, SqlCells

#: Kinds of relations whose rows lie somewhere (``ctid``), in the relation or its partitions.
_STORED = frozenset({"table", "partitioned table", "materialized view"})
_INTEGERS = frozenset({"int2", "int4", "int8", "oid"})

#: Gives a cursor inside a snapshot of a connection of its own.
Connected = Callable[[], AbstractContextManager[Any]]


class PostgresCells(SqlCells):
    """The cells of one relation."""

    def __init__(self, table: Table, connected: Connected) -> None:
        self.columns = [each.name for each in table.columns if each.type == "bytea"]
        named = [each for each in table.columns if table.key == (each.name,) and each.type != "bytea"]
        self.row_name = named[0].name if named else None
        self._key = named[0] if named else None
        self._table = table
        self._connected = connected

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """Open a connection of its own and ask in one snapshot."""
        with self._connected() as cursor:

            def ask(query: str) -> Iterator[Sequence[Any]]:
                cursor.execute(query)
                for batch in cursor.fetch_record_batch():
                    for at in range(batch.num_rows):
                        yield [column[at].as_py() for column in batch.columns]

            yield ask

    @property
    def _relation(self) -> str:
        return qualified(self._table)

    @property
    def _keys(self) -> Sequence[str]:
        return self._table.key

    @property
    def _row(self) -> Sequence[str]:
        if self._table.key:
            return [f"{quoted(each)}::text" for each in self._table.key]
        return ("tableoid::text", "ctid::text") if self._table.kind in _STORED else ()

    def _is_row(self, values: Sequence[Any]) -> str:
        names = [quoted(each) for each in self._table.key] or ["tableoid", "ctid"]
        return " AND ".join(f"{name} = {literal(value)}" for name, value in zip(names, values, strict=True))

    def _name_of_row(self) -> str:
        if self._key is None:
            return "NULL::text"
        return quoted(self._key.name) if self._key.type in _INTEGERS else f"({expression(self._key)})::text"

    def _name(self, value: Any) -> int | str | None:
        return None if value is None else value if isinstance(value, int) else str(value)

    def _head(self, cell: str) -> str:
        return f"encode(substring({cell} FROM 1 FOR {LONGEST}), 'hex')"

    def _piece(self, cell: str, start: int, size: int) -> str:
        return f"substring({cell} FROM {start} FOR {size})"


class LargeObjects(PostgresCells):
    """Large objects as the cells of a table: each is asked for by its number."""

    def _whole(self, cell: str) -> str:
        return "lo_get(loid)"

    def _head(self, cell: str) -> str:
        return f"encode(lo_get(loid, 0, {LONGEST}), 'hex')"

    def _length(self, cell: str) -> str:
        return "size"

    def _piece(self, cell: str, start: int, size: int) -> str:
        return f"lo_get(loid, {start - 1}, {size})"


def cells_of(table: Table, connected: Connected) -> SqlCells:
    """Return the cells of a relation that may hold bytes."""
    return (LargeObjects if table.kind == LARGE_OBJECTS else PostgresCells)(table, connected)
