"""The sample outputs of the READMEs: the small sample estate, scanned."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from blocks import replaced

ROOT = Path(__file__).resolve().parent.parent

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
