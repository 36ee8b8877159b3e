"""CPU seconds, interleaved rounds, medians: trust the ratios, not the seconds."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

Json = dict[str, Any]

VERSIONS = ("presidio-analyzer", "spacy", "ja-ginza", "sudachipy", "sudachidict-core", "pyarrow", "duckdb")


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds `work` takes in this process, all threads together."""
    started = time.process_time()
    work()
    return time.process_time() - started


def rounds(contenders: Mapping[str, tuple[int, Callable[[], object]]], times: int) -> dict[str, list[float]]:
    """Run all contenders in turn, `times` times; return amounts per CPU second.

    A contender is how much it does, in rows or characters, and what does it.
    """
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(times):
        for name, (amount, work) in contenders.items():
            rates[name].append(amount / max(cpu_seconds(work), 1e-9))
    return rates


def ratio(faster: list[float], slower: list[float]) -> Json:
    """Return the median of the ratios of paired rounds, with the least and the greatest."""
    ratios = [a / b for a, b in zip(faster, slower, strict=True)]
    return {"ratio": short(statistics.median(ratios)), "range": [short(min(ratios)), short(max(ratios))]}


def median(values: list[float]) -> float:
    """Return the median, in three digits."""
    return short(statistics.median(values))


def short(value: float) -> float:
    """Return a number in three digits: no more of it would come out again."""
    return float(f"{value:.3g}")


def environment() -> Json:
    """Return machine and versions."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "versions": {name: version(name) for name in VERSIONS},
    }
