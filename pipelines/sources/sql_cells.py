"""Cells of a table that hold pictures and files, as SQL asks for them: which there are, then one at a time.

The server looks at how a cell begins and how long it is (`signs`, `blobs`): what nobody reads is not sent, and no
cell is sent with the text of its row. One class per server says how it is asked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from pipelines.errors import NotExamined
from pipelines.sources.blobs import FILES
from pipelines.sources.image import LARGEST, PICTURES
from pipelines.sources.relations import quoted
from pipelines.sources.signs import sql_begins_as

#: Bytes of a cell that is read as text; what is longer is a gap ``cell-too-long``.
LONGEST_TEXT = 16 << 20
#: Bytes of a file in a cell, and how many of them are asked for at once.
LARGEST_FILE, STEP = 256 << 20, 8 << 20

#: Runs a query and streams its rows; the rows of the one before have been read.
Ask = Callable[[str], Iterator[Sequence[Any]]]


@dataclass(frozen=True)
class FileCell:
    """A cell that begins as files do. `row`: an SQL condition that only its row fulfils; `size`: bytes."""

    column: str
    number: int
    row: str
    size: int


class CellSql(ABC):
    """How SQL asks what the cells of some `columns`, which may hold bytes, are."""

    columns: Sequence[str] = ()

    def text_of(self, column: str) -> str:
        """Return what is selected of a column where only its texts are wanted: nothing of what is read here."""
        cell = self._quoted(column)
        short = f"{self._length(cell)} <= {LONGEST_TEXT}"
        return f"CASE WHEN {short} AND NOT {self._is_known(cell)} THEN {self._whole(cell)} END"

    def too_long(self) -> str:
        """Return what is selected to know how many cells of a row are too long to be read as text."""
        return " + ".join(self._counted(self._quoted(column)) for column in self.columns) or "0"

    def _whole(self, cell: str) -> str:
        return cell

    def _counted(self, cell: str) -> str:
        known = self._is_known(cell)
        return f"CASE WHEN {self._length(cell)} > {LONGEST_TEXT} AND NOT {known} THEN 1 ELSE 0 END"

    def _is_known(self, cell: str) -> str:
        return self._begins(cell, (*PICTURES, *FILES))

    def _begins(self, cell: str, signs: Sequence[str]) -> str:
        return sql_begins_as(self._head(cell), signs)

    def _quoted(self, column: str) -> str:
        """Return a column in SQL."""
        return quoted(column)

    def _length(self, cell: str) -> str:
        """Return the expression for the bytes of a cell."""
        return f"octet_length({cell})"

    @abstractmethod
    def _head(self, cell: str) -> str:
        """Return the expression for the first bytes of a cell as hex digits; LIKE sees them in lower case."""


class SqlCells(CellSql):
    """The cells of one table; `row_name`: the column whose values name its rows, None where there is none."""

    row_name: str | None = None

    @abstractmethod
    def asking(self) -> AbstractContextManager[Ask]:
        """Open a connection of its own and ask in one snapshot; the driver's errors end as `NotExamined`."""

    def pictures(self, ask: Ask) -> Iterator[tuple[Any, bytes | None]]:
        """Yield what begins as a picture, column by column in the order of rows: the row's name, and the content.

        The content of one that is too large is None, and was not sent.
        """
        for column in self.columns:
            cell = self._quoted(column)
            content = f"CASE WHEN {self._length(cell)} <= {LARGEST} THEN {self._whole(cell)} END"
            select = f"SELECT {self._name_of_row()}, {content} FROM {self._relation}"
            for name, value in ask(f"{select} WHERE {self._begins(cell, PICTURES)}{self._order}"):
                yield self._name(name), None if value is None else bytes(value)

    def count_pictures(self, ask: Ask) -> int:
        """Count what begins as a picture."""
        counted = 0
        for column in self.columns:
            condition = self._begins(self._quoted(column), PICTURES)
            counted += sum(int(n) for (n,) in ask(f"SELECT COUNT(*) FROM {self._relation} WHERE {condition}"))
        return counted

    def files(self, ask: Ask, most: int) -> Iterator[FileCell]:
        """Yield what begins as a file, column by column in the order of rows, at most so many."""
        for column in self.columns:
            cell = self._quoted(column)
            select = f"SELECT {', '.join([self._length(cell), *self._row])} FROM {self._relation}"
            condition = self._begins(cell, FILES)
            query = f"{select} WHERE {condition}{self._order} LIMIT {most}"
            for number, (size, *row) in enumerate(ask(query), 1):
                most -= 1
                behind = f"{condition}{self._order} LIMIT 1 OFFSET {number - 1}"
                yield FileCell(column, number, self._is_row(row) if row else behind, int(size))

    def content(self, ask: Ask, cell: FileCell) -> Iterator[bytes]:
        """Stream a file; raises `NotExamined` ``file-missing`` where its row is gone, or ``too-large``."""
        for at in range(0, LARGEST_FILE + 1, STEP):
            piece = self._piece(self._quoted(cell.column), at + 1, STEP)
            found = [value for (value,) in ask(f"SELECT {piece} FROM {self._relation} WHERE {cell.row}")]
            if len(found) != 1 or found[0] is None:
                raise NotExamined("file-missing", "", "scan again: the table has changed")
            yield bytes(found[0])
            if len(found[0]) < STEP:
                return
        raise NotExamined("too-large", "", "keep it outside of the database")

    @property
    @abstractmethod
    def _relation(self) -> str:
        """The table in SQL."""

    @property
    @abstractmethod
    def _keys(self) -> Sequence[str]:
        """The columns of its primary key; none where it has none."""

    @property
    def _order(self) -> str:
        """The clause that puts its rows in order, with a space before it; "" where they have none."""
        return f" ORDER BY {', '.join(map(self._quoted, self._keys))}" if self._keys else ""

    @property
    @abstractmethod
    def _row(self) -> Sequence[str]:
        """Expressions whose values tell a row from all others; none where only its place does."""

    @abstractmethod
    def _is_row(self, values: Sequence[Any]) -> str:
        """Return the condition that a row has these values of `_row`."""

    @abstractmethod
    def _name_of_row(self) -> str:
        """Return the expression of `row_name`, or NULL."""

    @abstractmethod
    def _name(self, value: Any) -> int | str | None:
        """Return the name of a row as the table itself is read with."""

    @abstractmethod
    def _piece(self, cell: str, start: int, size: int) -> str:
        """Return the expression for bytes of a cell, the first being 1."""
