"""Subjects: the records of every asset, told apart by the person they are about (tables `subject…`).

Works on value keys alone, inside the loader's transaction, over the current parts. A record is a row of a part.
Which columns speak of the row's person is `pipelines.subject.roles`, what links two rows `.links`, who lives
together `.households`. Free text makes no links: what is written there is found by the subject's keys.

The same parts under the same rules are not linked again: on most nights nothing is done here. Where few parts are
others, only the persons whose keys these touch are told apart again (`.changes`); the rest keeps its rows.
"""

from __future__ import annotations

import hashlib

import duckdb

from pipelines.store.database import signature
from pipelines.subject import written
from pipelines.subject.changes import relink
from pipelines.subject.households import households
from pipelines.subject.keys import ROLES, Bounds, read_keys, read_places
from pipelines.subject.links import link, read_shared
from pipelines.subject.roles import KeyColumn, roles

#: Raised when the rules change: stores are linked anew.
VERSION = 4

#: Where the policies say nothing.
SHARED_NAMES = 50

#: Where more than this share of the rows may change, or the store has fewer rows, all is linked from scratch.
SHARE = 0.15
SMALL = 100_000

_Roles = list[tuple[str, str, int]]


def build_subjects(store: duckdb.DuckDBPyConnection, *, share: float = SHARE, small: int = SMALL) -> bool:
    """Bring the tables `subject…` to the current parts; False where they already were.

    A key that more names share than the setting ``subject_shared_names`` (policies.yaml) is no link. `share`,
    `small`: see `SHARE`; the tables are the same either way. Raises `MeiboError` ``subjects-unbounded``; the
    caller's transaction takes everything back.
    """
    setting = store.execute("SELECT setting_of('subject_shared_names')").fetchone()
    shared_names = int(setting[0]) if setting and setting[0] is not None else SHARED_NAMES
    chosen = _roles(store)
    rules = _digest([VERSION, shared_names])
    parts = _digest([chosen, store.execute(_PARTS).fetchone()])
    state = store.execute("SELECT rules, signature FROM subject_state").fetchone()
    if state == (rules, parts):
        return False
    former = _former_roles(store) if state and state[0] == rules else None
    bounds = _few(store, chosen, former, share, small) if former is not None else None
    if bounds is None or not _link_changes(store, bounds, shared_names, share):
        _link_all(store, chosen, shared_names)
    written.roles(store)
    written.clean(store)
    store.execute("DELETE FROM subject_state")
    store.execute("INSERT INTO subject_state VALUES (?, ?)", [rules, parts])
    return True


def _link_all(store: duckdb.DuckDBPyConnection, chosen: _Roles, shared_names: int) -> None:
    bounds = read_places(store, chosen, None)
    read_keys(store)
    store.execute("CREATE OR REPLACE TEMP VIEW s_key AS FROM s_all")
    for known in ("s_fixed", "s_stays"):
        store.execute(f"CREATE OR REPLACE TEMP TABLE {known} (node BIGINT, label BIGINT, pass TINYINT)")
    read_shared(store, "s_all", shared_names)
    link(store)
    written.everything(store)
    households(store, shared_names, bounds.current)


def _few(
    store: duckdb.DuckDBPyConnection, chosen: _Roles, former: _Roles, share: float, small: int
) -> Bounds | None:
    """Place the parts beside those the store was linked with; None where all is to be linked anew."""
    if store.execute(_LOST).fetchone():
        return None
    bounds = read_places(store, chosen, former)
    rows, changed = store.execute(_CHANGED).fetchone() or (0, 0)
    return bounds if rows >= small and changed <= share * rows else None


def _link_changes(store: duckdb.DuckDBPyConnection, bounds: Bounds, shared_names: int, share: float) -> bool:
    read_keys(store)
    if not relink(store, bounds, shared_names, share):
        written.clean(store)
        return False
    written.changes(store, bounds)
    households(store, shared_names, bounds.current, "w_address")
    return True


def _roles(store: duckdb.DuckDBPyConnection) -> _Roles:
    columns: dict[str, list[KeyColumn]] = {}
    for asset_id, *column in store.execute(_COLUMNS).fetchall():
        columns.setdefault(asset_id, []).append(KeyColumn(*column))
    known = store.execute(_KEYED).fetchall()
    registers = {asset_id for (asset_id,) in store.execute(_REGISTERS).fetchall()}
    senders = set(store.execute(_SENDERS).fetchall())
    return [
        (asset_id, field, ROLES[role])
        for asset_id, person_key in sorted(known)
        for field, role in roles(columns.get(asset_id, ()), person_key).items()
        # A register says itself whose number is whose.
        if not (role == "id" and asset_id in registers) and (asset_id, field) not in senders
    ]


def _former_roles(store: duckdb.DuckDBPyConnection) -> _Roles:
    rows = store.execute("SELECT asset_id, field, role FROM subject_field").fetchall()
    return [(asset_id, field, ROLES[role]) for asset_id, field, role in rows]


def _digest(facts: list[object]) -> str:
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()


_COLUMNS = """
    SELECT asset_id, field, position, entity_type FROM current_field
    WHERE key_column AND entity_type IS NOT NULL ORDER BY asset_id, position, field
"""
_KEYED = """
    SELECT asset_id, person_key FROM current_asset
    SEMI JOIN (FROM current_field WHERE key_column AND entity_type IS NOT NULL) USING (asset_id)
"""
_REGISTERS = """
    SELECT DISTINCT asset_id FROM current_record WHERE person_key IS NOT NULL OR staff_key IS NOT NULL
"""
#: Columns that hold the number a message came from: the first rows of a part tell.
_SENDERS = """
    SELECT DISTINCT asset_id, field
    FROM (SELECT asset_id, part_id, row, sender_key AS value_key FROM current_record
          WHERE sender_key IS NOT NULL AND register = 'message' AND row < 1000)
    JOIN (FROM value_key WHERE row < 1000) USING (part_id, row, value_key)
"""
_PARTS = f"""
    SELECT {signature("part_id", "asset_id")}
    FROM (SELECT part_id, min(asset_id) AS asset_id FROM current_part WHERE status <> 'not_examined'
          GROUP BY part_id)
"""
#: Parts the tables speak of, of which nothing is left to tell what they touched.
_LOST = "SELECT 1 FROM subject_part ANTI JOIN part USING (part_id) LIMIT 1"
_CHANGED = """
    SELECT coalesce(sum(rows) FILTER (state < 2), 0), coalesce(sum(rows) FILTER (state > 0), 0)
    FROM s_place JOIN part USING (part_id)
"""
