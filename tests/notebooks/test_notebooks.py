"""The notebooks an analyst starts from run on a real store, also while a scan is writing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
from nbclient import NotebookClient

from pipelines.layout import Layout
from pipelines.load import load
from pipelines.results import AssetResult
from pipelines.store.lock import exclusive
from tests.pipelines.scans import asset, examined, job, not_examined, scan

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
JAPANESE = re.compile("[ぁ-ん一-龥]")


@pytest.fixture
def writer_at_work(scanned: Path) -> Iterator[None]:
    """Hold what a running scan holds: the lock and the writer's database."""
    layout = Layout(scanned)
    with exclusive(layout.lock), duckdb.connect(str(layout.writer)):
        yield


@pytest.fixture(scope="module")
def values(estate: Path) -> set[str]:
    """Telephone numbers and mail addresses of the sample estate's customers."""
    with closing(sqlite3.connect(f"file:{estate / 'crm.sqlite'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT 電話番号, メール FROM customers").fetchall()
    return {value for row in rows for value in row if value}


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def run(path: Path, out: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Run a notebook over an output directory; return what it shows."""
    monkeypatch.setenv("MEIBO_OUT", str(out))
    for name in ("MEIBO_KEY", "MEIBO_SAMPLE"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(folder, str(home / folder.lower()))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(home)}}).execute()
    return outputs(notebook)


@pytest.mark.usefixtures("writer_at_work")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_while_the_writer_holds_the_lock(
    path: Path, scanned: Path, values: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(path, scanned, tmp_path, monkeypatch)
    assert any("vegalite" in mime for output in shown for mime in output.get("data", ()))
    assert not any("<script" in output.get("data", {}).get("text/html", "") for output in shown)
    assert any("PERSON" in output.get("data", {}).get("text/plain", "") for output in shown)
    everything = json.dumps(shown, ensure_ascii=False)
    assert not any(value in everything for value in values)


@pytest.mark.parametrize("path", [each for each in NOTEBOOKS if each.stem != "measure_detection"], ids=lambda path: path.stem)
def test_a_notebook_runs_on_a_store_that_knows_of_no_personal_data(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = job(tmp_path / "out")
    unread, clean = asset("share/会員名簿.pdf"), asset("share/会員名簿.txt")
    parts = {unread: not_examined(unread, "format-unsupported"), clean: examined(on.layout, clean, "work")}
    load(on, scan("first", [AssetResult(asset=each, parts=(part,)) for each, part in parts.items()]))
    run(path, on.layout.out, tmp_path, monkeypatch)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_speaks_both_languages(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not outputs(notebook)
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "import meibo" in code and not re.search(r"(from|import) (pipelines|detectors)", code)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert all(JAPANESE.search(text) and re.search("[a-z]{3}", text) for text in prose)
