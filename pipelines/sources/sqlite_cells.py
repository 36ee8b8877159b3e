"""Cells of a SQLite database that is a source. Types are of values: any column may hold bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

from pipelines.errors import NotExamined
from pipelines.sources.columns import number_text
from pipelines.sources.relations import quoted
from pipelines.sources.signs import LONGEST
from pipelines.sources.sql_cells import Ask, SqlCells
from pipelines.sources.sqlite_connection import LONGEST_VALUE
from pipelines.sources.sqlite_rows import code_of, primary_key

#: Names of the number every row has, unless its table was made without; a column may take one of them.
_NUMBERS = ("rowid", "_rowid_", "oid")


class SqliteCells(SqlCells):
    """The cells of one table; of a view none: what it shows stands in the tables.

    `connected` opens the database; `place`: the table, for faults.
    """

    def __init__(
        self, table: str, kind: str, connected: Callable[[], sqlite3.Connection], place: str
    ) -> None:
        self._table = table
        self._kind = kind
        self._connected = connected
        self._place = place

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """Open a connection of its own and ask in one snapshot."""
        try:
            with closing(self._connected()) as connection:
                connection.execute("BEGIN")
                yield connection.execute
        except sqlite3.Error as error:
            raise NotExamined(code_of(error), self._place, "check the path and the file") from None

    @cached_property
    def columns(self) -> Sequence[str]:  # type: ignore[override]
        """The columns that hold bytes."""
        if self._kind != "table":
            return ()
        with self.asking() as ask:
            names = [name for _, name, *_ in ask(f"PRAGMA table_info({quoted(self._table)})")]
            held = (f"max(typeof({quoted(name)}) = 'blob')" for name in names)
            (found,) = ask(f"SELECT {', '.join(held)} FROM {self._relation}")
        return [name for name, holds in zip(names, found, strict=True) if holds]

    def fields(self) -> str:
        """Return what is selected of a row where only its texts are wanted."""
        if not self._searched():
            return "*"
        with self.asking() as ask:
            described = ask(f"SELECT * FROM {self._relation} LIMIT 0").description  # type: ignore[attr-defined]
        names = [name for name, *_ in described]
        return ", ".join(
            f"{self.text_of(name)} AS {quoted(name)}" if name in self.columns else quoted(name)
            for name in names
        )

    def count_too_long(self, within: str = "") -> int:
        """Count the cells that are too long to be read as text; `within`: a condition on rows, with WHERE."""
        if not self._searched():
            return 0
        with self.asking() as ask:
            ((number,),) = ask(f"SELECT sum({self.too_long()}) FROM {self._relation} {within}")
        return int(number or 0)

    def _searched(self) -> Sequence[str]:
        try:
            return self.columns
        except NotExamined:
            # Of a damaged table the rows before the damage are read as they are.
            return ()

    def text_of(self, column: str) -> str:
        """Return what is selected of a column: of its bytes nothing that is read here, all else as it is."""
        cell = quoted(column)
        return f"CASE WHEN typeof({cell}) <> 'blob' THEN {cell} ELSE {super().text_of(column)} END"

    def _counted(self, cell: str) -> str:
        return f"CASE WHEN typeof({cell}) <> 'blob' THEN 0 ELSE {super()._counted(cell)} END"

    @cached_property
    def row_name(self) -> str | None:  # type: ignore[override]
        """Name of the primary key where it is one column."""
        keys = self._keys
        return keys[0] if len(keys) == 1 else None

    @cached_property
    def _keys(self) -> Sequence[str]:
        with closing(self._connected()) as connection:
            return primary_key(connection, self._table)

    @property
    def _relation(self) -> str:
        return quoted(self._table)

    @cached_property
    def _number(self) -> str | None:
        """Name of the number of a row, which no column has."""
        with closing(self._connected()) as connection:
            names = [
                name.lower() for _, name, *_ in connection.execute(f"PRAGMA table_info({self._relation})")
            ]
            free = next((each for each in _NUMBERS if each not in names), None)
            try:
                connection.execute(f"SELECT {free} FROM {self._relation} LIMIT 0")
            except sqlite3.Error:
                return None
            return free

    @property
    def _order(self) -> str:
        return super()._order or (f" ORDER BY {self._number}" if self._number else "")

    @property
    def _row(self) -> Sequence[str]:
        return [self._number] if self._number else []

    def _is_row(self, values: Sequence[Any]) -> str:
        return f"{self._number} = {values[0]}"

    def _name_of_row(self) -> str:
        return quoted(self.row_name) if self.row_name else "NULL"

    def _name(self, value: Any) -> int | str | None:
        # As `sqlite_rows` has it: all columns are text.
        return (
            number_text(value)
            if isinstance(value, int | float)
            else value
            if isinstance(value, str)
            else None
        )

    def _begins(self, cell: str, signs: Sequence[str]) -> str:
        return f"(typeof({cell}) = 'blob' AND {super()._begins(cell, signs)})"

    def _head(self, cell: str) -> str:
        # To see its first bytes SQLite takes all of a cell, and stops at one it may not take; lengths it knows.
        return (
            f"lower(hex(substr(CASE WHEN length({cell}) <= {LONGEST_VALUE} THEN {cell} END, 1, {LONGEST})))"
        )

    def _length(self, cell: str) -> str:
        return f"length({cell})"

    def _piece(self, cell: str, start: int, size: int) -> str:
        return f"substr({cell}, {start}, {size})"
