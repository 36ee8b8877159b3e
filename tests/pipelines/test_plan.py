"""Plans: shards a scheduler can map, and staging that is purged by the estate's time."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.deal import MAX_SHARDS, shard
from pipelines.errors import ConfigRefused
from pipelines.gates import run_gates
from pipelines.job import Job
from pipelines.plan import plan
from pipelines.purge import purge_expired
from pipelines.scan import scan
from pipelines.store.reader import Reader
from tests.pipelines.scans import job


def test_a_hundred_thousand_items_stay_below_what_airflow_maps() -> None:
    shards = shard(range(100_000), lambda _: 1.0)
    assert len(shards) == MAX_SHARDS == 256
    assert {len(each) for each in shards} == {390, 391}


@given(st.lists(st.floats(0, 200), max_size=2_000))
def test_shards_hold_every_item_once_and_share_the_work(seconds: list[float]) -> None:
    shards = shard(range(len(seconds)), lambda item: seconds[item])
    assert sorted(item for each in shards for item in each) == list(range(len(seconds)))
    loads = [sum(seconds[item] for item in each) for each in shards]
    assert max(loads, default=0) - min(loads, default=0) <= max(seconds, default=0) + 1e-6


@pytest.mark.parametrize(
    ("items", "seconds", "shards"),
    [(0, 1, 0), (1, 0, 1), (2, 59, 1), (2, 60, 2), (600, 1, 10), (10_000, 60, 256)],
)
def test_a_shard_is_worth_a_task(items: int, seconds: float, shards: int) -> None:
    assert len(shard(range(items), lambda _: seconds)) == shards


@pytest.mark.parametrize("name", ["decisions", "policies"])
def test_a_fault_in_what_the_load_will_need_is_said_before_anything_is_read(
    tmp_path: Path, name: str
) -> None:
    bad = tmp_path / f"{name}.yaml"
    bad.write_text("- {asset: 'crm/*', state: accepted}\n", "utf-8")
    with pytest.raises(ConfigRefused) as refusal:
        plan(job(tmp_path / "out", **{name: bad}))
    assert refusal.value.faults
    assert not (tmp_path / "out" / "state" / "scan.json").exists()


def test_what_is_older_than_the_estates_time_to_live_is_purged(tmp_path: Path) -> None:
    on = job(tmp_path / "out", staging={"ttl_hours": 2})
    old, fresh = on.layout.staging / "runs" / "old.json", on.layout.staging / "runs" / "fresh.json"
    old.parent.mkdir()
    for path, hours in ((old, 3), (fresh, 1)):
        path.write_text("{}")
        os.utime(path, (time.time() - hours * 3_600,) * 2)
    assert purge_expired(on) == 1
    assert [path.name for path in old.parent.iterdir()] == ["fresh.json"]


def test_retention_classes_no_policy_names_are_all_told_before_anything_is_read(tmp_path: Path) -> None:
    rules = [
        {"match": "a/*", "retention": "tax_books", "held": {"name": ["tax_books", "gibtsnicht"]}},
        {"match": "b/*", "retention": "gibtsnicht"},
    ]
    with pytest.raises(ConfigRefused) as refusal:
        plan(job(tmp_path / "out", assets=rules))
    assert [place for place, _ in refusal.value.faults] == ["assets[0].held.name", "assets[1].retention"]
    assert not (tmp_path / "out" / "state" / "scan.json").exists()


def test_a_source_no_scan_has_covered_is_not_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    for name in ("crm", "share", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text("本日は晴天なり\n", "utf-8")
    sources = [
        {"name": name, "kind": "files", "path": str(tmp_path / name)} for name in ("crm", "share", "new")
    ]
    on = job(tmp_path / "out", sources=sources[:2])
    first = scan(on, ("crm",), workers=1)
    assert (first.not_examined, first.reasons) == (0, (("share", "never-scanned"),))
    assert not_examined(on) == [("share", "never-scanned")]
    assert run_gates(on.estate, on.layout).exit_code == 2
    scan(on, ("crm",), workers=1)
    assert not_examined(on) == [("share", "never-scanned")]
    scan(on, ("share",), workers=1)
    assert not_examined(on) == [] and run_gates(on.estate, on.layout).exit_code == 0
    wider = job(tmp_path / "out", sources=sources)
    outcome = run_gates(wider.estate, wider.layout)
    assert outcome.exit_code == 2 and "NOT EXAMINED scan: new: 1 parts" in outcome.lines()


def test_a_source_is_known_to_be_scanned_where_only_the_snapshot_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    for name in ("crm", "share"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text("本日は晴天なり\n", "utf-8")
    sources = [{"name": name, "kind": "files", "path": str(tmp_path / name)} for name in ("crm", "share")]
    on = job(tmp_path / "out", sources=sources)
    scan(on, workers=1)
    on.layout.store.unlink()
    scan(on, ("crm",), workers=1)
    assert not_examined(on) == [] and run_gates(on.estate, on.layout).exit_code == 0


def not_examined(on: Job) -> list[tuple[str, str]]:
    with Reader(on.layout.store) as store:
        rows = store.arrow("SELECT asset_id, reason FROM current_part WHERE status <> 'examined'").to_pylist()
    return [(row["asset_id"], row["reason"]) for row in rows]
