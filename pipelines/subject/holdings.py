"""Holdings: everything held about one person, by the rows linked to him or her and by mentions in text.

In the person's own rows every cell of a column about the row's person is listed; what stands elsewhere is told in
`pipelines.subject.mentions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.reports.runner import Row
from pipelines.store.reader import Reader
from pipelines.subject.keys import OF_WHOM
from pipelines.subject.mentions import (
    MENTION,
    SHARED,
    Own,
    cell_place,
    cells,
    findings,
    of_cells,
    of_text,
    rows_at,
    third_parties,
)
from pipelines.subject.search import Asked


@dataclass(frozen=True)
class Cell:
    """Where something is: a row's field, a span of text, a place on an image."""

    part_id: str
    row: int
    field: str
    start: int | None = None
    end: int | None = None


def holdings(reader: Reader, subject_id: int | None, asked: Sequence[Asked]) -> list[Row]:
    """Return every place that holds data of one person; `subject_id` None: only where the query's keys stand.

    Rows have the columns `pipelines.subject.show` shows and, for reveal, ``cell`` and ``value_key``.
    """
    number = {"subject": subject_id if subject_id is not None else 0}
    reader.arrow(_OWN_NUMBER, number)
    reader.arrow(_ABOUT, number)
    about = reader.arrow("FROM about_person").to_pylist()
    links = {(row["part_id"], row["row"], row["role"]): row for row in about}
    typed = reader.arrow(_TYPED.format(here=rows_at({place[:2] for place in links}))).to_pylist()
    own = _own_keys(reader, typed, number, asked)
    strong = [key for key, (_, weight) in own.items() if weight]
    found = findings(reader, {place[:2] for place in links}, strong)
    beside = cells(reader, strong)
    facts = {row["asset"]: row for row in reader.arrow(_FACTS).to_pylist()}
    items = [*_of_tables(typed, links), *of_text(found, links, own)]
    items += of_cells(beside, {cell_place(item) for item in items}, own)
    others = third_parties([*(row for row in typed if not row["mine"]), *beside, *found], own)
    rows = []
    for item in items:
        place = (item["part_id"], item["row"])
        rows.append(
            {
                **item,
                "place": item["row_key"] or f"#{item['index']}.{item['row']}",
                "third_parties": others.get(place, []),
                **facts.get(item["asset"], {}),
                "cell": Cell(item["part_id"], item["row"], item["field"], item["start"], item["end"]),
            }
        )
    return sorted(
        rows, key=lambda row: (row["asset"], row["index"], row["row"], row["field"], row["start"] or 0)
    )


def _own_keys(reader: Reader, typed: Sequence[Row], number: Mapping[str, int], asked: Sequence[Asked]) -> Own:
    """Return key → (entity type, what a mention of it says)."""
    mine: dict[bytes, str] = {each.key: each.entity_type for each in asked}
    for row in typed:
        if row["mine"] and row["value_key"]:
            mine[row["value_key"]] = row["entity_type"]
            if row["entity_type"] == "PERSON" and row["alt_key"]:
                mine[row["alt_key"]] = "PERSON"
    families = {row["family_key"] for row in typed if row["mine"] and row["family_key"]} - set(mine)
    for row in reader.arrow(_RECORDED, number).to_pylist():
        mine |= {key: kind for kind, key in row.items() if key is not None}
    shared = {row["value_key"] for row in reader.arrow(_SHARED, {**number, "keys": list(mine)}).to_pylist()}
    # A surname alone finds nobody; in a row about the person it is the person's.
    return dict.fromkeys(families, ("PERSON", 0.0)) | {
        key: (kind, min(MENTION.get(kind, 0.0), SHARED) if key in shared else MENTION.get(kind, 0.0))
        for key, kind in mine.items()
    }


def _of_tables(typed: Sequence[Row], links: Mapping[tuple[str, int, str], Row]) -> Iterator[Row]:
    for row in typed:
        if row["mine"]:
            link = links[row["part_id"], row["row"], row["role"]]
            yield {
                **row, "start": None, "end": None, "page": None, "masked": None, "evidence": link["evidence"],
                "confidence": round(link["confidence"], 2),
            }  # fmt: skip


#: Numbers the registers say are the person's; on a gift the number is the giver's.
_OWN_NUMBER = f"""
    CREATE OR REPLACE TEMP TABLE own_number AS
    SELECT DISTINCT unnest([{OF_WHOM}, old_key]) AS value_key
    FROM record SEMI JOIN (
        SELECT part_id, row FROM subject_link WHERE subject_id = $subject AND role = 'self'
        EXCEPT SELECT part_id, row FROM subject_link WHERE role = 'account'
    ) USING (part_id, row)
"""

#: The rows linked to the person, and those of registers that name the number beside another person's.
_ABOUT = """
    CREATE OR REPLACE TEMP TABLE about_person AS
    WITH linked AS (
        SELECT part_id, row, role, evidence, confidence FROM subject_link WHERE subject_id = $subject
    )
    FROM linked
    UNION ALL
    SELECT DISTINCT part_id, row, 'account', ['id'], 0.9::FLOAT
    FROM (SELECT part_id, row, CASE register WHEN 'agent_view' THEN person_key ELSE other_key END AS value_key
          FROM record)
    SEMI JOIN own_number USING (value_key) SEMI JOIN current_part USING (part_id)
    ANTI JOIN linked USING (part_id, row)
"""

#: Typed cells of the person's rows. Of key columns the cell is known to be filled; of others only that the row has
#: one. `mine`: about the person; on a row of another person only the number that is one's own.
_TYPED = """
    WITH here AS MATERIALIZED (
        SELECT * FROM value_key WHERE rowid IN (SELECT rowid FROM value_key WHERE {here})
    ),
    link AS (SELECT part_id, row, role FROM about_person),
    gift AS (
        SELECT part_id, row FROM subject_link SEMI JOIN (SELECT part_id, row FROM link WHERE role = 'self')
        USING (part_id, row) WHERE role = 'account'
    ),
    placed AS (
        SELECT link.*, place.asset_id, place."index" FROM link JOIN current_part AS place USING (part_id)
    ),
    keyed AS (
        SELECT placed.*, key.field, key.row_key, key.entity_type, key.value_key, key.alt_key, key.family_key,
               CASE WHEN told.value_key IS NOT NULL AND (placed.role = 'account' OR gift.row IS NULL) THEN TRUE
                    WHEN placed.role = 'account' THEN coalesce(mine.role = 'id', FALSE)
                    WHEN gift.row IS NOT NULL THEN mine.role IS NOT NULL AND mine.role <> 'id'
                    ELSE mine.role IS NOT NULL END AS mine
        FROM placed JOIN here AS key USING (part_id, row)
        LEFT JOIN subject_field AS mine ON mine.asset_id = placed.asset_id AND mine.field = key.field
        LEFT JOIN own_number AS told ON key.entity_type = 'PERSONAL_ID' AND told.value_key = key.value_key
        LEFT JOIN gift ON gift.part_id = placed.part_id AND gift.row = placed.row
    ),
    named AS (SELECT part_id, row, any_value(row_key) AS row_key FROM keyed GROUP BY part_id, row),
    other AS (
        SELECT placed.*, field.field, named.row_key, field.entity_type, NULL::BLOB AS value_key,
               NULL::BLOB AS alt_key, NULL::BLOB AS family_key, placed.role = 'self' AS mine
        FROM placed JOIN current_field AS field USING (asset_id) LEFT JOIN named USING (part_id, row)
        WHERE field.kind = 'typed' AND NOT field.key_column AND field.entity_type IS NOT NULL
    )
    SELECT *, asset_id AS asset FROM (SELECT * FROM keyed UNION ALL SELECT * FROM other)
"""

_RECORDED = f"""
    SELECT {OF_WHOM} AS PERSONAL_ID, name_key AS PERSON, phone_key AS PHONE_NUMBER, email_key AS EMAIL_ADDRESS,
           address_key AS JP_ADDRESS, born_key AS DATE_OF_BIRTH
    FROM record SEMI JOIN (
        SELECT part_id, row FROM subject_link WHERE subject_id = $subject AND role = 'self'
        EXCEPT SELECT part_id, row FROM subject_link WHERE role = 'account'
    ) USING (part_id, row)
"""

#: Keys other persons have, too.
_SHARED = """
    SELECT DISTINCT value_key FROM value_key JOIN current_part USING (part_id)
    JOIN subject_field USING (asset_id, field)
    JOIN subject_link USING (part_id, row)
    WHERE value_key IN (SELECT unnest($keys)) AND subject_link.role = 'self' AND subject_id <> $subject
      AND subject_field.role <> 'id'
"""

#: The day the last record of an asset falls due, by its retention class.
LAST_DUE = """
    SELECT asset.asset_id, due_day(any_value(starts), max(met.day), any_value(months), any_value(days),
                                   any_value(fiscal_year_end_month)) AS until
    FROM current_asset AS asset JOIN retention_class AS class USING (retention)
    JOIN current_event_day AS met ON met.asset_id = asset.asset_id AND met.event = start_event(class.starts)
    WHERE met.day IS NOT NULL AND NOT is_never(met.day) GROUP BY asset.asset_id
"""

#: Of each asset why it is held, until when at the latest, and who gets it.
_FACTS = f"""
    WITH latest AS ({LAST_DUE}),
    given AS (
        SELECT asset_id, list(DISTINCT recipient) AS recipients FROM provision
        SEMI JOIN current_asset USING (scan_id, asset_id) GROUP BY asset_id
    )
    SELECT asset_id AS asset, purpose, owner, asset.retention, class.kind AS retention_kind, class.law,
           class.verified, latest.until, CASE WHEN latest.until IS NOT NULL THEN 'asset' END AS until_of,
           list_sort(list_distinct(list_concat(
               CASE WHEN entrustee IS NULL THEN [] ELSE [entrustee] END, coalesce(recipients, [])))) AS recipients,
           as_of_day AS as_of
    FROM current_asset AS asset LEFT JOIN retention_class AS class USING (retention)
    LEFT JOIN latest USING (asset_id) LEFT JOIN given USING (asset_id)
"""
