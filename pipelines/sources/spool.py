"""Unpacked files without a name: in memory while they are small, then in a file that no directory lists.

Readers want a path, and get one below ``/proc/self/fd``. What was unpacked is gone with the process, however that
ends: nothing has to be removed after a kill.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from pipelines.errors import NotExamined

#: Bytes that are held in memory.
IN_MEMORY = 32 << 20
#: Bytes of the disk that are left to others.
RESERVE = 1 << 30

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Spool:
    """An unpacked file of at most `most` bytes. `fault`: why not all of it is there, "" where it is."""

    def __init__(self, most: int) -> None:
        self.fault = ""
        self.size = 0
        self._most = most
        self._file = _in_memory()
        self._asked = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def path(self) -> Path:
        """Where this process can open it, as often as it wants, until it is closed."""
        return Path(f"/proc/self/fd/{self._file.fileno()}")

    def fill(self, blocks: Iterator[bytes], until: int | None = None) -> None:
        """Append blocks, until there are `until` bytes where that is said.

        Raises `NotExamined` ``too-large`` or ``disk-full``, and what `blocks` raises but ``file-damaged``: what
        came before the damage is kept, and the damage is the `fault`.
        """
        try:
            while until is None or self.size < until:
                block = next(blocks, None)
                if block is None:
                    break
                self._add(block)
            self._file.flush()
        except NotExamined as fault:
            if fault.code != "file-damaged":
                raise
            self._file.flush()
            self.fault = fault.code
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise _no_room() from None

    def _add(self, block: bytes) -> None:
        self.size += len(block)
        if self.size > self._most:
            raise NotExamined("too-large", "", "unpack it and split the file")
        if self.size - self._asked > IN_MEMORY:
            if not self._asked:
                self._put_on_disk()
            if shutil.disk_usage(tempfile.gettempdir()).free < RESERVE:
                raise _no_room()
            self._asked = self.size
        self._file.write(block)

    def _put_on_disk(self) -> None:
        self._file.seek(0)
        # The system's own way where it has one (O_TMPFILE); else removed as soon as it is made.
        on_disk = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed with the spool
        shutil.copyfileobj(self._file, on_disk, 1 << 20)
        self._file.close()
        self._file = on_disk


def is_nameless(path: Path) -> bool:
    """Say whether a path is one of a `Spool`: it leads to a file, but is no link that can be resolved."""
    return path.parts[:2] == ("/", "proc")


def _in_memory() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("meibo"), "w+b")
    return cast(BinaryIO, tempfile.TemporaryFile())


def _no_room() -> NotExamined:
    return NotExamined("disk-full", "", "let TMPDIR name a directory with more room")
