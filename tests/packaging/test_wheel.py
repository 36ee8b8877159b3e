"""An installed wheel works outside the tree: configuration, SQL, templates and tables are all in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
PACKAGES = ("detectors", "pipelines", "configs")


def contents() -> list[Path]:
    """The project's files, without what git ignores."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_every_package_of_the_tree_is_one_of_the_distribution() -> None:
    here = {path.parent.as_posix().replace("/", ".") for path in contents() if path.suffix == ".py"}
    ours = {name for name in here if name.partition(".")[0] in PACKAGES}
    assert {name.replace("configs", "meibo_configs") for name in ours} == set(SETTINGS["packages"])


def test_every_data_file_matches_a_pattern_of_package_data() -> None:
    patterns = SETTINGS["package-data"]["*"]
    data = [path for path in contents() if path.parts[0] in PACKAGES and path.suffix != ".py"]
    assert [path for path in data if not any(fnmatch(path.name, pattern) for pattern in patterns)] == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of the commands of a fresh environment: the wheel, and beside it what this one has installed."""
    home = tmp_path_factory.mktemp("wheel")
    for path in contents():
        target = home / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "-w", home / "dist", home / "tree"]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    (wheel,) = (home / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    install = ["--python", home / "venv" / "bin" / "python", "install", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    (site,) = (home / "venv" / "lib").glob("python*/site-packages")
    (site / "beside.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return home / "venv" / "bin"


def run(command: list[str | Path], cwd: Path, **more: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEIBO_", "PYTHON"))}
    done = subprocess.run(
        command, cwd=cwd, env=kept | more, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_an_installed_wheel_scans_and_reports_outside_the_tree(installed: Path, tmp_path: Path) -> None:
    where = "import meibo, meibo_configs, detectors, pipelines as p; print(meibo.__file__, p.__file__)"
    found = run([installed / "python", "-c", where], tmp_path).split()
    assert all(Path(each).is_relative_to(installed.parent) for each in found)

    meibo = installed / "meibo"
    run([meibo, "demo", "demo", "--size", "small"], tmp_path)
    scan = [meibo, "scan", "--estate", "demo/estate.yaml", "--source", "crm"]
    run(scan, tmp_path, MEIBO_KEY_FILE="demo/demo.key")
    assert "PERSON" in run([meibo, "report", "inventory", "--format", "json"], tmp_path)
    for report in ("coverage", "stale", "exposure"):
        run([meibo, "report", report, "--lang", "en"], tmp_path)
    assert "</html>" in (tmp_path / ".meibo" / "report.html").read_text("utf-8")
    assert '"kind": "driver_license"' in run([meibo, "image", "demo/cards/scan_0001.png", "--json"], tmp_path)
    assert "declared" in run([meibo, "declare", "--estate", "demo/estate.yaml"], tmp_path)
