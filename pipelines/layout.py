"""Where everything lies below the output directory, and how a file gets there.

::

    store.duckdb            the snapshot readers open (published by atomic rename)
    report.html
    state/writer.duckdb     written by the loader alone, under state/lock
    state/unfinished        there while the writer's database is on the way from one scan to the next: the last one
    state/scan.json         the scan in progress; gone when it is published
    staging/                mode 700: manifests, encrypted Parquet; purged
    work/<work key>/        findings Parquet per part, immutable, named by what made it
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from pipelines.errors import writing_to

_ASIDE = re.compile(r"\..+\.([0-9a-f]{8})\.(\d+)\.[0-9a-f]{8}\.tmp", re.DOTALL)

#: Bytes a file system takes as a name.
_LONGEST = 255
#: Seconds after which nobody writes any more to what another host began.
_A_DAY = 86_400


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
        """What to go back to while what the writer's database holds is not whole; empty before the first."""
        return self.state / "unfinished"

    @property
    def scan(self) -> Path:
        """The note of the scan in progress (`pipelines.in_progress`)."""
        return self.state / "scan.json"

    @property
    def listing(self) -> Path:
        """There while files are listed, and as long as one kills who lists it (`pipelines.nights.listing`)."""
        return self.state / "listing"

    @property
    def lock(self) -> Path:
        """An flock on this file makes a scan or load the only one."""
        return self.state / "lock"

    @property
    def pages(self) -> Path:
        """Rows of the last page, for the next one to compare with."""
        return self.state / "page"

    @property
    def staging(self) -> Path:
        """Encrypted Parquet and manifests with raw locators; mode 700."""
        return self.out / "staging"

    @property
    def work(self) -> Path:
        """Findings, evidence and value keys per part."""
        return self.out / "work"

    def create(self) -> Layout:
        """Make the directories with the modes they need. Raises `Refused` ``output-unwritable``."""
        with writing_to("--out"):
            for directory in (self.out, self.state, self.staging, self.work):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.staging.chmod(0o700)
            self.state.chmod(0o700)
        return self

    def sweep(self) -> None:
        """Remove what killed processes left: half written beside its place (`aside`), or apart (`scratch`).

        What processes of another host or container began goes when nobody has written to it for a day.
        """
        for path in list(self.out.rglob(".*.tmp")):
            writer = _ASIDE.fullmatch(path.name)
            if writer and _is_left(path, writer[1], int(writer[2])):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; on success fsync it and rename it over `target`.

    Killed at any moment, either the old file or the new one is there, never half of one. Of several that write
    the same at once the last one's stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = aside(target)
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(target)
        _sync_directory(target.parent)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """Give a directory of one's own below `place`, gone in the end; `Layout.sweep` removes what a kill leaves."""
    own = aside(place / "scratch")
    own.mkdir(parents=True, mode=0o700)
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def aside(target: Path) -> Path:
    """Return a path beside `target` for one writer alone on whatever host; `sweep` knows it by its name."""
    ending = f".{_here()}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    name = os.fsencode(target.name)[: _LONGEST - len(ending) - 1].decode(errors="ignore")
    return target.with_name(f".{name}{ending}")


def take_up(path: Path) -> bool:
    """Make what is there as new, lest `pipelines.purge` removes it; return whether it is there."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


@cache
def _here() -> str:
    """Return eight hex digits for what process numbers are counted in: this host, or this container."""
    try:
        # Containers on the host's network bear its name and count their processes themselves.
        counted_in = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        counted_in = ""
    return hashlib.sha256(f"{socket.gethostname()} {counted_in}".encode()).hexdigest()[:8]


def _is_left(path: Path, host: str, process: int) -> bool:
    if host == _here():
        return not _is_running(process)
    try:
        return abs(time.time() - path.lstat().st_mtime) > _A_DAY
    except FileNotFoundError:
        return False


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
