"""When were the records of an asset last active: counts per day and status, never a record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

import pyarrow as pa

from detectors.flatten import as_text
from detectors.registry import recognizer_for
from pipelines.keys import KeyRing
from pipelines.places import mask_place

#: A status column with more different values than this is none, and its values are not kept.
MOST_STATUSES = 50

_DAY = re.compile(r"\D{0,4}(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})(?!\d)")

Activity = tuple[tuple[date | None, str, int], ...]


def count(batches: Iterable[tuple[pa.Array, pa.Array | None]], keys: KeyRing) -> Activity:
    """Count the records of (last-activity column, status column or None) pairs; no date counts as None."""
    counted: Counter[tuple[date | None, str]] = Counter()
    for days, statuses in batches:
        known: dict[object, date | None] = {}
        texts = as_text(statuses).to_pylist() if statuses is not None else [None] * len(days)
        for value, status in zip(days.to_pylist(), texts, strict=True):
            if value not in known:
                known[value] = day_of(value)
            counted[known[value], status or ""] += 1
    return merge([((day, _status(status, keys), rows) for (day, status), rows in _few(counted).items())])


def merge(activities: Iterable[Iterable[tuple[date | None, str, int]]]) -> Activity:
    """Add up the activity of parts, oldest day first, records without a date last."""
    total: Counter[tuple[date | None, str]] = Counter()
    for activity in activities:
        for day, status, rows in activity:
            total[day, status] += rows
    return tuple(
        (day, status, total[day, status])
        for day, status in sorted(total, key=lambda item: (item[0] is None, item[0] or date.min, item[1]))
    )


def day_of(value: object) -> date | None:
    """Read a day from a date, a timestamp, a number YYYYMMDD or text in the Western or the Japanese calendar."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    text = str(value).strip()
    if found := _DAY.match(text):
        try:
            return date(*(int(group) for group in found.groups()))
        except ValueError:
            return None
    recognizer = recognizer_for("DATE_OF_BIRTH")
    iso = recognizer.keys(text)[0] if recognizer else None
    try:
        return date.fromisoformat(iso) if iso else None
    except ValueError:
        return None


def _few(counted: Counter[tuple[date | None, str]]) -> Counter[tuple[date | None, str]]:
    if len({status for _, status in counted}) <= MOST_STATUSES:
        return counted
    merged: Counter[tuple[date | None, str]] = Counter()
    for (day, _), rows in counted.items():
        merged[day, ""] += rows
    return merged


def _status(status: str, keys: KeyRing) -> str:
    return mask_place(status[:32], keys) if status else ""
