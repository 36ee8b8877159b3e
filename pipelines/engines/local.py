"""A pool of processes on this machine. A worker that dies takes only the work it held with it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

from pipelines.job import Job

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Crashed(Generic[Item]):
    """The worker that held `item` died, twice: once among others, once alone."""

    item: Item


class LocalEngine:
    """Runs work over items in `workers` processes (0: one per core), kept from step to step.

    With one worker or one item everything runs in this process.
    """

    def __init__(self, job: Job, workers: int = 0) -> None:
        self._job = job
        self._workers = workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def run(
        self, work: Callable[[Job, Item], Outcome], items: Sequence[Item]
    ) -> Iterator[Outcome | Crashed[Item]]:
        """Yield ``work(job, item)`` for every item as they finish.

        `work` is a module-level function that handles its own errors: what it raises ends the run.
        """
        if min(self._workers, len(items)) <= 1:
            yield from (work(self._job, item) for item in items)
            return
        self._pool = self._pool or self._start(self._workers)
        lost: list[Item] = []
        futures = {self._pool.submit(_call, work, item): item for item in items}
        for future in as_completed(futures):
            yield from _outcome(future, futures[future], lost)
        if lost:
            self._pool.shutdown()
            self._pool = None
        # A broken pool fails everything it still had; which item broke it shows when each runs alone.
        for item in lost:
            yield from self._alone(work, item)

    def _alone(self, work: Callable[[Job, Item], Outcome], item: Item) -> Iterator[Outcome | Crashed[Item]]:
        crashed: list[Item] = []
        with self._start(1) as pool:
            yield from _outcome(pool.submit(_call, work, item), item, crashed)
        yield from (Crashed(each) for each in crashed)

    def _start(self, workers: int) -> ProcessPoolExecutor:
        # Forking a process that runs Arrow's threads can deadlock; a spawned worker starts clean.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(self._job,))


def _outcome(future: Future[Outcome], item: Item, lost: list[Item]) -> Iterator[Outcome]:
    try:
        yield future.result()
    except BrokenProcessPool:
        lost.append(item)


def _start(job: Job) -> None:
    global _job
    _job = job


def _call(work: Callable[[Job, Item], Outcome], item: Item) -> Outcome:
    return work(_job, item)


_job: Job
