"""Erasure: has an erased person come back? The keys of somebody who is gone against what every later scan found.

A number or a mail address of that person anywhere is a residual; a name is one only beside the birth date or the
address of the same person, as others have the name, too. What a statute holds is a residual with its law. Every
person is checked alone: the name of one beside the birth date of another is nobody. A certificate is given when
all that there is was examined after the erasure, keyed where it is of a type that is looked for, and nothing was
found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.desk.erased_keys import NOBODY, TOGETHER, Key, name_of
from pipelines.errors import Refused
from pipelines.reports.runner import Row
from pipelines.store.reader import Reader
from pipelines.subject.holdings import LAST_DUE


@dataclass(frozen=True)
class Check:
    """One check of one person. `gaps`: (asset, reason) of what was not examined or has no keys to compare with;
    `unseen`: assets that were last examined before the erasure.
    """

    person: str
    erased_at: datetime | None
    scan_id: str
    finished_at: datetime
    checked_at: datetime
    keys: int
    parts: int
    residuals: list[Row]
    gaps: list[Row]
    unseen: list[Row]

    @property
    def certified(self) -> bool:
        """Whether everything there is was examined since the erasure, and nothing was found."""
        return not (self.residuals or self.gaps or self.unseen)


def check(reader: Reader, keys: Sequence[Key], erased_at: datetime | None = None) -> Check:
    """Look for the keys of one person in everything the present scans found.

    `erased_at`: when the person was erased, so that what was examined before says nothing; None: not asked.
    """
    scan = reader.arrow("SELECT scan_id, finished_at FROM current_scan").to_pylist()
    if not scan:
        raise Refused("store-empty", "store.duckdb", "run `meibo scan` first")
    asked = {"types": [each.entity_type for each in keys], "keys": [each.key for each in keys]}
    parts = reader.arrow("SELECT count(*) AS n FROM current_part WHERE status = 'examined'")["n"][0].as_py()
    return Check(
        name_of(keys),
        erased_at,
        scan[0]["scan_id"],
        scan[0]["finished_at"],
        datetime.now(UTC),
        len(keys),
        parts,
        reader.arrow(_RESIDUALS, asked).to_pylist(),
        reader.arrow(_GAPS, {"types": asked["types"]}).to_pylist(),
        reader.arrow(_UNSEEN, {"erased_at": erased_at}).to_pylist(),
    )


#: A scan that had begun may have read an asset before the erasure.
_UNSEEN = """
    SELECT asset_id AS asset, coalesce(as_of, started_at) AS scanned
    FROM current_asset JOIN scan USING (scan_id) WHERE scanned < $erased_at::TIMESTAMPTZ ORDER BY ALL
"""

#: Of a column without value keys the store knows that it holds a type, not whose it is.
_GAPS = f"""
    SELECT asset_id AS asset, reason, count(*) AS parts FROM current_part WHERE status <> 'examined'
    GROUP BY ALL
    UNION ALL
    SELECT asset_id, 'not-keyed', count(*) FROM current_part SEMI JOIN (
        SELECT asset_id FROM current_field
        WHERE kind = 'typed' AND NOT key_column AND entity_type IN (SELECT unnest($types))
          AND entity_type NOT IN {NOBODY}
    ) USING (asset_id) WHERE status = 'examined' GROUP BY asset_id
    ORDER BY ALL
"""

_RESIDUALS = f"""
    WITH asked AS (SELECT DISTINCT unnest($types) AS entity_type, unnest($keys) AS key),
    hit AS (
        SELECT part_id, row, row_key, field, held.entity_type, NULL::INTEGER AS start
        FROM value_key AS held JOIN asked ON asked.key = held.value_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, field, held.entity_type, NULL
        FROM value_key AS held JOIN asked ON asked.key = held.alt_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, field, held.entity_type, start
        FROM finding AS held JOIN asked ON asked.key = held.value_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, field, held.entity_type, start
        FROM finding AS held JOIN asked ON asked.key = held.alt_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, role, asked.entity_type, NULL FROM (
            UNPIVOT (SELECT part_id, row, row_key, person_key, other_key, old_key, name_key, name_alt, phone_key,
                            email_key, address_key, address_alt, born_key, sender_key FROM record)
            ON person_key, other_key, old_key, name_key, name_alt, phone_key, email_key, address_key, address_alt,
               born_key, sender_key
            INTO NAME role VALUE held
        ) JOIN asked ON asked.key = held
    ),
    -- In a row: who is named there beside what.
    told AS (
        SELECT part_id, row, bool_or(entity_type NOT IN {(*TOGETHER, *NOBODY)}) AS number,
               bool_or(entity_type = 'PERSON')
               AND bool_or(entity_type IN ('JP_ADDRESS', 'DATE_OF_BIRTH')) AS named,
               NOT bool_or(entity_type IN ('PERSON', 'PERSONAL_ID'))
               AND (SELECT count(*) > 0 FROM asked WHERE entity_type = 'PERSON') AS nameless
        FROM hit GROUP BY part_id, row
    ),
    -- The telephone of a family, a number given to somebody new: another name stands beside it.
    other AS (
        SELECT DISTINCT part_id, row FROM value_key
        SEMI JOIN (SELECT part_id, row FROM told WHERE nameless) USING (part_id, row) WHERE entity_type = 'PERSON'
    ),
    latest AS ({LAST_DUE})
    SELECT CASE WHEN bool_or(other.row IS NOT NULL) THEN 'to-check' WHEN class.kind = 'hold' THEN 'held'
           ELSE 'residual' END AS state, place.asset_id AS asset,
           coalesce(min(hit.row_key), min('#' || place."index" || '.' || hit.row)) AS place,
           list_sort(list(DISTINCT hit.field)) AS fields, list_sort(list(DISTINCT hit.entity_type)) AS types,
           asset.retention, class.law,
           any_value(latest.until) AS until, asset.owner
    FROM hit JOIN told USING (part_id, row) JOIN current_part AS place USING (part_id)
    JOIN current_asset AS asset USING (asset_id)
    LEFT JOIN retention_class AS class ON class.retention = asset.retention
    LEFT JOIN latest USING (asset_id)
    LEFT JOIN other ON other.part_id = hit.part_id AND other.row = hit.row
    WHERE told.number OR told.named
    GROUP BY hit.part_id, hit.row, place.asset_id, asset.retention, asset.owner, class.kind, class.law
    ORDER BY state, asset, place
"""
