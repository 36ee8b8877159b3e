"""Options several commands share, and the exit codes of all."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.errors import Refused

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


def given_day(text: str, option: str) -> date:
    """Return the day somebody typed for an option, or say what a day looks like."""
    from pipelines.days import read_day

    try:
        return read_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def given_moment(text: str, option: str, zone: str, *, of_day: time = time.min) -> datetime:
    """Return the moment somebody typed for an option, in UTC; a day without a time is `of_day` on it."""
    from pipelines.days import read_moment

    try:
        return read_moment(text, ZoneInfo(zone), of_day=of_day)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def layout_there(out: Path) -> Layout:
    """Return an output directory that is there; one that was mistyped would look as if it held nothing."""
    from pipelines.layout import Layout

    layout = Layout(out.resolve())
    if not layout.out.is_dir():
        raise Refused("output-missing", "--out", "name the output directory of `meibo scan`")
    return layout


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
