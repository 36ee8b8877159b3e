"""Connected components in SQL: hash joins only, a bounded number of rounds.

Two nodes that touch the same hub belong together. Each round every node moves to the least node it shares a
hub with, and to where that one moved; nodes that came together become one, hubs with one node left go. What is
left shrinks by a multiple each round, so that the rounds together cost little more than the first.
"""

from __future__ import annotations

import duckdb

from pipelines.errors import MeiboError

#: A chain of n nodes needs about log2(n) rounds: enough for any store that fits a machine.
ROUNDS = 64


def components(store: duckdb.DuckDBPyConnection, edges: str, labels: str) -> int:
    """Create temporary table `labels` (node, label) from `edges` (node, hub); return the rounds it took.

    `label` is the least node of the component; a node without a hub in common with another is left out.
    Raises `MeiboError` ``subjects-unbounded`` after `ROUNDS` rounds.
    """
    store.execute(f"CREATE OR REPLACE TEMP TABLE c_edge AS {_OPEN.format(edges=edges)}")
    store.execute(f"CREATE OR REPLACE TEMP TABLE {labels} AS SELECT DISTINCT node, node AS label FROM c_edge")
    for done in range(ROUNDS):
        left = store.execute("SELECT count(*) FROM c_edge").fetchone()
        if not left or not left[0]:
            store.execute("DROP TABLE c_edge")
            return done
        for statement in _ROUND:
            store.execute(statement.format(labels=labels))
    raise MeiboError("subjects-unbounded", "subject_link", "report this: the links do not settle")


_OPEN = """
    SELECT DISTINCT node, hub FROM {edges}
    SEMI JOIN (SELECT hub FROM {edges} GROUP BY hub HAVING min(node) <> max(node)) USING (hub)
"""

_ROUND = (
    """CREATE OR REPLACE TEMP TABLE c_move AS
    WITH least AS (SELECT hub, min(node) AS label FROM c_edge GROUP BY hub)
    SELECT node, min(label) AS label FROM c_edge JOIN least USING (hub) GROUP BY node""",
    """CREATE OR REPLACE TEMP TABLE c_jump AS
    SELECT one.node, coalesce(two.label, one.label) AS label
    FROM c_move AS one LEFT JOIN c_move AS two ON two.node = one.label""",
    """CREATE OR REPLACE TEMP TABLE c_label AS
    SELECT known.node, coalesce(c_jump.label, known.label) AS label
    FROM {labels} AS known LEFT JOIN c_jump ON c_jump.node = known.label""",
    "DROP TABLE {labels}",
    "ALTER TABLE c_label RENAME TO {labels}",
    """CREATE OR REPLACE TEMP TABLE c_moved AS
    SELECT c_jump.label AS node, hub FROM c_edge JOIN c_jump USING (node)""",
    f"CREATE OR REPLACE TEMP TABLE c_edge AS {_OPEN.format(edges='c_moved')}",
    "DROP TABLE c_moved",
    "DROP TABLE c_jump",
    "DROP TABLE c_move",
)
