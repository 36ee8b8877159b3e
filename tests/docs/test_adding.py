"""Adding an identifier touches one module, one fixture and one registry line, adding a report one file:
CONTRIBUTING's examples, done.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What of the tree the new identifier is tried with.
COPIED = ("detectors", "pipelines", "configs", "docs", "benchmarks", "tests", "pyproject.toml")


def example(mark: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (block,) = re.findall(rf"<!-- test: {mark} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    return str(block)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the example in it."""
    home = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, home / name)
    # In a checkout the package of the configuration is the installed one; here it is the copy.
    shutil.copytree(home / "configs", home / "meibo_configs")
    (home / "detectors" / "jp" / "library_card.py").write_text(example("module"), "utf-8")
    (home / "tests" / "fixtures" / "jp" / "library_card.txt").write_text(example("fixture"), "utf-8")
    (home / "pipelines" / "reports" / "owners.sql").write_text(example("report"), "utf-8")
    registry = home / "detectors" / "registry.py"
    text = registry.read_text("utf-8")
    registry.write_text(text.replace("RECOGNIZERS = (\n", "RECOGNIZERS = (\n" + example("registry")), "utf-8")
    return home


def run(tree: Path, *command: str) -> str:
    # The copy is compiled once, by the first of the processes.
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_fixtures_the_growth_test_and_the_doctests_take_it_in(tree: Path) -> None:
    chosen = (
        *("tests/detectors/test_fixtures.py", "tests/detectors/test_growth.py"),
        *("tests/detectors/test_registry.py", "detectors/jp/library_card.py"),
    )
    options = ("-q", "-p", "no:cacheprovider", "--doctest-modules", "-k", "library_card or LIBRARY_CARD")
    printed = run(tree, "-m", "pytest", *options, *chosen)
    passed = int(re.findall(r"(\d+) passed", printed)[0])
    assert passed >= 8
    assert "failed" not in printed


def test_detect_finds_it(tree: Path) -> None:
    printed = run(tree, "-m", "pipelines.cli", "detect", "--json", "図書館カードはL-1234567-8です")
    assert json.loads(printed) == [[7, 18, "JP_LIBRARY_CARD", 0.95]]


def test_classify_sees_it_in_a_table(tree: Path, tmp_path: Path) -> None:
    cards = (f"L{number}{sum(map(int, str(number))) % 10}" for number in range(1234567, 1234597))
    rows = ["note,c_02", *(f"図書館カード {card} を忘れた,{card}" for card in cards)]
    (tmp_path / "notes.csv").write_text("\n".join(rows), "utf-8")
    printed = run(tree, "-m", "pipelines.cli", "classify", "--json", str(tmp_path / "notes.csv"))
    assert json.loads(printed) == {"note": "FREE_TEXT_PII", "c_02": "JP_LIBRARY_CARD"}


def test_it_has_labels_a_page_and_an_entry_in_the_yaml_registry(tree: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, 'docs'); import generate\n"
        "from detectors.entities import load_entities\n"
        "assert load_entities()['JP_LIBRARY_CARD'].en == 'Library card number'\n"
        "files = generate.whole_files()\n"
        "assert 'LibraryCardRecognizer' in files['configs/recognizers.yaml']\n"
        "assert '[`JP_LIBRARY_CARD`](entities/JP_LIBRARY_CARD.md)' in generate.page('docs/detection.md')\n"
        "print(files['docs/entities/JP_LIBRARY_CARD.md'])"
    )
    page = run(tree, "-c", code)
    assert "| 0.95 | `図書館カード：⟦L12345678⟧` |" in page
    assert "図書館利用者カード番号" in page and "is_valid" in page


def test_the_example_is_written_as_the_house_writes(tree: Path) -> None:
    module = str(tree / "detectors" / "jp" / "library_card.py")
    for command in (("check",), ("format", "--check")):
        run(tree, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), "--no-cache", module)


def test_a_report_runs_and_stands_on_the_page_and_in_the_docs(tree: Path, scanned: Path) -> None:
    printed = run(tree, "-m", "pipelines.cli", "report", "owners", "--format", "json", "--out", str(scanned))
    assert all(row["assets"] for row in json.loads(printed))
    code = (
        "import sys; sys.path.insert(0, 'docs'); import generate\n"
        "from pathlib import Path; from pipelines.reports.page import render_page\n"
        "print(generate.page('docs/reports.md'), render_page(Path(sys.argv[1])))"
    )
    told = run(tree, "-c", code, str(scanned / "store.duckdb"))
    assert "**Assets by owner · 管理者ごとの資産**" in told and "pipelines/reports/owners.sql" in told
