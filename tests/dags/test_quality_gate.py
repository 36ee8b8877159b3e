"""`quality_gate` and `retention` over what one night left."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.dags.home import Airflow, Run, place

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def undeclared(sample: Path) -> str:
    """The sample estate with nothing said about its assets."""
    estate = yaml.safe_load((sample / "estate.yaml").read_text("utf-8"))
    del estate["assets"]
    (sample / "undeclared.yaml").write_text(yaml.safe_dump(estate, allow_unicode=True), "utf-8")
    return "undeclared.yaml"


def test_the_gate_fails_on_what_is_not_declared_and_names_it_in_the_log(
    airflow: Airflow, nightly: tuple[Run, Path], sample: Path, undeclared: str
) -> None:
    run = airflow.test("quality_gate", **place(sample, nightly[1], undeclared))
    assert run.code != 0
    assert "gate-failed" in run.log
    assert "FAIL declared: crm/main.customers · 氏名: PERSON" in run.log
    assert "FAIL suppression_violations" in run.log
