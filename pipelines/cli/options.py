"""Options several commands share, and the exit codes of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.config import Estate
    from pipelines.layout import Layout

USAGE = 64
INTERNAL = 70
NOT_EXAMINED = 3

Out = Annotated[Path, typer.Option(help="Output directory.", envvar="MEIBO_OUT")]
KnownEstate = Annotated[
    Path | None, typer.Option(help="The estate; default ./estate.yaml, else what the last scan was told.")
]
EstateFile = Annotated[Path, typer.Option(help="The estate: what there is and what is known about it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def say_progress(layout: Layout, lang: str = "ja") -> None:
    """Say on standard error that a scan is in progress, or was broken off: what is shown is the one before."""
    from pipelines.cli.console import print_error

    if not layout.scan.exists():
        return
    said = {
        "ja": "検査の途中です(または中断されています)。以下は前回までの検査の内容です。",
        "en": "A scan is in progress (or was broken off). This shows the scans before it.",
    }
    print_error(said["en" if lang == "en" else "ja"])


def known_estate(path: Path | None) -> Estate | None:
    """Read the estate file that is named, or ./estate.yaml; None where there is neither."""
    from pipelines.config import load_estate

    here = Path("estate.yaml")
    if path is None and not here.exists():
        return None
    return load_estate(path or here)
