"""Options several commands share, and the exit codes of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.config import Estate

USAGE = 64
INTERNAL = 70
NOT_EXAMINED = 3

Out = Annotated[Path, typer.Option(help="Output directory.", envvar="MEIBO_OUT")]
KnownEstate = Annotated[
    Path | None, typer.Option(help="The estate; default ./estate.yaml, else what the last scan was told.")
]
EstateFile = Annotated[Path, typer.Option(help="The estate: what there is and what is known about it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def known_estate(path: Path | None) -> Estate | None:
    """Read the estate file that is named, or ./estate.yaml; None where there is neither."""
    from pipelines.config import load_estate

    here = Path("estate.yaml")
    if path is None and not here.exists():
        return None
    return load_estate(path or here)
