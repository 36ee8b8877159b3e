"""Comparing stores: two are equal when every table is, less scan ids and times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.store.reader import Reader

#: Columns that differ from one run to the next of the very same scan; `as_at`: a list counts as mailed at its end.
_OF_THE_RUN = {
    "scan_id", "started_at", "finished_at", "applied_at", "day", "as_at", "as_of_scan", "as_of", "as_of_day"
}  # fmt: skip
#: `day` of a person's last activity is data; the day a scan finished is not.
_KEPT = {("activity", "day")}


def tables(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table of a published store, sorted, without what belongs to the run alone."""
    with Reader(store) as reader:
        names = reader.arrow("SELECT table_name FROM duckdb_tables() ORDER BY ALL")["table_name"].to_pylist()
        return {name: _rows(reader, name) for name in names}


def _rows(reader: Reader, table: str) -> list[tuple[Any, ...]]:
    columns = reader.arrow(f'SELECT * FROM "{table}" LIMIT 0').schema.names
    kept = [name for name in columns if name not in _OF_THE_RUN or (table, name) in _KEPT]
    selected = ", ".join(f'"{name}"' for name in kept)
    found = reader.arrow(f'SELECT {selected} FROM "{table}"').to_pylist()
    return sorted((tuple(row.values()) for row in found), key=repr)
