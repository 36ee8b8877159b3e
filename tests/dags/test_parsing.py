"""What Airflow does with the DAG files all the time: parse them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from airflow.sdk.exceptions import AirflowFailException

from pipelines.config import Estate
from pipelines.errors import MeiboError
from tests.dags.home import settings

pytestmark = pytest.mark.airflow

HEAVY = {
    "pyarrow", "duckdb", "pandas", "numpy", "presidio_analyzer", "spacy", "great_expectations", "pipelines",
    "detectors",
}  # fmt: skip

PARSE = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def environment(repo_root: Path) -> ModuleType:
    path = repo_root / "dags" / "meibo_environment.py"
    spec = importlib.util.spec_from_file_location("meibo_environment", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_parsing_the_dags_imports_nothing_heavy(repo_root: Path, tmp_path: Path) -> None:
    folder = repo_root / "dags"
    names = [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "meibo_environment"]
    parsed = subprocess.run(
        [sys.executable, "-c", PARSE, folder, *names],
        env=settings(tmp_path, repo_root),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    modules = set(json.loads(parsed.stdout.splitlines()[-1]))
    assert {"nightly_scan", "quality_gate", "retention"} <= modules
    assert not HEAVY & modules


def test_a_mapped_task_that_mapped_to_nothing_hands_on_nothing(environment: ModuleType) -> None:
    assert (environment._reference(None), environment._reference([])) == ([], [])


def test_the_schedule_is_the_estates(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "estate.yaml"
    monkeypatch.setenv("MEIBO_ESTATE", str(path))
    path.write_text("schedule: '0 3 * * 1'\ntimezone: Europe/Paris\n")
    assert environment.schedule() == ("0 3 * * 1", "Europe/Paris")
    path.write_text("timezone: Europe/Paris\n")
    assert environment.schedule() == ("30 1 * * *", "Europe/Paris")


BROKEN = [
    "", "[", "- a\n", "schedule: null\n", None, "schedule: daily\n", "schedule: 61 1 * * *\n",
    "schedule: 0 0 30 2 *\n", "timezone: Asia/Tokio\n", "timezone: ../x\n", "timezone: Asia\n",
    "schedule: 5 5 * * *\ntimezone: Asia/Tokio\n",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_an_estate_that_cannot_be_read_keeps_the_default_schedule(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    path = tmp_path / "estate.yaml"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv("MEIBO_ESTATE", str(path))
    ours = Estate.model_validate({"sources": [{"name": "a", "kind": "files", "path": "."}]})
    assert environment.schedule() == (ours.schedule, ours.timezone)


def place_job(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = home / "estate.yaml"
    estate.write_text("sources: [{name: a, kind: files, path: .}]\n")
    monkeypatch.setenv("MEIBO_ESTATE", str(estate))
    monkeypatch.setenv("MEIBO_KEY", "a secret of the tests only")


def fail_with_a_value(*_: object) -> None:
    raise ValueError("could not convert 山田太郎")


def fail_for_good(*_: object) -> None:
    raise MeiboError("plan-outdated", "plan.json", "run the scan again, from its plan on")


def test_a_task_whose_plan_is_outdated_is_not_tried_again(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_job(tmp_path, monkeypatch)
    with pytest.raises(
        AirflowFailException, match=r"plan-outdated: plan.json \(run the scan again"
    ) as caught:
        environment.run(f"{__name__}:fail_for_good")
    assert caught.value.__suppress_context__


def test_a_task_whose_upstream_failed_says_so(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_job(tmp_path, monkeypatch)
    with pytest.raises(AirflowFailException, match="upstream-failed: load_shards"):
        environment.run("pipelines.shards:load_shards", {"path": "p", "sha256": "0", "n": 1}, None, None)


def test_an_error_leaves_a_task_without_its_message_and_its_cause(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_job(tmp_path, monkeypatch)
    with pytest.raises(Exception, match="task-failed: fail_with_a_value: ValueError") as caught:
        environment.run(f"{__name__}:fail_with_a_value")
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
    assert "山田" not in str(caught.value)
