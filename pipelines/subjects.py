"""Subjects: the records of every asset, told apart by the person they are about (tables `subject…`).

Works on value keys alone, inside the loader's transaction, over the current parts. A record is a row of a part.
Which columns speak of the row's person is `pipelines.subject.roles`, what links two rows `.links`, who lives
together `.households`. Free text makes no links: what is written there is found by the subject's keys.

The same parts under the same rules are not linked again: on most nights nothing is done here.
"""

from __future__ import annotations

import hashlib

import duckdb

from pipelines.subject.households import households
from pipelines.subject.links import ROLES, RULES, link
from pipelines.subject.roles import KeyColumn, roles

#: Raised when the rules change: stores are linked anew.
VERSION = 1

#: Where the policies say nothing.
SHARED_NAMES = 50

_TABLES = ("subject", "subject_link", "subject_doubt", "subject_household", "subject_state")


def build_subjects(store: duckdb.DuckDBPyConnection) -> bool:
    """Bring the tables `subject…` to the current parts; False where they already were.

    A key that more names share than the setting ``subject_shared_names`` (policies.yaml) is no link. Raises
    `MeiboError` ``subjects-unbounded``; the caller's transaction takes everything back.
    """
    setting = store.execute("SELECT setting_of('subject_shared_names')").fetchone()
    shared_names = int(setting[0]) if setting and setting[0] is not None else SHARED_NAMES
    chosen = _roles(store)
    signature = _signature(store, chosen, shared_names)
    if store.execute("SELECT 1 FROM subject_state WHERE signature = ?", [signature]).fetchone():
        return False
    store.execute("CREATE OR REPLACE TEMP TABLE s_role (asset_id TEXT, field TEXT, role TINYINT)")
    if chosen:
        store.executemany("INSERT INTO s_role VALUES (?, ?, ?)", chosen)
    store.execute("DELETE FROM subject_field")
    store.execute(_FIELDS)
    for statement in _KEYS:
        store.execute(statement)
    link(store, shared_names)
    for table in _TABLES:
        store.execute(f"DELETE FROM {table}")
    for statement in _RESULT:
        store.execute(statement)
    households(store, shared_names)
    store.execute("DROP VIEW s_value")
    for (table,) in store.execute(_TEMPORARY).fetchall():
        store.execute(f"DROP TABLE {table}")
    store.execute("INSERT INTO subject_state VALUES (?)", [signature])
    return True


def _roles(store: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    columns: dict[str, list[KeyColumn]] = {}
    for asset_id, *column in store.execute(_COLUMNS).fetchall():
        columns.setdefault(asset_id, []).append(KeyColumn(*column))
    known = store.execute("SELECT asset_id, person_key FROM current_asset").fetchall()
    registers = {asset_id for (asset_id,) in store.execute(_REGISTERS).fetchall()}
    return [
        (asset_id, field, ROLES[role])
        for asset_id, person_key in sorted(known)
        for field, role in roles(columns.get(asset_id, ()), person_key).items()
        # A register says itself whose number is whose.
        if not (role == "id" and asset_id in registers)
    ]


def _signature(
    store: duckdb.DuckDBPyConnection, chosen: list[tuple[str, str, int]], shared_names: int
) -> str:
    parts = store.execute("SELECT DISTINCT part_id FROM current_part ORDER BY part_id").fetchall()
    rules = [VERSION, shared_names, chosen, parts]
    return hashlib.sha256(repr(rules).encode("utf-8", "surrogatepass")).hexdigest()


_COLUMNS = """
    SELECT asset_id, field, position, entity_type FROM current_field
    WHERE key_column AND entity_type IS NOT NULL ORDER BY asset_id, position, field
"""
_FIELDS = "INSERT INTO subject_field SELECT asset_id, field, CASE role " + (
    "".join(f"WHEN {number} THEN '{role}' " for role, number in ROLES.items())
    + "END FROM s_role ORDER BY ALL"
)
_REGISTERS = """
    SELECT DISTINCT asset_id FROM current_record
    WHERE person_key IS NOT NULL OR (register = 'staff' AND staff_key IS NOT NULL)
"""

#: Roles a register's columns have, as (role, key, reading); a staff directory is about its staff.
_OF_RECORD = (
    ("id", "CASE WHEN register = 'staff' THEN staff_key ELSE person_key END", "NULL"),
    ("id", "old_key", "NULL"),
    ("name", "name_key", "name_alt"),
    ("phone", "phone_key", "NULL"),
    ("email", "email_key", "NULL"),
    ("address", "address_key", "NULL"),
    ("born", "born_key", "NULL"),
)

_NODE = "place.p * 68719476736 + key.row"
_KEYS = (
    """CREATE OR REPLACE TEMP TABLE s_place AS
    SELECT part_id, asset_id, row_number() OVER (ORDER BY part_id) AS p,
           dense_rank() OVER (ORDER BY asset_id)::INTEGER AS asset
    FROM (
        SELECT part_id, min(asset_id) AS asset_id FROM current_part WHERE status = 'examined' GROUP BY part_id)""",
    f"""CREATE OR REPLACE TEMP TABLE s_key AS
    SELECT {_NODE} AS node, place.asset, role.role, hash(key.value_key) AS h,
               CASE WHEN key.alt_key IS NOT NULL THEN hash(key.alt_key) END AS reading,
               role.role = {ROLES["name"]} AND key.alt_key IS NOT DISTINCT FROM key.value_key AS kana
        FROM value_key AS key JOIN s_place AS place USING (part_id)
        JOIN s_role AS role ON role.asset_id = place.asset_id AND role.field = key.field
    """
    + "".join(
        f"""
        UNION ALL
        SELECT {_NODE}, place.asset, {ROLES[role]}, hash({name}),
               CASE WHEN {reading} IS NOT NULL THEN hash({reading}::BLOB) END,
               {reading} IS NOT NULL AND {reading} IS NOT DISTINCT FROM {name}
        FROM record AS key JOIN s_place AS place USING (part_id) WHERE {name} IS NOT NULL"""
        for role, name, reading in _OF_RECORD
    ),
    f"""CREATE OR REPLACE TEMP TABLE s_family AS
    SELECT DISTINCT {_NODE} AS node, hash(key.family_key) AS h, 'surname' AS evidence
    FROM value_key AS key JOIN s_place AS place USING (part_id)
    JOIN s_role AS role ON role.asset_id = place.asset_id AND role.field = key.field
    WHERE role.role = {ROLES["name"]} AND key.family_key IS NOT NULL
    UNION
    SELECT {_NODE}, hash(family_key), 'surname' FROM record AS key JOIN s_place AS place USING (part_id)
    WHERE family_key IS NOT NULL
    UNION
    SELECT {_NODE}, hash(household_key), 'declared' FROM record AS key JOIN s_place AS place USING (part_id)
    WHERE household_key IS NOT NULL""",
    # Hashed keys and the keys themselves, for the few that are shown.
    f"""CREATE OR REPLACE TEMP VIEW s_value AS
    SELECT DISTINCT role.role, key.entity_type, hash(key.value_key) AS h, key.value_key
    FROM value_key AS key JOIN s_place AS place USING (part_id)
    JOIN s_role AS role ON role.asset_id = place.asset_id AND role.field = key.field
    WHERE role.role IN ({ROLES["id"]}, {ROLES["email"]}, {ROLES["phone"]}, {ROLES["address"]})""",
)

_CONFIDENCE = (
    "greatest("
    + ", ".join(
        f"CASE WHEN rules & {1 << bit} > 0 THEN {rule.confidence} ELSE 0 END" for bit, rule in RULES.items()
    )
    + ")"
)
_EVIDENCE = (
    "list_filter(["
    + ", ".join(f"CASE WHEN rules & {1 << bit} > 0 THEN '{rule.code}' END" for bit, rule in RULES.items())
    + "], lambda code: code IS NOT NULL)"
)

_RESULT = (
    # A row nothing holds to another is a person of its own.
    f"""CREATE OR REPLACE TEMP TABLE s_row AS
    SELECT place.part_id, node % 68719476736 AS row, node, label, s_member.asset, hub, named,
           CASE WHEN rules = 0 THEN {1 << 15} ELSE rules END AS rules
    FROM s_member JOIN s_place AS place ON place.p = node // 68719476736""",
    """CREATE OR REPLACE TEMP TABLE s_subject_of AS
    SELECT label, min(coalesce(hub, hash(part_id, row))) AS subject_id FROM s_row GROUP BY label""",
    """CREATE OR REPLACE TEMP TABLE s_subject AS
    SELECT node, subject_id FROM s_row JOIN s_subject_of USING (label) WHERE named""",
    # Few combinations of rules occur: their words are made once each.
    f"""CREATE OR REPLACE TEMP TABLE s_why AS
    SELECT rules, {_EVIDENCE} AS evidence, {_CONFIDENCE} AS confidence FROM (SELECT DISTINCT rules FROM s_row)""",
    f"""INSERT INTO subject_link
    SELECT part_id, row, subject_id, 'self', evidence, confidence
    FROM s_row JOIN s_subject_of USING (label) JOIN s_why USING (rules)
    UNION ALL
    SELECT place.part_id, s_account.node % 68719476736, subject_id, 'account', ['id'], {RULES[12].confidence}
    FROM s_account JOIN s_subject_of USING (label)
    JOIN s_place AS place ON place.p = s_account.node // 68719476736
    ORDER BY ALL""",
    """INSERT INTO subject
    SELECT subject_id, count(*), count(DISTINCT asset), bool_or(named), min(confidence)
    FROM s_row JOIN s_subject_of USING (label) JOIN s_why USING (rules) GROUP BY subject_id ORDER BY subject_id""",
    """INSERT INTO subject_doubt
    SELECT entity_type, value_key, reason, names, records FROM (
        SELECT role, h, 'shared-key' AS reason, names, records FROM s_shared
        UNION ALL SELECT role, h, 'not-unique', names, records FROM s_contested
    ) JOIN s_value USING (role, h) ORDER BY ALL""",
)

_TEMPORARY = """
    SELECT table_name FROM duckdb_tables()
    WHERE temporary AND (starts_with(table_name, 's_') OR starts_with(table_name, 'h_'))
"""
