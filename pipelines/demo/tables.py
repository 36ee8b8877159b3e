"""Tables of the sample estate's SQLite files, written and recorded in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.demo.truth import Truth, plain


@dataclass(frozen=True)
class Table:
    """A table to be made: columns as (name, SQLite type, entity type or None); the first is the primary key."""

    name: str
    columns: tuple[tuple[str, str, str | None], ...]
    rows: Sequence[Sequence[Any]]


def write_tables(path: Path, source: str, tables: Sequence[Table], truth: Truth) -> None:
    """Write `path` anew with these tables and record each as ``source/main.name``."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for table in tables:
            columns = ", ".join(f'"{name}" {kind}' for name, kind, _ in table.columns)
            places = ", ".join("?" * len(table.columns))
            connection.execute(
                f'CREATE TABLE "{table.name}" ({columns}, PRIMARY KEY ("{table.columns[0][0]}"))'
            )
            rows = ([plain(cell) for cell in row] for row in table.rows)
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows)
            types = {name: entity_type for name, _, entity_type in table.columns}
            truth.table(f"{source}/main.{table.name}", types, table.rows)
        connection.commit()
