"""Cells of MySQL and MariaDB that may hold bytes: the BLOB family, BINARY and VARBINARY."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pipelines.source_config import MysqlSource
from pipelines.sources.mysql_catalog import (
    BINARY,
    INTEGERS,
    NUMBERS,
    VERSIONED,
    expression,
    qualified,
    quoted,
)
from pipelines.sources.mysql_connection import reading
from pipelines.sources.relations import Column, Table
from pipelines.sources.signs import LONGEST
from pipelines.sources.sql_cells import Ask, SqlCells


class MysqlCells(SqlCells):
    """The cells of one table. `place`: the table, for faults."""

    def __init__(self, table: Table, config: MysqlSource, place: str) -> None:
        self.columns = [each.name for each in table.columns if each.type in BINARY]
        by_name = {each.name: each for each in table.columns}
        # Of a versioned table several rows have the same key.
        self._key: list[Column] = [] if table.kind == VERSIONED else [by_name[each] for each in table.key]
        named = self._key[0] if len(self._key) == 1 and self._key[0].type not in BINARY else None
        self.row_name = named.name if named else None
        self._named = named
        self._table = table
        self._config = config
        self._place = place

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """Open a connection of its own and ask in one snapshot."""
        with reading(self._config, self._place) as cursor:

            def ask(query: str) -> Iterator[Sequence[Any]]:
                cursor.execute(query)
                yield from cursor

            yield ask

    @property
    def _relation(self) -> str:
        return qualified(self._table)

    @property
    def _keys(self) -> Sequence[str]:
        return self._table.key

    @property
    def _row(self) -> Sequence[str]:
        # As hex digits: what stands in a key may be of any character set.
        return [
            expression(each) if each.type.partition(" ")[0] in NUMBERS else f"HEX({quoted(each.name)})"
            for each in self._key
        ]

    def _is_row(self, values: Sequence[Any]) -> str:
        told = (value.decode() for value in values)
        return " AND ".join(
            _is(column, expressed, value)
            for column, expressed, value in zip(self._key, self._row, told, strict=True)
        )

    def _name_of_row(self) -> str:
        return "NULL" if self._named is None else expression(self._named)

    def _name(self, value: Any) -> int | str | None:
        if self._named is None or value is None:
            return None
        text: str = value.decode("utf-8", "replace")
        kind, _, more = self._named.type.partition(" ")
        return int(text) if kind in INTEGERS and more != "zerofill" else text

    def _quoted(self, column: str) -> str:
        return quoted(column)

    def _head(self, cell: str) -> str:
        return f"LOWER(HEX(LEFT({cell}, {LONGEST})))"

    def _piece(self, cell: str, start: int, size: int) -> str:
        return f"SUBSTRING({cell}, {start}, {size})"


def _is(column: Column, expressed: str, value: str) -> str:
    name = quoted(column.name)
    if not expressed.startswith("HEX("):
        return f"{name} = {value}"
    if column.charset:
        # In the character set of the column: its index is used.
        return f"{name} = CONVERT(X'{value}' USING {column.charset})"
    return f"{name} = X'{value}'" if column.type in BINARY else f"{expressed} = '{value}'"
