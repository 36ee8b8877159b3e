"""Keys: the hashed keys of every row that speak of its person, as temporary tables the links are made from.

A row is a number: its part's place in ``s_place`` and its own within the part. Parts that are kept come first,
then those that are new, then those that are gone since the store was linked: a row's number tells which it is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from pipelines.subject.roles import OF_TYPE

#: Role → number used in hubs and, with a name, as its rule's bit (`pipelines.subject.links`).
ROLES = {"id": 1, "email": 2, "phone": 3, "address": 4, "born": 5, "name": 6}
#: A row's number: its part's place, and its own in so many bits.
BITS = 36
ROWS = 1 << BITS

#: (asset, field, role), the role by its number.
Roles = Iterable[tuple[str, str, int]]


class Bounds(NamedTuple):
    """From `kept` on rows are new, from `current` on they are gone."""

    kept: int
    current: int


def read_places(store: duckdb.DuckDBPyConnection, chosen: Roles, former: Roles | None) -> Bounds:
    """Create ``s_place`` and ``s_role``; `former`: the roles the store was linked by, None to link it anew.

    An asset whose roles are others now counts as gone and new.
    """
    now, was = set(chosen), set(former or ())
    _table(store, "s_role", _ROLE, [(*each, False) for each in sorted(now)] + [(*each, True) for each in was])
    others = {asset_id for asset_id, *_ in now ^ was} if former is not None else set()
    _table(store, "s_other", _OTHER, [(asset_id,) for asset_id in others])
    store.execute(_PLACES.format(linked="FALSE" if former is None else "TRUE"))
    kept, current = store.execute(_BOUNDS).fetchone() or (0, 0)
    return Bounds((kept + 1) * ROWS, (current + 1) * ROWS)


def _table(
    store: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Sequence[tuple[object, ...]]
) -> None:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    store.register("incoming", pa.table([list(column) for column in columns], schema=schema))
    store.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM incoming")
    store.unregister("incoming")


_ROLE = pa.schema({"asset_id": pa.string(), "field": pa.string(), "role": pa.int8(), "former": pa.bool_()})
_OTHER = pa.schema({"asset_id": pa.string()})


def read_keys(store: duckdb.DuckDBPyConnection) -> None:
    """Create ``s_all`` (node, role, h: the hashed key) of all places, names left out.

    And ``s_token`` (node, token, reading) of the rows that name their person: by a name as it is written, by its
    reading, or by both; a row in kana alone has no token.
    """
    store.execute(_KEYS)
    store.execute(_NAMES)


def read_families(store: duckdb.DuckDBPyConnection) -> None:
    """Create ``h_family``: node, h, evidence (1: surname, 2: declared) of the rows of table ``h_node``."""
    store.execute(_FAMILY)


def words_of(table: str) -> str:
    """Return SQL for role, entity type, hashed key and the key itself of the keys in `table` (role, h)."""
    return _VALUE.format(table=table)


_PLACES = f"""
    CREATE OR REPLACE TEMP TABLE s_place AS
    WITH now AS (
        SELECT part_id, min(asset_id) AS asset_id FROM current_part WHERE status <> 'not_examined' GROUP BY part_id
    ),
    known AS (SELECT * FROM subject_part WHERE {{linked}}),
    stays AS (SELECT * FROM now SEMI JOIN known USING (part_id, asset_id) ANTI JOIN s_other USING (asset_id)),
    placed AS (
        SELECT *, 0 AS state FROM stays
        UNION ALL SELECT *, 1 FROM now ANTI JOIN stays USING (part_id)
        UNION ALL SELECT *, 2 FROM known ANTI JOIN stays USING (part_id)
    )
    SELECT part_id, asset_id, state, dense_rank() OVER (ORDER BY asset_id)::INTEGER AS asset,
           row_number() OVER (ORDER BY state, part_id) AS p,
           row_number() OVER (ORDER BY state, part_id) * {ROWS} AS base
    FROM placed"""
_BOUNDS = """
    SELECT coalesce(max(p) FILTER (state = 0), 0), coalesce(max(p) FILTER (state < 2), 0) FROM s_place
"""

#: Whose row of a register it is. A staff directory is about its staff, what a screen showed about whom it showed:
#: name and birth date there are not those of whom was asked for.
OF_WHOM = (
    "CASE register WHEN 'staff' THEN staff_key WHEN 'agent_view' THEN coalesce(other_key, person_key)"
    " ELSE person_key END"
)
#: Roles a register's columns have, as (role, key).
_OF_RECORD = (
    ("id", OF_WHOM),
    ("id", "old_key"),
    ("phone", "phone_key"),
    ("email", "email_key"),
    ("address", "address_key"),
    ("born", "born_key"),
)

_TYPES: dict[str, str] = {role: entity_type for entity_type, role in OF_TYPE.items()}

_NODE = "place.base + key.row"
_OF_ROLES = """value_key AS key JOIN s_place AS place USING (part_id)
    JOIN s_role AS role
    ON role.asset_id = place.asset_id AND role.field = key.field AND role.former = (place.state = 2)"""
_KEYS = f"""
    CREATE OR REPLACE TEMP TABLE s_all AS
    SELECT {_NODE} AS node, role.role, hash(key.value_key) AS h
    FROM {_OF_ROLES} WHERE role.role <> {ROLES["name"]}""" + "".join(
    f"""
    UNION ALL
    SELECT {_NODE}, {ROLES[role]}::TINYINT, hash({key})
    FROM record AS key JOIN s_place AS place USING (part_id) WHERE {key} IS NOT NULL"""
    for role, key in _OF_RECORD
)
_NAMES = f"""
    CREATE OR REPLACE TEMP TABLE s_token AS
    SELECT node, min(h) FILTER (NOT kana) AS token,
           coalesce(min(h) FILTER (kana), min(reading) FILTER (NOT kana)) AS reading
    FROM (
        SELECT {_NODE} AS node, hash(key.value_key) AS h,
               CASE WHEN key.alt_key IS NOT NULL THEN hash(key.alt_key) END AS reading,
               key.alt_key IS NOT DISTINCT FROM key.value_key AS kana
        FROM {_OF_ROLES} WHERE role.role = {ROLES["name"]}
        UNION ALL
        SELECT {_NODE}, hash(name_key), CASE WHEN name_alt IS NOT NULL THEN hash(name_alt) END,
               name_alt IS NOT DISTINCT FROM name_key
        FROM record AS key JOIN s_place AS place USING (part_id) WHERE name_key IS NOT NULL
    ) GROUP BY node"""
_FAMILY = f"""
    CREATE OR REPLACE TEMP TABLE h_family AS
    SELECT node, h, evidence FROM (
        SELECT {_NODE} AS node, hash(key.family_key) AS h, 1 AS evidence FROM {_OF_ROLES}
        WHERE role.role = {ROLES["name"]} AND key.family_key IS NOT NULL AND place.state < 2
        UNION ALL
        SELECT {_NODE}, hash(family_key), 1 FROM record AS key JOIN s_place AS place USING (part_id)
        WHERE family_key IS NOT NULL AND place.state < 2
        UNION ALL
        SELECT {_NODE}, hash(household_key), 2 FROM record AS key JOIN s_place AS place USING (part_id)
        WHERE household_key IS NOT NULL AND place.state < 2
    ) SEMI JOIN h_node USING (node)"""
_VALUE = (
    f"""
    SELECT DISTINCT role, entity_type, h, value_key FROM (
        SELECT role.role, key.entity_type, hash(key.value_key) AS h, key.value_key FROM {_OF_ROLES}
        WHERE place.state < 2"""
    + "".join(
        f"""
        UNION ALL
        SELECT {ROLES[role]}, '{_TYPES[role]}', hash({key}), {key}
        FROM record AS key JOIN s_place AS place USING (part_id) WHERE {key} IS NOT NULL AND place.state < 2"""
        for role, key in _OF_RECORD
    )
    + """
    ) SEMI JOIN {table} USING (role, h)"""
)
