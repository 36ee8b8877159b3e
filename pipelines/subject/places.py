"""Places: where a keyed number of a report (``k:9f7b549f9311``) stands, so that people find the record itself.

Reports show people, slips and tickets as keyed numbers. The place (asset, row, field) leads to the record; the
value comes only through the audited reveal, which reads the source again.
"""

from __future__ import annotations

from typing import Any

from pipelines.config import Estate
from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.registers import KEY_ROLES
from pipelines.reports.key_parameter import KEYED
from pipelines.reports.runner import Row
from pipelines.sources.devices import register_of
from pipelines.store.reader import Reader

#: Places one question may have; a key that stands in more is no record's.
MOST = 1_000


def places_of(reader: Reader, key: str, estate: Estate | None, keys: KeyRing) -> list[Row]:
    """Return every present place of a key as reports show it, in the form `pipelines.desk.reveal.reveal` takes.

    `estate`: names the columns of registers; without one the role of a column stands for it. Raises `Refused`
    ``key-unreadable``.
    """
    shown = KEYED.fullmatch(key.strip())
    if shown is None:
        raise Refused(
            "key-unreadable", "", "a key as reports show it: k: and twelve or more hexadecimal digits"
        )
    prefix = shown[1].lower()
    bounds = {"low": bytes.fromhex(prefix.ljust(32, "0")), "high": bytes.fromhex(prefix.ljust(32, "f"))}
    rows = reader.arrow(_PLACES, {**bounds, "most": MOST}).to_pylist()
    return [_named(row, estate, keys) for row in rows]


def _named(row: Row, estate: Estate | None, keys: KeyRing) -> Row:
    kind = row.pop("kind")
    named: dict[str, Any] = {**row, "place": row["row_key"] or f"#{row['index']}.{row['row']}"}
    if row["role"] is None:
        return named
    role = row["role"].removesuffix("_key")
    register = register_of(estate.rule(row["asset"]), kind) if estate else None
    column = register.columns.get(role) if register else None
    named["field"] = mask_place(column, keys) if column else role
    named["entity_type"] = KEY_ROLES.get(role) or "PHONE_NUMBER"
    return named


_PLACES = """
    WITH typed AS (
        SELECT part_id, row, row_key, field, entity_type, NULL::INTEGER AS page, NULL::INTEGER AS start,
               NULL::INTEGER AS "end", NULL AS masked, value_key, NULL AS role
        FROM value_key WHERE value_key BETWEEN $low AND $high
    ),
    told AS (
        SELECT part_id, row, row_key, NULL AS field, NULL AS entity_type, NULL AS page, NULL AS start,
               NULL AS "end", NULL AS masked, value_key, role
        FROM (UNPIVOT (SELECT part_id, row, row_key, person_key, other_key, old_key, staff_key, ref_key, name_key,
                              phone_key, email_key, address_key, born_key, household_key, device_key, sender_key
                       FROM record)
              ON person_key, other_key, old_key, staff_key, ref_key, name_key, phone_key, email_key, address_key,
                 born_key, household_key, device_key, sender_key INTO NAME role VALUE value_key)
        WHERE value_key BETWEEN $low AND $high
    ),
    found AS (
        SELECT * FROM typed
        UNION ALL
        -- What is a typed column, too, stands there under its own name.
        SELECT * FROM told ANTI JOIN typed USING (part_id, row, value_key)
        UNION ALL
        SELECT part_id, row, row_key, field, entity_type, page, start, "end", masked, value_key, NULL
        FROM finding WHERE value_key BETWEEN $low AND $high
    )
    SELECT place.asset_id AS asset, place."index", asset.owner, asset.as_of_day AS as_of, asset.kind, found.*
    FROM found JOIN current_part AS place USING (part_id)
    JOIN current_asset AS asset USING (asset_id)
    ORDER BY ALL LIMIT $most
"""
