"""An Airflow of its own, run as a person runs it: by its command line, with its metadata in a scratch SQLite."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


def place(sample: Path, out: Path, estate: str = "estate.yaml") -> dict[str, str]:
    """Return the environment of a job over the sample estate."""
    return {
        "MEIBO_ESTATE": str(sample / estate),
        "MEIBO_OUT": str(out),
        "MEIBO_KEY_FILE": str(sample / "demo.key"),
    }
