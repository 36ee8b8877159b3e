"""What is written of the links: the tables `subject…`, whole or the rows of the persons linked again."""

from __future__ import annotations

import duckdb

from pipelines.subject.keys import BITS, ROLES, ROWS, Bounds, words_of
from pipelines.subject.links import RULES


def everything(store: duckdb.DuckDBPyConnection) -> None:
    """Write all rows anew from ``s_member`` and its kin (`pipelines.subject.links`); create ``s_subject``."""
    for table in ("subject", "subject_link", "subject_doubt"):
        store.execute(f"DELETE FROM {table}")
    store.execute("CREATE OR REPLACE TEMP VIEW w_member AS FROM s_member")
    store.execute("CREATE OR REPLACE TEMP VIEW w_account AS FROM s_account")
    for statement in (_SUBJECT_OF, *_WRITE):
        store.execute(statement)
    store.execute(_NAMED)
    _doubts(store, "s_doubt")


def changes(store: duckdb.DuckDBPyConnection, bounds: Bounds) -> None:
    """Write the rows of the persons linked again (`pipelines.subject.changes`) in place of what they had."""
    for statement in _CHANGES:
        store.execute(statement.format(kept=bounds.kept, current=bounds.current))
    store.execute(_SUBJECT_OF)
    store.execute(_OTHERS)
    for statement in _WRITE:
        store.execute(statement)
    store.execute(
        _NAMED + " UNION ALL SELECT node, subject_id FROM s_of ANTI JOIN n_again USING (node)"
        f" WHERE pass = 0 AND node < {bounds.kept}"
    )
    store.execute("DELETE FROM subject_doubt WHERE hash(value_key) IN (SELECT h FROM w_doubtful)")
    _doubts(store, "(FROM s_doubt SEMI JOIN w_doubtful USING (role, h))")


def roles(store: duckdb.DuckDBPyConnection) -> None:
    """Write which columns speak of a row's person, and which parts the tables are made of."""
    store.execute("DELETE FROM subject_field")
    store.execute(_FIELDS)
    store.execute("DELETE FROM subject_part")
    store.execute(
        "INSERT INTO subject_part SELECT part_id, asset_id FROM s_place WHERE state < 2 ORDER BY part_id"
    )


def clean(store: duckdb.DuckDBPyConnection) -> None:
    """Drop the temporary tables and views of this package."""
    for kind, name in store.execute(_TEMPORARY).fetchall():
        store.execute(f"DROP {kind} {name}")


def _doubts(store: duckdb.DuckDBPyConnection, doubts: str) -> None:
    store.execute(_DOUBTS)
    if store.execute(f"SELECT 1 FROM {doubts} LIMIT 1").fetchone():
        store.execute(_DOUBT.format(doubts=doubts, values=words_of("s_doubt")))


_FIELDS = "INSERT INTO subject_field SELECT asset_id, field, CASE role " + (
    "".join(f"WHEN {number} THEN '{role}' " for role, number in ROLES.items())
    + "END FROM s_role WHERE NOT former ORDER BY ALL"
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
_ALONE = 1 << 15

_SUBJECT_OF = f"""
    CREATE OR REPLACE TEMP TABLE s_subject_of AS
    SELECT label, min(CASE WHEN hub IS NULL THEN hash(part_id, node & {ROWS - 1}) ELSE hub END) AS subject_id
    FROM w_member JOIN s_place AS place ON place.p = node >> {BITS} GROUP BY label"""

_OTHERS = """
    INSERT INTO s_subject_of
    SELECT DISTINCT label, subject_id FROM s_of SEMI JOIN w_account USING (label)
    ANTI JOIN n_subject USING (subject_id)"""

_WRITE = (
    # Few combinations of rules occur: their words are made once each. A row nothing holds to another is a person.
    f"""CREATE OR REPLACE TEMP TABLE s_why AS
    SELECT held, {_EVIDENCE} AS evidence, {_CONFIDENCE}::FLOAT AS confidence FROM (
        SELECT DISTINCT rules AS held, CASE WHEN rules = 0 THEN {_ALONE} ELSE rules END AS rules FROM w_member)""",
    """CREATE OR REPLACE TEMP TABLE s_row AS
    SELECT node, subject_id, rules AS held FROM w_member JOIN s_subject_of USING (label) ORDER BY node""",
    f"""INSERT INTO subject_link
    SELECT place.part_id, node & {ROWS - 1}, subject_id, 'self', evidence, confidence
    FROM s_row JOIN s_why USING (held) JOIN s_place AS place ON place.p = node >> {BITS}""",
    f"""INSERT INTO subject_link
    SELECT place.part_id, account.node & {ROWS - 1}, subject_id, 'account', ['id'], {RULES[12].confidence}
    FROM w_account AS account JOIN s_subject_of USING (label)
    JOIN s_place AS place ON place.p = account.node >> {BITS} ORDER BY account.node, subject_id""",
    f"""INSERT INTO subject
    SELECT subject_id, sum(records)::BIGINT, count(*), bool_or(named), min(confidence) FROM (
        SELECT label, asset, count(*) AS records, bool_or(named) AS named, min(confidence) AS confidence
        FROM w_member JOIN s_why ON s_why.held = w_member.rules
        JOIN s_place AS place ON place.p = w_member.node >> {BITS} GROUP BY label, asset
    ) JOIN s_subject_of USING (label) GROUP BY subject_id ORDER BY subject_id""",
)

_NAMED = """
    CREATE OR REPLACE TEMP TABLE s_subject AS
    SELECT node, subject_id FROM w_member JOIN s_subject_of USING (label) WHERE named"""

_DOUBTS = """
    CREATE OR REPLACE TEMP TABLE s_doubt AS
    SELECT role, h, 'shared-key' AS reason, names, records FROM s_shared
    UNION ALL SELECT role, h, 'not-unique', names, records FROM s_contested"""
_DOUBT = """
    INSERT INTO subject_doubt
    SELECT entity_type, value_key, reason, names, records FROM {doubts} JOIN ({values}) USING (role, h)
    ORDER BY ALL"""

_CHANGES = (
    "CREATE OR REPLACE TEMP VIEW w_member AS FROM s_member SEMI JOIN n_again USING (node)",
    # Rows that bear a number whose owner may be another now keep their person; whose number it is is said anew.
    """CREATE OR REPLACE TEMP TABLE w_account AS SELECT * FROM s_account SEMI JOIN (
        SELECT node FROM n_again UNION ALL SELECT node FROM n_bears) USING (node)""",
    f"""CREATE OR REPLACE TEMP TABLE w_row AS
    SELECT place.part_id, node & {ROWS - 1} AS row, bool_and(account) AS account FROM (
        SELECT node, FALSE AS account FROM n_again WHERE node < {{kept}}
        UNION ALL SELECT node, FALSE FROM s_of WHERE node >= {{current}}
        UNION ALL SELECT node, TRUE FROM n_bears
    ) JOIN s_place AS place ON place.p = node >> {BITS} GROUP BY ALL""",
    """DELETE FROM subject_link USING w_row
    WHERE w_row.part_id = subject_link.part_id AND w_row.row = subject_link.row
      AND (NOT w_row.account OR subject_link.role = 'account')""",
    "DELETE FROM subject WHERE subject_id IN (SELECT subject_id FROM n_subject)",
    f"""CREATE OR REPLACE TEMP TABLE w_doubtful AS
    SELECT role, h FROM n_new UNION SELECT role, h FROM n_key WHERE role = {ROLES["id"]}""",
    f"""CREATE OR REPLACE TEMP TABLE w_address AS
    SELECT DISTINCT h FROM (
        SELECT h FROM s_all SEMI JOIN n_again USING (node) WHERE role = {ROLES["address"]}
        UNION ALL SELECT h FROM s_all WHERE role = {ROLES["address"]} AND node >= {{kept}})""",
)

_TEMPORARY = """
    SELECT 'TABLE', table_name FROM duckdb_tables()
    WHERE temporary AND regexp_matches(table_name, '^[shnwc]_')
    UNION ALL
    SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND regexp_matches(view_name, '^[shnwc]_')
"""
