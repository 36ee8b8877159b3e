"""Files packed as one stream: gzip, bzip2, xz, Zstandard, backups of Android.

A tar archive within is unpacked once for all files.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.android_backup import SIGNATURE as BACKUP
from pipelines.sources.android_backup import Readable, is_backup, open_backup
from pipelines.sources.base import Gap
from pipelines.sources.container import BLOCK, LARGEST, Container, Entry, damage_told, is_bomb
from pipelines.sources.spool import Spool
from pipelines.sources.tar_files import TarFiles, is_tar
from pipelines.sources.zip_files import NoFiles

#: Memory a stream of xz may ask for: its highest level takes 65 MiB.
MEMORY = 256 << 20

_TAR_ENDINGS = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}
#: What packers put behind a name. Object stores keep packed what is called as it was before.
_ENDINGS = frozenset({".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd", ".ab", *_TAR_ENDINGS})
_HEAD = 512


def open_packed(path: Path, name: str = "") -> Container:
    """Open a packed file: the tar archive in it, or else the one file it is.

    Raises `NotExamined` ``too-large`` or ``disk-full`` where the archive does not fit the budgets;
    ``backup-encrypted``.
    """
    stream = _blocks(path)
    spool = Spool(LARGEST)
    spool.fill(stream, _HEAD)
    with spool.path.open("rb") as file:
        head = file.read(_HEAD)
    if is_backup(path) and not any(head) and not spool.fault:
        # Of a device that was locked: nothing was confirmed, nothing is in it.
        return NoFiles()
    if not is_tar(head):
        return _One(path, name)
    if not spool.fault:
        spool.fill(stream)
    return _PackedTar(spool)


class _PackedTar(TarFiles):
    def __init__(self, spool: Spool) -> None:
        super().__init__(spool.path, damaged=bool(spool.fault))
        # Without a name it is there as long as somebody holds it.
        self._spool = spool


class _One:
    """A single packed file, called as the file around it without the ending that says so."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        inner, ending = PurePath(name), PurePath(name).suffix.lower()
        stem = inner.stem if ending in _ENDINGS else inner.name
        self.entries = [Entry(stem + _TAR_ENDINGS.get(ending, ""))]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream the file; raises `NotExamined` ``file-damaged``, ``too-large``."""
        yield from _blocks(self._path)

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """There is nothing."""
        yield from ()


def _blocks(path: Path) -> Iterator[bytes]:
    """Unpack a file; raises `NotExamined` ``file-damaged``, or ``too-large`` for a bomb."""
    packed, unpacked = path.stat().st_size, 0
    with path.open("rb") as file:
        stream = _opened(file)
        while block := _next(stream):
            unpacked += len(block)
            if is_bomb(packed, unpacked):
                raise NotExamined("too-large", "", "unpack the file")
            yield block


def _next(stream: Readable) -> bytes:
    with damage_told(zlib.error, lzma.LZMAError):
        # Not `read`: that would drop what came before the damage.
        return stream.read1(BLOCK)


def _opened(file: BinaryIO) -> Readable:
    head = file.read(len(BACKUP))
    file.seek(0)
    return next(opener for magic, opener in _OPENERS.items() if head.startswith(magic))(file)


class _Xz:
    """A stream of xz within a limit of memory: its header says how much it wants."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, MEMORY)
        self._rest = b""

    def read1(self, size: int, /) -> bytes:
        while True:
            if self._decoder.eof and not self._start_again():
                return b""
            if self._decoder.needs_input and not self._rest:
                self._rest = self._file.read(BLOCK)
                if not self._rest:
                    raise EOFError
            try:
                data = self._decoder.decompress(self._rest, size)
            except lzma.LZMAError as error:
                if "limit" in str(error):
                    raise NotExamined("too-large", "", "pack it again at an ordinary level") from None
                raise
            self._rest = b""
            if data:
                return data

    def _start_again(self) -> bool:
        """Go on with the next of several streams, which may be padded with zeros; False at the end."""
        self._rest = self._decoder.unused_data.lstrip(b"\0")
        while not self._rest:
            block = self._file.read(BLOCK)
            if not block:
                return False
            self._rest = block.lstrip(b"\0")
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, MEMORY)
        return True


def _zstd(file: BinaryIO) -> Readable:
    stream: Readable = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
    return stream


_OPENERS: dict[bytes, Callable[[BinaryIO], Readable]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": _Xz,
    b"\x28\xb5\x2f\xfd": _zstd,
    BACKUP: open_backup,
}

#: How packed files begin.
SIGNATURES = tuple(_OPENERS)
