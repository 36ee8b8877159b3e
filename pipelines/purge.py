"""Purge: what has served its time goes: staged data, work no scan in the store refers to, scans of years past.

What readers see now never goes: of every source the latest scan stays, however old it is, and with it everything
that makes the next night cheap. Nor does what the scan in progress needs, unless that was given up
(`pipelines.in_progress`).
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.config import Staging, Store
from pipelines.desk import erased_keys
from pipelines.errors import Refused
from pipelines.examine.work import FIRST_LOOK
from pipelines.in_progress import Lifetime, Needed, needed
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.load import drop_orphans
from pipelines.refs import Ref
from pipelines.results import RESULTS, Bundled
from pipelines.staging import purge as purge_staging
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive
from pipelines.store.reader import Reader

_OLD = """
    SELECT scan_id FROM scan
    WHERE coalesce(finished_at, started_at) < $limit AND scan_id NOT IN (SELECT scan_id FROM current_source)
"""


class Purged(Ref):
    """How much was removed: files under ``staging/``, pieces of work, scans; `spared`: a scan is in progress."""

    staged: int
    work: int
    scans: int
    spared: bool


def purge(layout: Layout, staging: Staging, store: Store | None, now: datetime | None = None) -> Purged:
    """Remove what is older than the estate's ``staging.ttl_hours`` and ``store.keep_days`` (None: no scan).

    A scan in progress that shows no sign of life for as many hours is given up.
    Raises `Refused` ``locked`` when there are scans to be removed and another scan is running.
    """
    lifetime = Lifetime.of(timedelta(hours=staging.ttl_hours), now)
    of_scan = needed(layout, lifetime)
    return Purged(
        staged=purge_staging(layout, lifetime.hours, lifetime.now, of_scan),
        scans=purge_scans(layout, lifetime.now - timedelta(days=store.keep_days)) if store else 0,
        work=purge_work(layout, lifetime, of_scan),
        spared=of_scan is not None,
    )


def purge_expired(job: Job) -> int:
    """Purge as the estate says; return how many files, pieces of work, scans and persons' keys were removed.

    Raises what `purge` and `pipelines.desk.erased_keys.expire` raise.
    """
    purged = purge(job.layout, job.estate.staging, job.estate.store)
    today = datetime.now(ZoneInfo(job.estate.timezone)).date()
    return purged.staged + purged.work + purged.scans + erased_keys.expire(job.layout, today)


def purge_scans(layout: Layout, limit: datetime) -> int:
    """Remove the scans that ended before `limit` and are nobody's latest, with the parts only they had."""
    try:
        with Reader(layout.store) as reader:
            old = reader.arrow(_OLD, {"limit": limit})["scan_id"].to_pylist()
    except Refused:
        # No store yet, or one of another version: the next scan brings it up to date.
        return 0
    if not old:
        return 0
    with exclusive(layout.lock):
        with open_writer(layout) as store:
            with transaction(store):
                tables = store.execute(
                    "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)"
                    " WHERE column_name = 'scan_id' GROUP BY ALL"
                ).fetchall()
                for (table,) in tables:
                    store.execute(f'DELETE FROM "{table}" WHERE list_contains(?, scan_id)', [old])
                drop_orphans(store)
            store.execute("CHECKPOINT")
        publish(layout)
    return len(old)


def purge_work(layout: Layout, lifetime: Lifetime, of_scan: Needed | None = None) -> int:
    """Remove what has served its time and belongs neither to a part of the store nor to `of_scan`.

    A bundle is taken up again only if each of its parts is what it was: once one has left the store, it may go.
    """
    try:
        with Reader(layout.store) as reader:
            known = frozenset(reader.arrow("SELECT part_id FROM part")["part_id"].to_pylist())
    except Refused:
        return 0
    kept = known | {first for each in known if (first := _first_look(layout, each))}
    removed = 0
    for directory in filter(Path.is_dir, layout.work.glob("*/*")):
        if directory.name in kept or not lifetime.is_over(directory.stat().st_mtime):
            continue
        if not (of_scan and of_scan.holds(directory)) and not _is_known_bundle(directory, known):
            # Another may remove it meanwhile; what cannot be removed is an error, as of a staged file.
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(directory)
            removed += 1
            with contextlib.suppress(OSError):
                directory.parent.rmdir()
    return removed


def _is_known_bundle(directory: Path, known: AbstractSet[str]) -> bool:
    try:
        assets = Bundled.model_validate_json((directory / RESULTS).read_bytes()).assets
    except (OSError, ValueError):
        return False
    return all(part.part_id in known for asset in assets for part in asset.parts)


def _first_look(layout: Layout, part_id: str) -> str:
    """Return the key of the first look a second look was taken after: its evidence is asked for again."""
    path: Path = layout.work / part_id[:2] / part_id / FIRST_LOOK
    try:
        return path.read_text("ascii")
    except OSError:
        return ""
