"""Days and moments as people type them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

#: What a day may look like, for whoever is asked for one.
DAY = "a day as 2026-11-24, 2026/11/24 or 令和8年11月24日"
#: The same with a time of day.
MOMENT = f"{DAY}, with a time as 10:30 behind it or without"

#: 3/4/2026 is a day in March or in April.
_DAY_FIRST = re.compile(r"\d{1,2}[/.]")


def read_day(text: str) -> date:
    """Read a day as `DAY` says; raises `ValueError`.

    >>> read_day("2026/11/24"), read_day("令和8年11月24日"), read_day("２０２６年１１月２４日")
    (datetime.date(2026, 11, 24), datetime.date(2026, 11, 24), datetime.date(2026, 11, 24))
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        # Loaded only where it is needed: the detectors take their time.
        from detectors.jp.date_of_birth import parse
        from detectors.text import fold

    day = None if _DAY_FIRST.match(fold(text).strip()) else parse(text)
    if day is None:
        raise ValueError(DAY)
    return day


def read_moment(text: str, zone: ZoneInfo, *, of_day: time = time.min) -> datetime:
    """Read a moment as `MOMENT` says or in ISO 8601, in UTC; a day alone is `of_day` on it. Raises `ValueError`.

    >>> read_moment("2026/11/24 10:30", ZoneInfo("Asia/Tokyo"))
    datetime.datetime(2026, 11, 24, 1, 30, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = _moment(text.strip(), of_day)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(MOMENT) from None


def _moment(text: str, of_day: time) -> datetime:
    if ":" not in text:
        with suppress(ValueError):
            return datetime.combine(read_day(text), of_day)
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    day, _, clock = text.rpartition(" ")
    return datetime.combine(read_day(day), time.fromisoformat(clock))
