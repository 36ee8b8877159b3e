"""The scan in progress: what ``state/scan.json`` tells of it, and what of staging and work it needs.

A scan is in progress from its plan until it is published, a killed one until the next run has ended it. What it
needs outlives its time, but only while somebody is at work on it: no personal data stays for a scan that was
given up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pipelines.errors import Refused
from pipelines.layout import Layout, replacing
from pipelines.store.lock import exclusive

#: How long a DAG may touch nothing from one step to the next: Airflow waits five minutes before it tries again.
_BETWEEN_STEPS = timedelta(minutes=15)


class InProgress(NamedTuple):
    """The note of a scan; `what` it was asked for decides whether another run may take it over."""

    what: str
    scan_id: str
    started_at: datetime
    in_steps: bool = False
    """Done one by one, as a DAG does: nobody holds the lock from the first to the last."""


def in_progress(layout: Layout) -> InProgress | None:
    """Return what is known of the scan in progress; None where there is none, or only a damaged note of it."""
    try:
        known = json.loads(layout.scan.read_text("utf-8"))
        return InProgress(
            known["what"],
            known["scan_id"],
            datetime.fromisoformat(known["started_at"]),
            known.get("in_steps", False),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note(layout: Layout, known: InProgress) -> None:
    """Write down what is known of the scan in progress."""
    with replacing(layout.scan) as beside:
        beside.write_text(json.dumps(known._asdict() | {"started_at": known.started_at.isoformat()}))


def refuse_while_in_steps(layout: Layout) -> None:
    """Raise `Refused` ``scan-in-progress`` where a DAG is at work, whose next step would find its scan gone."""
    known = in_progress(layout)
    if known and _is_in_steps(layout, known, datetime.now(UTC)):
        minutes = int(_BETWEEN_STEPS.total_seconds()) // 60
        raise Refused(
            "scan-in-progress",
            known.scan_id,
            f"a DAG was at work within {minutes} minutes: wait for its end or, if it was stopped, so long",
        )


def manifests(layout: Layout, scan_id: str) -> Path:
    """Return where the plan of a scan and the outputs of its steps lie."""
    return layout.staging / "runs" / scan_id


class Lifetime(NamedTuple):
    """How long what is touched no more may stay, `hours` as the estate says, asked at `now`."""

    now: datetime
    hours: timedelta

    @classmethod
    def of(cls, hours: timedelta, now: datetime | None = None) -> Lifetime:
        """Ask at `now`, which has a time zone; the present where it is left out."""
        return cls(now or datetime.now(UTC), hours)

    def is_over(self, touched: float) -> bool:
        """Say whether what was `touched` then (seconds since 1970) has served its time.

        What lies further ahead than it may stay was written while a clock was wrong, which is no reason to keep
        it until that clock is right.
        """
        return abs(self.now.timestamp() - touched) > self.hours.total_seconds()


class Needed(NamedTuple):
    """What a scan needs: its manifests, and what was made or taken up `since` it was planned."""

    manifests: Path
    since: float

    def holds(self, path: Path) -> bool:
        """Say whether a staged file or a piece of work is needed. Raises `FileNotFoundError` if it is gone."""
        return path.is_relative_to(self.manifests) or path.lstat().st_mtime >= self.since


def needed(layout: Layout, lifetime: Lifetime) -> Needed | None:
    """Return what the scan in progress needs; None where there is none, or one that was given up.

    It is not given up while somebody holds the lock (`meibo scan` all the time, a DAG while it loads), nor
    within the `lifetime` of anything that was made or taken up; nor, however short that is, between two steps.
    """
    known = in_progress(layout)
    if known is None or not (
        _is_locked(layout) or _is_touched(layout, lifetime) or _is_in_steps(layout, known, lifetime.now)
    ):
        return None
    of_this = manifests(layout, known.scan_id)
    # A run that takes a scan over plans it anew: what it does not take up, nobody needs.
    planned = _touched(of_this / "plan.json") or _touched(layout.scan)
    # Planned before the clock was set back: then its time says nothing of what came after.
    return Needed(of_this, planned if planned <= lifetime.now.timestamp() else 0.0)


def _is_locked(layout: Layout) -> bool:
    try:
        with exclusive(layout.lock, timeout=0):
            return False
    except Refused:
        return True


def _is_in_steps(layout: Layout, known: InProgress, now: datetime) -> bool:
    return known.in_steps and _is_touched(layout, Lifetime(now, _BETWEEN_STEPS))


def _is_touched(layout: Layout, lifetime: Lifetime) -> bool:
    return any(not lifetime.is_over(_touched(path)) for path in _files(layout))


def _files(layout: Layout) -> Iterator[Path]:
    yield layout.scan
    yield from layout.work.glob("*/*")
    # Not `rglob`: it stumbles over a directory that goes meanwhile.
    for directory, _, names in os.walk(layout.staging):
        yield from (Path(directory, name) for name in names)


def _touched(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0
