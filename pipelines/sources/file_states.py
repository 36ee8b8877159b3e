"""The state of a file: what tells that it is as it was, and what of it bears on who may read it."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

#: How the name of a database's write-ahead log goes on: the database is what both hold.
LOG = "-wal"
#: The same of DuckDB.
DUCKDB_LOG = ".wal"
LOGS = (LOG, DUCKDB_LOG)
#: Nanoseconds after a change within which another one may leave the same times.
FINE_TICK = 100_000_000
COARSE_TICK = 2_500_000_000


def version(state: os.stat_result) -> tuple[int, int, int]:
    """Return what differs between two states of a file that was written to between them."""
    return state.st_size, state.st_mtime_ns, state.st_ino


def state_of(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return the state of a directory entry itself, links not followed; None where it is gone."""
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def passage(state: os.stat_result) -> str:
    """Say whether group and others may pass a directory: that much of its mode bears on what lies below."""
    return f"{state.st_mode & (stat.S_IXGRP | stat.S_IXOTH):o}"


def proofs_at(path: Path) -> tuple[str, ...]:
    """Return what proves a database and its log unchanged (`base.Place`); nothing where it is not there."""
    log = path.with_name(f"{path.name}{LOG}")
    try:
        return proofs_of(path.stat(), log.stat() if log.exists() else None)
    except OSError:
        return ()


def proofs_of(state: os.stat_result | None, log: os.stat_result | None = None) -> tuple[str, ...]:
    """Return what proves a regular file unchanged: size, both times, inode; nothing just after a change.

    `log`: state of the write-ahead log beside it, which must not have changed either.

    A file written again within one tick of its file system's clock has the same times. Such a clock has ticks of
    milliseconds, or of two seconds where it knows no fractions.
    """
    proofs = [_proof_of(each) for each in (state, *([log] if log else []))]
    return (" ".join(proofs),) if all(proofs) else ()


def _proof_of(state: os.stat_result | None) -> str:
    if state is None or not stat.S_ISREG(state.st_mode):
        return ""
    latest = max(state.st_mtime_ns, state.st_ctime_ns)
    tick = COARSE_TICK if not state.st_mtime_ns % 1_000_000_000 else FINE_TICK
    if time.time_ns() - latest < tick:
        return ""
    return f"file {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino}"


def is_file(path: Path) -> bool:
    """Say whether a regular file lies at `path`, links not followed."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
