"""What tests let processes of their own do; such a process need not import pytest for it."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import warnings
from collections import deque
from pathlib import Path
from types import FrameType

from pipelines import shards
from pipelines.config import Estate
from pipelines.engines.local import LocalEngine
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.plan import RunRef, plan
from pipelines.refs import AssetRef, PartRef
from pipelines.sources.inside import Found, list_inside
from pipelines.sources.listing import listed_by
from pipelines.steps import extract_asset
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


def die_of_a_note(job: Job, asset: AssetRef, *, full: bool = False) -> list[PartRef]:
    """Stage an asset, unless it is the one that kills whoever reads it."""
    if asset.id.endswith("note1.txt"):
        os.kill(os.getpid(), signal.SIGKILL)
    return extract_asset(job, asset, full=full)


def list_or_die(path: Path, called: str = "") -> list[Found]:
    """List the assets of a file, unless it is the one that kills whoever lists it."""
    if path.name == "deadly.zip":
        os.kill(os.getpid(), signal.SIGKILL)
    return list_inside(path, called)


def list_safely_or_die(job: Job, file: tuple[str, str]) -> list[Found]:
    return list_or_die(Path(file[0]), file[1])


def plan_and_die(job: Job) -> None:
    """Plan a scan of files, one of which kills who lists it."""
    with listed_by(list_or_die):
        plan(job)


def extract_and_die(job: Job, plan: RunRef) -> None:
    """Extract the first shard of a plan as a task does that is killed by what it reads."""
    shards.extract_asset = die_of_a_note
    shards.extract_shard(job, plan, 0)


def die_while_loading(out: str, module: str, function: str, event: str) -> None:
    """Load the estate's scan, and be killed at the first "call" or "return" of a function."""
    from pipelines.load import load
    from tests.pipelines.scans import estate_job, estate_scan

    work = estate_job(Path(out))
    result = estate_scan(work.layout)

    def kill(frame: FrameType, what: str, _: object) -> None:
        if (what, frame.f_code.co_name) == (event, function) and frame.f_globals["__name__"] == module:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(kill)
    load(work, result)


def hold(out: str) -> None:
    """Take the lock and keep it until killed."""
    with exclusive(Path(out) / "state" / "lock"):
        print("held", flush=True)
        time.sleep(60)


def warn_of_a_value(job: Job, item: str) -> str:
    """Warn as parsers of foreign files do: with the cell they choke on."""
    warnings.warn(f"cell A1 is marked as a date: {item}", UserWarning, stacklevel=1)
    return item
