"""Easy collation (容易照合性, APPI 2(1)(i)): what identifies once two assets of one company are laid side by side.

Counted at the load over the value keys of the present parts, so that report `joinability` only reads the outcome.
"""

from __future__ import annotations

import duckdb

from pipelines.store.database import signature

#: Types whose equal values lead from one asset to the same person in another.
LINKS = ("PERSONAL_ID", "EMAIL_ADDRESS", "PHONE_NUMBER", "JP_ADDRESS", "PERSON")

#: Sets of descriptions that single people out together; QUASI stands for the columns an estate names in `quasi`.
QUASI_SETS = (
    ("DATE_OF_BIRTH",),
    ("DATE_OF_BIRTH", "JP_POSTAL_CODE"),
    ("DATE_OF_BIRTH", "JP_ADDRESS"),
    ("DATE_OF_BIRTH", "QUASI"),
    ("DATE_OF_BIRTH", "JP_POSTAL_CODE", "QUASI"),
    ("AGE", "JP_POSTAL_CODE", "QUASI"),
    ("JP_POSTAL_CODE", "QUASI"),
    ("PERSON",),
    ("PERSON", "DATE_OF_BIRTH"),
    ("PERSON", "JP_POSTAL_CODE"),
)

#: Pairs of places compared key by key; beyond that one key in so many stands for the others.
MOST_PAIRS = 20_000_000

#: Of each column the closest others are kept.
CLOSEST = 10

#: Groups of fewer people than this are counted as few.
FEW = 5


def compare(store: duckdb.DuckDBPyConnection) -> None:
    """Bring tables `key_pair` and `quasi_group` to the present parts; within a transaction.

    People are grouped again in those assets alone whose parts are others.
    """
    (parts,) = store.execute(_SIGNATURE).fetchone() or ("",)
    if store.execute("SELECT 1 FROM collation_state WHERE signature = ?", [parts]).fetchone():
        return
    for table in ("key_pair", "collation_state"):
        store.execute(f"DELETE FROM {table}")
    try:
        _pairs(store)
        _groups(store)
    finally:
        for table in ("link_place", "link_key", "met_key", "regrouped", "quasi_cell"):
            store.execute(f"DROP TABLE IF EXISTS {table}")
    store.execute("INSERT INTO collation_state VALUES (?)", [parts])


def _pairs(store: duckdb.DuckDBPyConnection) -> None:
    store.execute(_PLACES.format(links=", ".join(f"'{name}'" for name in LINKS)))
    store.execute(_KEYS)
    store.execute(_MET)
    row = store.execute("SELECT coalesce(sum(places * (places - 1) // 2), 0) FROM met_key").fetchone()
    sample = max(1, -(-int(row[0] if row else 0) // MOST_PAIRS))
    store.execute(_PAIRS, {"sample": sample, "closest": CLOSEST})


def _groups(store: duckdb.DuckDBPyConnection) -> None:
    for statement in (*_REGROUPED, _CELLS):
        store.execute(statement)
    for types in QUASI_SETS:
        columns = ", ".join(types)
        filled = " AND ".join(f"{name} IS NOT NULL" for name in types)
        store.execute(_GROUPS.format(columns=columns, filled=filled), {"types": list(types), "few": FEW})


_SIGNATURE = f"""SELECT {signature("asset_id", "part_id", '"index"')} FROM current_part"""

# What one asset alone has is met in no other.
_PLACES = """
    CREATE TEMP TABLE link_place AS
    SELECT row_number() OVER (ORDER BY asset_id, field, entity_type)::INTEGER AS place, *
    FROM (SELECT DISTINCT asset_id, field, entity_type FROM current_value_key WHERE entity_type IN ({links}))
    QUALIFY min(asset_id) OVER (PARTITION BY entity_type) <> max(asset_id) OVER (PARTITION BY entity_type)
"""

# 64 bits tell 10M keys apart; types have keys of their own, so equal keys are of one type.
_KEYS = """
    CREATE TEMP TABLE link_key AS
    SELECT DISTINCT place, hash(value_key) AS key FROM current_value_key JOIN link_place
        USING (asset_id, field, entity_type)
"""

# Most keys stand in one place: joining only the others is a fourth of the work.
_MET = """
    CREATE TEMP TABLE met_key AS SELECT key, count(*) AS places FROM link_key GROUP BY key HAVING count(*) > 1
"""

_PAIRS = """
    INSERT INTO key_pair
    WITH kept AS (SELECT * FROM link_key SEMI JOIN met_key USING (key) WHERE key % $sample = 0),
    held AS (SELECT place, count(*) AS keys FROM link_key GROUP BY place),
    met AS (
        SELECT one.place AS a, other.place AS b, count(*) AS shared
        FROM kept AS one JOIN kept AS other ON one.key = other.key AND one.place < other.place
        GROUP BY one.place, other.place
    )
    SELECT a.entity_type, a.asset_id, a.field, b.asset_id, b.field,
           least(met.shared * $sample, keys_a.keys, keys_b.keys), keys_a.keys, keys_b.keys, $sample
    FROM met
    JOIN link_place AS a ON a.place = met.a JOIN held AS keys_a ON keys_a.place = met.a
    JOIN link_place AS b ON b.place = met.b JOIN held AS keys_b ON keys_b.place = met.b
    WHERE a.asset_id <> b.asset_id
    QUALIFY row_number() OVER (PARTITION BY met.a ORDER BY met.shared DESC, met.b) <= $closest
         OR row_number() OVER (PARTITION BY met.b ORDER BY met.shared DESC, met.a) <= $closest
"""

_REGROUPED = (
    f"""CREATE TEMP TABLE regrouped AS
    WITH now AS (
        SELECT asset_id, {signature("part_id", '"index"')} AS signature FROM current_part GROUP BY asset_id
    )
    SELECT asset_id, now.signature FROM now FULL JOIN quasi_state AS was USING (asset_id)
    WHERE now.signature IS DISTINCT FROM was.signature""",
    "DELETE FROM quasi_group WHERE asset_id IN (SELECT asset_id FROM regrouped)",
    "DELETE FROM quasi_state WHERE asset_id IN (SELECT asset_id FROM regrouped)",
    "INSERT INTO quasi_state FROM regrouped WHERE signature IS NOT NULL ORDER BY asset_id",
)

# Of several fields of a type (kanji and kana) the smaller key stands for both; of an address the lot.
_CELLS = """
    CREATE TEMP TABLE quasi_cell AS
    SELECT asset_id, "index", row,
           min(hash(value_key)) FILTER (entity_type = 'DATE_OF_BIRTH') AS DATE_OF_BIRTH,
           min(hash(value_key)) FILTER (entity_type = 'JP_POSTAL_CODE') AS JP_POSTAL_CODE,
           min(hash(coalesce(alt_key, value_key))) FILTER (entity_type = 'JP_ADDRESS') AS JP_ADDRESS,
           min(hash(value_key)) FILTER (entity_type = 'PERSON') AS PERSON,
           min(hash(value_key)) FILTER (entity_type = 'AGE') AS AGE,
           bit_xor(hash(field, value_key)) FILTER (entity_type = 'QUASI') AS QUASI
    FROM current_value_key SEMI JOIN regrouped USING (asset_id)
    WHERE entity_type IN ('DATE_OF_BIRTH', 'JP_POSTAL_CODE', 'JP_ADDRESS', 'PERSON', 'AGE', 'QUASI')
    GROUP BY asset_id, "index", row
"""

_GROUPS = """
    INSERT INTO quasi_group
    SELECT asset_id, $types, sum(people), count(*), min(people), coalesce(sum(people) FILTER (people = 1), 0),
           coalesce(sum(people) FILTER (people < $few), 0)
    FROM (SELECT asset_id, count(*) AS people FROM quasi_cell WHERE {filled} GROUP BY asset_id, {columns})
    GROUP BY asset_id
"""
