"""The second look at a part, once its asset's columns are known: whole cells, keys, records, last activity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from detectors.flatten import as_text
from detectors.garbage import no_collection
from pipelines.detect import rename, row_keys, seal
from pipelines.examine import activity, work
from pipelines.examine.cells import CELLS_FILE, Known
from pipelines.examine.join_keys import Span, key_rows
from pipelines.examine.records import records
from pipelines.job import Job
from pipelines.refs import FindingsRef, PartRef
from pipelines.registers import Register
from pipelines.seal import Sealer
from pipelines.staging import read_part
from pipelines.store.files import KEY_FILE, RECORD_FILE

_ACTIVITY = pa.schema(
    [
        ("event", pa.string()),
        ("who", pa.string()),
        ("day", pa.date32()),
        ("status", pa.string()),
        ("read", pa.bool_()),
        ("rows", pa.int64()),
    ]
)

NOTHING = activity.Watched()


@dataclass(frozen=True)
class SecondLook:
    """What an asset's parts are looked at again for; fields under their masked names.

    `again`: fields to read with every occurrence, and the score a cell that is one match needs to count.
    `register`: what the rows are to the incident reports, columns under their own names.
    """

    again: tuple[tuple[str, float], ...]
    keys: tuple[tuple[str, str], ...]
    watched: activity.Watched = NOTHING
    register: Register | None = None

    def __bool__(self) -> bool:
        return bool(self.again or self.keys or self.watched.events or self.register)


class Look(NamedTuple):
    """One part to be looked at again; `key`: where what is found is kept."""

    ref: FindingsRef
    second: SecondLook
    key: str


def is_done(job: Job, key: str) -> bool:
    """Say whether the second look kept under `key` is complete: its last file is there."""
    return work.has(job, key, "activity.parquet")


def read_activity(job: Job, key: str) -> tuple[activity.Count, ...]:
    """Return the activity a second look counted."""
    return tuple(activity.Count(**row) for row in work.get(job, key, "activity.parquet").to_pylist())


@no_collection()
def look_again(job: Job, look: Look) -> None:
    """Keep findings, value keys, records and activity of one part under the key of `look`."""
    ref, second, key = look
    findings = work.get(job, ref.work_key, "findings.parquet")
    cells = work.get(job, ref.work_key, CELLS_FILE)
    if second.again:
        findings = _with_whole_cells(job, ref.part, findings, cells, dict(second.again))
    work.note_first_look(job, key, ref.work_key)
    work.put(job, key, "findings.parquet", findings)
    work.put(job, key, "keys.parquet", _keys(job, ref.part, cells, second))
    if second.register:
        work.put(job, key, "records.parquet", _records(job, ref.part, second.register))
    batches = read_part(job, ref.part) if second.watched.events else ()
    counted = activity.count(batches, second.watched, job.keys, job.estate.timezone)
    # The activity comes last: where it is, the others are whole.
    rows = [each._asdict() for each in counted]
    work.put(job, key, "activity.parquet", pa.Table.from_pylist(rows, _ACTIVITY))


def _with_whole_cells(
    job: Job, part: PartRef, findings: pa.Table, cells: pa.Table, floors: dict[str, float]
) -> pa.Table:
    """Add to `findings` the cells that are one match as a whole, of the fields in `floors`."""
    known = {
        field: Known(cells.filter((pc.field("field") == field) & (pc.field("score") >= floor - 1e-6)))
        for field, floor in floors.items()
    }
    sealer, tables, first_row = Sealer(job.keys), [findings], 0
    for batch in read_part(job, part):
        named = rename(job, batch, frozenset(floors))
        for name, column in zip(named.schema.names, named.columns, strict=True):
            whole = known[name].occurrences(as_text(column), first_row)
            tables.append(seal(job, part, batch, named, whole, first_row, sealer))
        first_row += batch.num_rows
    order = [(name, "ascending") for name in ("row", "field", "start", "end", "entity_type")]
    return pa.concat_tables(tables).sort_by(order)


def _keys(job: Job, part: PartRef, cells: pa.Table, second: SecondLook) -> pa.Table:
    if not second.keys:
        return KEY_FILE.empty_table()
    sealer = Sealer(job.keys)
    fields = dict(second.keys)
    known = {field: _Spans(cells, field, entity_type) for field, entity_type in second.keys}
    tables, first_row = [KEY_FILE.empty_table()], 0
    for batch in read_part(job, part):
        named = rename(job, batch, frozenset(fields))
        identifiers = row_keys(job, part, batch, sealer)
        for name, column in zip(named.schema.names, named.columns, strict=True):
            spans = known[name].of(as_text(column), first_row)
            tables.append(key_rows(name, fields[name], column, identifiers, first_row, sealer, spans))
        first_row += batch.num_rows
    return pa.concat_tables(tables)


class _Spans:
    """Where in the cells of a typed column a value of that type stands, as the first look found it."""

    def __init__(self, cells: pa.Table, field: str, entity_type: str) -> None:
        of_type = (pc.field("field") == field) & (pc.field("entity_type") == entity_type)
        self._known = Known(cells.filter(of_type & pc.field("is_whole")))
        bounds = (self._known.cells[name].to_pylist() for name in ("start", "end", "score"))
        self._spans = list(map(Span, *bounds))

    def of(self, texts: pa.Array, first_row: int) -> dict[str, Span]:
        """Return the spans of values met so far."""
        known = self._known.places(texts, first_row)
        return {value: self._spans[places[0]] for value, places in known.items()}


def _records(job: Job, part: PartRef, register: Register) -> pa.Table:
    sealer = Sealer(job.keys)
    tables, first_row = [RECORD_FILE.empty_table()], 0
    for batch in read_part(job, part):
        identifiers = row_keys(job, part, batch, sealer)
        tables.append(records(job, register, batch, identifiers, first_row))
        first_row += batch.num_rows
    return pa.concat_tables(tables)
