"""Calendars: iCalendar and vCalendar 1.0, a row per event, task or entry; bookings stand here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.sources.base import Gap
from pipelines.sources.content_lines import Component
from pipelines.sources.content_rows import Cells, parameters_of, read_components
from pipelines.sources.content_values import Property

_COLUMNS = {
    "SUMMARY": "件名", "DESCRIPTION": "内容", "LOCATION": "場所", "DTSTART": "開始", "DTEND": "終了",
    "DUE": "期限", "CONTACT": "連絡先", "COMMENT": "コメント", "CATEGORIES": "分類", "TEXT": "本文",
    "X-WR-CALNAME": "カレンダー名", "X-WR-CALDESC": "カレンダーの説明",
}  # fmt: skip
_PEOPLE = {"ORGANIZER": "主催者", "ATTENDEE": "参加者"}

#: Components that hold nothing of anybody, and properties that say how an entry is written or repeated.
_SKIPPED = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_TECHNICAL = frozenset(
    {
        "ACTION", "CALSCALE", "CLASS", "COMPLETED", "CREATED", "DALARM", "DAYLIGHT", "DTSTAMP", "DURATION",
        "EXDATE", "EXRULE", "LAST-MODIFIED", "METHOD", "PERCENT-COMPLETE", "PRIORITY", "PRODID", "RDATE",
        "RECURRENCE-ID", "REFRESH-INTERVAL", "REPEAT", "RRULE", "SEQUENCE", "STATUS", "TRANSP", "TRIGGER",
        "TZ", "VERSION", "X-PUBLISHED-TTL", "X-WR-TIMEZONE",
    }
)  # fmt: skip
_MAIL = re.compile(r"mailto:\s*([^?]+)", re.IGNORECASE)


def read_events(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream the entries of a calendar; gaps as `read_components` has them.

    A calendar is a row of its own where it has a name; an alarm stands with its entry; time zones are left out.
    """
    return read_components(path, _cells)


def _cells(entry: Component) -> Cells:
    if entry.kind in _SKIPPED:
        return
    for said in entry.properties:
        if said.is_file or said.name in _TECHNICAL:
            continue
        if said.name in _PEOPLE:
            yield from _person(said, _PEOPLE[said.name])
        else:
            yield _COLUMNS.get(said.name, said.name), said.text
        yield from parameters_of(said, *(("CN", "EMAIL") if said.name in _PEOPLE else ()))


def _person(said: Property, column: str) -> Cells:
    """Yield name and mail address of somebody; what is no address (``tel:``, a name) stands with the names."""
    yield from ((column, name) for name in said.parameters.get("CN", []))
    mail = _MAIL.match(said.text)
    yield (f"{column}メールアドレス", mail[1]) if mail else (column, said.text)
    yield from ((f"{column}メールアドレス", each) for each in said.parameters.get("EMAIL", []) if not mail)
