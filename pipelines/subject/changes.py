"""Changes: which persons are told apart again when parts came or went, and telling them apart again.

Persons are dissolved whole, with every row they have. At first those are dissolved that have a row in a part that
is gone, or a row that shares a hub (`pipelines.subject.links`) with one that is gone or new. Their rows are linked
again among all rows that share a key with them; the rows of other persons keep theirs (``s_fixed``). Rows without
a name go by what others carry: where one of them now goes elsewhere, both its persons are dissolved, too, and all
is linked again, until nothing outside moves. Then every row has the person it would have from scratch.

Temporary tables: ``n_subject`` the persons dissolved, ``n_again`` the rows linked again, ``n_key`` the keys that
can matter to others, ``n_loose`` rows without a name that carry such a key and must be seen to stay where they
are, ``n_bears`` rows that bear a number whose owner may change.
"""

from __future__ import annotations

import duckdb

from pipelines.subject.keys import BITS, ROLES, Bounds
from pipelines.subject.links import HUB, NAMELESS, link, read_shared


def relink(store: duckdb.DuckDBPyConnection, bounds: Bounds, shared_names: int, share: float) -> bool:
    """Build ``s_member`` and its kin as `pipelines.subject.links.link` does, of the rows that may change.

    Returns False where these are more than `share` of all rows. Needs the tables of `pipelines.subject.keys`.
    """
    given = {**_NUMBERS, **bounds._asdict(), "shared_names": shared_names, "bits": BITS}
    read_shared(store, f"(SELECT node, role, h FROM s_all WHERE node < {bounds.current})", shared_names)
    _run(store, _BEFORE, given)
    while True:
        _run(store, _AGAIN, given)
        again = store.execute(_SHARE.format(**given)).fetchone()
        if again is None or again[0] > share:
            return False
        _run(store, _CONTEXT, given)
        link(store)
        _run(store, _MOVED, given)
        if not store.execute(_GROWN).fetchone():
            return True
        _run(store, _GROW, given)


def _run(store: duckdb.DuckDBPyConnection, statements: tuple[str, ...], given: dict[str, int]) -> None:
    for statement in statements:
        store.execute(statement.format(**given))


_NUMBERS = {f"{name}_": number for name, number in ROLES.items()}

_PASS = (
    "CASE evidence[1] "
    + "".join(f"WHEN '{name}' THEN {bit} " for name, bit in NAMELESS)
    + "ELSE 0 END::TINYINT"
)
#: A person that stays, as a label: less than any row.
_LABEL = "-(subject_id >> 1)::BIGINT - 1"

_BEFORE = (
    # Rows as they were linked: `pass` 0 for those that name their person.
    f"""CREATE OR REPLACE TEMP TABLE s_of AS
    SELECT place.base + row AS node, subject_id, {_LABEL} AS label, {_PASS} AS pass
    FROM subject_link JOIN s_place AS place USING (part_id) WHERE role = 'self' AND place.state <> 1""",
    """CREATE OR REPLACE TEMP TABLE n_new AS
    SELECT DISTINCT role, h FROM s_all WHERE node >= {kept}""",
    "CREATE OR REPLACE TEMP TABLE n_near AS SELECT node, role, h FROM s_all SEMI JOIN n_new USING (role, h)",
    f"""CREATE OR REPLACE TEMP TABLE n_pair AS
    SELECT key.node, key.role, key.h, {HUB} AS hub, token.reading
    FROM n_near AS key JOIN s_token AS token USING (node)""",
    # Keys that are links now and were none, or the other way round.
    """CREATE OR REPLACE TEMP TABLE n_turned AS
    SELECT role, h FROM n_pair WHERE role <> {born_} GROUP BY role, h
    HAVING (count(DISTINCT hub) FILTER (node < {current}) > {shared_names})
        <> (count(DISTINCT hub) FILTER (node < {kept} OR node >= {current}) > {shared_names})""",
    """CREATE OR REPLACE TEMP TABLE n_hub AS
    SELECT node, hub FROM n_pair
    UNION ALL
    SELECT node, hash(role::INTEGER, h, reading, TRUE) FROM n_pair WHERE reading IS NOT NULL
    UNION ALL
    SELECT number.node, hash(11, number.h, born.h, FALSE)
    FROM n_near AS number JOIN n_near AS born USING (node) WHERE number.role = {id_} AND born.role = {born_}""",
    """CREATE OR REPLACE TEMP TABLE n_subject AS
    SELECT DISTINCT subject_id FROM s_of SEMI JOIN (
        SELECT node FROM n_hub SEMI JOIN (SELECT hub FROM n_hub WHERE node >= {kept}) USING (hub)
        UNION ALL SELECT node FROM n_near SEMI JOIN n_turned USING (role, h)
        UNION ALL SELECT node FROM s_of WHERE node >= {current}
    ) USING (node)""",
    # Whose person a new row without a name most likely is: it saves going round again.
    """INSERT INTO n_subject
    SELECT min(subject_id) FROM n_near JOIN (
        SELECT DISTINCT best.role, best.h FROM (
            SELECT min({{'role': role, 'h': h}}) AS best FROM n_near ANTI JOIN s_token USING (node)
            WHERE node >= {kept} AND node < {current} GROUP BY node)
    ) USING (role, h) JOIN s_of USING (node)
    GROUP BY role, h HAVING min(subject_id) = max(subject_id)""",
    # Assets in which a number stood once and does no longer, or the other way round: what they say of numbers
    # that several persons have.
    """CREATE OR REPLACE TEMP TABLE n_master AS
    SELECT asset FROM s_all JOIN s_place AS place ON place.p = s_all.node >> {bits}
    SEMI JOIN (SELECT asset FROM s_place WHERE state > 0) USING (asset)
    WHERE role = {id_} GROUP BY asset
    HAVING (count(*) FILTER (node < {current}) = count(DISTINCT h) FILTER (node < {current}))
        <> (count(*) FILTER (node < {kept} OR node >= {current})
            = count(DISTINCT h) FILTER (node < {kept} OR node >= {current}))""",
    """CREATE OR REPLACE TEMP TABLE n_number AS
    SELECT h FROM (
        SELECT node, h FROM s_all SEMI JOIN (
            SELECT h FROM s_all JOIN s_place AS place ON place.p = s_all.node >> {bits}
            SEMI JOIN n_master USING (asset) WHERE role = {id_}
        ) USING (h) WHERE role = {id_}
    ) JOIN s_of USING (node) WHERE pass = 0 GROUP BY h HAVING min(subject_id) <> max(subject_id)""",
    "CREATE OR REPLACE TEMP TABLE n_extra (node BIGINT)",
)

_AGAIN = (
    """CREATE OR REPLACE TEMP TABLE n_again AS
    SELECT node FROM s_of SEMI JOIN n_subject USING (subject_id) WHERE node < {kept}
    UNION
    SELECT node FROM s_all WHERE node >= {kept} AND node < {current}
    UNION
    SELECT node FROM n_extra""",
)

_CONTEXT = (
    """CREATE OR REPLACE TEMP TABLE n_key AS
    SELECT role, h FROM s_all SEMI JOIN n_again USING (node)
    WHERE role <> {born_} AND node < {current}
    UNION
    SELECT role, h FROM n_new WHERE role <> {born_}
    UNION
    SELECT {id_}, h FROM n_number""",
    # Keys that are and were shared tie nobody.
    """CREATE OR REPLACE TEMP TABLE n_live AS
    SELECT role, h FROM n_key ANTI JOIN s_shared USING (role, h)
    UNION
    SELECT role, h FROM n_turned""",
    """CREATE OR REPLACE TEMP TABLE n_met AS
    SELECT node, role FROM s_all SEMI JOIN n_live USING (role, h)
    ANTI JOIN n_again USING (node) WHERE role IN ({id_}, {email_}, {phone_}) AND node < {current}""",
    "CREATE OR REPLACE TEMP TABLE n_loose AS SELECT DISTINCT node FROM n_met ANTI JOIN s_token USING (node)",
    """CREATE OR REPLACE TEMP TABLE n_bears AS
    SELECT DISTINCT node FROM n_met SEMI JOIN s_token USING (node) WHERE role = {id_}""",
    """CREATE OR REPLACE TEMP TABLE n_asked AS
    SELECT role, h FROM n_key
    UNION
    SELECT role, h FROM s_all SEMI JOIN n_loose USING (node) WHERE role IN ({id_}, {email_}, {phone_})
    UNION
    SELECT role, h FROM s_all SEMI JOIN n_bears USING (node) WHERE role = {id_}""",
    """CREATE OR REPLACE TEMP TABLE n_read AS
    SELECT node, hash(born.h, token.reading) AS hub
    FROM (SELECT node, h FROM s_all WHERE role = {born_} AND node < {current}) AS born
    JOIN s_token AS token USING (node) WHERE token.reading IS NOT NULL""",
    """CREATE OR REPLACE TEMP TABLE n_row AS
    SELECT node FROM n_again
    UNION
    SELECT node FROM s_all SEMI JOIN (
        SELECT role, h FROM n_asked ANTI JOIN s_shared USING (role, h) UNION ALL SELECT role, h FROM n_turned
    ) USING (role, h) WHERE node < {current}
    UNION
    SELECT node FROM n_read SEMI JOIN (SELECT hub FROM n_read SEMI JOIN n_again USING (node)) USING (hub)""",
    "CREATE OR REPLACE TEMP TABLE s_key AS SELECT * FROM s_all SEMI JOIN n_row USING (node)",
    """CREATE OR REPLACE TEMP TABLE s_fixed AS
    SELECT node, label, pass FROM s_of SEMI JOIN n_row USING (node)
    ANTI JOIN n_again USING (node) ANTI JOIN n_loose USING (node)""",
    # Who founded a person goes by the best key; a row that came by another one met somebody, and may not now.
    """CREATE OR REPLACE TEMP TABLE n_founded AS
    SELECT subject_id, min(pass) AS pass FROM s_of
    SEMI JOIN (FROM s_of SEMI JOIN n_loose USING (node)) USING (subject_id) GROUP BY subject_id""",
    """CREATE OR REPLACE TEMP TABLE s_stays AS
    SELECT node, label, pass FROM s_of SEMI JOIN n_loose USING (node) SEMI JOIN n_founded USING (subject_id, pass)
    ANTI JOIN (SELECT subject_id FROM subject WHERE named) USING (subject_id)
    ANTI JOIN (SELECT node FROM s_all SEMI JOIN n_turned USING (role, h)) USING (node)""",
)

_MOVED = (
    """CREATE OR REPLACE TEMP TABLE n_moved AS
    SELECT node, was.subject_id, now.label
    FROM n_loose LEFT JOIN (FROM s_of SEMI JOIN n_loose USING (node)) AS was USING (node)
    LEFT JOIN (FROM s_member SEMI JOIN n_loose USING (node)) AS now USING (node)
    WHERE was.label IS DISTINCT FROM now.label""",
    """CREATE OR REPLACE TEMP TABLE n_grown AS
    SELECT DISTINCT subject_id FROM (
        SELECT subject_id FROM n_moved WHERE subject_id IS NOT NULL
        UNION ALL
        SELECT subject_id FROM s_of SEMI JOIN (
            SELECT label FROM n_moved UNION ALL SELECT label FROM s_member SEMI JOIN n_again USING (node)
        ) USING (label) WHERE label < 0
    ) ANTI JOIN n_subject USING (subject_id)""",
)
_GROWN = "SELECT 1 FROM n_grown UNION ALL SELECT 1 FROM n_moved WHERE subject_id IS NULL LIMIT 1"
_GROW = (
    "INSERT INTO n_subject SELECT subject_id FROM n_grown",
    "INSERT INTO n_extra SELECT node FROM n_moved WHERE subject_id IS NULL",
)
_SHARE = """
    SELECT (SELECT count(*) FROM n_again) / greatest((SELECT count(*) FROM s_of WHERE node < {current}), 1)
"""
