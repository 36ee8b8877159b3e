"""A scan that takes longer than staged data may stay ends, unless it was given up. Every person is invented."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines import deal
from pipelines.config import Estate, Staging, Store
from pipelines.errors import Refused
from pipelines.examine.bundle import examine_bundle
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.load import load as load_result
from pipelines.plan import Manifest, RunRef, finish, plan, read
from pipelines.purge import Purged, purge
from pipelines.refs import PartRef
from pipelines.results import AssetResult
from pipelines.scan import scan as run_scan
from pipelines.shards import plan_night
from pipelines.steps import detect_part, extract_asset, group, load_assets, resolve_asset
from pipelines.store.reader import Reader
from tests.commands import Command
from tests.pipelines.scans import asset, not_examined, scan
from tests.pipelines.test_load import environment

TTL = Staging(ttl_hours=24)


@pytest.fixture
def on(tmp_path: Path, key: KeyRing) -> Job:
    (tmp_path / "in").mkdir()
    for name in ("members", "slips"):
        lines = "".join(f"{n},佐藤 花子,090-1234-{n:04}\n" for n in range(20))
        (tmp_path / "in" / f"{name}.csv").write_text(f"番号,氏名,{name}\n{lines}", "utf-8")
    estate = Estate.model_validate(
        {"sources": [{"name": "share", "kind": "files", "path": str(tmp_path / "in")}]}
    )
    return Job(estate, Layout(tmp_path / "out").create(), key)


def source(on: Job) -> Path:
    return on.layout.out.with_name("in")


def extracted(on: Job, planned: RunRef) -> list[PartRef]:
    manifest = read(on.layout, planned, Manifest)
    return [part for asset in manifest.assets(on.layout) for part in extract_asset(on, asset)]


def resolved(on: Job, planned: RunRef, parts: list[PartRef]) -> list[AssetResult]:
    assets = read(on.layout, planned, Manifest).assets(on.layout)
    return [resolve_asset(on, each) for each in group([*assets], [detect_part(on, part) for part in parts])]


def load(on: Job, planned: RunRef, results: list[AssetResult]) -> None:
    load_assets(on, read(on.layout, planned, Manifest), results)


def hours_pass(layout: Layout, hours: float) -> None:
    """Nobody touches anything meanwhile."""
    for path in (layout.scan, *layout.staging.rglob("*"), *layout.work.rglob("*")):
        if path.exists():
            then = path.stat().st_mtime - hours * 3_600
            os.utime(path, (then, then))


def purged(on: Job, hours: int = 24) -> Purged:
    return purge(on.layout, TTL.model_copy(update={"ttl_hours": hours}), Store())


def staged(on: Job) -> set[str]:
    return {path.name for path in on.layout.staging.rglob("*") if path.is_file()}


def reasons(on: Job) -> list[str | None]:
    with Reader(on.layout.store) as reader:
        return sorted(reader.query("SELECT DISTINCT reason FROM current_part")["reason"].tolist(), key=str)


@contextmanager
def somebody_scans(layout: Layout) -> Iterator[None]:
    holder = subprocess.Popen(
        [sys.executable, "-c", f"from tests.pipelines.chores import hold; hold({str(layout.out)!r})"],
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        yield
    finally:
        holder.kill()
        holder.communicate()


def test_a_scan_that_takes_longer_than_the_time_to_live_ends(on: Job) -> None:
    planned = plan(on)
    first, second = extracted(on, planned)
    hours_pass(on.layout, 20)
    found = [detect_part(on, first)]
    hours_pass(on.layout, 20)
    assert purged(on) == Purged(staged=0, work=0, scans=0, spared=True)
    found.append(detect_part(on, second))
    hours_pass(on.layout, 20)
    assert purged(on).staged == 0
    assets = read(on.layout, planned, Manifest).assets(on.layout)
    load(on, planned, [resolve_asset(on, each) for each in group([*assets], found)])
    assert reasons(on) == [""]


def test_a_scan_nobody_works_at_is_given_up_after_the_time_to_live(on: Job) -> None:
    extracted(on, plan(on))
    hours_pass(on.layout, 25)
    assert purged(on).staged >= 5
    assert not any(on.layout.staging.iterdir())


def test_a_scan_that_was_given_up_can_still_be_taken_over(on: Job) -> None:
    first = read(on.layout, plan(on), Manifest).scan_id
    hours_pass(on.layout, 25)
    purged(on)
    planned = plan(on)
    assert read(on.layout, planned, Manifest).scan_id == first
    load(on, planned, resolved(on, planned, extracted(on, planned)))
    assert reasons(on) == [""]


@pytest.mark.parametrize("hours", [24, 0])
def test_while_somebody_holds_the_lock_the_scan_is_not_given_up(on: Job, hours: int) -> None:
    planned = plan(on)
    parts = extracted(on, planned)
    hours_pass(on.layout, 100)
    with somebody_scans(on.layout):
        assert purged(on, hours) == Purged(staged=0, work=0, scans=0, spared=True)
    load(on, planned, resolved(on, planned, parts))
    assert reasons(on) == [""]


def test_nothing_is_planned_while_somebody_scans(on: Job) -> None:
    plan(on)
    note = on.layout.scan.read_bytes()
    with somebody_scans(on.layout), pytest.raises(Refused, match="locked"):
        plan(on, ("share",), timeout=0)
    assert on.layout.scan.read_bytes() == note


@pytest.mark.parametrize("names", [(), ("share",)])
def test_no_command_takes_the_scan_from_a_dag_at_work(
    on: Job, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    planned = plan_night(on)
    with pytest.raises(Refused, match="scan-in-progress"):
        run_scan(on, names, workers=1)
    # The DAG itself may begin anew.
    assert plan_night(on).scan_id == planned.scan_id
    parts = extracted(on, planned)
    hours_pass(on.layout, 1)
    detect_part(on, parts[0])
    with pytest.raises(Refused, match="scan-in-progress"):
        run_scan(on, names, workers=1)
    hours_pass(on.layout, 1)
    assert not run_scan(on, names, workers=1).not_examined


def test_what_a_dag_staged_outlives_the_shortest_time_to_live_until_its_next_step(on: Job) -> None:
    planned = plan_night(on)
    parts = extracted(on, planned)
    hours_pass(on.layout, 0.1)
    assert purged(on, hours=0) == Purged(staged=0, work=0, scans=0, spared=True)
    load(on, planned, resolved(on, planned, parts))
    finish(on.layout, planned.scan_id)
    assert purged(on, hours=0).staged == 4
    plan_night(on)
    hours_pass(on.layout, 0.5)
    assert not purged(on, hours=0).spared


def test_what_a_scan_does_not_need_goes_while_it_runs(on: Job) -> None:
    planned = plan(on)
    extracted(on, planned)
    other = on.layout.staging / "runs" / "20260101T000000Z-000000" / "plan.json"
    other.parent.mkdir()
    other.write_text("{}")
    hours_pass(on.layout, 25)
    # A second run takes the killed one over and finds one of the two files gone.
    (source(on) / "slips.csv").unlink()
    before = staged(on)
    (part,) = extracted(on, plan(on))
    assert purged(on).spared
    assert staged(on) == {"plan.json", "ledger-share", Path(part.path).name, f"{Path(part.path).name}.key"}
    assert len(before) == len(staged(on)) + 2 and not other.exists()


def test_a_scan_nobody_works_at_is_given_up_however_far_ahead_its_clock_was(on: Job) -> None:
    extracted(on, plan(on))
    hours_pass(on.layout, -1_000)
    assert purged(on).staged >= 5
    assert not any(on.layout.staging.iterdir())


def test_a_scan_goes_on_when_the_clock_is_set_back_meanwhile(on: Job) -> None:
    planned = plan(on)
    hours_pass(on.layout, -10)
    parts = extracted(on, planned)
    for path in (on.layout.staging / "parts").iterdir():
        os.utime(path, (path.stat().st_mtime - 25 * 3_600,) * 2)
    assert purged(on).spared
    load(on, planned, resolved(on, planned, parts))
    assert reasons(on) == [""]


def test_readers_see_the_last_scan_though_the_clock_was_ahead_at_the_one_before(on: Job) -> None:
    ahead = datetime.now(UTC) + timedelta(days=300)
    gone = asset("share/gone.csv")
    before = scan("ahead", [AssetResult(asset=gone, parts=(not_examined(gone, "unreadable"),))])
    load_result(on, before.model_copy(update={"started_at": ahead, "finished_at": ahead}))
    for _ in range(2):
        planned = plan(on)
        load(on, planned, resolved(on, planned, extracted(on, planned)))
        with Reader(on.layout.store) as reader:
            (now,) = reader.arrow("SELECT * FROM current_scan").to_pylist()
            assets = reader.arrow("SELECT asset_id FROM current_asset ORDER BY 1")["asset_id"].to_pylist()
        assert now["scan_id"] == planned.scan_id
        assert now["finished_at"] > ahead
        # What is stale is told by the day it is, not by the order of the scans.
        assert now["day"] - datetime.now(ZoneInfo("Asia/Tokyo")).date() <= timedelta(0)
        assert assets == ["share/members.csv", "share/slips.csv"]
        finish(on.layout, planned.scan_id)


def test_a_scan_that_has_ended_spares_nothing(on: Job) -> None:
    planned = plan(on)
    load(on, planned, resolved(on, planned, extracted(on, planned)))
    finish(on.layout, planned.scan_id)
    hours_pass(on.layout, 25)
    assert purged(on) == Purged(staged=4, work=0, scans=0, spared=False)


def test_work_of_a_night_that_was_not_loaded_is_as_new_when_it_is_taken_up(on: Job) -> None:
    load(on, planned := plan(on), resolved(on, planned, extracted(on, planned)))
    finish(on.layout, planned.scan_id)
    for name in ("members", "slips"):
        path = source(on) / f"{name}.csv"
        path.write_text(path.read_text("utf-8") + "99,鈴木 一郎,080-1234-5678\n", "utf-8")
    planned = plan(on)
    resolved(on, planned, extracted(on, planned))
    hours_pass(on.layout, 48)
    planned = plan(on)
    results = resolved(on, planned, extracted(on, planned))
    assert all(part.reused for result in results for part in result.parts)
    # Without the note nothing but its age speaks for it.
    on.layout.scan.unlink()
    assert purged(on).work == 0
    load(on, planned, results)


def test_a_bundle_stays_while_all_its_parts_are_in_the_store(
    on: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal, "BUNDLES_FROM", 1)
    monkeypatch.setattr(deal, "BUNDLE_ASSETS", 2)
    bundled_night(on)
    hours_pass(on.layout, 25)
    assert purged(on).work == 0
    (source(on) / "slips.csv").unlink()
    bundled_night(on)
    hours_pass(on.layout, 25)
    assert purged(on).work == 0
    # The first night's scan is past its time, and with it a part of the bundle.
    days_later = datetime.now(UTC) + timedelta(days=3)
    assert purge(on.layout, TTL, Store(keep_days=1), days_later) == Purged(
        staged=0, work=1, scans=1, spared=False
    )


def bundled_night(on: Job) -> None:
    planned = plan(on)
    manifest = read(on.layout, planned, Manifest)
    load_assets(on, manifest, [], [examine_bundle(on, each) for some in manifest.bundles for each in some])
    finish(on.layout, planned.scan_id)


def test_the_command_says_that_it_left_what_a_scan_needs(on: Job, command: Command) -> None:
    plan(on)
    with somebody_scans(on.layout):
        assert "left what the scan in progress needs" in command("purge", "--all", "--out", on.layout.out)[1]
    assert "left" not in command("purge", "--all", "--out", on.layout.out)[1]
    assert not any(on.layout.staging.iterdir())
