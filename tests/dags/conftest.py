"""An Airflow of its own, run as a person runs it: by its command line, with its metadata in a scratch SQLite."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.demo import write_demo

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """A command that ended: its exit code and everything it said."""

    code: int
    log: str


@dataclass(frozen=True)
class Airflow:
    """One AIRFLOW_HOME. `environ` adds to this process's environment."""

    home: Path
    environ: dict[str, str] = field(repr=False)

    def command(self, *arguments: str, **environ: str) -> Run:
        done = subprocess.run(
            [BIN / "airflow", *arguments],
            env=os.environ | self.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=1_200,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def test(self, dag_id: str, **environ: str) -> Run:
        """Run a DAG in one process, as `dag.test()` does."""
        return self.command("dags", "test", dag_id, **environ)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.home / 'airflow.db'}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()


def settings(home: Path, repo_root: Path) -> dict[str, str]:
    """Return what an Airflow needs to run this checkout's DAGs and nothing else."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(repo_root / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "0",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Airflow:
    home = tmp_path_factory.mktemp("airflow")
    own = Airflow(home, settings(home, repo_root))
    migrated = own.command("db", "migrate")
    assert migrated.code == 0, migrated.log
    return own


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small sample estate with two of its images: reading one takes seconds."""
    directory = tmp_path_factory.mktemp("sample")
    path = write_demo(directory, size="small")
    estate = yaml.safe_load(path.read_text("utf-8"))
    next(each for each in estate["sources"] if each["name"] == "cards")["include"] = ["scan_000[12].png"]
    path.write_text(yaml.safe_dump(estate, allow_unicode=True), "utf-8")
    return directory


def place(sample: Path, out: Path, estate: str = "estate.yaml") -> dict[str, str]:
    """Return the environment of a job over the sample estate."""
    return {
        "MEIBO_ESTATE": str(sample / estate),
        "MEIBO_OUT": str(out),
        "MEIBO_KEY_FILE": str(sample / "demo.key"),
    }


@pytest.fixture(scope="session")
def nightly(airflow: Airflow, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """One night: the run of `nightly_scan` over the sample estate, and its output directory."""
    out = tmp_path_factory.mktemp("nightly")
    return airflow.test("nightly_scan", **place(sample, out)), out
