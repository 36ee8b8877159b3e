"""Write what the documentation takes from the code: ``make docs``; a test fails when it is stale.

A page holds blocks between ``<!-- generated: NAME -->`` and ``<!-- /generated -->``; only they are replaced. The
page of each entity type and `configs/recognizers.yaml` are generated as a whole.
``make docs-samples`` also writes the sample estate, scans it and replaces the sample outputs in the READMEs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from entity_pages import entity_pages
from picture_pages import document_kinds, picture_figures

ROOT = Path(__file__).resolve().parent.parent
WIDTH = "96"

#: Rows of the report shown in the READMEs.
SAMPLE_ROWS = 8

#: Reports of the incidents shown in the READMEs, with the columns shown.
INCIDENTS: dict[str, tuple[str, ...]] = {
    "shared_address": ("state", "case", "address", "households", "persons", "assets"),
    "device_residue": ("state", "asset", "item", "items", "reasons", "seen_since"),
    "unexplained_access": ("state", "staff", "person", "unexplained", "lookups", "first"),
    "purpose_mismatch": ("state", "asset", "entity_type", "occurrences", "persons", "audience"),
    "suppression_violations": ("state", "cause", "list", "persons", "messages", "first"),
}
INCIDENT_ROWS = 3

Lang = Literal["ja", "en"]


def commands() -> dict[str, str]:
    """Return every command and group of the CLI with the first line of its help."""
    return {name: str(each.help).strip().splitlines()[0] for name, each in _known().items()}


def _known() -> dict[str, Any]:
    from typer.main import get_command

    from pipelines.cli import app

    known: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    return known


def cli_help() -> str:
    """Return the help of every command and of those of every group, as printed."""
    from typer.testing import CliRunner

    from pipelines.cli import app

    environment = {"COLUMNS": WIDTH, "TERMINAL_WIDTH": WIDTH, "NO_COLOR": "1"}
    parts = []
    for name, command in _known().items():
        for words in ([name], *([name, each] for each in getattr(command, "commands", ()))):
            text = CliRunner().invoke(app, [*words, "--help"], prog_name="meibo", env=environment).output
            lines = [line.rstrip().removeprefix(" ") for line in text.strip().splitlines()]
            title = f"{'#' * (1 + len(words))} meibo {' '.join(words)}"
            parts.append("\n".join([title, "", "```text", *lines, "```"]))
    return "\n\n".join(parts)


def command_table() -> str:
    """Return the commands as a table."""
    rows = (f"| [`meibo {name}`](docs/cli.md#meibo-{name}) | {about} |" for name, about in commands().items())
    return "\n".join(["| command | does |", "|---|---|", *rows])


def reports() -> str:
    """Return every report with its columns, in both languages, from the comments of the SQL files."""
    from pipelines.reports.runner import list_reports

    parts = []
    for report in list_reports():
        takes = ", ".join(f"`{name}` ({kind})" for name, kind in report.parameters.items())
        columns = (f"| `{each.name}` | {each.label.en} | {each.label.ja} |" for each in report.columns)
        parts.append(
            "\n".join(
                [
                    f"## {report.name}",
                    "",
                    f"**{report.title.en} · {report.title.ja}**",
                    "",
                    report.about.en,
                    report.about.ja,
                    *(["", f"Parameters: {takes}."] if takes else []),
                    "",
                    "| column | English | 日本語 |",
                    "|---|---|---|",
                    *columns,
                ]
            )
        )
    return "\n\n".join(parts)


def entity_types() -> str:
    """Return the index of entity types: each with its page, and who recognizes it today."""
    from detectors.entities import load_entities
    from detectors.registry import recognizers

    texts = {each.entity_type: type(each).__module__ for each in recognizers()}
    lines = [
        "| type | English | 日本語 | class under the APPI | sensitivity | in text | as a column | source read |",
        "|---|---|---|---|--:|---|:-:|:-:|",
    ]
    for name, each in load_entities().items():
        module = texts.get(name)
        text = f"`{module}`" if module else "on images" if name == "FACE" else ""
        column = "yes" if name in column_types() else ""
        checked = "yes" if each.verified else ""
        cells = (
            f"[`{name}`](entities/{name}.md)",
            each.en,
            each.ja,
            each.appi,
            each.sensitivity,
            text,
            column,
            checked,
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def column_types() -> set[str]:
    """Return the types a column can be given, from the rules for columns."""
    from detectors.entities import load_entities

    source = "".join(
        (ROOT / "detectors" / name).read_text("utf-8")
        for name in ("column_rules.py", "column_names.py", "columns.py")
    )
    return {name for name in load_entities() if f'"{name}"' in source}


#: Operating point → who looks for names there.
NAMED_BY = {
    "fast": "rules",
    "balanced": "rules and tagger",
    "recall": "rules and tagger",
    "strict": "rules and tagger, seconded by GiNZA",
}


def operating_points() -> str:
    """Return who looks for names at each operating point, and from which score it reports a span."""
    from detectors.resolver import REPORTED

    rows = (f"| `{name}` | {NAMED_BY[name]} | {score} |" for name, score in REPORTED.items())
    return "\n".join(["| point | names by | reported from score |", "|---|---|--:|", *rows])


def yaml_registry() -> str:
    """Return every recognizer as an entry of Presidio's YAML registry."""
    from detectors.registry import RECOGNIZERS

    entries = (f"  - {{name: {entry.partition(':')[2]}, type: predefined}}" for entry in sorted(RECOGNIZERS))
    return "\n".join([YAML_HEAD, *entries]) + "\n"


YAML_HEAD = """\
# Meibo's recognizers as a registry of Presidio (RecognizerRegistryProvider, AnalyzerEngineProvider). Generated
# from detectors/registry.py by `make docs`. Presidio finds a class by its name among the classes imported so far,
# so import them first: `import detectors; detectors.recognizer_classes()`. `enabled: false` leaves one out; those
# of Presidio's own recognizers may stand beside these. Options other than the language do not reach a class.
supported_languages: [ja]
recognizers:"""


def whole_files() -> dict[str, str]:
    """Return the text of every file that is generated as a whole, by its path below the root."""
    return {**entity_pages(), "configs/recognizers.yaml": yaml_registry()}


def benchmark(lang: Lang) -> str:
    """Return the sentence about the benchmark, from the file ``make bench`` writes."""
    result = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8"))
    measured = result["table"]["ratios"]["balanced / Presidio with ja_ginza"]
    ratio, (low, high) = f"{measured['ratio']:.0f}", measured["range"]
    where = f"{low:.0f}–{high:.0f}, {result['table']['rows']:,} rows, 17 columns, {result['machine']}"
    return {
        "en": f"On one core, Meibo scans {ratio} times as many rows per CPU second as Presidio's\n"
        "`BatchAnalyzerEngine` with ja_ginza (batch 64); range\n"
        f"{where}. More in [docs/performance.md](docs/performance.md); repeat it with `make bench`.",
        "ja": "ja_ginza を使う Presidio の `BatchAnalyzerEngine`（バッチ 64）と比べ、CPU 1 秒あたりの\n"
        f"処理行数は {ratio} 倍です（1 コア、範囲 {where}）。\n"
        "詳しくは [docs/performance.md](docs/performance.md)。`make bench` で再現できます。",
    }[lang]


def speed_tables() -> str:
    """Return what ``make bench`` measured."""
    # The benchmarks are no part of the package.
    sys.path.insert(0, str(ROOT))
    from benchmarks.speed.page import speed

    return speed(json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8")))


def store_result() -> dict[str, Any]:
    """Return what ``make bench-store`` wrote."""
    result: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results" / "store.json").read_text("utf-8"))
    return result


def store_size() -> str:
    """Return how much the large store holds, and where it was measured."""
    result = store_result()
    held = ", ".join(f"{name} {rows:,}" for name, rows in result["store"].items())
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    return f"Rows: {held}; {result['megabytes']:,} MB.\nMeasured on {result['machine']}; {versions}."


def store_seconds() -> str:
    """Return the seconds of every answer, the dearest first."""
    result = store_result()
    answers = {f"report `{name}`": taken for name, taken in result["reports"].items()} | result["answers"]
    rows = sorted(answers.items(), key=lambda item: (-item[1]["cpu"], item[0]))
    lines = (f"| {name} | {taken['cpu']:.2f} | {taken['wall']:.2f} |" for name, taken in rows)
    return "\n".join(["| answer | CPU s | wall s |", "|---|--:|--:|", *lines])


BLOCKS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"commands": command_table, "benchmark": lambda: benchmark("en")},
    "README.ja.md": {"benchmark": lambda: benchmark("ja")},
    "docs/cli.md": {"help": cli_help},
    "docs/reports.md": {"reports": reports},
    "docs/detection.md": {
        "entity-types": entity_types,
        "operating-points": operating_points,
        "document-kinds": document_kinds,
        "pictures": picture_figures,
    },
    "docs/performance.md": {"store-size": store_size, "store-seconds": store_seconds, "speed": speed_tables},
}


def page(name: str) -> str:
    """Return the text a page is to have: its own, with every generated block as the code says now."""
    text = (ROOT / name).read_text("utf-8")
    for block, render in BLOCKS[name].items():
        text = replaced(text, block, render())
    return text


def replaced(text: str, block: str, content: str) -> str:
    """Return `text` with the content of one block replaced; raises `ValueError` where it has no such block."""
    mark = f"<!-- generated: {block} -->"
    pattern = re.compile(f"({re.escape(mark)}\n).*?(<!-- /generated -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"no block {mark}")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def block(text: str, name: str) -> str:
    """Return the content of one block."""
    return text.partition(f"<!-- generated: {name} -->\n")[2].partition("<!-- /generated -->")[0].strip("\n")


def sample_report(out: Path, lang: Lang) -> str:
    """Return the first rows of the report `exposure` over a scan, fewer columns than the command shows."""
    shown = ("entity_type", "audience", "sensitivity", "rows", "assets", "examples")
    return sample_table(out, "exposure", lang, shown, SAMPLE_ROWS)


def sample_incidents(out: Path, lang: Lang) -> str:
    """Return the first rows of one report of each incident over a scan."""
    from pipelines.reports.runner import list_reports

    titles = {report.name: getattr(report.title, lang) for report in list_reports()}
    return "\n\n".join(
        f"`meibo report {name}` — {titles[name]}\n\n{sample_table(out, name, lang, columns, INCIDENT_ROWS)}"
        for name, columns in INCIDENTS.items()
    )


def sample_table(out: Path, name: str, lang: Lang, columns: tuple[str, ...], rows: int) -> str:
    """Return the first rows of a report over a scan as a Markdown table, how many there are below."""
    from pipelines.layout import Layout
    from pipelines.reports.render import shown
    from pipelines.reports.runner import run_report

    table = run_report(Layout(out).store, name)
    by_name = {each.name: each for each in table.report.columns}
    chosen = [by_name[each] for each in columns]
    lines = [
        "| " + " | ".join(getattr(each.label, lang) for each in chosen) + " |",
        "|---" * len(chosen) + "|",
    ]
    for row in table.rows[:rows]:
        cells = (shown(table.text(each, row[each.name], lang), table.zone) for each in chosen)
        lines.append("| " + " | ".join(cells) + " |")
    left = len(table.rows) - rows
    more = {"ja": f"ほか {left:,} 行", "en": f"{left:,} more rows"}[lang]
    return "\n".join([*lines, *(["", more] if left > 0 else [])])


def sample_scan(estate: Path, out: Path) -> str:
    """Scan an estate and return what the command prints, with the output directory under its default name."""
    environment = os.environ | {"MEIBO_KEY_FILE": str(estate.parent / "demo.key"), "COLUMNS": "88"}
    command = [sys.executable, "-m", "pipelines.cli", "scan", "--estate", str(estate), "--out", str(out)]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    lines = [line.rstrip() for line in printed.replace(str(out.resolve()), ".meibo").splitlines()]
    return "\n".join(["```text", *lines, "```"])


def write_samples() -> None:
    """Write the small sample estate, scan it, and replace the sample outputs in both READMEs."""
    from pipelines.demo import write_demo

    with tempfile.TemporaryDirectory() as home:
        estate, out = write_demo(Path(home) / "demo", size="small"), Path(home) / "out"
        scan = sample_scan(estate, out)
        languages: dict[str, Lang] = {"README.md": "en", "README.ja.md": "ja"}
        for name, lang in languages.items():
            text = replaced((ROOT / name).read_text("utf-8"), "sample-scan", scan)
            text = replaced(text, "sample-report", sample_report(out, lang))
            text = replaced(text, "sample-incidents", sample_incidents(out, lang))
            (ROOT / name).write_text(text, "utf-8")


def main() -> None:
    """Write every page; with ``--samples`` the sample outputs first."""
    if "--samples" in sys.argv[1:]:
        write_samples()
    for name, text in whole_files().items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
    for name in BLOCKS:
        (ROOT / name).write_text(page(name), "utf-8")


if __name__ == "__main__":
    main()
