"""Backups of Android devices as ``adb backup`` writes them (``.ab``): four lines, then a tar archive.

The lines are ``ANDROID BACKUP``, the version (1 to 5), whether the rest is compressed (zlib), how it is encrypted
(``none`` or ``AES-256``). Source: AOSP, BackupManagerService.java; github.com/nelenkov/android-backup-extractor.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO, Protocol

from pipelines.errors import NotExamined
from pipelines.sources.container import BLOCK

SIGNATURE = b"ANDROID BACKUP\n"
_LONGEST_LINE = 100
_NOT_ENCRYPTED, _COMPRESSED = b"none", b"1"


class Readable(Protocol):
    """What unpacks as it is read: blocks of at most so many bytes, an empty one at the end."""

    def read1(self, size: int, /) -> bytes:
        """Return the next bytes; raises `EOFError` where the file breaks off, and what its library raises."""
        ...


def open_backup(file: BinaryIO) -> Readable:
    """Return the archive in a backup; raises `NotExamined` ``backup-encrypted``, ``file-damaged``."""
    _, version, compressed, encryption = (file.readline(_LONGEST_LINE).rstrip(b"\n") for _ in range(4))
    if not version.isdigit() or not encryption:
        raise NotExamined("file-damaged", "", "make the backup again")
    if encryption != _NOT_ENCRYPTED:
        raise NotExamined("backup-encrypted", "", "make the backup again without a password")
    return _Inflated(file) if compressed == _COMPRESSED else _Plain(file)


def is_backup(path: Path) -> bool:
    """Say whether a file begins as such backups do."""
    with path.open("rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


class _Plain:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read1(self, size: int, /) -> bytes:
        return self._file.read(size)


class _Inflated:
    """A stream of zlib, unpacked no further than it is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._stream = zlib.decompressobj()

    def read1(self, size: int, /) -> bytes:
        while not self._stream.eof:
            packed = self._stream.unconsumed_tail or self._file.read(BLOCK)
            if data := self._stream.decompress(packed, size):
                return data
            if not packed:
                raise EOFError
        return b""
