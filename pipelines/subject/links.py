"""Links: which rows are about the same person, as SQL over value keys. Each statement is one step.

A row that names its person is linked by a key *and* the name (or the birth date): composite hubs, so that a
landline or a mailbox of a couple holds nobody together. Only then do rows without a name join the person whose
number or address they carry, and never hold two persons together.

Bits of `rules` stand for what holds a row to its person; `RULES` gives their names and confidences.
"""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from pipelines.subject.components import components
from pipelines.subject.keys import BITS, ROLES


class Rule(NamedTuple):
    """A way two rows are seen to be about one person; `code` has its words in labels.yaml (`link`)."""

    code: str
    confidence: float


#: Bit → rule. Confidences order the rules; they are no measured probabilities.
RULES: dict[int, Rule] = {
    1: Rule("id-name", 0.99),
    2: Rule("email-name", 0.97),
    3: Rule("phone-name", 0.95),
    4: Rule("address-name", 0.9),
    5: Rule("born-name", 0.9),
    6: Rule("id-reading", 0.95),
    7: Rule("email-reading", 0.93),
    8: Rule("phone-reading", 0.9),
    9: Rule("address-reading", 0.85),
    10: Rule("born-reading", 0.85),
    11: Rule("id-born", 0.95),
    12: Rule("id", 0.9),
    13: Rule("email", 0.8),
    14: Rule("phone", 0.5),
    15: Rule("alone", 1.0),
}
#: How a row without a name finds its person: the best key it has, and no other.
NAMELESS = (("id", 12), ("email", 13), ("phone", 14))
#: Somebody else's row with my number counts less than mine by so many times.
OWNER_RATIO = 3


def read_shared(store: duckdb.DuckDBPyConnection, keys: str, shared_names: int) -> None:
    """Create ``s_shared``: the keys in table or query `keys` that more names share, with how many."""
    for statement in _SHARED:
        store.execute(statement.format(keys=keys, shared_names=shared_names, **_NUMBERS))


def link(store: duckdb.DuckDBPyConnection) -> None:
    """Build temporary table ``s_member`` (node, label, hub, rules, named) of the rows in ``s_key``.

    ``s_key``: those rows of ``s_all`` (`pipelines.subject.keys`) that are asked for. ``s_fixed`` (node, label,
    pass): rows whose person is known and stays. ``s_stays``: rows whose person, known by their key alone, stays
    where all rows of the key are in it. Leaves ``s_contested``, keys nobody owns, and ``s_account``, rows that
    carry another person's number.
    """
    for statement in _NAMED:
        store.execute(statement.format(**_NUMBERS))
    components(store, "s_first", "s_root")
    for statement in _OWNERS:
        store.execute(statement.format(ratio=OWNER_RATIO, bits=BITS, **_NUMBERS))
    for role, bit in NAMELESS:
        found = _OWNED if role == "id" else _MET
        for statement in _ATTACH:
            store.execute(statement.format(role=ROLES[role], bit=bit, found=found.format(role=ROLES[role])))


_NUMBERS = {f"{name}_": number for name, number in ROLES.items()}

#: A key with a name, as a hub.
HUB = "hash(key.role::INTEGER, key.h, coalesce(token.token, token.reading), token.token IS NULL)"

_SHARED = (
    # Only what stands often enough can be shared by so many.
    """CREATE OR REPLACE TEMP TABLE s_busy AS
    SELECT role, h FROM {keys} WHERE role <> {born_}
    GROUP BY role, h HAVING count(*) > {shared_names}""",
    f"""CREATE OR REPLACE TEMP TABLE s_shared AS
    SELECT role, h, count(*) AS names, sum(records)::BIGINT AS records FROM (
        SELECT role, h, hub, count(*) AS records FROM (
            SELECT key.role, key.h, {HUB} AS hub
            FROM (SELECT node, role, h FROM {{keys}} SEMI JOIN s_busy USING (role, h)) AS key
            JOIN s_token AS token USING (node)
        ) GROUP BY ALL
    ) GROUP BY role, h HAVING count(*) > {{shared_names}}""",
)

_NAMED = (
    """CREATE OR REPLACE TEMP TABLE s_born AS
    SELECT node, min(h) AS born FROM s_key WHERE role = {born_} GROUP BY node""",
    # A reading links kana to kanji, never two spellings in kanji: 佐藤健 and 佐藤賢 are two persons.
    """CREATE OR REPLACE TEMP TABLE s_kana AS
    SELECT DISTINCT key.role, key.h, token.reading
    FROM s_key AS key JOIN (SELECT node, reading FROM s_token WHERE token IS NULL) AS token USING (node)
    ANTI JOIN s_shared ON s_shared.role = key.role AND s_shared.h = key.h""",
    """CREATE OR REPLACE TEMP TABLE s_read AS
    SELECT * FROM (
        SELECT key.node, key.role, key.h, token.token, token.reading
        FROM (SELECT node, role, h FROM s_key SEMI JOIN s_kana USING (role, h)) AS key
        JOIN s_token AS token USING (node)
    ) SEMI JOIN s_kana USING (role, h, reading)""",
    f"""CREATE OR REPLACE TEMP TABLE s_way AS
    SELECT key.node, {HUB} AS hub, key.role AS bit
    FROM s_key AS key JOIN s_token AS token USING (node)
    ANTI JOIN s_shared ON s_shared.role = key.role AND s_shared.h = key.h
    UNION ALL
    SELECT node, hash(role::INTEGER, h, reading, TRUE), role + 5::TINYINT
    FROM s_read SEMI JOIN (
        SELECT role, h, reading FROM s_read GROUP BY ALL HAVING count(DISTINCT token) = 1
    ) USING (role, h, reading)
    UNION ALL
    SELECT number.node, hash(11, number.h, born.h, FALSE), 11::TINYINT
    FROM (SELECT node, role, h FROM s_key SEMI JOIN s_token USING (node) WHERE role = {{id_}}) AS number
    JOIN (SELECT node, h FROM s_key WHERE role = {{born_}}) AS born USING (node)
    ANTI JOIN s_shared ON s_shared.role = number.role AND s_shared.h = number.h""",
    # A father and a son of one name at one address: where two birth dates meet, each goes its own way, and who has
    # none goes neither. A number stays a person's though a birth date be mistyped.
    """CREATE OR REPLACE TEMP TABLE s_group AS
    SELECT hub, min(node) AS least, min(born) <> max(born) AND min(bit) IN (2, 3, 4, 7, 8, 9) AS torn
    FROM s_way LEFT JOIN s_born USING (node) GROUP BY hub HAVING min(node) <> max(node)""",
    "CREATE OR REPLACE TEMP TABLE s_split AS SELECT hub FROM s_group WHERE torn",
    """CREATE OR REPLACE TEMP TABLE s_torn AS
    SELECT node, hash(hub, born) AS hub, bit FROM s_way SEMI JOIN s_split USING (hub) JOIN s_born USING (node)""",
    """CREATE OR REPLACE TEMP VIEW s_edge AS
    SELECT node, hub, bit FROM s_way ANTI JOIN s_split USING (hub) UNION ALL SELECT node, hub, bit FROM s_torn""",
    """CREATE OR REPLACE TEMP TABLE s_hub AS
    SELECT hub, least FROM s_group ANTI JOIN s_split USING (hub)
    UNION ALL
    SELECT hub, min(node) FROM s_torn GROUP BY hub HAVING min(node) <> max(node)""",
    # The rules that hold a row to others, the least hub (the person's id), and the first step of `components`.
    """CREATE OR REPLACE TEMP TABLE s_held AS
    SELECT node, min(hub) AS hub, bit_or(CASE WHEN least IS NULL THEN 0 ELSE 1 << bit END) AS rules,
           min(least) AS first
    FROM (SELECT node, hub, bit::INTEGER AS bit FROM s_edge) LEFT JOIN s_hub USING (hub) GROUP BY node""",
    """CREATE OR REPLACE TEMP TABLE s_first AS
    SELECT first AS node, hub
    FROM s_edge SEMI JOIN s_hub USING (hub) JOIN (SELECT node, first FROM s_held) USING (node)""",
)

_OWNERS = (
    """CREATE OR REPLACE TEMP TABLE s_member AS
    SELECT token.node, coalesce(fixed.label, root.label, held.first, token.node) AS label,
           held.hub, coalesce(held.rules, 0)::BIGINT AS rules, TRUE AS named
    FROM s_token AS token SEMI JOIN s_key USING (node)
    LEFT JOIN s_held AS held ON held.node = token.node
    LEFT JOIN s_root AS root ON root.node = held.first
    LEFT JOIN s_fixed AS fixed ON fixed.node = token.node""",
    # Whose number is it: whose row it has where it stands once (a member table), who carries it in more assets, or
    # far more often. Nobody's where that does not tell.
    """CREATE OR REPLACE TEMP TABLE s_bears AS
    SELECT node, key.h, member.label FROM s_key AS key JOIN s_member AS member USING (node)
    WHERE key.role = {id_}""",
    """CREATE OR REPLACE TEMP TABLE s_borne AS
    SELECT h, min(label) AS label, max(label) AS other, count(*) AS records FROM s_bears
    ANTI JOIN (SELECT h FROM s_shared WHERE role = {id_}) USING (h) GROUP BY h""",
    """CREATE OR REPLACE TEMP TABLE s_rival AS
    SELECT s_bears.*, place.asset
    FROM s_bears SEMI JOIN (SELECT h FROM s_borne WHERE label <> other) USING (h)
    JOIN s_place AS place ON place.p = s_bears.node >> {bits}""",
    """CREATE OR REPLACE TEMP TABLE s_master AS
    SELECT asset FROM s_all JOIN s_place AS place ON place.p = s_all.node >> {bits}
    SEMI JOIN (SELECT DISTINCT asset FROM s_rival) USING (asset)
    WHERE role = {id_} AND state < 2 GROUP BY asset HAVING count(*) = count(DISTINCT h)""",
    """CREATE OR REPLACE TEMP TABLE s_claim AS
    SELECT h, label, count(DISTINCT s_master.asset) AS masters, count(DISTINCT asset) AS assets,
           count(*) AS records
    FROM s_rival LEFT JOIN s_master USING (asset) GROUP BY h, label""",
    """CREATE OR REPLACE TEMP TABLE s_owner AS
    WITH ranked AS (
        SELECT h, count(*) AS names, sum(records)::BIGINT AS records,
               max({{'masters': masters, 'assets': assets, 'records': records, 'label': -label}}, 2) AS best
        FROM s_claim GROUP BY h
    )
    SELECT h, -best[1].label AS label, names, records,
           best[1].masters > best[2].masters OR best[1].assets > best[2].assets
           OR best[1].records >= {ratio} * best[2].records AS certain
    FROM ranked
    UNION ALL
    SELECT h, label, 1, records, TRUE FROM s_borne WHERE label = other""",
    """CREATE OR REPLACE TEMP TABLE s_contested AS
    SELECT {id_} AS role, h, names, records FROM s_owner WHERE NOT certain""",
    # A gift: the number is one person's, the name another's. The row is about both.
    """CREATE OR REPLACE TEMP TABLE s_account AS
    SELECT DISTINCT node, owner.label FROM s_rival JOIN s_owner AS owner USING (h)
    WHERE owner.certain AND owner.label <> s_rival.label""",
    """CREATE OR REPLACE TEMP TABLE s_open AS
    SELECT key.node, key.role, key.h FROM s_key AS key ANTI JOIN s_token USING (node)
    ANTI JOIN s_fixed USING (node) ANTI JOIN s_shared ON s_shared.role = key.role AND s_shared.h = key.h
    WHERE key.role IN ({id_}, {email_}, {phone_})""",
    "CREATE OR REPLACE TEMP TABLE s_done (node BIGINT)",
)

_OWNED = "SELECT h, label FROM s_owner WHERE certain"
_MET = """
    SELECT key.h, min(member.label) AS label
    FROM (SELECT node, h FROM s_key SEMI JOIN s_loose USING (h) WHERE role = {role}) AS key
    JOIN s_member AS member USING (node)
    GROUP BY key.h HAVING min(member.label) = max(member.label)"""

_ATTACH = (
    """CREATE OR REPLACE TEMP TABLE s_loose AS
    SELECT node, min(h) AS h FROM s_open ANTI JOIN s_done USING (node) WHERE role = {role} GROUP BY node""",
    "CREATE OR REPLACE TEMP TABLE s_found AS {found}",
    # Nobody's: a person of whom nothing but the key is known.
    """INSERT INTO s_found
    SELECT h, CASE WHEN count(stays.label) = count(*) AND min(stays.label) = max(stays.label) THEN min(stays.label)
                   ELSE min(loose.node) END
    FROM (FROM s_loose ANTI JOIN s_found USING (h)) AS loose
    LEFT JOIN s_stays AS stays ON stays.node = loose.node AND stays.pass = {bit} GROUP BY h""",
    """INSERT INTO s_member
    SELECT node, label, hash(12, {role}, h, FALSE), 1 << {bit}, FALSE FROM s_loose JOIN s_found USING (h)""",
    "INSERT INTO s_done SELECT node FROM s_loose",
    "INSERT INTO s_member SELECT node, label, NULL, 0, FALSE FROM s_fixed WHERE pass = {bit}",
)
