"""What tests let processes of their own do that needs no step of a scan: those are two seconds dearer to start."""

from __future__ import annotations

import os
import resource
import signal
import time
import warnings
from collections import deque
from pathlib import Path

from pipelines.config import Estate
from pipelines.engines.local import LocalEngine
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.store.lock import exclusive


def double(job: Job, number: int) -> int:
    return 2 * number


def process(job: Job, number: int) -> int:
    return os.getpid()


def die_on_three(job: Job, number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def leave_on_three(job: Job, number: int) -> int:
    if number == 3:
        os._exit(1)
    return number


def run_out_of_memory(job: Job, number: int) -> int:
    if number == 3:
        resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20))
        # What is left is too little for the interpreter to say so.
        os.abort() if not _fits(1 << 30) else None
    return number


def _fits(size: int) -> bool:
    try:
        return bool(bytearray(size))
    except MemoryError:
        return False


def hold_bytes(job: Job, number: int) -> int:
    _HELD.append(bytearray(b"x" * (number << 20)))
    return os.getpid()


_HELD: list[bytearray] = []


def count_handed_out(job: Job, number: int) -> int:
    time.sleep(0.02)
    return number


def sleep(job: Job, number: int) -> int:
    print(os.getpid(), flush=True)
    time.sleep(600)
    return number


def keep_workers_busy(out: str) -> None:
    """Hand out work that does not end, until killed."""
    estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": "in"}]})
    with LocalEngine(Job(estate, Layout(Path(out)), KeyRing(b"of the tests only")), workers=2) as engine:
        deque(engine.run(sleep, range(6)), maxlen=0)


def hold(out: str) -> None:
    """Take the lock and keep it until killed."""
    with exclusive(Path(out) / "state" / "lock"):
        print("held", flush=True)
        time.sleep(60)


def warn_of_a_value(job: Job, item: str) -> str:
    """Warn as parsers of foreign files do: with the cell they choke on."""
    warnings.warn(f"cell A1 is marked as a date: {item}", UserWarning, stacklevel=1)
    return item
