"""What killed processes leave beside the files they were writing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pipelines.layout import Layout, replacing


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "out").create()


def half_written(layout: Layout, process: int) -> Path:
    path = layout.work / f".cells.parquet.{process}.tmp"
    path.write_bytes(b"half")
    return path


def test_a_sweep_keeps_what_a_running_process_is_writing(layout: Layout) -> None:
    with replacing(layout.work / "cells.parquet") as beside:
        beside.write_bytes(b"whole")
        layout.sweep()
        assert beside.read_bytes() == b"whole"
    assert (layout.work / "cells.parquet").read_bytes() == b"whole"


def test_a_sweep_removes_what_a_dead_process_was_writing(layout: Layout) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    left = half_written(layout, int(dead.stdout)), half_written(layout, 10**30)
    layout.sweep()
    assert not any(path.exists() for path in left)


def test_a_sweep_removes_what_a_killed_worker_was_writing_that_nobody_has_asked_after(layout: Layout) -> None:
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left = half_written(layout, worker.pid)
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.pid_exists(worker.pid)
    layout.sweep()
    worker.communicate()
    assert not left.exists()
