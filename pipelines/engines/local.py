"""A pool of processes on this machine. A worker that dies takes only the work it held with it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipelines.job import Job

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Crashed(Generic[Item]):
    """The worker that held `item` died, twice: once among others, once alone."""

    item: Item


def run(
    work: Callable[[Job, Item], Outcome], job: Job, items: Sequence[Item], workers: int = 0
) -> Iterator[Outcome | Crashed[Item]]:
    """Yield ``work(job, item)`` for every item as they finish; `workers` 0 means one per core.

    With one worker or one item everything runs in this process. `work` must be a module-level function whose
    errors are its own to handle: what it raises ends the run.
    """
    workers = min(workers or os.cpu_count() or 1, len(items))
    if workers <= 1:
        yield from (work(job, item) for item in items)
        return
    lost: list[Item] = []
    with _pool(job, workers) as pool:
        futures = {pool.submit(_call, work, item): item for item in items}
        for future in as_completed(futures):
            yield from _outcome(future, futures[future], lost)
    # A broken pool fails everything it still had; which item broke it shows when each runs alone.
    for item in lost:
        alone: list[Item] = []
        with _pool(job, 1) as pool:
            yield from _outcome(pool.submit(_call, work, item), item, alone)
        yield from (Crashed(each) for each in alone)


def _outcome(future: Future[Outcome], item: Item, lost: list[Item]) -> Iterator[Outcome]:
    try:
        yield future.result()
    except BrokenProcessPool:
        lost.append(item)


def _pool(job: Job, workers: int) -> ProcessPoolExecutor:
    # Forking a process that runs Arrow's threads can deadlock; a spawned worker starts clean.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(job,))


def _start(job: Job) -> None:
    global _job
    _job = job


def _call(work: Callable[[Job, Item], Outcome], item: Item) -> Outcome:
    return work(_job, item)


_job: Job
