"""Households: people at one address (with the room) who share a surname or a phone, or are declared to be one.

A household is never a person, and an address alone is no household: two houses on one lot have no room number.
"""

from __future__ import annotations

import duckdb

from pipelines.subject.components import components
from pipelines.subject.links import ROLES


def households(store: duckdb.DuckDBPyConnection, shared_names: int) -> None:
    """Fill table `subject_household` from ``s_subject`` (node, subject_id), ``s_key`` and ``s_family``."""
    for statement in _BEFORE:
        store.execute(
            statement.format(shared_names=shared_names, address=ROLES["address"], phone=ROLES["phone"])
        )
    components(store, "h_edge", "h_label")
    for statement in _AFTER:
        store.execute(statement)


_BEFORE = (
    # Only of rows that name their person: of the others nobody knows whether they live there.
    """CREATE OR REPLACE TEMP TABLE h_lives AS
    SELECT DISTINCT subject_id, key.h AS address, hash(subject_id, key.h) AS node
    FROM s_key AS key JOIN s_subject USING (node) WHERE role = {address}""",
    """CREATE OR REPLACE TEMP TABLE h_home AS
    SELECT h_lives.* FROM h_lives SEMI JOIN (
        SELECT address FROM h_lives GROUP BY address HAVING count(*) BETWEEN 2 AND {shared_names}
    ) USING (address)""",
    """CREATE OR REPLACE TEMP TABLE h_trait AS
    SELECT DISTINCT subject_id, h AS trait, evidence FROM s_family JOIN s_subject USING (node)
    SEMI JOIN h_home USING (subject_id)
    UNION ALL
    SELECT DISTINCT subject_id, h, 'phone' FROM s_key JOIN s_subject USING (node)
    SEMI JOIN h_home USING (subject_id) WHERE role = {phone}""",
    """CREATE OR REPLACE TEMP TABLE h_edge AS
    SELECT node, hash(address, trait, evidence) AS hub, evidence FROM h_home JOIN h_trait USING (subject_id)""",
)

_AFTER = (
    "DELETE FROM subject_household",
    """INSERT INTO subject_household
    WITH why AS (
        SELECT node, list_sort(list_distinct(list(evidence))) AS evidence FROM h_edge SEMI JOIN (
            SELECT hub FROM h_edge GROUP BY hub HAVING min(node) <> max(node)) USING (hub) GROUP BY node
    )
    SELECT h_label.label, h_home.subject_id, address.value_key, why.evidence
    FROM h_label JOIN h_home USING (node) JOIN why USING (node)
    JOIN s_value AS address ON address.h = h_home.address AND address.role = {address}""".replace(
        "{address}", str(ROLES["address"])
    ),
)
