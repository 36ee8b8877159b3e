"""Mentions: what is said of a person in texts, and in rows that are about somebody else.

A key that is somebody else's, too, says little; a name alone is weak. Other people in the same place are counted,
never shown. A text that names somebody else does not say whose illness or My Number it tells: that there is one is
listed, and nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from pipelines.reports.runner import Row
from pipelines.store.reader import Reader
from pipelines.subject.roles import OF_TYPE, Role

#: How much more than nothing a mention in free text says, by what it is found with.
MENTION: dict[str, float] = {
    "PERSONAL_ID": 0.95, "EMAIL_ADDRESS": 0.9, "PHONE_NUMBER": 0.8, "JP_ADDRESS": 0.5, "PERSON": 0.4
}  # fmt: skip
#: What a key says where more than one person has it.
SHARED = 0.3
#: From so sure on a text is about the person, and what else stands in it is the person's …
TOLD = 0.8
#: … unless one of these in it is not: then whose it is has to be read, and it may be neither shown nor exported.
_NAMES = frozenset({"PERSON", "PERSONAL_ID", "EMAIL_ADDRESS", "PHONE_NUMBER"})
UNCLEAR = "beside-others"

#: Key → (entity type, what a mention of it says).
Own = dict[bytes, tuple[str, float]]
RowPlace = tuple[str, int]
CellPlace = tuple[str, int, str]


def findings(reader: Reader, mine: Set[RowPlace], keys: Sequence[bytes]) -> list[Row]:
    """Return what was found in the person's own rows and in those where one of the keys stands."""
    met = reader.arrow(_MET.format(keys=_sealed(keys))).to_pylist() if keys else []
    places = mine | {(row["part_id"], row["row"]) for row in met}
    found = reader.arrow(_FOUND.format(here=rows_at(places))).to_pylist()
    return [row for row in found if (row["part_id"], row["row"]) in places]


def cells(reader: Reader, keys: Sequence[bytes]) -> list[Row]:
    """Return the typed cells of every row where one of the keys stands in a column about somebody else.

    ``another``: the column is not about the person the row is about, but names a guarantor or whoever answered.
    """
    met = reader.arrow(_NAMED.format(keys=_sealed(keys))).to_pylist() if keys else []
    places = {(row["part_id"], row["row"]) for row in met}
    found = reader.arrow(_CELLS.format(here=rows_at(places))).to_pylist()
    return [row for row in found if (row["part_id"], row["row"]) in places]


def _sealed(keys: Sequence[bytes]) -> str:
    return ", ".join(f"unhex('{key.hex()}')" for key in keys)


def rows_at(places: Set[RowPlace]) -> str:
    """Return a condition that holds for these rows, and for few others.

    Told as constants: a scan drops what does not fit before it reads the other columns, a join reads them all.
    """
    if not places:
        return "FALSE"
    parts = ", ".join("'" + part.replace("'", "''") + "'" for part in sorted({part for part, _ in places}))
    return f"part_id IN ({parts}) AND row IN ({', '.join(map(str, sorted({row for _, row in places})))})"


def of_text(found: Sequence[Row], links: Mapping[tuple[str, int, str], Row], own: Own) -> Iterator[Row]:
    """Yield spans that are the person's: by a key, or, in a text about the person, of types nobody is known by."""
    surest: dict[CellPlace, float] = {}
    others: set[CellPlace] = set()
    for row in found:
        place = cell_place(row)
        surest[place] = max(surest.get(place, 0.0), _weight(row, own))
        if row["entity_type"] in _NAMES and not _is_mine(row, own):
            others.add(place)
    for row in found:
        place, weight = cell_place(row), _weight(row, own)
        link = links.get((row["part_id"], row["row"], "self"))
        if row["entity_type"] not in OF_TYPE:
            if link is None and surest[place] < TOLD:
                continue
            if place in others and not _is_mine(row, own):
                # The sample, too, is what may be somebody else's.
                yield {**row, "masked": None, "evidence": [UNCLEAR], "confidence": SHARED}
            elif link is not None:
                yield {**row, "evidence": link["evidence"], "confidence": round(link["confidence"], 2)}
            else:
                yield {**row, "evidence": ["same-text"], "confidence": round(surest[place], 2)}
        elif link is not None and not weight and _is_mine(row, own):
            yield {**row, "evidence": link["evidence"], "confidence": round(link["confidence"], 2)}
        elif weight:
            # A name alone is weak; beside the same person's number it is as sure as that.
            sure = max(weight, surest[place], link["confidence"] if link else 0)
            yield {**row, "evidence": [f"mention-{_kind(row, own)}"], "confidence": round(sure, 2)}


def of_cells(found: Sequence[Row], listed: Set[CellPlace], own: Own) -> Iterator[Row]:
    """Yield cells about somebody else in which a key of the person stands, but for those that are `listed`."""
    for row in found:
        weight = _weight(row, own)
        if row["another"] and weight and cell_place(row) not in listed:
            kind = _kind(row, own)
            yield {**row, "evidence": [f"elsewhere-{kind}"], "confidence": round(weight, 2)}


def cell_place(row: Row) -> CellPlace:
    """Return which cell a row of a query is about."""
    return row["part_id"], row["row"], row["field"]


def _is_mine(row: Row, own: Own) -> bool:
    return row["value_key"] in own or row["alt_key"] in own


def _weight(row: Row, own: Own) -> float:
    return max(own.get(row[key], ("", 0.0))[1] for key in ("value_key", "alt_key"))


def _kind(row: Row, own: Own) -> Role:
    key = row["value_key"] if row["value_key"] in own else row["alt_key"]
    return OF_TYPE[own[key][0]]


def third_parties(found: Iterable[Row], own: Own) -> dict[RowPlace, list[str]]:
    """Return row → entity types of other people in it, with how many different values of each."""
    others: dict[RowPlace, dict[str, set[bytes]]] = {}
    for row in found:
        identifies = row["entity_type"] in OF_TYPE and row["value_key"] is not None
        if identifies and not _is_mine(row, own):
            kinds = others.setdefault((row["part_id"], row["row"]), {})
            kinds.setdefault(row["entity_type"], set()).add(row["value_key"])
    return {
        place: [f"{kind} {len(keys)}" for kind, keys in sorted(kinds.items())]
        for place, kinds in others.items()
    }


_MET = """
    SELECT part_id, row FROM finding WHERE value_key IN ({keys})
    UNION SELECT part_id, row FROM finding WHERE alt_key IN ({keys})
"""

_FOUND = """
    WITH here AS MATERIALIZED (
        SELECT * FROM finding WHERE rowid IN (SELECT rowid FROM finding WHERE {here} AND personal)
    )
    SELECT DISTINCT part_id, row, field, row_key, "index", asset_id AS asset, entity_type, page, start, "end",
           masked, value_key, alt_key
    FROM here JOIN current_part USING (part_id)
"""

_NAMED = """
    SELECT part_id, row FROM value_key JOIN current_part USING (part_id)
    ANTI JOIN subject_field USING (asset_id, field) WHERE value_key IN ({keys}) OR alt_key IN ({keys})
"""

_CELLS = """
    WITH here AS MATERIALIZED (
        SELECT * FROM value_key WHERE rowid IN (SELECT rowid FROM value_key WHERE {here})
    )
    SELECT DISTINCT part_id, row, here.field, row_key, "index", current_part.asset_id AS asset, entity_type,
           NULL AS page, NULL AS start, NULL AS "end", NULL AS masked, value_key, alt_key,
           mine.role IS NULL AS another
    FROM here JOIN current_part USING (part_id)
    LEFT JOIN subject_field AS mine ON mine.asset_id = current_part.asset_id AND mine.field = here.field
"""
