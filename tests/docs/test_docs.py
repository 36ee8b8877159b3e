"""Documentation that cannot rot: what is generated is fresh, what can be run is run, what is named is there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest

from detectors import resolve_columns, scan_batch
from detectors.registry import DICTIONARIES, find_entities
from pipelines import access, asset_rules, config, source_config
from pipelines.layout import Layout
from pipelines.policies import load_policies
from pipelines.store.reader import Reader
from pipelines.summary import summarise
from tests.cases import parse
from tests.commands import Command, environment

ROOT = Path(__file__).resolve().parents[2]
README, README_JA = (ROOT / name for name in ("README.md", "README.ja.md"))


def generators() -> list[ModuleType]:
    # Run as a script, `docs/generate.py` has its own directory on the path.
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return [import_module(name) for name in ("generate", "blocks", "command_pages", "sample_pages")]
    finally:
        sys.path.remove(str(ROOT / "docs"))


generate, generated_blocks, command_pages, sample_pages = generators()


def files() -> Iterator[Path]:
    """Every file of the project: tracked, or about to be."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    yield from (ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def pages() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def blocks(path: Path, language: str, mark: str = "") -> list[str]:
    """Return the fenced blocks of a language; `mark`: only those below a comment ``<!-- test: mark -->``."""
    before = rf"<!-- test: {mark} -->\n" if mark else ""
    return re.findall(rf"{before}```{language}\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def commands(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def run(script: str, directory: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(
        shell,
        cwd=directory,
        env=environment(key=None, PATH=path),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


# What is generated


@pytest.mark.parametrize("name", generate.BLOCKS)
def test_what_is_generated_is_what_the_code_says_now(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == generate.page(name), "stale: run `make docs`"


def test_what_is_generated_as_a_whole_is_what_the_code_says_now() -> None:
    generated = generate.whole_files()
    stale = [name for name, text in generated.items() if (ROOT / name).read_text("utf-8") != text]
    assert stale == [], "stale: run `make docs`"
    pages = {f"docs/entities/{path.name}" for path in (ROOT / "docs" / "entities").iterdir()}
    assert pages == {name for name in generated if name.startswith("docs/entities/")}


def test_the_index_of_types_says_which_a_column_can_be_given() -> None:
    table = pa.table(
        {
            "会員番号": [f"M{number:06}" for number in range(100_000, 700_000, 9_973)],
            "インスタ": [f"@taro_{number}" for number in range(61)],
        }
    )
    scan = scan_batch(table.to_batches()[0])
    given = {each.entity_type for each in resolve_columns(scan.findings, scan.evidence).values()}
    assert given == {"PERSONAL_ID", "SOCIAL_ACCOUNT"}
    rows = (line.split("|") for line in (ROOT / "docs" / "detection.md").read_text("utf-8").splitlines())
    listed = {
        cells[1].strip()[2:].partition("`")[0] for cells in rows if len(cells) == 10 and "yes" in cells[7]
    }
    assert given <= listed and "JP_INVOICE_NUMBER" not in listed


@pytest.mark.parametrize("path", [README, README_JA], ids=lambda path: path.name)
def test_the_readme_states_the_ratio_that_was_measured(path: Path) -> None:
    told = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8"))
    ratio = told["table"]["ratios"]["balanced / Presidio with ja_ginza"]["ratio"]
    assert re.findall(r"(\d+) (?:times as many|倍です)", path.read_text("utf-8")) == [f"{ratio:.0f}"]


@pytest.mark.parametrize(("path", "lang"), [(README, "en"), (README_JA, "ja")], ids=["en", "ja"])
def test_the_sample_report_is_the_report_of_the_small_estate(path: Path, lang: str, scanned: Path) -> None:
    def words(text: str) -> list[list[str]]:
        # Figures move with every recognizer; types, audiences and their order do not.
        return [re.sub(r"[\d,]+", "n", line).split("|")[1:4] for line in text.splitlines()]

    shown = generated_blocks.block(path.read_text("utf-8"), "sample-report")
    assert words(shown) == words(sample_pages.sample_report(scanned, lang)), "stale: run `make docs-samples`"


@pytest.mark.parametrize("path", [README, README_JA], ids=lambda path: path.name)
def test_the_sample_scan_counts_what_is_in_the_small_estate(path: Path, scanned: Path) -> None:
    shown = generated_blocks.block(path.read_text("utf-8"), "sample-scan")
    rows = {row[1]: row for line in shown.splitlines() if len(row := re.split(r"\s*│\s*", line)) > 7}
    now = {row.source: row for row in summarise(Layout(scanned), Path("report.html"), 0).sources}
    assert rows.keys() == now.keys()
    for source, cells in rows.items():
        assets, parts, _, count, findings, _ = (int(cell.replace(",", "")) for cell in cells[2:8])
        assert (assets, parts, count) == (now[source].assets, now[source].parts, now[source].rows)
        assert findings == pytest.approx(now[source].findings, rel=0.05), "stale: run `make docs-samples`"


# What can be run


def test_the_readme_s_way_to_scan_one_s_own_data_works(estate: Path, tmp_path: Path) -> None:
    (block,) = blocks(README, "console", r"run with \./in and estate\.yaml")
    (smallest,) = blocks(README, "yaml")
    (tmp_path / "estate.yaml").write_text(smallest, "utf-8")
    (tmp_path / "in").mkdir()
    for name in ("branches.csv", "newsletter.tsv"):
        (tmp_path / "in" / name).write_bytes((estate / "share" / name).read_bytes())
    printed = run("\n".join(commands(block)), tmp_path)
    assert "Nothing was left unexamined" in printed and "share/newsletter.tsv" in printed
    assert "declared:" in (tmp_path / "declarations.yaml").read_text("utf-8")
    assert {"store.duckdb", "report.html"} <= {path.name for path in (tmp_path / ".meibo").iterdir()}
    assert not [path for path in (tmp_path / ".meibo" / "staging").rglob("*") if path.is_file()]


@pytest.mark.parametrize("block", blocks(README, "console", "run"))
def test_a_command_of_the_readme_prints_what_the_readme_says(block: str, tmp_path: Path) -> None:
    expected = [line for line in block.splitlines() if not line.startswith("$ ")]
    assert run("\n".join(commands(block)), tmp_path).splitlines() == expected


@pytest.mark.parametrize(
    "code",
    [
        *blocks(README, "python", "run"),
        *blocks(README_JA, "python")[:1],
        *blocks(ROOT / "docs" / "detection.md", "python"),
        *blocks(ROOT / "docs" / "reports.md", "python", "run"),
    ],
)
def test_a_python_example_runs(code: str) -> None:
    exec(compile(code, "README", "exec"), {})


@pytest.mark.parametrize(
    "code",
    [*blocks(README, "python", "run over the scanned sample estate"), *blocks(README_JA, "python")[1:]],
)
def test_a_notebook_example_runs_over_a_scan(
    code: str, scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".meibo").symlink_to(scanned)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "README", "exec"), names)
    names["store"].close()  # type: ignore[attr-defined]


def test_the_commands_shown_are_answered_over_the_sample_estate(
    estate: Path, scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    shutil.copytree(scanned, tmp_path / ".meibo")
    (tmp_path / ".demo").symlink_to(estate)
    monkeypatch.chdir(tmp_path)
    shown = (line for path in (README, ROOT / "docs" / "reports.md") for block in blocks(path, "console")
             for line in commands(block) if line.startswith("meibo ") and ">" not in line)  # fmt: skip
    # What scans, empties, or asks for a file of one's own has tests of its own.
    asked = [
        words for line in shown if (words := shlex.split(line)[1:])[0] not in ("scan", "purge", "erase-check")
    ]
    assert len(asked) > 8
    refused = {
        " ".join(words): error for words in asked if (told := command(*words))[0] > 3 and (error := told[2])
    }
    assert refused == {}


@pytest.mark.parametrize("path", [README, README_JA], ids=lambda path: path.name)
def test_every_make_target_of_the_readme_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?<=[`$ ])make ([a-z-]+)(?=[`\n])", path.read_text("utf-8")))
    assert named and named <= targets


def test_the_japanese_readme_shows_the_same_commands() -> None:
    def shown(path: Path) -> set[str]:
        lines = [line for block in blocks(path, "console") for line in commands(block)]
        return {line.removesuffix(" --lang en") for line in lines if not line.startswith("export ")}

    assert shown(README_JA) == shown(README) - {line for line in shown(README) if line.startswith("echo ")}


def test_every_example_estate_is_valid(tmp_path: Path) -> None:
    for number, text in enumerate([*blocks(README, "yaml"), *blocks(README_JA, "yaml")]):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, "utf-8")
        assert config.load_estate(path).sources
    assert config.load_estate(ROOT / "configs" / "estate.yaml").sources


def test_the_fixture_in_contributing_is_a_working_one() -> None:
    (text,) = blocks(ROOT / "CONTRIBUTING.md", "text", "format")
    first, *lines = text.splitlines()
    kind = first.removeprefix("# entity: ")
    for case in (parse(kind, line) for line in lines if not line.startswith("#")):
        found = tuple(
            (each.start, each.end)
            for each in find_entities(case.text)
            if each.entity_type == kind and each.score >= 0.4
        )
        assert case.ambiguous or found == case.spans


# What is named


@pytest.mark.parametrize("path", [README, README_JA, ROOT / "docs" / "cli.md"], ids=lambda path: path.name)
def test_every_command_is_listed(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [name for name in command_pages.commands() if f"meibo {name}" not in text] == []


SECTIONS = {
    "Top level": config.Estate,
    "`kind: postgresql`": source_config.PostgresSource,
    "`kind: mysql`": source_config.MysqlSource,
    "`kind: sqlite`": source_config.SqliteSource,
    "`kind: files`": source_config.FilesSource,
    "`kind: objects`": source_config.ObjectsSource,
    "`assets`: what is known": asset_rules.AssetRule,
    "`columns`": asset_rules.Columns,
    "`copies`": asset_rules.Copy,
    "`provided_to`": asset_rules.Recipient,
    "`detection`": config.Detection,
    "`staging`": config.Staging,
    "`store`": config.Store,
    "The grants file": access.DeclaredGrant,
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_the_estate_is_documented_and_no_other(section: str) -> None:
    text = (ROOT / "docs" / "estate.md").read_text("utf-8")
    _, _, rest = text.partition(f"# {section}\n")
    documented = set(re.findall(r"^\| `(\w+)` \|", rest.partition("\n#")[0], re.MULTILINE))
    assert documented == set(SECTIONS[section].model_fields) - {"name", "kind"} | (
        {"name"} if section == "Top level" else set()
    )


def test_every_setting_of_the_policies_is_documented_with_its_words() -> None:
    settings = load_policies().settings
    table = (ROOT / "docs" / "estate.md").read_text("utf-8").partition("| setting |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines()[2:]]
    documented = {name: words for names, words in rows for name in re.findall(r"`(\w+)`", names)}
    assert documented.keys() == settings.keys()
    for name, setting in settings.items():
        if setting.values and set(setting.values.values()) <= {0, 1}:
            missing = [
                word for word, counts in setting.values.items() if counts and word not in documented[name]
            ]
            assert missing == [], name


def test_every_section_of_the_configuration_has_its_place_in_the_docs() -> None:
    named = {**vars(asset_rules), **vars(config)}.values()
    sections = {each for each in named if isinstance(each, type) and issubclass(each, config.Section)}
    assert sections - {config.Section} <= set(SECTIONS.values())


def test_every_table_of_the_store_is_documented(scanned: Path) -> None:
    with Reader(scanned / "store.duckdb") as store:
        names = store.arrow("SELECT table_name FROM duckdb_tables()")["table_name"].to_pylist()
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert [name for name in names if f"`{name}`" not in text] == ["schema_version"]


def test_every_package_has_its_line_in_the_architecture() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    rooms = {"/".join(each.split(".")[1:]) for each in packages} - {""}
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    tables = " ".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    assert rooms <= (named := set(re.findall(r"`([a-z/]+)/`", tables)))
    assert not named - rooms - {"state", "state/page", "staging", "work"}


def test_every_dependency_and_extra_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    named = [re.match(r"[\w-]+", each)[0] for each in project["dependencies"]]  # type: ignore[index]
    assert [name for name in named if f"`{name}`" not in text] == []
    extras = set(project["optional-dependencies"])
    assert all(f"`{name}`" in text for name in extras - {"all"})
    assert all(f"`meibo[{name}]`" in README.read_text("utf-8") for name in extras - {"dev"})


def test_the_notice_names_every_distribution_whose_data_decides_what_is_found() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8").lower()
    assert [name for name in DICTIONARIES if name not in notice] == []


def test_the_changelog_speaks_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sections = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert sections[0].startswith("Unreleased") or project["version"] in sections[0]
    assert any(project["version"] in section for section in sections)
    assert metadata.version("meibo") == project["version"]


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        assert page.exists(), target
        assert not anchor or anchor in anchors(page), target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# What stays here

#: Directories of a developer's machine, and hosts of package registries; written so that this line holds neither.
_HERE = re.compile(
    r"(?<![\w.~>\])}-])/(?:work|root|home|Users)/[a-zA-Z.]|(?<![\w.])/tmp/[a-z]|\b(?:pypi\.org/simple|files\.python"
    + r"hosted)\b"
)
#: pip's and uv's way to name a registry.
_REGISTRY = re.compile(r"(?:index-url|INDEX_URL|DEFAULT_INDEX)[ =\"']+https?:")
#: Sections of papers that are no part of the project: nobody who reads it has them.
_PAPER = re.compile(r"(?:FACTS|DESIGN|NOTES|STYLE),? §")


def test_no_file_names_a_registry_a_path_of_somebody_s_machine_or_a_paper_nobody_has() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for pattern in (_HERE, _REGISTRY, _PAPER):
            found += [
                f"{path.relative_to(ROOT)}:{text[: hit.start()].count(chr(10)) + 1}"
                for hit in pattern.finditer(text)
            ]
    assert found == []
