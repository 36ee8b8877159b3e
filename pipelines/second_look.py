"""The second look at a part, once its asset's columns are known: whole cells, keys, records, last activity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import activity
from pipelines.detect import examine, rename, row_keys, work_directory, write_table
from pipelines.job import Job
from pipelines.join_keys import key_rows
from pipelines.records import records
from pipelines.refs import FindingsRef, PartRef
from pipelines.registers import Register
from pipelines.seal import Sealer
from pipelines.staging import read_part
from pipelines.store.files import KEY_FILE, RECORD_FILE

_ACTIVITY = pa.schema([("day", pa.date32()), ("status", pa.string()), ("rows", pa.int64())])


@dataclass(frozen=True)
class SecondLook:
    """What an asset's parts are looked at again for; fields under their masked names.

    `again`: fields to read with every occurrence, and the score a cell that is one match needs to count.
    `register`: what the rows are to the incident reports, columns under their own names.
    """

    again: tuple[tuple[str, float], ...]
    keys: tuple[tuple[str, str], ...]
    activity: tuple[str | None, str | None]
    register: Register | None = None

    def __bool__(self) -> bool:
        return bool(self.again or self.keys or self.activity[0] or self.register)


def is_done(directory: Path) -> bool:
    """Say whether a second look is complete in this work directory: its last file is there."""
    return (directory / "activity.parquet").exists()


def read_activity(directory: Path) -> activity.Activity:
    """Return the activity a second look counted."""
    days = pq.read_table(directory / "activity.parquet").to_pylist()
    return tuple((row["day"], row["status"], row["rows"]) for row in days)


def look_again(job: Job, ref: FindingsRef, second: SecondLook, directory: Path) -> None:
    """Write findings, value keys, records and activity of one part into `directory`."""
    findings = pq.read_table(work_directory(job.layout, ref.work_key) / "findings.parquet")
    if second.again:
        findings = _with_whole_cells(job, ref.part, findings, dict(second.again))
    write_table(directory / "findings.parquet", findings)
    write_table(directory / "keys.parquet", _keys(job, ref.part, second))
    if second.register:
        write_table(directory / "records.parquet", _records(job, ref.part, second.register))
    days, status = second.activity
    counted = activity.count(
        (
            (batch.column(days), batch.column(status) if status in batch.schema.names else None)
            for batch in (read_part(job, ref.part) if days else ())
            if days in batch.schema.names
        ),
        job.keys,
    )
    # The activity comes last: where it is, the others are whole.
    write_table(
        directory / "activity.parquet",
        pa.Table.from_pylist([{"day": d, "status": s, "rows": n} for d, s, n in counted], _ACTIVITY),
    )


def _with_whole_cells(job: Job, part: PartRef, findings: pa.Table, floors: dict[str, float]) -> pa.Table:
    """Add to `findings` the cells that are one match as a whole, of the fields in `floors`."""
    everything, _ = examine(job, part, "all", frozenset(floors))
    tables = [findings]
    for field, floor in floors.items():
        known = findings.filter(pc.field("field") == field)["row"]
        of_field = everything.filter(pc.field("field") == field)
        whole = of_field.filter(pc.invert(pc.is_in(of_field["row"], known.combine_chunks())))
        tables.append(whole.filter(pc.field("score") >= floor - 1e-6))
    order = [(name, "ascending") for name in ("row", "field", "start", "end", "entity_type")]
    return pa.concat_tables(tables).sort_by(order)


def _keys(job: Job, part: PartRef, second: SecondLook) -> pa.Table:
    if not second.keys:
        return KEY_FILE.empty_table()
    sealer = Sealer(job.keys)
    fields = dict(second.keys)
    tables, first_row = [KEY_FILE.empty_table()], 0
    for batch in read_part(job, part):
        named = rename(job, batch, frozenset(fields))
        identifiers = row_keys(job, part, batch, sealer)
        for name, column in zip(named.schema.names, named.columns, strict=True):
            tables.append(key_rows(name, fields[name], column, identifiers, first_row, sealer))
        first_row += batch.num_rows
    return pa.concat_tables(tables)


def _records(job: Job, part: PartRef, register: Register) -> pa.Table:
    sealer = Sealer(job.keys)
    tables, first_row = [RECORD_FILE.empty_table()], 0
    for batch in read_part(job, part):
        identifiers = row_keys(job, part, batch, sealer)
        tables.append(records(job, register, batch, identifiers, first_row))
        first_row += batch.num_rows
    return pa.concat_tables(tables)
