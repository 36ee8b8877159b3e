"""``make bench`` and ``make bench-full``: what scanning costs; JSON in ``benchmarks/results/``.

CPU time of this process on one thread, contenders in turn, medians: trust the ratios, not the seconds. The core
takes minutes on two cores; ``--full`` takes the sizes the targets name, and measures memory.
"""

from __future__ import annotations

import os

for threads in ("OMP_NUM_THREADS", "ARROW_NUM_THREADS"):
    os.environ[threads] = "1"

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from benchmarks.speed import detection, memory, nights, workers
from benchmarks.speed.timing import Json, environment
from pipelines.layout import Layout

RESULTS = Path(__file__).resolve().parents[1] / "results" / "speed.json"


@dataclass(frozen=True)
class Size:
    """How much is measured: rows of the table, rounds, characters of letters, rows of the quality part, of the
    nights and of one item of the two workers.
    """

    rows: int
    rounds: int
    characters: int
    quality: int
    nights: int
    workers: int


CORE = Size(rows=131_072, rounds=3, characters=3_000_000, quality=4_000, nights=20_000, workers=2_000)
FULL = Size(rows=1_000_000, rounds=3, characters=33_000_000, quality=20_000, nights=300_000, workers=8_000)


def main() -> None:
    """Measure, print every part as it comes, write the results."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    arguments.add_argument("--full", action="store_true", help="the sizes of the targets, and memory")
    arguments.add_argument("--only", action="append", help="measure this part again, keep the others")
    arguments.add_argument("--rows", type=int, help="rows of the table and of the nights")
    given = arguments.parse_args()
    size = FULL if given.full else CORE
    if given.rows:
        size = replace(size, rows=given.rows, nights=given.rows)
    logging.disable(logging.WARNING)
    pa.set_cpu_count(1)
    known = _measured_here() if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as place:
        for name, measure in parts(size, Path(place), full=given.full).items():
            if not given.only or name in given.only:
                started = time.perf_counter()
                known[name] = measure()
                show(name, known[name], time.perf_counter() - started)
                told = json.dumps(known | environment(), indent=2, ensure_ascii=False)
                RESULTS.write_text(told + "\n", "utf-8")


def _measured_here() -> Json:
    """Return the results there are, where they are of this machine and these versions: other parts stay."""
    known: Json = json.loads(RESULTS.read_text("utf-8"))
    return known if environment().items() <= known.items() else {}


def parts(size: Size, home: Path, *, full: bool) -> dict[str, Callable[[], Json]]:
    """Return what is measured, by name."""
    measured: dict[str, Callable[[], Json]] = {
        "table": partial(detection.table_rates, size.rows, size.rounds, home),
        "text": partial(detection.text_rates, size.characters, size.rounds),
        "quality": partial(detection.quality, size.quality),
        "nights": partial(nights.nights, size.nights, home),
        "start": partial(nights.start, home),
        "workers": partial(
            workers.two_workers, workers.own_job(Layout(home / "none")), size.workers, size.rounds
        ),
    }
    return measured | ({"memory": partial(memory.peaks, home)} if full else {})


def show(name: str, told: Json, seconds: float) -> None:
    """Print one part."""
    print(f"\n{name} ({seconds:.0f} s)", flush=True)
    for key, value in told.items():
        if isinstance(value, dict):
            print(f"  {key}")
            for inner, number in value.items():
                print(f"    {inner:40} {number}", flush=True)
        else:
            print(f"  {key:42} {value}", flush=True)


if __name__ == "__main__":
    main()
