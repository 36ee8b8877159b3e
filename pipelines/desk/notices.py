"""Notice lists: who is dormant and to be told before their records are erased.

The list is made from the source as it is now, so that who has logged in since the last scan is not on it. It
holds keyed identifiers; the members' own numbers only where they are asked for with a reason, which is noted in
the audit trail. The list is a copy of personal data itself: it is registered with the day it has to be gone.
Whoever is past their period then counts as told, so a list that lacks somebody is not registered.
"""

from __future__ import annotations

import calendar
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa

from detectors.flatten import as_text, columns_of
from pipelines.asset_rules import AssetRule
from pipelines.desk import audit
from pipelines.errors import MeiboError, Refused, writing_to
from pipelines.examine.activity import ACTIVITY, days_of, within_calendar
from pipelines.examine.moments import NEVER, NO_YEAR
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import replacing
from pipelines.places import mask_place
from pipelines.policies import Period, RetentionClass, load_policies
from pipelines.reports.render import defused
from pipelines.seal import Sealer
from pipelines.source_config import FilesSource
from pipelines.sources import Gap, find_asset, open_source
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive
from pipelines.store.own_key import refuse_other_key
from pipelines.store.reader import Reader


@dataclass(frozen=True)
class Notice:
    """A list that was made: who is on it, until when they may come back, when the list itself has to be gone.

    `gaps`: rows that could not be read; `unnumbered`: dormant ones without a number, who are not on it.
    """

    asset: str
    path: Path
    rows: int
    gaps: int
    unnumbered: int
    grace_until: date
    expires_on: date

    @property
    def whole(self) -> bool:
        """Whether everybody is on it; only then it is registered."""
        return not (self.gaps or self.unnumbered)


class _Dormant(NamedTuple):
    key: str
    last: date
    due: date
    plain: str


def make_notice_list(
    job: Job, asset_id: str, path: Path, *, reason: str | None = None, today: date | None = None
) -> Notice:
    """Write the dormant of an asset to a CSV file and, where it is whole, register it in the store.

    `reason`: why the members' own numbers are needed; without one there are only keyed ones. `today` is that of
    the estate's time zone. Raises `Refused` ``asset-unknown``, ``notice-not-declared`` (no retention class with
    days of grace, or no columns), ``key-changed``, ``store-missing``, ``locked``;
    `MeiboError` ``notice-column-missing``.
    """
    if not job.layout.store.exists():
        raise Refused("store-missing", job.layout.store.name, "run `meibo scan` first")
    with Reader(job.layout.store, hold=False) as reader:
        refuse_other_key(reader, job.keys)
    rule = job.estate.rule(asset_id)
    kind, column = _declared(job, rule)
    today = today or datetime.now(ZoneInfo(job.estate.timezone)).date()
    dormant, gaps = _dormant(job, asset_id, rule, column, kind, today)
    found = [each for each in dormant if each.key]
    grace_until = today + timedelta(days=kind.grace_days or 0)
    if reason:
        keys = [bytes.fromhex(each.key.removeprefix("k:")) for each in found]
        audit.note(job, "notice-list", reason, keys, len(found))
    written = _write(path, found, grace_until, revealed=bool(reason))
    expires_on = today + timedelta(days=kind.list_days)
    notice = Notice(asset_id, path, len(found), gaps, len(dormant) - len(found), grace_until, expires_on)
    if notice.whole:
        _register(job, notice, today, written)
    return notice


def due_day(day: date, period: Period) -> date:
    """Return the last day of a period, as macro ``due_day`` of the store does: the end of a month stays in it.

    >>> due_day(date(2024, 2, 29), Period(years=3)), due_day(date(2026, 1, 31), Period(months=1))
    (datetime.date(2027, 2, 28), datetime.date(2026, 2, 28))
    """
    months = day.year * 12 + day.month - 1 + period.years * 12 + period.months
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(days=period.days)


def _declared(job: Job, rule: AssetRule) -> tuple[RetentionClass, str]:
    kind = load_policies(job.estate.policies).retention.get(rule.retention or "")
    columns = {
        "activity": rule.columns.last_activity,
        "withdrawal": rule.columns.withdrawn,
        "contract_end": rule.columns.contract_end,
    }
    if kind is None or kind.grace_days is None or not rule.columns.key or not columns.get(kind.starts):
        raise Refused(
            "notice-not-declared",
            rule.match,
            "name a retention class with grace_days, the column its period starts with, and the key column",
        )
    return kind, str(columns[kind.starts])


def _dormant(
    job: Job, asset_id: str, rule: AssetRule, column: str, kind: RetentionClass, today: date
) -> tuple[list[_Dormant], int]:
    source_config = job.estate.source_of(asset_id)
    if source_config is None:
        raise Refused("asset-unknown", asset_id, "see `meibo report inventory` for the assets")
    source = open_source(source_config, job.keys)
    found: list[_Dormant] = []
    gaps = 0
    try:
        asset = find_asset(source, asset_id)
        if asset is None:
            raise Refused("asset-unknown", asset_id, "see `meibo report inventory` for the assets")
        sealer = Sealer(job.keys)
        for batch in source.batches(asset):
            if isinstance(batch, Gap):
                gaps += batch.rows
            else:
                zone = ZoneInfo(job.estate.timezone)
                found.extend(_past(batch, column, str(rule.columns.key), kind.period, zone, today, sealer))
    finally:
        source.close()
    return found, gaps


def _past(
    batch: pa.RecordBatch, column: str, key: str, period: Period, zone: ZoneInfo, today: date, sealer: Sealer
) -> Iterator[_Dormant]:
    columns = {**dict(zip(batch.schema.names, batch.columns, strict=True)), **dict(columns_of(batch))}
    if column not in columns or key not in columns:
        raise MeiboError("notice-column-missing", ACTIVITY, "correct the columns of the asset in the estate")
    raw = batch.column(column) if column in batch.schema.names else columns[column]
    numbers = as_text(columns[key]).to_pylist()
    for number, (day, _) in zip(numbers, days_of(within_calendar(raw).to_pylist(), zone), strict=True):
        if day is not None and NO_YEAR < day.year < NEVER and due_day(day, period) < today:
            plain = number or ""
            key_of = sealer.row_key(plain, personal=True) if plain.strip() else ""
            yield _Dormant(key_of, day, due_day(day, period), plain)


def _write(path: Path, found: list[_Dormant], grace_until: date, *, revealed: bool) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    headings = ["会員の鍵 key", "最終利用日 last activity", "期限 due", "猶予の終わり grace until"]
    writer.writerow([*headings, "会員番号 number"] if revealed else headings)
    for each in sorted(found):
        cells = [each.key, each.last.isoformat(), each.due.isoformat(), grace_until.isoformat()]
        writer.writerow([*cells, defused(each.plain)] if revealed else cells)
    written = buffer.getvalue().encode("utf-8-sig")
    with writing_to("--out-file"), replacing(path) as beside:
        beside.touch(0o600)
        beside.write_bytes(written)
    return written


def _register(job: Job, notice: Notice, today: date, written: bytes) -> None:
    row: dict[str, Any] = {
        "asset_id": notice.asset,
        "listed_on": today,
        "cutoff": today,
        "rows": notice.rows,
        "expires_on": notice.expires_on,
        "copy": _place(job, notice.path, job.keys),
        "digest": hashlib.sha256(written).hexdigest(),
    }
    with exclusive(job.layout.lock, 60.0):
        with open_writer(job.layout) as store:
            with transaction(store):
                store.execute(
                    "DELETE FROM notice WHERE asset_id = ? AND listed_on = ?", [notice.asset, today]
                )
                names = ", ".join(row)
                marks = ", ".join("?" * len(row))
                store.execute(f"INSERT INTO notice ({names}) VALUES ({marks})", list(row.values()))
            store.execute("CHECKPOINT")
        publish(job.layout)


def _place(job: Job, path: Path, keys: KeyRing) -> str:
    """Return the asset id the list will have where a source covers it, else its name."""
    for source in job.estate.sources:
        if isinstance(source, FilesSource) and path.resolve().is_relative_to(source.path.resolve()):
            relative = path.resolve().relative_to(source.path.resolve()).as_posix()
            return f"{source.name}/{mask_place(relative, keys)}"
    return mask_place(path.name, keys)
