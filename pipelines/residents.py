"""Who lives where, and who is one household: worked out once per load for the reports of the order desk."""

from __future__ import annotations

import duckdb


def settle(store: duckdb.DuckDBPyConnection) -> None:
    """Fill `current_resident` and `current_home` from the present records of members and orders.

    Keyed hashes only; the rules stand beside the views they are filled from (``store/0003_registered.sql``).
    """
    for table, view in (
        ("current_resident", "resident_of_records"),
        ("current_home", "home_of_residents"),
    ):
        store.execute(f"DELETE FROM {table}")
        store.execute(f"INSERT INTO {table} BY NAME FROM {view}")
