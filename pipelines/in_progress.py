"""The scan in progress: what ``state/scan.json`` tells of it, and what of staging and work it needs.

A scan is in progress from its plan until it is published, a killed one until the next run has ended it. What it
needs outlives its time, but only while somebody is at work on it: no personal data stays for a scan that was
given up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.store.lock import exclusive


class InProgress(NamedTuple):
    """The note of a scan; `what` it was asked for decides whether another run may take it over."""

    what: str
    scan_id: str
    started_at: datetime


def in_progress(layout: Layout) -> InProgress | None:
    """Return what is known of the scan in progress; None where there is none, or only a damaged note of it."""
    try:
        known = json.loads(layout.scan.read_text("utf-8"))
        return InProgress(known["what"], known["scan_id"], datetime.fromisoformat(known["started_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def manifests(layout: Layout, scan_id: str) -> Path:
    """Return where the plan of a scan and the outputs of its steps lie."""
    return layout.staging / "runs" / scan_id


class Needed(NamedTuple):
    """What a scan needs: its manifests, and what was made or taken up `since` it was planned."""

    manifests: Path
    since: float

    def holds(self, path: Path) -> bool:
        """Say whether a staged file or a piece of work is needed. Raises `FileNotFoundError` if it is gone."""
        return path.is_relative_to(self.manifests) or path.lstat().st_mtime >= self.since


def needed(layout: Layout, limit: datetime) -> Needed | None:
    """Return what the scan in progress needs; None where there is none, or one that was given up.

    It is not given up while somebody holds the lock (`meibo scan` all the time, a DAG while it loads), nor
    if anything of it was made or taken up since `limit`.
    """
    known = in_progress(layout)
    if known is None or not (_is_locked(layout) or _is_touched(layout, limit.timestamp())):
        return None
    of_this = manifests(layout, known.scan_id)
    # A run that takes a scan over plans it anew: what it does not take up, nobody needs.
    planned = _touched(of_this / "plan.json") or _touched(layout.scan)
    return Needed(of_this, planned)


def _is_locked(layout: Layout) -> bool:
    try:
        with exclusive(layout.lock, timeout=0):
            return False
    except Refused:
        return True


def _is_touched(layout: Layout, limit: float) -> bool:
    return any(_touched(path) >= limit for path in _files(layout))


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
