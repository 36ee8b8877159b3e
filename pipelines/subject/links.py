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
#: Role → number used in hubs and, with a name, as its rule's bit.
ROLES = {"id": 1, "email": 2, "phone": 3, "address": 4, "born": 5, "name": 6}
#: How a row without a name finds its person: the best key it has, and no other.
_NAMELESS = (("id", 12), ("email", 13), ("phone", 14))
#: Somebody else's row with my number counts less than mine by so many times.
OWNER_RATIO = 3


def link(store: duckdb.DuckDBPyConnection, shared_names: int) -> None:
    """Build temporary table ``s_member`` (node, label, rules) from ``s_key``; see `pipelines.subjects`.

    ``s_key``: node, asset, role, h (hashed key), reading (hashed), kana. ``s_shared``, ``s_contested``: keys
    that are no links; ``s_account``: rows that carry another person's number.
    """
    for statement in _NAMED:
        store.execute(statement.format(shared_names=shared_names, **_NUMBERS))
    components(store, "s_edge", "s_label")
    for statement in _OWNERS:
        store.execute(statement.format(ratio=OWNER_RATIO, **_NUMBERS))
    for role, bit in _NAMELESS:
        for statement in _ATTACH:
            store.execute(statement.format(role=ROLES[role], bit=1 << bit))


_NUMBERS = {f"{name}_": number for name, number in ROLES.items()}

_NAMED = (
    # A row's names: as written, and as read. A row in kana alone is named by its reading.
    """CREATE OR REPLACE TEMP TABLE s_token AS
    SELECT node, asset, min(h) FILTER (NOT kana) AS token, min(h) FILTER (kana) AS kana,
           coalesce(min(h) FILTER (kana), min(reading) FILTER (NOT kana)) AS reading
    FROM s_key WHERE role = {name_} GROUP BY node, asset""",
    """CREATE OR REPLACE TEMP TABLE s_pair AS
    SELECT key.node, key.role, key.h, token.token, token.reading,
           hash(key.role, key.h, coalesce(token.token, token.reading), token.token IS NULL) AS hub
    FROM s_key AS key JOIN s_token AS token USING (node) WHERE key.role <> {name_}""",
    """CREATE OR REPLACE TEMP TABLE s_shared AS
    SELECT role, h, count(*) AS names, sum(records)::BIGINT AS records
    FROM (SELECT role, h, hub, count(*) AS records FROM s_pair WHERE role <> {born_} GROUP BY ALL)
    GROUP BY role, h HAVING count(*) > {shared_names}""",
    "CREATE OR REPLACE TEMP TABLE s_good AS SELECT * FROM s_pair ANTI JOIN s_shared USING (role, h)",
    # A reading links kana to kanji, never two spellings in kanji: 佐藤健 and 佐藤賢 are two persons.
    """CREATE OR REPLACE TEMP TABLE s_kana AS
    SELECT DISTINCT role, h, reading FROM s_good WHERE token IS NULL""",
    """CREATE OR REPLACE TEMP TABLE s_read AS
    SELECT node, role, h, token, reading FROM s_good SEMI JOIN s_kana USING (role, h, reading)""",
    """CREATE OR REPLACE TEMP TABLE s_way AS
    SELECT node, hub, role::INTEGER AS bit FROM s_good
    UNION ALL
    SELECT node, hash(role, h, reading, TRUE), role + 5
    FROM s_read SEMI JOIN (
        SELECT role, h, reading FROM s_read GROUP BY ALL HAVING count(DISTINCT token) = 1
    ) USING (role, h, reading)
    UNION ALL
    SELECT number.node, hash(11, number.h, born.h, FALSE), 11
    FROM s_key AS number JOIN s_key AS born USING (node) ANTI JOIN s_shared
    ON s_shared.role = number.role AND s_shared.h = number.h
    WHERE number.role = {id_} AND born.role = {born_}""",
    # A father and a son of one name at one address: where two birth dates meet, each goes its own way, and who has
    # none goes neither. A number stays a person's though a birth date be mistyped.
    """CREATE OR REPLACE TEMP TABLE s_born AS
    SELECT node, min(h) AS born FROM s_key WHERE role = {born_} GROUP BY node""",
    """CREATE OR REPLACE TEMP TABLE s_split AS
    SELECT hub FROM s_way JOIN s_born USING (node) WHERE bit IN (2, 3, 4, 7, 8, 9)
    GROUP BY hub HAVING min(born) <> max(born)""",
    """CREATE OR REPLACE TEMP TABLE s_edge AS
    SELECT node, hub, bit FROM s_way ANTI JOIN s_split USING (hub)
    UNION ALL
    SELECT node, hash(hub, born), bit FROM s_way SEMI JOIN s_split USING (hub) JOIN s_born USING (node)""",
)

_OWNERS = (
    # The rules that hold a row to others, and the least hub: the person's id.
    """CREATE OR REPLACE TEMP TABLE s_multi AS
    SELECT hub FROM s_edge GROUP BY hub HAVING min(node) <> max(node)""",
    """CREATE OR REPLACE TEMP TABLE s_held AS
    SELECT node, min(hub) AS hub, bit_or(CASE WHEN s_multi.hub IS NULL THEN 0 ELSE 1 << bit END) AS rules
    FROM s_edge LEFT JOIN s_multi USING (hub) GROUP BY node""",
    """CREATE OR REPLACE TEMP TABLE s_member AS
    SELECT token.node, token.asset, coalesce(label.label, token.node) AS label,
           held.hub, coalesce(held.rules, 0)::BIGINT AS rules, TRUE AS named
    FROM s_token AS token LEFT JOIN s_label AS label USING (node) LEFT JOIN s_held AS held USING (node)""",
    # Whose number is it: whose row it has where it stands once (a member table), who carries it in more assets, or
    # far more often. Nobody's where that does not tell.
    """CREATE OR REPLACE TEMP TABLE s_master AS
    SELECT asset FROM s_key WHERE role = {id_} GROUP BY asset HAVING count(*) = count(DISTINCT h)""",
    """CREATE OR REPLACE TEMP TABLE s_bears AS
    SELECT node, key.h, key.asset, member.label FROM s_key AS key JOIN s_member AS member USING (node)
    WHERE key.role = {id_}""",
    """CREATE OR REPLACE TEMP TABLE s_claim AS
    SELECT h, label, count(DISTINCT s_master.asset) AS masters, count(DISTINCT asset) AS assets,
           count(*) AS records
    FROM s_bears LEFT JOIN s_master USING (asset) GROUP BY h, label""",
    """CREATE OR REPLACE TEMP TABLE s_owner AS
    WITH ranked AS (
        SELECT h, count(*) AS names, sum(records)::BIGINT AS records,
               max({{'masters': masters, 'assets': assets, 'records': records, 'label': -label}}, 2) AS best
        FROM s_claim GROUP BY h
    )
    SELECT h, -best[1].label AS label, names, records,
           names = 1 OR best[1].masters > best[2].masters OR best[1].assets > best[2].assets
           OR best[1].records >= {ratio} * best[2].records AS certain
    FROM ranked ANTI JOIN (SELECT h FROM s_shared WHERE role = {id_}) USING (h)""",
    """CREATE OR REPLACE TEMP TABLE s_contested AS
    SELECT {id_} AS role, h, names, records FROM s_owner WHERE NOT certain""",
    # A gift: the number is one person's, the name another's. The row is about both.
    """CREATE OR REPLACE TEMP TABLE s_account AS
    SELECT DISTINCT node, owner.label FROM s_bears JOIN s_owner AS owner USING (h)
    WHERE owner.certain AND (owner.label = s_bears.label) IS FALSE""",
)

_ATTACH = (
    """CREATE OR REPLACE TEMP TABLE s_loose AS
    SELECT key.node, min(key.asset) AS asset, min(key.h) AS h FROM s_key AS key
    ANTI JOIN s_member USING (node) ANTI JOIN s_shared ON s_shared.role = key.role AND s_shared.h = key.h
    WHERE key.role = {role} GROUP BY key.node""",
    """CREATE OR REPLACE TEMP TABLE s_found AS
    SELECT h, min(label) AS label FROM (
        SELECT DISTINCT key.h, member.label FROM s_key AS key SEMI JOIN s_loose USING (h)
        JOIN s_member AS member USING (node) WHERE key.role = {role}
    ) ANTI JOIN s_owner USING (h)
    GROUP BY h HAVING count(*) = 1
    UNION ALL
    SELECT h, label FROM s_owner WHERE certain AND {role} = 1""",
    """INSERT INTO s_member
    SELECT loose.node, loose.asset, coalesce(found.label, min(loose.node) OVER (PARTITION BY loose.h)),
           hash(12, {role}, loose.h, FALSE), {bit}, FALSE
    FROM s_loose AS loose LEFT JOIN s_found AS found USING (h)""",
)
