"""Households: people at one address (with the room) who share a surname or a phone, or are declared to be one.

A household is never a person, and an address alone is no household: two houses on one lot have no room number.
"""

from __future__ import annotations

import duckdb

from pipelines.subject.components import components
from pipelines.subject.keys import ROLES, read_families, words_of


def households(
    store: duckdb.DuckDBPyConnection, shared_names: int, current: int, addresses: str | None = None
) -> None:
    """Fill table `subject_household` from ``s_subject`` (node, subject_id), the named rows, and ``s_all``.

    `addresses`: a table of the hashed addresses (h) to look at; None for all. Rows of ``s_all`` from `current`
    on are gone.
    """
    given = {"shared_names": shared_names, "current": current, "address": ROLES["address"]}
    at = f"SEMI JOIN {addresses} USING (h)" if addresses else ""
    for statement in _BEFORE:
        store.execute(statement.format(at=at, **given))
    read_families(store)
    for statement in _EDGES:
        store.execute(statement.format(phone=ROLES["phone"], **given))
    components(store, "h_edge", "h_label")
    store.execute(_FORGET.format(addresses=addresses) if addresses else "DELETE FROM subject_household")
    store.execute(_RESULT.format(values=words_of("h_address")))


_BEFORE = (
    # Only of rows that name their person: of the others nobody knows whether they live there.
    """CREATE OR REPLACE TEMP TABLE h_lives AS
    SELECT subject_id, key.h AS address FROM (
        SELECT node, h FROM s_all {at} WHERE role = {address} AND node < {current}
    ) AS key JOIN s_subject USING (node) GROUP BY ALL""",
    """CREATE OR REPLACE TEMP TABLE h_home AS
    SELECT subject_id, address, hash(subject_id, address) AS node FROM h_lives SEMI JOIN (
        SELECT address FROM h_lives GROUP BY address HAVING count(*) BETWEEN 2 AND {shared_names}
    ) USING (address)""",
    """CREATE OR REPLACE TEMP TABLE h_node AS
    SELECT node, subject_id FROM s_subject SEMI JOIN h_home USING (subject_id)""",
)

_EDGES = (
    """CREATE OR REPLACE TEMP TABLE h_trait AS
    SELECT DISTINCT subject_id, h AS trait, evidence FROM (
        SELECT node, h, evidence FROM h_family
        UNION ALL
        SELECT node, h, 3 FROM s_all WHERE role = {phone} AND node < {current}
    ) JOIN h_node USING (node)""",
    """CREATE OR REPLACE TEMP TABLE h_edge AS
    SELECT node, hash(address, trait, evidence) AS hub, evidence FROM h_home JOIN h_trait USING (subject_id)""",
    f"""CREATE OR REPLACE TEMP TABLE h_address AS
    SELECT DISTINCT {ROLES["address"]} AS role, address AS h FROM h_home""",
)

_FORGET = "DELETE FROM subject_household WHERE hash(address_key) IN (SELECT h FROM {addresses})"

_RESULT = """
    INSERT INTO subject_household
    WITH why AS (
        SELECT node, list_filter([
            CASE WHEN bool_or(evidence = 2) THEN 'declared' END, CASE WHEN bool_or(evidence = 3) THEN 'phone' END,
            CASE WHEN bool_or(evidence = 1) THEN 'surname' END], lambda word: word IS NOT NULL) AS evidence
        FROM h_edge SEMI JOIN (
            SELECT hub FROM h_edge GROUP BY hub HAVING min(node) <> max(node)) USING (hub) GROUP BY node
    )
    SELECT h_label.label, h_home.subject_id, address.value_key, why.evidence
    FROM h_label JOIN h_home USING (node) JOIN why USING (node)
    JOIN ({values}) AS address ON address.h = h_home.address"""
