"""When records met an event (last activity, withdrawal, end of contract): counts per day, never a record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from detectors.flatten import as_text, columns_of
from detectors.registry import recognizer_for
from pipelines.keys import KeyRing
from pipelines.places import mask_place

#: A status column with more different values than this is none, and its values are not kept.
MOST_STATUSES = 50
LONGEST_STATUS = 32
#: What is looked at of a text in a column of statuses.
LONGEST_TEXT = 1_024

#: The event every asset is asked for; others need a column of their own.
ACTIVITY = "activity"

#: Six digits are no day: nobody knows of which century.
_DAY = re.compile(r"\D{0,4}(\d{4})(?:(\d{2})(\d{2})|\s*[-/.年\s]\s*(\d{1,2})\s*[-/.月\s]\s*(\d{1,2}))(?!\d)")

Activity = tuple[tuple[date | None, str, int], ...]


class Count(NamedTuple):
    """So many records met `event` on `day`.

    `day` None: not (yet), and not `read` where the cell holds something that is no day. `who`: ``member`` with a
    person key, ``guest`` without, "" where the asset has no such column.
    """

    event: str
    who: str
    day: date | None
    status: str
    read: bool
    rows: int


@dataclass(frozen=True)
class Watched:
    """Columns of an asset, by their own names: (event, column) each, the status, the person key."""

    events: tuple[tuple[str, str], ...] = ()
    status: str | None = None
    key: str | None = None


def count(batches: Iterable[pa.RecordBatch], watched: Watched, keys: KeyRing, zone: str) -> tuple[Count, ...]:
    """Count the records of an asset by event, day in `zone`, status, and whether they have a person key."""
    counted: Counter[tuple[str, str, date | None, str, bool]] = Counter()
    for batch in batches:
        columns = {name: values.to_pylist() for name, values in _columns(batch, watched)}
        whose = _whose(columns.get(watched.key or ""), watched, batch.num_rows)
        statuses = columns.get(watched.status or "") or [""] * batch.num_rows
        for event, name in watched.events:
            if name in columns:
                met = Counter(zip(whose, days_of(columns[name], ZoneInfo(zone)), statuses, strict=True))
                for (who, (day, read), status), rows in met.items():
                    counted[event, who, day, status or "", read] += rows
    return merge(
        Count(event, who, day, _status(status, keys), read, rows)
        for (event, who, day, status, read), rows in _few(counted).items()
    )


def merge(counts: Iterable[Count]) -> tuple[Count, ...]:
    """Add up the counts of parts, oldest day first, records without a day last."""
    total: Counter[tuple[str, str, date | None, str, bool]] = Counter()
    for each in counts:
        total[each[:-1]] += each.rows
    return tuple(
        Count(*place, total[place])
        for place in sorted(total, key=lambda at: (*at[:2], at[2] is None, at[2] or date.min, *at[3:]))
    )


def last_activity(counts: Iterable[Count]) -> Activity:
    """Return (day of last activity, status, records), oldest first, whoever they are about."""
    total: Counter[tuple[date | None, str]] = Counter()
    for each in counts:
        if each.event == ACTIVITY:
            total[each.day, each.status] += each.rows
    ordered = sorted(total, key=lambda item: (item[0] is None, item[0] or date.min, item[1]))
    return tuple((day, status, total[day, status]) for day, status in ordered)


def day_of(value: object) -> date | None:
    """Read a day from a date, a timestamp, a number YYYYMMDD or text in the Western or the Japanese calendar."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    text = str(value).strip()
    if found := _DAY.match(text):
        try:
            return date(*(int(group) for group in found.groups() if group))
        except ValueError:
            return None
    recognizer = recognizer_for("DATE_OF_BIRTH")
    iso = recognizer.keys(text)[0] if recognizer else None
    try:
        return date.fromisoformat(iso) if iso else None
    except ValueError:
        return None


def _columns(batch: pa.RecordBatch, watched: Watched) -> Iterable[tuple[str, pa.Array]]:
    """Return the watched columns; dates as they are, nested ones by their path."""
    days = {name for _, name in watched.events}
    flat = dict(columns_of(batch))
    for name in sorted({*days, watched.status, watched.key} - {None}, key=str):
        if name in batch.schema.names and not pa.types.is_nested(batch.schema.field(name).type):
            yield (
                str(name),
                within_calendar(batch.column(name)) if name in days else as_text(batch.column(name)),
            )
        elif name in flat:
            yield str(name), within_calendar(flat[name]) if name in days else as_text(flat[name])


def _whose(keys: list[Any] | None, watched: Watched, rows: int) -> list[str]:
    if watched.key is None or keys is None:
        return [""] * rows
    return ["member" if key and key.strip() else "guest" for key in keys]


def within_calendar(column: pa.Array) -> pa.Array:
    """Return dates and timestamps with what lies beyond the calendar as its first or last day, others as they are.

    The infinity of a database, or what a broken export wrote, would else cost all the other rows.
    """
    kind = column.type
    is_moment = isinstance(kind, pa.TimestampType)
    if not (is_moment or pa.types.is_date(kind)) or (is_moment and kind.unit == "ns"):
        return column
    # A moment has a day in every time zone: a day's room is left.
    ends = (datetime(1, 1, 2), datetime(9999, 12, 31)) if is_moment else (date.min, date.max)
    plain = pa.timestamp(kind.unit) if is_moment else kind
    numbers = column.view(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    first, last = (pa.scalar(pa.scalar(end).cast(plain).value, numbers.type) for end in ends)
    inside = pc.min_element_wise(
        pc.max_element_wise(numbers, first, skip_nulls=False), last, skip_nulls=False
    )
    return inside.view(kind)


def days_of(cells: list[Any], zone: ZoneInfo) -> list[tuple[date | None, bool]]:
    """Return (day in `zone`, whether the cell was read): an empty cell is read, and says that there is no day."""
    known: dict[Any, tuple[date | None, bool]] = {}
    for cell in cells:
        if cell not in known:
            empty = cell is None or (isinstance(cell, str) and not cell.strip())
            aware = isinstance(cell, datetime) and cell.tzinfo is not None
            day = None if empty else day_of(cell.astimezone(zone) if aware else cell)
            known[cell] = (day, empty or day is not None)
    return [known[cell] for cell in cells]


def _few(
    counted: Counter[tuple[str, str, date | None, str, bool]],
) -> Counter[tuple[str, str, date | None, str, bool]]:
    if len({status for _, _, _, status, _ in counted}) <= MOST_STATUSES:
        return counted
    merged: Counter[tuple[str, str, date | None, str, bool]] = Counter()
    for (event, who, day, _, read), rows in counted.items():
        merged[event, who, day, "", read] += rows
    return merged


def _status(status: str, keys: KeyRing) -> str:
    # Half a telephone number is one nobody finds: cut is what is masked.
    return mask_place(status[:LONGEST_TEXT], keys)[:LONGEST_STATUS] if status else ""
