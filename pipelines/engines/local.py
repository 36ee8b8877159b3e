"""A pool of processes on this machine. A worker that dies takes only the work it held with it.

No more is handed out than keeps the workers busy, so memory does not grow with the number of items. A worker that
has grown too large is replaced: libraries that read images and documents give back little of what they took.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from pipelines.errors import hush_warnings
from pipelines.job import Job

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

#: Items handed out per worker: the one it works on and the next.
AHEAD = 2
#: Bytes a worker may hold on to between two items.
LARGEST_WORKER = 1 << 30


@dataclass(frozen=True)
class Crashed(Generic[Item]):
    """The worker that held `item` died, twice: once among others, once alone."""

    item: Item


class LocalEngine:
    """Runs work over items in `workers` processes (0: one per core), kept from step to step.

    Where one is asked for, everything runs in this process, which dies of what a worker would have died of, unless
    it is to be `apart`.
    """

    def __init__(self, job: Job, workers: int = 0, *, apart: bool = False) -> None:
        self._job = job
        self._apart = apart or workers != 1
        self._workers = workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._largest = 0

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def parallel(self) -> bool:
        """Whether more than one process works."""
        return self._workers > 1

    def run(
        self, work: Callable[[Job, Item], Outcome], items: Sequence[Item]
    ) -> Iterator[Outcome | Crashed[Item]]:
        """Yield ``work(job, item)`` for every item as they finish.

        `work` is a module-level function that handles its own errors: what it raises ends the run.
        """
        if not self._apart:
            yield from (work(self._job, item) for item in items)
            return
        waiting = deque(items)
        while waiting:
            lost: list[Item] = []
            yield from self._until_one_dies(work, waiting, lost)
            # A broken pool fails everything it held; which item broke it shows when each runs alone.
            yield from self._alone(work, lost)

    def _until_one_dies(
        self, work: Callable[[Job, Item], Outcome], waiting: deque[Item], lost: list[Item]
    ) -> Iterator[Outcome]:
        running: dict[Future[tuple[Outcome, int]], Item] = {}
        while running or (waiting and not lost):
            if self._largest > LARGEST_WORKER and not running:
                self._stop()
            room = AHEAD * self._workers if self._largest <= LARGEST_WORKER and not lost else 0
            while waiting and len(running) < room:
                item = waiting.popleft()
                running[self._submit(work, item)] = item
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                try:
                    outcome, held = future.result()
                except BrokenProcessPool:
                    lost.append(running.pop(future))
                    continue
                del running[future]
                self._largest = max(self._largest, held)
                yield outcome
        if lost:
            self._stop()

    def _submit(self, work: Callable[[Job, Item], Outcome], item: Item) -> Future[tuple[Outcome, int]]:
        self._pool = self._pool or self._start(self._workers)
        try:
            return self._pool.submit(_call, work, item)
        except BrokenProcessPool as error:
            # It broke since the last look; said like every other loss.
            failed: Future[tuple[Outcome, int]] = Future()
            failed.set_exception(error)
            return failed

    def _alone(
        self, work: Callable[[Job, Item], Outcome], lost: Sequence[Item]
    ) -> Iterator[Outcome | Crashed[Item]]:
        pool: ProcessPoolExecutor | None = None
        try:
            for item in lost:
                pool = pool or self._start(1)
                try:
                    yield pool.submit(_call, work, item).result()[0]
                except BrokenProcessPool:
                    pool.shutdown()
                    pool = None
                    yield Crashed(item)
        finally:
            if pool:
                pool.shutdown()

    def _start(self, workers: int) -> ProcessPoolExecutor:
        # Forking a process that runs Arrow's threads can deadlock; a spawned worker starts clean.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(self._job,))

    def _stop(self) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        self._largest = 0


def _start(job: Job) -> None:
    global _job
    _job = job
    hush_warnings()
    # Ctrl-C reaches all of a terminal: what a worker would print of it may quote what it was just reading.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A pool's workers wait for work for ever where who would give it was killed: each holds the other end, too.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _call(work: Callable[[Job, Item], Outcome], item: Item) -> tuple[Outcome, int]:
    return work(_job, item), _held()


def _held() -> int:
    """Return how many bytes of memory this process holds after giving back what it can; 0 where unknown."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


_job: Job
