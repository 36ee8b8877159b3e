"""One real night over the small sample estate, in one process as `dag.test()` runs it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import ahocorasick_rs
import pyarrow.csv as pc
import pytest

from detectors.text import fold
from tests.dags.home import BIN, Airflow, Run, place
from tests.stores import tables

pytestmark = pytest.mark.airflow

XCOM_BYTES = 48 * 1024
TYPES = {"PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "JP_ADDRESS"}


def test_the_night_succeeds_and_writes_the_page(nightly: tuple[Run, Path]) -> None:
    run, out = nightly
    assert run.code == 0, run.log[-4000:]
    assert (out / "report.html").stat().st_size > 10_000
    assert not (out / "state" / "scan.json").exists()


def test_airflow_knows_the_three_dags_and_imported_all(nightly: tuple[Run, Path], airflow: Airflow) -> None:
    assert airflow.rows("SELECT dag_id FROM dag ORDER BY 1") == [
        ("nightly_scan",),
        ("quality_gate",),
        ("retention",),
    ]
    assert airflow.rows("SELECT filename FROM import_error") == []


def test_the_store_equals_that_of_the_command_line(
    nightly: tuple[Run, Path], sample: Path, tmp_path: Path
) -> None:
    scanned = subprocess.run(
        [
            BIN / "meibo",
            "scan",
            "--workers",
            "1",
            "--json",
            "--estate",
            sample / "estate.yaml",
            "--out",
            tmp_path,
        ],
        env=os.environ | place(sample, tmp_path),
        check=False,
    )
    assert scanned.returncode == 0
    ours, theirs = tables(nightly[1] / "store.duckdb"), tables(tmp_path / "store.duckdb")
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    assert ours["finding"]
    assert ours["value_key"]


def test_what_goes_through_xcom_is_small(nightly: tuple[Run, Path], airflow: Airflow) -> None:
    sizes = airflow.rows("SELECT length(CAST(value AS BLOB)) FROM xcom WHERE dag_id = 'nightly_scan'")
    # One task per step at least; a shard of a small estate holds it all.
    assert len(sizes) >= 9
    assert max(size for (size,) in sizes) <= XCOM_BYTES


def test_airflow_keeps_no_value_of_the_estate(
    nightly: tuple[Run, Path], airflow: Airflow, sample: Path
) -> None:
    """XCom, rendered arguments, everything in the metadata database, everything logged."""
    values = personal_values(sample)
    assert len(values) > 1_000
    logs = [path.read_text("utf-8", "replace") for path in (airflow.home / "logs").rglob("*.log")]
    kept = "\n".join([*database_texts(airflow), *logs, nightly[0].log])
    assert "runs/" in kept
    assert found_in(kept, values) == 0
    assert found_in(fold(kept), {fold(value) for value in values}) == 0


def test_the_gate_waits_for_the_snapshot_the_load_announces(
    nightly: tuple[Run, Path], airflow: Airflow
) -> None:
    outlets = airflow.rows(
        "SELECT name, dag_id, task_id FROM asset JOIN task_outlet_asset_reference ON asset.id = asset_id"
    )
    waiting = airflow.rows(
        "SELECT name, dag_id FROM asset JOIN dag_schedule_asset_reference ON asset.id = asset_id"
    )
    events = airflow.rows(
        "SELECT name, source_dag_id, source_task_id FROM asset JOIN asset_event ON asset.id = asset_id"
    )
    assert outlets == [("meibo_snapshot", "nightly_scan", "load")]
    assert waiting == [("meibo_snapshot", "quality_gate")]
    assert events[0] == ("meibo_snapshot", "nightly_scan", "load")


def test_no_night_is_run_for_days_past(nightly: tuple[Run, Path], airflow: Airflow) -> None:
    """The runs of a backfill are side by side, and each would scan what is there now."""
    ((allowed,),) = airflow.rows("SELECT allowed_run_types FROM dag WHERE dag_id = 'nightly_scan'")
    assert "backfill" not in allowed
    assert {"scheduled", "manual"} <= set(json.loads(allowed))
    days = ("--from-date", "2026-02-01", "--to-date", "2026-02-03")
    refused = airflow.command("backfill", "create", "--dag-id", "nightly_scan", *days)
    assert refused.code != 0
    assert airflow.rows("SELECT count(*) FROM dag_run WHERE run_type = 'backfill'") == [(0,)]


@pytest.mark.slow
def test_a_night_without_assets_publishes_an_empty_snapshot(
    airflow: Airflow, sample: Path, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    estate = tmp_path / "estate.yaml"
    estate.write_text("sources: [{name: share, kind: files, path: nothing}]\n")
    run = airflow.test("nightly_scan", **place(sample, tmp_path / "out") | {"MEIBO_ESTATE": str(estate)})
    assert run.code == 0, run.log[-4000:]
    found = tables(tmp_path / "out" / "store.duckdb")
    assert (len(found["scan"]), found["asset"], found["part"]) == (1, [], [])


def personal_values(sample: Path) -> set[str]:
    """Return names, phones, addresses and e-mails of the estate's tables, as its truth types the columns."""
    truth = json.loads((sample / "truth.json").read_text("utf-8"))["assets"]
    values: set[str] = set()
    with sqlite3.connect(f"file:{sample / 'crm.sqlite'}?mode=ro", uri=True) as database:
        for asset, said in truth.items():
            columns = [name for name, kind in said["columns"].items() if kind in TYPES]
            if asset.startswith("crm/main."):
                table = asset.removeprefix("crm/main.")
                for name in columns:
                    values.update(
                        value for (value,) in database.execute(f'SELECT "{name}" FROM "{table}"') if value
                    )
    roster = pc.read_csv(sample / "share" / "会員名簿.csv", pc.ReadOptions(encoding="cp932"))
    for name, kind in truth["share/会員名簿.csv"]["columns"].items():
        if kind in TYPES:
            values.update(str(value) for value in roster[name].to_pylist() if value)
    return {value for value in values if len(value) >= 4}


def database_texts(airflow: Airflow) -> list[str]:
    names = airflow.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    rows: list[tuple[Any, ...]] = [
        row for (name,) in names for row in airflow.rows(f'SELECT * FROM "{name}"')
    ]
    return [unescaped(cell) for row in rows for cell in row if isinstance(cell, str | bytes)]


def unescaped(cell: str | bytes) -> str:
    text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), text)


def found_in(text: str, values: set[str]) -> int:
    """Return how many values stand in a text; a number, since a failing test prints what it compares."""
    return len(ahocorasick_rs.AhoCorasick(sorted(values)).find_matches_as_indexes(text))
