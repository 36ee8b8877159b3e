"""Reveal: the values behind places of the store, read again from the source, with a line in the audit trail.

The store has no values. Whoever answers a request has to give a reason; the trail is written before anything is
read. Only the cells and spans asked for come back, of a picture only the person's own lines: other people in the
same text do not. A place whose content is no longer what the scan saw is said to have changed, and nothing of it
is shown: a value is shown when it has the key it had, and a cell without a key when the row it stands in is known
by the keys of its other cells. As the row is read, the day its own period ends is worked out,
too: before, only the last day of all the asset's records is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from detectors.registry import find_entities
from pipelines.desk import audit
from pipelines.desk.reread import Cell, Place, RowName, reread
from pipelines.errors import NotExamined, Refused
from pipelines.examine.activity import days_of
from pipelines.examine.image_parts import FIELD as IMAGE
from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.reports.runner import Row
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from pipelines.subject.mentions import UNCLEAR

#: A text up to this long is detected again where nothing else tells whether a span is what it was.
LONGEST = 20_000

#: First row of each part within its asset, as the source streams it.
_FIRST_ROWS = """
    SELECT part_id, asset_id,
           (sum(rows) OVER (PARTITION BY asset_id ORDER BY "index") - rows)::BIGINT AS first
    FROM current_part WHERE status <> 'not_examined'
"""

#: The keyed cells of the rows asked for: what these rows are known by.
_WITNESSES = """
    WITH wanted AS (SELECT DISTINCT unnest($parts) AS part_id, unnest($rows) AS row)
    SELECT part_id, row, field, entity_type, value_key FROM value_key SEMI JOIN wanted USING (part_id, row)
"""

#: The last day of a retention class for a record whose period began on a day.
_DUE = """
    SELECT due_day(starts, $day::DATE, months, days, fiscal_year_end_month) AS due FROM retention_class
    WHERE retention = $retention AND $day IS NOT NULL AND NOT is_never($day::DATE)
"""


@dataclass(frozen=True)
class _Known:
    """What the store knows of a row: entity type and key of its keyed cells, by field."""

    name: RowName
    keyed: Mapping[str, tuple[str, bytes]]


def reveal(job: Job, reader: Reader, rows: Sequence[Row], reason: str, asked: Sequence[bytes]) -> list[Row]:
    """Return `rows` (`pipelines.subject.holdings.holdings`) with ``value`` and ``reveal``.

    The latter is ``shown``, or the code of why not (``labels.yaml``: reveal). `asked`: value keys of the query,
    for the trail. Raises `Refused` ``reason-missing``, `MeiboError` ``audit-failed``.
    """
    if not reason.strip():
        raise Refused("reason-missing", "--reason", "say why: it stands in the audit trail")
    audit.note(job, "reveal", reason, asked, len(rows))
    known = _known(reader, rows)
    shown: list[Row] = []
    for asset_id in dict.fromkeys(row["asset"] for row in rows):
        mine = [row for row in rows if row["asset"] == asset_id]
        start = _start_column(job, reader, asset_id)
        cells = _read(job, asset_id, [row for row in mine if not _is_unclear(row)], known, start)
        for row in mine:
            if _is_unclear(row):
                shown.append({**row, "value": None, "reveal": "unclear"})
                continue
            of = known[row["part_id"], row["row"]]
            due = _due(job, reader, row, cells, of, start) if cells and start else {}
            shown.append({**row, **_outcome(job, row, cells, of), **due})
    return shown


def _is_unclear(row: Row) -> bool:
    return UNCLEAR in row.get("evidence", ())


def _start_column(job: Job, reader: Reader, asset_id: str) -> str | None:
    """Return the column the period of an asset's records starts with, as the store calls it."""
    rule = job.estate.rule(asset_id)
    starts = reader.arrow(
        "SELECT start_event(starts) AS event FROM retention_class WHERE retention = $retention",
        {"retention": rule.retention},
    )["event"].to_pylist()
    columns = {
        "activity": rule.columns.last_activity,
        "withdrawal": rule.columns.withdrawn,
        "contract_end": rule.columns.contract_end,
    }
    column = columns.get(starts[0]) if starts else None
    return mask_place(column, job.keys) if column else None


def _due(
    job: Job, reader: Reader, row: Row, cells: Mapping[Place, Cell], known: _Known, start: str
) -> dict[str, object]:
    """Return the day of the row's own; nothing where the row is not known to be the one it was."""
    cell = cells.get((known.name, start))
    if "until" not in row or cell is None or _moved(cells, known):
        return {}
    day, _ = next(iter(days_of([cell.text], ZoneInfo(job.estate.timezone))))
    asked = {"day": day, "retention": job.estate.rule(row["asset"]).retention}
    due = reader.arrow(_DUE, asked)["due"].to_pylist()
    # A contract that has not ended, a cell that is no day.
    return {"until": due[0], "until_of": "record"} if due else {"until": None, "until_of": "no-day"}


def _known(reader: Reader, rows: Sequence[Row]) -> dict[tuple[str, int], _Known]:
    first = {row["part_id"]: row["first"] for row in reader.arrow(_FIRST_ROWS).to_pylist()}
    asked = {"parts": [row["part_id"] for row in rows], "rows": [row["row"] for row in rows]}
    keyed: dict[tuple[str, int], dict[str, tuple[str, bytes]]] = {}
    for each in reader.arrow(_WITNESSES, asked).to_pylist():
        fields = keyed.setdefault((each["part_id"], each["row"]), {})
        fields[each["field"]] = each["entity_type"], each["value_key"]
    return {
        (row["part_id"], row["row"]): _Known(
            row["row_key"] or first[row["part_id"]] + row["row"], keyed.get((row["part_id"], row["row"]), {})
        )
        for row in rows
    }


def _read(
    job: Job, asset_id: str, rows: Sequence[Row], known: Mapping[tuple[str, int], _Known], start: str | None
) -> dict[Place, Cell] | None:
    """Return the cells of these rows as they are now, `start` of each, too; None where they cannot be read."""
    wanted: dict[RowName, dict[str, str | None]] = {}
    for row in rows:
        of = known[row["part_id"], row["row"]]
        fields = wanted.setdefault(of.name, {})
        typed = row["start"] is None and row["value_key"] is not None
        fields[row["field"]] = row["entity_type"] if typed else fields.get(row["field"])
        fields.update({name: entity_type for name, (entity_type, _) in of.keyed.items()})
        if start:
            fields.setdefault(start, None)
    if not wanted:
        return {}
    try:
        cells: dict[Place, Cell] = {}
        for place, cell in reread(job, asset_id, wanted):
            # A row may hold several pictures.
            cells[place] = (
                replace(cell, spots={**cells[place].spots, **cell.spots}) if place in cells else cell
            )
        return cells
    except NotExamined:
        return None


def _outcome(job: Job, row: Row, cells: Mapping[Place, Cell] | None, known: _Known) -> Row:
    if cells is None:
        return {"value": None, "reveal": "source-unread"}
    cell = cells.get((known.name, row["field"]))
    if cell is None:
        return {"value": None, "reveal": "changed"}
    if row["field"] == IMAGE and row["page"] is not None:
        return _of_picture(job, row, cell)
    if row["start"] is None:
        return _of_cell(row, cell, cells, known)
    return _of_text(job, row, cell.text or "")


def _of_picture(job: Job, row: Row, cell: Cell) -> Row:
    text = cell.spots.get((row["entity_type"], row["start"], row["end"]))
    if row["entity_type"] == "FACE":
        return {"value": None, "reveal": "image" if text is not None else "changed"}
    if text is None or Sealer(job.keys).seal(row["entity_type"], text)[0] != row["value_key"]:
        return {"value": None, "reveal": "changed"}
    return {"value": text, "reveal": "shown"}


def _of_cell(row: Row, cell: Cell, cells: Mapping[Place, Cell], known: _Known) -> Row:
    if row["value_key"] is not None:
        same = cell.key == row["value_key"]
        return {"value": cell.text, "reveal": "shown"} if same else {"value": None, "reveal": "changed"}
    if state := _moved(cells, known):
        return {"value": None, "reveal": state}
    return {"value": cell.text, "reveal": "shown"} if cell.text else {"value": None, "reveal": "empty"}


def _moved(cells: Mapping[Place, Cell], known: _Known) -> str | None:
    """Say why the row read at a place is not known to be the row that was there; None: it is.

    A row with a key of its own stays that row whatever changed in it. A row that is only counted may be the
    neighbour, who may share an address or a telephone: all of its keys have to be what they were.
    """
    if isinstance(known.name, str):
        return None
    if not known.keyed:
        return "unverified"
    now = [cells.get((known.name, name)) for name in known.keyed]
    then = [key for _, key in known.keyed.values()]
    same = all(cell is not None and cell.key == key for cell, key in zip(now, then, strict=True))
    return None if same else "changed"


def _of_text(job: Job, row: Row, text: str) -> Row:
    value = text[row["start"] : row["end"]]
    if row["value_key"] is not None:
        same = bool(value) and Sealer(job.keys).seal(row["entity_type"], value)[0] == row["value_key"]
        return {"value": value, "reveal": "shown"} if same else {"value": None, "reveal": "changed"}
    if len(text) > LONGEST:
        return {"value": None, "reveal": "unverified"}
    spot = row["entity_type"], row["start"], row["end"]
    found = find_entities(text, job.estate.detection.point)
    same = spot in {(each.entity_type, each.start, each.end) for each in found}
    return {"value": value, "reveal": "shown"} if same else {"value": None, "reveal": "changed"}
