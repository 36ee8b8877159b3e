"""One Airflow, one sample estate and one night for all tests of the DAGs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.demo import write_demo
from tests.dags.home import Airflow, Run, place, settings


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Airflow:
    home = tmp_path_factory.mktemp("airflow")
    own = Airflow(home, settings(home, repo_root))
    migrated = own.command("db", "migrate")
    assert migrated.code == 0, migrated.log
    return own


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small sample estate with one of its images: reading one takes seconds."""
    directory = tmp_path_factory.mktemp("sample")
    path = write_demo(directory, size="small")
    estate = yaml.safe_load(path.read_text("utf-8"))
    next(each for each in estate["sources"] if each["name"] == "cards")["include"] = ["scan_0001.png"]
    path.write_text(yaml.safe_dump(estate, allow_unicode=True), "utf-8")
    return directory


@pytest.fixture(scope="session")
def nightly(airflow: Airflow, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """One night: the run of `nightly_scan` over the sample estate, and its output directory."""
    out = tmp_path_factory.mktemp("nightly")
    return airflow.test("nightly_scan", **place(sample, out)), out
