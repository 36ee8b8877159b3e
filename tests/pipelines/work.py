"""What tests let processes of their own do with steps of a scan; such a process need not import pytest for it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from pipelines import shards
from pipelines.job import Job
from pipelines.plan import RunRef, plan
from pipelines.refs import AssetRef, PartRef
from pipelines.sources.inside import Found, list_inside
from pipelines.sources.listing import listed_by
from pipelines.steps import extract_asset


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
