"""Plans: shards a scheduler can map, and staging that is purged by the estate's time."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan import MAX_SHARDS, shard
from pipelines.staging import purge_expired
from tests.pipelines.scans import job


def test_a_hundred_thousand_items_stay_below_what_airflow_maps() -> None:
    shards = shard(range(100_000))
    assert len(shards) == MAX_SHARDS == 256
    assert {len(each) for each in shards} == {390, 391}


@given(st.integers(0, 70_000))
def test_shards_hold_every_item_once_and_differ_by_one_at_most(count: int) -> None:
    shards = shard(range(count))
    assert sorted(item for each in shards for item in each) == list(range(count))
    assert max(map(len, shards), default=0) - min(map(len, shards), default=0) <= 1


@pytest.mark.parametrize(("items", "shards"), [(0, 0), (1, 1), (2, 2), (6, 3), (65, 9), (10_000, 100)])
def test_a_shard_is_worth_a_task(items: int, shards: int) -> None:
    assert len(shard(range(items))) == shards


def test_what_is_older_than_the_estates_time_to_live_is_purged(tmp_path: Path) -> None:
    on = job(tmp_path / "out", staging={"ttl_hours": 2})
    old, fresh = on.layout.staging / "runs" / "old.json", on.layout.staging / "runs" / "fresh.json"
    old.parent.mkdir()
    for path, hours in ((old, 3), (fresh, 1)):
        path.write_text("{}")
        os.utime(path, (time.time() - hours * 3_600,) * 2)
    assert purge_expired(on) == 1
    assert [path.name for path in old.parent.iterdir()] == ["fresh.json"]
