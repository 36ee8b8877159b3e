"""Floors: the figures that may not get worse. ``floors.yaml`` holds them, by the figure's name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

FLOORS = Path(__file__).with_name("floors.yaml")
#: How far below today's figure `drawn` puts a floor.
MARGIN = 0.015
#: Rates with a ceiling, by the end of their name, and how far above today's rate and a quarter `drawn` puts it.
CEILINGS = {"/false_per_10k/rate": 0.1, "/documents_hit/rate": 0.004}
#: Where a phrase begins and ends is a matter of taste: of these types only the overlap has a floor.
PHRASES = ("EMPLOYMENT_HISTORY", "RELATIONSHIP", "JP_SPECIAL_CARE")
#: What has neither floor nor ceiling: cases to look at, cases without a right answer, other systems, the clock.
_FREE = ("calibrate", "ambiguous", "comparison/", "speed/", "/genres/")

_HEAD = """\
# Figures of `make quality` that may not get worse, by their path in benchmarks/results/quality.json.
# `python -m benchmarks.quality --set-floors` writes them anew, a little below what the run measured: look at the
# difference before committing a floor that went down.
"""


def names(figures: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return every number of a nested mapping by its path: ``text/own-measure/types/PERSON/exact/f1``."""
    flat: dict[str, float] = {}
    for key, value in figures.items():
        if isinstance(value, Mapping):
            flat |= names(value, f"{prefix}{key}/")
        elif isinstance(value, int | float):
            flat[f"{prefix}{key}"] = value
    return flat


def breaches(figures: Mapping[str, Any], floors: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield one sentence per figure below its floor or above its ceiling; unmeasured figures are no breach."""
    measured = names(figures)
    for name, bound in floors.get("at_least", {}).items():
        if name in measured and measured[name] < bound:
            yield f"{name} is {measured[name]:g}, below its floor {bound:g}"
    for name, bound in floors.get("at_most", {}).items():
        if name in measured and measured[name] > bound:
            yield f"{name} is {measured[name]:g}, above its ceiling {bound:g}"


def unmeasured(figures: Mapping[str, Any], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the names of the floors this run has no figure for (sets that are absent, or left out)."""
    measured = names(figures)
    return sorted(name for bounds in floors.values() for name in bounds if name not in measured)


def read(path: Path = FLOORS) -> dict[str, dict[str, float]]:
    """Return the floors: ``at_least`` and ``at_most``, each by name of figure."""
    return yaml.safe_load(path.read_text("utf-8")) or {}


def write(figures: Mapping[str, Any], path: Path = FLOORS) -> None:
    """Write floors drawn from `figures`."""
    path.write_text(_HEAD + yaml.safe_dump(drawn(figures), allow_unicode=True), "utf-8")


def drawn(figures: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return floors a little below `figures`, and ceilings a little above its rates of false findings."""
    measured = {
        name: value for name, value in names(figures).items() if not any(mark in name for mark in _FREE)
    }
    return {
        "at_least": {
            name: math.floor((value - MARGIN) * 1000) / 1000
            for name, value in measured.items()
            if _judged(name) and value > MARGIN
        },
        "at_most": {
            name: math.ceil((value * 1.25 + slack) * 1000) / 1000
            for name, value in measured.items()
            for end, slack in CEILINGS.items()
            if name.endswith(end)
        },
    }


def _judged(name: str) -> bool:
    if any(f"/{phrase}/" in name for phrase in PHRASES):
        return name.endswith("/overlap/f1")
    return name.endswith(("/exact/f1", "/char/f1", "/personal/f1", "/typed/f1"))
