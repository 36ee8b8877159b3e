"""What killed processes leave beside the files they were writing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psutil
import pytest

from pipelines.layout import Layout, aside, replacing, scratch


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "out").create()


def half_written(layout: Layout, process: int, *, host: str = "", hours: float = 0) -> Path:
    *name, here, _, token, ending = aside(layout.work / "cells.parquet").name.split(".")
    path = layout.work / ".".join([*name, host or here, str(process), token, ending])
    path.write_bytes(b"half")
    os.utime(path, (time.time() - hours * 3_600,) * 2)
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


def test_a_sweep_removes_the_scratch_of_the_dead_and_keeps_that_of_the_living(layout: Layout) -> None:
    with scratch(layout.pages) as own:
        (own / "rows").write_bytes(b"rows")
        left = own.with_name(own.name.replace(f".{os.getpid()}.", f".{10**30}."))
        left.mkdir()
        (left / "rows").write_bytes(b"rows")
        layout.sweep()
        assert (own / "rows").exists()
    assert not left.exists()
    assert not own.exists()


def test_a_sweep_removes_what_a_killed_worker_was_writing_that_nobody_has_asked_after(layout: Layout) -> None:
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left = half_written(layout, worker.pid)
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.pid_exists(worker.pid)
    layout.sweep()
    worker.communicate()
    assert not left.exists()


@pytest.mark.parametrize("process", [os.getpid(), 10**30])
def test_what_another_host_left_half_written_goes_after_a_day(layout: Layout, process: int) -> None:
    young = half_written(layout, process, host="0f0f0f0f", hours=23)
    old = half_written(layout, process, host="f0f0f0f0", hours=25)
    layout.sweep()
    assert (young.exists(), old.exists()) == (True, False)


def test_a_sweep_leaves_what_is_not_named_as_we_name(layout: Layout) -> None:
    others = [layout.out / name for name in (".mine.tmp", ".a.1.tmp", ".notes.2026.12345678.tmp")]
    for path in others:
        path.touch()
        os.utime(path, (0, 0))
    layout.sweep()
    assert all(path.exists() for path in others)


def test_two_that_write_the_same_file_at_once_do_not_write_into_each_other(tmp_path: Path) -> None:
    """Workers in containers of their own have the same process number; here it is two threads that have."""
    target, both = tmp_path / "part.parquet", Barrier(2, timeout=30)

    def write(letter: bytes) -> None:
        with replacing(target) as beside, beside.open("wb") as file:
            both.wait()
            file.write(letter * 4_096)
            both.wait()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, (b"a", b"b")))
    assert target.read_bytes() in {b"a" * 4_096, b"b" * 4_096}
    assert [path.name for path in tmp_path.iterdir()] == ["part.parquet"]


@pytest.mark.parametrize("name", ["x" * 255, "名" * 85], ids=["latin", "japanese"])
def test_a_name_as_long_as_a_file_system_takes_can_be_replaced(tmp_path: Path, name: str) -> None:
    with replacing(tmp_path / name) as beside:
        beside.write_bytes(b"whole")
    assert (tmp_path / name).read_bytes() == b"whole"
