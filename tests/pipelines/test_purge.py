"""Purge: what has served its time goes, what readers see and what makes the next night cheap stays."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.config import Staging, Store
from pipelines.desk import erased_keys
from pipelines.errors import Refused
from pipelines.in_progress import Lifetime
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.purge import purge, purge_expired, purge_work
from pipelines.results import AssetResult
from pipelines.store.reader import Reader
from tests.commands import Command
from tests.pipelines.scans import asset, examined, finding, job, key, scan, typed

NOW = datetime(2026, 12, 31, tzinfo=UTC)


def night(on_day: int, layout: Layout, *names: str, sources: tuple[str, ...] = ()) -> None:
    assets = [
        AssetResult(
            asset=asset(name),
            fields=(typed("phone", "PHONE_NUMBER"),),
            parts=(
                examined(
                    layout, asset(name), f"{on_day:02}-{name[-1]}", findings=[finding(1)], keys=[key(1)]
                ),
            ),
        )
        for name in names
    ]
    load(job(layout.out), scan(f"scan-{on_day}", assets, day=on_day, sources=sources))


def held(layout: Layout, query: str) -> list[object]:
    with Reader(layout.store) as store:
        return [next(iter(row.values())) for row in store.arrow(query).to_pylist()]


def test_scans_past_their_time_go_with_the_parts_only_they_had(tmp_path: Path) -> None:
    layout = job(tmp_path / "out").layout
    for day in (1, 10, 20):
        night(day, layout, "crm/a", "crm/b")
    before = held(layout, "SELECT asset_id || part_id FROM current_part ORDER BY 1")
    # The first two ended 60 and 51 days ago.
    assert purge(layout, Staging(), Store(keep_days=45), NOW).scans == 2
    assert held(layout, "SELECT scan_id FROM scan") == ["scan-20"]
    assert held(layout, "SELECT DISTINCT part_id FROM finding ORDER BY 1") == ["20-a", "20-b"]
    assert held(layout, "SELECT asset_id || part_id FROM current_part ORDER BY 1") == before
    assert purge(layout, Staging(), Store(keep_days=45), NOW).scans == 0


def test_scans_stay_where_no_estate_says_how_long(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = job(tmp_path / "out").layout
    night(1, layout, "crm/a")
    night(20, layout, "crm/a")
    assert purge(layout, Staging(), None, NOW + timedelta(days=800)).scans == 0
    monkeypatch.chdir(tmp_path)
    assert "kept all scans" in command("purge", "--out", layout.out, key=None)[1]


def test_the_latest_scan_of_a_source_stays_however_old(tmp_path: Path) -> None:
    layout = job(tmp_path / "out").layout
    night(1, layout, "crm/a", "share/b")
    night(20, layout, "crm/a", sources=("crm",))
    assert purge(layout, Staging(), Store(keep_days=1), NOW).scans == 0
    assert held(layout, "SELECT asset_id FROM current_asset ORDER BY 1") == ["crm/a", "share/b"]


def test_work_nobody_refers_to_goes_after_its_time(tmp_path: Path) -> None:
    layout = job(tmp_path / "out").layout
    night(1, layout, "crm/a")
    (layout.work / "01" / "01-a").mkdir(parents=True)
    (layout.work / "01" / "01-a" / "first-look").write_text("ff-first")
    for name in ("ff-first", "ff-stray", "ff-young"):
        (layout.work / name[:2] / name).mkdir(parents=True)
    for path in layout.work.glob("*/*"):
        if path.name != "ff-young":
            os.utime(path, (time.time() - 90_000,) * 2)
    assert purge_work(layout, Lifetime.of(timedelta(hours=24))) == 1
    assert {path.name for path in (layout.work / "ff").iterdir()} == {"ff-first", "ff-young"}


def test_work_that_cannot_be_removed_does_not_count_as_removed(tmp_path: Path) -> None:
    layout = job(tmp_path / "out").layout
    night(1, layout, "crm/a")
    stray = layout.work / "ff" / "ff-stray"
    stray.mkdir(parents=True)
    os.utime(stray, (time.time() - 90_000,) * 2)
    stray.parent.chmod(0o500)
    if os.access(stray.parent, os.W_OK):
        pytest.skip("root removes everything")
    try:
        with pytest.raises(PermissionError):
            purge_work(layout, Lifetime.of(timedelta(hours=24)))
    finally:
        stray.parent.chmod(0o700)


def test_without_a_store_no_work_is_removed(tmp_path: Path) -> None:
    layout = job(tmp_path / "out").layout
    (layout.work / "ff" / "ff-stray").mkdir(parents=True)
    assert purge_work(layout, Lifetime.of(timedelta(hours=-24))) == 0


def test_work_and_staged_files_of_a_night_whose_clock_was_ahead_go(tmp_path: Path) -> None:
    layout = job(tmp_path / "out").layout
    night(1, layout, "crm/a")
    staged = layout.staging / "parts" / "ff.parquet"
    staged.parent.mkdir(parents=True)
    staged.touch()
    work = layout.work / "ff" / "ff-stray"
    work.mkdir(parents=True)
    for hours, removed in ((23, 0), (25, 1)):
        for path in (staged, work):
            os.utime(path, (time.time() + hours * 3_600,) * 2)
        purged = purge(layout, Staging(ttl_hours=24), Store())
        assert (purged.staged, purged.work) == (removed, removed)


def test_the_step_of_the_dag_removes_kept_keys_of_erased_persons_past_their_day(tmp_path: Path) -> None:
    on = job(tmp_path / "out")
    today = date.today()
    for name, days in (("gone", -2), ("kept", 2)):
        path = on.layout.state / "erased" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"until": str(today + timedelta(days=days))}) + "\n")
    assert purge_expired(on) == 1
    assert [path.name for path in (on.layout.state / "erased").iterdir()] == ["kept.jsonl"]
    assert erased_keys.expire(on.layout, today + timedelta(days=3)) == 1


def test_a_damaged_file_of_kept_keys_keeps_no_other_beyond_its_day(tmp_path: Path) -> None:
    on = job(tmp_path / "out")
    folder = on.layout.state / "erased"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text("damaged\n")
    (folder / "b.jsonl").write_text(json.dumps({"until": str(date.today() - timedelta(days=2))}) + "\n")
    with pytest.raises(Refused, match="keys-unreadable"):
        purge_expired(on)
    assert [path.name for path in folder.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("days", [0, -1])
def test_the_store_keeps_at_least_a_day(days: int) -> None:
    with pytest.raises(ValueError):
        Store(keep_days=days)
