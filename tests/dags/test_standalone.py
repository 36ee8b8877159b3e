"""`make airflow` for real: scheduler, DAG processor and API server over the sample estate, on loopback alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.dags.home import Airflow, place, settings
from tests.stores import tables

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

#: Seconds; a machine with two starved cores needs most of them.
PATIENCE = 900
FINISHED = {"success", "failed"}


@pytest.fixture(scope="module")
def running(sample: Path, tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("standalone")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Its own home and retry delay; the rest is the script's to set.
    given = {
        name: settings(home, repo_root)[name]
        for name in ("AIRFLOW_HOME", "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY")
    }
    with (home / "standalone.log").open("wb") as log:
        script = subprocess.Popen(
            ["bash", repo_root / "dags" / "standalone.sh", sample, home / "out"],
            env=os.environ | given | {"MEIBO_AIRFLOW_PORT": str(port)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: healthy(port), script)
        yield Airflow(
            home,
            settings(home, repo_root)
            | place(sample, home / "out")
            | {"PORT": str(port), "PID": str(script.pid)},
        )
    finally:
        stop(script)


def test_a_night_started_by_hand_loads_the_store_and_wakes_the_gate(running: Airflow) -> None:
    triggered = running.command("dags", "trigger", "nightly_scan", "--run-id", "by-hand")
    assert triggered.code == 0, triggered.log[-4000:]
    wait_until(lambda: state_of(running, "run_id = 'by-hand'") in FINISHED)
    assert state_of(running, "run_id = 'by-hand'") == "success"
    wait_until(
        lambda: state_of(running, "dag_id = 'quality_gate' AND run_type = 'asset_triggered'") in FINISHED
    )
    assert tables(running.home / "out" / "store.duckdb")["finding"]
    assert (running.home / "out" / "report.html").exists()


def test_the_dags_are_unpaused_and_the_pool_has_one_slot(running: Airflow) -> None:
    assert running.rows("SELECT DISTINCT is_paused FROM dag") == [(0,)]
    assert running.rows("SELECT slots FROM slot_pool WHERE pool = 'meibo_load'") == [(1,)]


def test_nothing_listens_beyond_this_machine(running: Airflow) -> None:
    script = psutil.Process(int(running.environ["PID"]))
    addresses = {
        connection.laddr.ip
        for process in (script, *script.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=30) as answer:
            parts: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return False
    return all(parts[name]["status"] == "healthy" for name in ("metadatabase", "scheduler", "dag_processor"))


def state_of(airflow: Airflow, which: str) -> str:
    """Return the state of the first run that matches; "" while there is none."""
    found = airflow.rows(f"SELECT state FROM dag_run WHERE {which} ORDER BY run_after LIMIT 1")
    return str(found[0][0]) if found else ""


def wait_until(true: Callable[[], bool], script: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert script is None or script.poll() is None, "standalone.sh ended"
        assert time.monotonic() < deadline, "no patience left"
        time.sleep(3)


def stop(script: subprocess.Popen[bytes]) -> None:
    """End the script as Ctrl-C does; whoever stays in its process group is killed."""
    script.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        script.wait(120)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(script.pid, signal.SIGKILL)
