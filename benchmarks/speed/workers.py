"""Two workers against one, in the gain two processes that only compute have in the same run."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.speed.nights import KEYS
from benchmarks.speed.table import customers
from benchmarks.speed.timing import Json, short
from detectors import scan_batch
from detectors.cascade import Cascade
from pipelines.config import Estate
from pipelines.engines.local import LocalEngine
from pipelines.job import Job
from pipelines.layout import Layout

ITEMS = 8
_TURNS = 6_000_000


def examine(_: Job, item: tuple[int, int]) -> int:
    """Scan so many rows drawn from a seed, nothing known of their values before."""
    logging.disable(logging.INFO)
    rows, seed = item
    batch = customers(rows, seed).rows.combine_chunks().to_batches()[0]
    return int(scan_batch(batch, cascade=Cascade.at("balanced", opinions={})).findings.num_rows)


def compute(_: Job, item: tuple[int, int]) -> int:
    """Compute and nothing else."""
    total = item[1]
    for number in range(_TURNS):
        total = (total * 31 + number) & 0xFFFF
    return total


def two_workers(job: Job, rows: int, times: int) -> Json:
    """Return how much faster two workers are than one, wall clock, scanning and only computing."""
    items = [(rows, seed) for seed in range(ITEMS)]
    ours, theirs = [], []
    with LocalEngine(job, 2) as two, LocalEngine(job, 1) as one:
        for work in (examine, compute):
            # Both processes of the pool have to be there, with their dictionaries.
            _wall(partial(_run, two, work, [(16, seed) for seed in range(4)]))
            _wall(partial(_run, one, work, [(16, 0)]))
        for _ in range(times):
            ours.append(_gain(one, two, examine, items))
            theirs.append(_gain(one, two, compute, items))
    return {
        "gain": short(statistics.median(ours)),
        "gain of pure computing": short(statistics.median(theirs)),
        "ratio": short(statistics.median(a / b for a, b in zip(ours, theirs, strict=True))),
    }


def own_job(layout: Layout) -> Job:
    """Return a job over an empty source, for its key."""
    sources = [{"name": "none", "kind": "files", "path": str(layout.out)}]
    return Job(Estate.model_validate({"sources": sources}), layout, KEYS)


def _gain(
    one: LocalEngine,
    two: LocalEngine,
    work: Callable[[Job, tuple[int, int]], int],
    items: Sequence[tuple[int, int]],
) -> float:
    return _wall(partial(_run, one, work, items)) / _wall(partial(_run, two, work, items))


def _run(
    engine: LocalEngine, work: Callable[[Job, tuple[int, int]], int], items: Sequence[tuple[int, int]]
) -> None:
    for _ in engine.run(work, items):
        continue


def _wall(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
