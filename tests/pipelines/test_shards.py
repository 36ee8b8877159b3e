"""The shards of a plan: any process with the same directory may do any of them; one that dies is made known."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import deal
from pipelines import plan as planning
from pipelines.config import Detection, Estate, load_estate
from pipelines.errors import MeiboError
from pipelines.examine.second_look import is_done
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.plan import RunRef, plan
from pipelines.scan import scan
from pipelines.shards import (
    Extracted,
    Looks,
    detect_shard,
    divide_assets,
    divide_looks,
    divide_parts,
    extract_shard,
    load_shards,
    look_shard,
    resolve_shard,
    write_report,
)
from pipelines.store.reader import Reader
from tests.commands import environment
from tests.pipelines.work import die_of_a_note, extract_and_die
from tests.stores import tables

SECRET = "a secret of the tests only"

#: What a worker elsewhere runs: one step of one shard, with nothing but references from outside.
WORKER = """
import json, sys
from pipelines import shards
from pipelines.job import Job
from pipelines.plan import RunRef
step, *references, index = sys.argv[1:]
refs = [RunRef(**json.loads(each)) for each in references]
print(getattr(shards, step)(Job.from_environment(), *refs, int(index)).model_dump_json())
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "share").mkdir(parents=True)
    for n in range(4):
        rows = "".join(f"{k},佐藤 {'一二三四五'[k % 5]}郎,090-{n}234-{k:04}\n" for k in range(40))
        (home / f"share/list{n}.csv").write_text(f"id,氏名,電話\n{rows}", "utf-8")
        (home / f"share/note{n}.txt").write_text(f"担当の山田 太郎様へ 080-1234-567{n} から連絡\n", "utf-8")
    (home / "estate.yaml").write_text("sources: [{name: share, kind: files, path: share}]\n")
    # What was written a moment ago is not trusted to stay as it is.
    time.sleep(0.12)
    return home / "estate.yaml"


@pytest.fixture(autouse=True)
def many_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deal, "SHARD_SECONDS", 0.02)
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)


def job(estate: Path, out: Path) -> Job:
    return Job(load_estate(estate), Layout(out).create(), KeyRing(SECRET.encode()))


class Elsewhere:
    """Worker processes, each in a directory of its own, that share only the output directory and the estate."""

    def __init__(self, home: Path, estate: Path, out: Path) -> None:
        self._environment = environment(SECRET, MEIBO_ESTATE=str(estate), MEIBO_OUT=str(out))
        self._places = [home / "one", home / "two"]
        for place in self._places:
            place.mkdir()

    def start(self, step: str, *references: RunRef, index: int) -> subprocess.Popen[bytes]:
        refs = [each.model_dump_json() for each in references]
        return subprocess.Popen(
            [sys.executable, "-c", WORKER, step, *refs, str(index)],
            cwd=self._places[index % 2],
            env=self._environment,
            stdout=subprocess.PIPE,
        )

    def run(self, step: str, *references: RunRef, shards: int) -> list[RunRef]:
        """Do all shards of a step, two at a time, the last one first."""
        done: list[RunRef] = []
        for first in range(shards - 1, -1, -2):
            pair = [
                self.start(step, *references, index=index) for index in range(first, max(first - 2, -1), -1)
            ]
            for process in pair:
                out, _ = process.communicate(timeout=600)
                assert process.returncode == 0
                done.append(RunRef(**json.loads(out)))
        return done


@pytest.mark.slow
@pytest.mark.parametrize("bundles_from", [1, 10_000])
def test_two_processes_that_share_a_directory_leave_the_store_of_one(
    estate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundles_from: int
) -> None:
    monkeypatch.setattr(deal, "BUNDLES_FROM", bundles_from)
    monkeypatch.setattr(deal, "BUNDLE_ASSETS", 3)
    on = job(estate, tmp_path / "shared")
    elsewhere = Elsewhere(tmp_path, estate, tmp_path / "shared")
    planned = plan(on)
    assert planned.n > 1
    work = divide_parts(on, planned, elsewhere.run("extract_shard", planned, shards=planned.n))
    assert work.n > 1 or bundles_from == 1
    assets = divide_assets(on, planned, work, elsewhere.run("detect_shard", planned, work, shards=work.n))
    resolved = elsewhere.run("resolve_shard", planned, assets, shards=assets.n)
    load_shards(on, planned, assets, resolved)
    alone = job(estate, tmp_path / "alone")
    scan(alone, workers=1)
    assert tables(on.layout.store) == tables(alone.layout.store)
    assert tables(on.layout.store)["finding"] and tables(on.layout.store)["value_key"]


def test_the_second_looks_at_a_table_of_many_parts_are_shards_of_their_own(
    tmp_path: Path, key: KeyRing
) -> None:
    (tmp_path / "in").mkdir()
    rows = "".join(f"{n},佐藤 {'一二三四五'[n % 5]}郎,2026-11-{n % 28 + 1:02}\n" for n in range(3_000))
    (tmp_path / "in/list.csv").write_text(f"id,氏名,登録日\n{rows}", "utf-8")
    (tmp_path / "in/note.txt").write_text("担当の山田 太郎様から連絡\n", "utf-8")
    rule = {
        "match": "*",
        "columns": {"last_activity": "登録日"},
        "records": {"kind": "member", "columns": {"person": "id"}},
    }
    estate = Estate.model_validate(
        {
            "sources": [{"name": "share", "kind": "files", "path": str(tmp_path / "in")}],
            "assets": [rule],
            "staging": {"part_rows": 1_000},
        }
    )
    on = Job(estate, Layout(tmp_path / "out").create(), key)
    planned = plan(on)
    work = divide_parts(on, planned, [extract_shard(on, planned, index) for index in range(planned.n)])
    assets = divide_assets(on, planned, work, [detect_shard(on, planned, work, n) for n in range(work.n)])
    looks = divide_looks(on, planned, assets)
    dealt = [look for shard in planning.read(on.layout, looks, Looks).shards for look in shard]
    assert len(dealt) >= 3 and {look.ref.part.asset.id for look in dealt} == {"share/list.csv"}
    assert all(look.second.watched.events and look.second.register for look in dealt)
    for index in range(looks.n):
        look_shard(on, planned, looks, index)
    assert all(is_done(on, look.key) for look in dealt)
    # Nothing is left to be looked at again.
    assert divide_looks(on, planned, assets).n == 0


@pytest.mark.slow
def test_a_shard_whose_worker_is_killed_does_not_fail_the_night(estate: Path, tmp_path: Path) -> None:
    out = tmp_path / "shared"
    on = job(estate, out)
    elsewhere = Elsewhere(tmp_path, estate, out)
    planned = plan(on)
    process = elsewhere.start("extract_shard", planned, index=0)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    extracted = elsewhere.run("extract_shard", planned, shards=planned.n)
    assert len(extracted) == planned.n
    lost_assets = planning.read(on.layout, planned, planning.Manifest).shards[0]
    work = divide_parts(on, planned, [ref for ref in extracted if not ref.path.endswith("extracted-0.json")])
    detected = elsewhere.run("detect_shard", planned, work, shards=work.n)
    kept = [ref for ref in detected if not ref.path.endswith("detected-0.json")]
    assets = divide_assets(on, planned, work, kept)
    resolved = elsewhere.run("resolve_shard", planned, assets, shards=assets.n)
    load_shards(on, planned, assets, [ref for ref in resolved if not ref.path.endswith("resolved-0.json")])
    with Reader(on.layout.store) as store:
        found: dict[str, Any] = {
            row["asset_id"]: (row["status"], row["reason"])
            for row in store.arrow("SELECT asset_id, status, reason FROM current_part").to_pylist()
        }
    assert len(found) == 8
    lost = {name for name, told in found.items() if told == ("not_examined", "worker-crashed")}
    assert lost >= {asset.id for asset in lost_assets}
    assert 0 < len(lost) < 8 and {told for name, told in found.items() if name not in lost} == {
        ("examined", "")
    }
    # What was not examined is not taken for known: the next night examines it.
    planning.finish(on.layout, planned.scan_id)
    again = planning.read(on.layout, plan(on), planning.Manifest)
    assert {asset.id for asset in again.assets(on.layout)} == lost


@pytest.mark.slow
def test_a_shard_whose_task_died_is_done_again_item_by_item(
    estate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one file would cost all that is dealt to its shard, which may be all there is, every night."""
    monkeypatch.setattr(deal, "SHARD_SECONDS", 60)
    monkeypatch.setattr("pipelines.shards.extract_asset", die_of_a_note)
    on = job(estate, tmp_path / "out")
    planned = plan(on)
    task = multiprocessing.get_context("spawn").Process(target=extract_and_die, args=(on, planned))
    task.start()
    task.join()
    assert task.exitcode == -signal.SIGKILL
    tried = planning.read(on.layout, extract_shard(on, planned, 0), Extracted)
    told = {part.asset.id: (part.status, part.reason) for part in tried.parts}
    assert told.pop("share/note1.txt") == ("not_examined", "worker-crashed")
    assert len(told) == 7 and set(told.values()) == {("examined", "")}
    # What is done a third time, nothing having died, is done as at first: in the task's own process.
    monkeypatch.undo()
    again = planning.read(on.layout, extract_shard(on, planned, 0), Extracted)
    assert {part.status for part in again.parts} == {"examined"}


def night(on: Job, planned: RunRef) -> tuple[RunRef, list[RunRef]]:
    work = divide_parts(on, planned, [extract_shard(on, planned, index) for index in range(planned.n)])
    assets = divide_assets(on, planned, work, [detect_shard(on, planned, work, n) for n in range(work.n)])
    return assets, [resolve_shard(on, planned, assets, n) for n in range(assets.n)]


def test_a_worker_with_another_key_or_configuration_takes_no_part_in_a_scan(
    estate: Path, tmp_path: Path
) -> None:
    on = job(estate, tmp_path / "out")
    planned = plan(on)
    faster = on.estate.model_copy(update={"detection": Detection(point="fast")})
    for other in (replace(on, keys=KeyRing(b"another secret of the tests")), replace(on, estate=faster)):
        with pytest.raises(MeiboError, match="plan-outdated"):
            extract_shard(other, planned, 0)
    load_shards(on, planned, *night(on, planned))


def test_an_older_night_cannot_take_the_place_of_a_newer_one(estate: Path, tmp_path: Path) -> None:
    older = job(estate, tmp_path / "out")
    planned = plan(older)
    done = night(older, planned)
    newer = replace(older, estate=older.estate.model_copy(update={"detection": Detection(point="recall")}))
    again = plan(newer)
    with pytest.raises(MeiboError, match="plan-outdated"):
        load_shards(older, planned, *done)
    load_shards(newer, again, *night(newer, again))
    write_report(newer, again)
    with pytest.raises(MeiboError, match="plan-outdated"):
        load_shards(older, planned, *done)
    with Reader(newer.layout.store) as store:
        assert store.arrow("SELECT scan_id FROM scan")["scan_id"].to_pylist() == [again.scan_id]


def test_the_page_of_an_older_night_does_not_end_the_one_in_progress(estate: Path, tmp_path: Path) -> None:
    on = job(estate, tmp_path / "out")
    first = plan(on)
    load_shards(on, first, *night(on, first))
    write_report(on, first)
    (estate.parent / "share/new.txt").write_text("担当の山田 太郎様から連絡\n", "utf-8")
    second = plan(on)
    write_report(on, first)
    load_shards(on, second, *night(on, second))
