"""Write what the documentation takes from the code: ``make docs``; a test fails when it is stale.

A page holds blocks between ``<!-- generated: NAME -->`` and ``<!-- /generated -->``; only they are replaced. The
page of each entity type and `configs/recognizers.yaml` are generated as a whole.
``make docs-samples`` also writes the sample estate, scans it and replaces the sample outputs in the READMEs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from blocks import replaced
from command_pages import cli_help, command_table
from detection_pages import entity_types, operating_points, yaml_registry
from entity_pages import entity_pages
from figure_pages import benchmark, speed_tables, store_seconds, store_size
from picture_pages import document_kinds, picture_figures
from report_pages import reports
from sample_pages import write_samples

ROOT = Path(__file__).resolve().parent.parent

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


def whole_files() -> dict[str, str]:
    """Return the text of every file that is generated as a whole, by its path below the root."""
    return {**entity_pages(), "configs/recognizers.yaml": yaml_registry()}


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
