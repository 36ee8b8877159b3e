"""The pool of processes: a worker that dies takes only its own work with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipelines.config import Estate
from pipelines.engines.local import AHEAD, Crashed, LocalEngine
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from tests.commands import environment
from tests.pipelines.chores import (
    count_handed_out,
    die_on_three,
    double,
    hold_bytes,
    leave_on_three,
    process,
    run_out_of_memory,
    warn_of_a_value,
)


@pytest.fixture
def job(tmp_path: Path, key: KeyRing) -> Job:
    estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": "in"}]})
    return Job(estate, Layout(tmp_path), key)


def test_every_item_is_worked_on_once(job: Job) -> None:
    with LocalEngine(job, workers=2) as engine:
        assert sorted(engine.run(double, range(5))) == [0, 2, 4, 6, 8]
        assert sorted(engine.run(double, range(3))) == [0, 2, 4]


def test_what_a_library_warns_of_in_a_worker_is_not_printed(
    job: Job, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalEngine(job, workers=2) as engine:
        assert sorted(engine.run(warn_of_a_value, ["090-1234-5678", "山田太郎"])) == [
            "090-1234-5678",
            "山田太郎",
        ]
    assert capfd.readouterr() == ("", "")


def test_an_item_that_kills_its_worker_is_reported_and_the_others_are_done(job: Job) -> None:
    with LocalEngine(job, workers=2) as engine:
        outcomes = list(engine.run(die_on_three, range(6)))
    assert [each for each in outcomes if isinstance(each, Crashed)] == [Crashed(3)]
    assert sorted(each for each in outcomes if isinstance(each, int)) == [0, 1, 2, 4, 5]


@pytest.mark.parametrize("cores", [1, 2])
def test_an_item_by_itself_kills_its_worker_and_not_the_scan(
    job: Job, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    """What was not examined is tried again every night, also on one on which nothing else is left to do."""
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    with LocalEngine(job) as engine:
        assert list(engine.run(process, [1])) != [os.getpid()]
        assert list(engine.run(die_on_three, [3])) == [Crashed(3)]


@pytest.mark.parametrize("work", [leave_on_three, run_out_of_memory])
def test_it_does_not_matter_how_a_worker_dies(job: Job, work: Callable[[Job, int], int]) -> None:
    with LocalEngine(job, workers=2) as engine:
        outcomes = list(engine.run(work, range(12)))
        assert [each for each in outcomes if isinstance(each, Crashed)] == [Crashed(3)]
        assert sorted(each for each in outcomes if isinstance(each, int)) == [n for n in range(12) if n != 3]
        assert sorted(engine.run(double, range(3))) == [0, 2, 4]


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    """Killed alone, it would leave them waiting for ever, each with what it holds in memory."""
    call = f"from tests.pipelines.chores import keep_workers_busy; keep_workers_busy({str(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", call], env=environment(), stdout=subprocess.PIPE)
    assert process.stdout
    workers = [psutil.Process(int(process.stdout.readline())) for _ in range(2)]
    process.kill()
    process.wait()
    gone, alive = psutil.wait_procs(workers, timeout=30)
    for each in alive:
        each.kill()
    process.stdout.close()
    assert len(gone) == 2


def test_no_more_is_handed_out_than_the_workers_can_chew(job: Job) -> None:
    asked: list[int] = []

    class Items(list[int]):
        def __iter__(self) -> Iterator[int]:
            for item in super().__iter__():
                asked.append(item)
                yield item

    with LocalEngine(job, workers=2) as engine:
        outcomes = engine.run(count_handed_out, Items(range(50)))
        seen = {next(outcomes) for _ in range(3)}
        assert len(seen) == 3 and len(engine_running(engine)) <= 2 * AHEAD
        assert len(list(outcomes)) == 47


def engine_running(engine: LocalEngine) -> dict[int, object]:
    """What the pool has been given and not finished."""
    pool = engine._pool
    return dict(pool._pending_work_items) if pool else {}


def test_a_worker_that_holds_too_much_is_replaced(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.engines.local.LARGEST_WORKER", 250 << 20)
    with LocalEngine(job, workers=2) as engine:
        small = {each for each in engine.run(hold_bytes, [1] * 8) if isinstance(each, int)}
        assert len(small) <= 2
        large = {each for each in engine.run(hold_bytes, [150] * 8) if isinstance(each, int)}
        assert len(large) > 2
