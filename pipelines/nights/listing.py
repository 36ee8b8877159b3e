"""Listing files without the scan dying of one.

Files are opened to see what is in them before workers are there to die of it. A scan that was killed meanwhile
leaves ``state/listing`` behind: the next one has files listed by a process of its own, and what kills that is an
asset nobody examined. So do the ones after it, until none does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.engines.local import Crashed, LocalEngine
from pipelines.errors import NotExamined
from pipelines.job import Job
from pipelines.refs import CRASHED
from pipelines.sources.inside import Found, list_inside, unlisted
from pipelines.sources.listing import listed_by


@contextmanager
def surviving(job: Job) -> Iterator[None]:
    """Have files listed in this process, or apart where one before was killed."""
    begun = job.layout.listing
    if not begun.exists():
        begun.touch()
        try:
            yield
        finally:
            begun.unlink(missing_ok=True)
        return
    died: list[Path] = []

    def ask(path: Path, called: str) -> list[Found]:
        # What is unpacked has no name but the one this process gives it.
        own = str(path).replace("/proc/self/", f"/proc/{os.getpid()}/", 1)
        for outcome in engine.run(list_safely, [(own, called)]):
            if not isinstance(outcome, Crashed):
                return outcome
        died.append(path)
        raise NotExamined(CRASHED)

    with LocalEngine(job, 1, apart=True) as engine, listed_by(ask):
        yield
    if not died:
        begun.unlink(missing_ok=True)


def list_safely(job: Job, file: tuple[str, str]) -> list[Found]:
    """List the assets of a file (path, what it is called); errors stand for themselves."""
    path, called = file
    try:
        return list_inside(Path(path), called)
    except Exception as error:
        return [unlisted(error)]
