"""The pool of processes: a worker that dies takes only its own work with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pipelines.config import Estate
from pipelines.engines.local import Crashed, LocalEngine
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout


@pytest.fixture
def job(tmp_path: Path, key: KeyRing) -> Job:
    estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": "in"}]})
    return Job(estate, Layout(tmp_path), key)


def double(job: Job, number: int) -> int:
    return 2 * number


def die_on_three(job: Job, number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_every_item_is_worked_on_once(job: Job) -> None:
    with LocalEngine(job, workers=2) as engine:
        assert sorted(engine.run(double, range(5))) == [0, 2, 4, 6, 8]
        assert sorted(engine.run(double, range(3))) == [0, 2, 4]


def test_an_item_that_kills_its_worker_is_reported_and_the_others_are_done(job: Job) -> None:
    with LocalEngine(job, workers=2) as engine:
        outcomes = list(engine.run(die_on_three, range(6)))
    assert [each for each in outcomes if isinstance(each, Crashed)] == [Crashed(3)]
    assert sorted(each for each in outcomes if isinstance(each, int)) == [0, 1, 2, 4, 5]
