"""One scan or load at a time: an flock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import Refused

_PAUSE = 0.05
_held: set[tuple[int, int, Path]] = set()


@contextmanager
def exclusive(path: Path, timeout: float = 60.0) -> Iterator[None]:
    """Hold the lock on `path`, waiting up to `timeout` seconds; raise `Refused` ``locked`` after that.

    The thread that holds it may take it again, so that a scan under the lock can call the loader.
    """
    holder = (os.getpid(), threading.get_ident(), path.resolve())
    if holder in _held:
        yield
        return
    descriptor = _acquire(path, timeout)
    _held.add(holder)
    try:
        yield
    finally:
        _held.discard(holder)
        os.close(descriptor)


def _acquire(path: Path, timeout: float) -> int:
    # Of a store that was copied or restored by itself there is nothing but the snapshot.
    path.parent.mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise Refused("locked", path.name, "another scan or load is running; wait for it") from None
            time.sleep(_PAUSE)
