"""Where everything lies below the output directory, and how a file gets there.

::

    store.duckdb            the snapshot readers open (published by atomic rename)
    report.html
    state/writer.duckdb     written by the loader alone, under state/lock
    state/unfinished        there while the writer's database is on the way from one scan to the next
    state/scan.json         the scan in progress; gone when it is published
    staging/                mode 700: manifests, encrypted Parquet; purged
    work/<work key>/        findings Parquet per part, immutable, named by what made it
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_ASIDE = re.compile(r"\..+\.(\d+)\.tmp", re.DOTALL)


@dataclass(frozen=True)
class Layout:
    """The paths of one output directory. Creating a `Layout` touches nothing; `create` does."""

    out: Path

    @property
    def store(self) -> Path:
        """The read-only snapshot."""
        return self.out / "store.duckdb"

    @property
    def report(self) -> Path:
        """The self-contained page."""
        return self.out / "report.html"

    @property
    def state(self) -> Path:
        """The writer's own directory."""
        return self.out / "state"

    @property
    def writer(self) -> Path:
        """The database only the loader opens."""
        return self.state / "writer.duckdb"

    @property
    def unfinished(self) -> Path:
        """The note that what the writer's database holds is not whole."""
        return self.state / "unfinished"

    @property
    def lock(self) -> Path:
        """An flock on this file makes a scan or load the only one."""
        return self.state / "lock"

    @property
    def staging(self) -> Path:
        """Encrypted Parquet and manifests with raw locators; mode 700."""
        return self.out / "staging"

    @property
    def work(self) -> Path:
        """Findings, evidence and value keys per part."""
        return self.out / "work"

    def create(self) -> Layout:
        """Make the directories with the modes they need."""
        for directory in (self.out, self.state, self.staging, self.work):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.staging.chmod(0o700)
        self.state.chmod(0o700)
        return self

    def sweep(self) -> None:
        """Remove what killed processes left half written beside its place (`replacing`)."""
        for path in self.out.rglob(".*.tmp"):
            writer = _ASIDE.fullmatch(path.name)
            if writer and not _is_running(int(writer[1])):
                path.unlink(missing_ok=True)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; on success fsync it and rename it over `target`.

    Killed at any moment, either the old file or the new one is there, never half of one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(target)
        _sync_directory(target.parent)
    finally:
        beside.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    # A killed worker whose parent has not asked after it still has its number, and will never write again.
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
