"""What reports would count again each time they are asked, settled once per load.

Keyed hashes, places and counts only; the rules stand beside the views the tables are filled from
(``store/0003_registered.sql``, ``store/0009_settled.sql``).
"""

from __future__ import annotations

import duckdb

from pipelines.store.database import SETTLED, signature

#: Of every part in the store, whichever scan refers to it: filled again where the parts are others.
_OF_PARTS = {
    "statement": """(
        SELECT part_id, row, field, entity_type, value_key, kind FROM finding
        WHERE personal AND entity_type IN ('EMPLOYMENT_HISTORY', 'RELATIONSHIP', 'JP_SPECIAL_CARE'))""",
    "statement_name": """(
        SELECT part_id, row, field, value_key, alt_key FROM finding
        SEMI JOIN statement USING (part_id, row, field)
        WHERE entity_type = 'PERSON' AND value_key IS NOT NULL)""",
    "erased_place": "erased_place_of_parts",
}

_SIGNATURE = f"SELECT {signature('part_id')} FROM part"


def settle(store: duckdb.DuckDBPyConnection) -> None:
    """Fill the tables; within a transaction, once setting, parts and registers are those of now."""
    _fill(store, SETTLED)
    (parts,) = store.execute(_SIGNATURE).fetchone() or ("",)
    if not store.execute("SELECT 1 FROM settled_state WHERE signature = ?", [parts]).fetchone():
        _fill(store, _OF_PARTS)
        store.execute("DELETE FROM settled_state")
        store.execute("INSERT INTO settled_state VALUES (?)", [parts])


def _fill(store: duckdb.DuckDBPyConnection, tables: dict[str, str]) -> None:
    for table, source in tables.items():
        store.execute(f"DELETE FROM {table}")
        store.execute(f"INSERT INTO {table} BY NAME FROM {source}")
