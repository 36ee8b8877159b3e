"""Cells of a table of DuckDB that may hold bytes, asked for one at a time: the file may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.sources import signs
from pipelines.sources.sql_cells import CellSql

#: Bytes of a picture or file in a cell; what is longer is a gap ``cell-too-long`` of its table.
LARGEST = 64 << 20
#: Rows whose numbers are held at once.
_ROWS = 10_000


class DuckdbCells(CellSql):
    """The cells of one table, given as SQL writes it. `described`: name and type of all its columns."""

    def __init__(self, connection: Any, table: str) -> None:
        self._connection = connection
        self._table = table
        self.described: list[tuple[str, str]] = [
            (name, kind) for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()
        ]
        self.columns = [name for name, kind in self.described if kind == "BLOB"]

    def known(self) -> Iterator[tuple[str, bytes]]:
        """Yield column and content of what begins as a picture or a file, in the order of rows."""
        for column in self.columns:
            cell = self._quoted(column)
            wanted = f"{self._length(cell)} <= {LARGEST} AND {self._is_known(cell)}"
            query = f"SELECT rowid FROM {self._table} WHERE {wanted} ORDER BY rowid"
            numbers = self._connection.cursor().execute(query)
            while several := numbers.fetchmany(_ROWS):
                for row in several:
                    one = f"SELECT {cell} FROM {self._table} WHERE rowid = ?"
                    (content,) = self._connection.execute(one, row).fetchone()
                    yield column, content

    def _counted(self, cell: str) -> str:
        longer = f"CASE WHEN {self._length(cell)} > {LARGEST} AND {self._is_known(cell)} THEN 1 ELSE 0 END"
        return f"{super()._counted(cell)} + {longer}"

    def _head(self, cell: str) -> str:
        return f"lower(hex({cell}[1:{signs.LONGEST}]))"
