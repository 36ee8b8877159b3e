"""The notebooks an analyst starts from run on a real store, also while a scan is writing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
from nbclient import NotebookClient

from pipelines.layout import Layout
from pipelines.store.lock import exclusive

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
JAPANESE = re.compile("[ぁ-ん一-龥]")


@pytest.fixture
def writer_at_work(scanned: Path) -> Iterator[None]:
    """Hold what a running scan holds: the lock and the writer's database."""
    layout = Layout(scanned)
    with exclusive(layout.lock), duckdb.connect(str(layout.writer)):
        yield


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


@pytest.mark.usefixtures("writer_at_work")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_while_the_writer_holds_the_lock(
    path: Path, scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEIBO_OUT", str(scanned))
    for folder in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(folder, str(tmp_path / folder.lower()))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = outputs(notebook)
    assert any("vegalite" in mime for output in shown for mime in output.get("data", ()))
    assert not any("<script" in output.get("data", {}).get("text/html", "") for output in shown)
    assert any("PERSON" in output.get("data", {}).get("text/plain", "") for output in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_speaks_both_languages(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not outputs(notebook)
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert all(JAPANESE.search(text) and re.search("[a-z]{3}", text) for text in prose)
