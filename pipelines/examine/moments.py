"""Moments as registers write them: timestamps, days, ISO 8601 and Japanese text, the calendar of the eras too."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from detectors.text import fold
from pipelines.examine.activity import day_of

_TIME = re.compile(
    r"[T\s]*(?P<before>午前|午後)?\s*(?P<hour>\d{1,2})\s*"
    r"(?:[:時]\s*(?P<minute>\d{1,2})(?:\s*[:分]\s*(?P<second>\d{1,2})(?:\.\d+)?)?[秒分]?|時)"
    r"\s*(?P<after>AM|PM)?\s*(?P<zone>Z|UTC|GMT|JST|[+-]\d{2}(?::?\d{2})?)?$",
    re.IGNORECASE,
)
_ANY_TIME = re.compile(r"\d\s*[:時]\s*\d")
_ZONES = {"UTC": "+00:00", "GMT": "+00:00", "JST": "+09:00"}
_MORNING, _AFTERNOON = ("午前", "AM"), ("午後", "PM")

#: A moment nearer to the ends of the calendar has no day in some time zone.
_FIRST = datetime(1, 1, 1, 12, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 9, 59, 59, tzinfo=UTC)

#: Years that stand for a day that has not come: 0001-01-01, and 9999-12-31 and its like.
NO_YEAR, NEVER = 1, 9000


def moment_of(value: object, zone: ZoneInfo) -> datetime | None:
    """Read a moment from a timestamp, a date, ISO 8601 or Japanese text, wareki too; None where it is none.

    Times without a zone are in `zone`; a date alone is its midnight there. A time that cannot be read to its end
    makes no midnight.
    """
    if isinstance(value, datetime):
        return moment_in(value, zone)
    if isinstance(value, date):
        return moment_in(datetime.combine(value, time()), zone)
    text = fold(str(value)).strip()
    found = _TIME.search(text)
    day = day_of(text[: found.start()] if found else text)
    if day is None or (found is None and _ANY_TIME.search(text)):
        return None
    if found is None:
        return moment_in(datetime.combine(day, time()), zone)
    try:
        moment = datetime.combine(day, time()) + _clock(found)
    except (OverflowError, ValueError):
        return None
    if named := (found["zone"] or "").upper():
        moment = datetime.fromisoformat(f"{moment.isoformat()}{_ZONES.get(named, named)}")
    return moment_in(moment, zone)


def moment_in(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment in UTC; one without a zone is in `zone`. What is next to year 1 or 9999 stays showable."""
    try:
        told = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        # 9999-12-31 and 0001-01-01 stand for "never" and have no other zone.
        told = moment.replace(tzinfo=UTC)
    return min(max(told, _FIRST), _LAST)


def _clock(found: re.Match[str]) -> timedelta:
    """Return the time of day; 24:00 is the midnight after. Raises `ValueError` where it is none."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    half = (found["before"] or found["after"] or "").upper()
    if half in (*_MORNING, *_AFTERNOON) and hour <= 12:
        hour = hour % 12 + 12 * (half in _AFTERNOON)
    if (hour, minute, second) != (24, 0, 0):
        time(hour, minute, second)
    return timedelta(hours=hour, minutes=minute, seconds=second)
