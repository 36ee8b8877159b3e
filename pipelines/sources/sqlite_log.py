"""The write-ahead log of a SQLite database, ``x.db-wal``: what was committed and is not yet in the database.

SQLite would read it too, but writes files beside it, and may delete the log. So the pages of its last commit are
laid over those of the file in memory. Format: sqlite.org/fileformat2.html, section 4 "The Write-Ahead Log".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from pipelines.errors import NotExamined
from pipelines.sources.file_states import LOG, is_file, version

#: First bytes of a log; the last bit says in which byte order its checksums count.
MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_HEADER, _FRAME = struct.Struct(">4s7I"), struct.Struct(">6I")

#: A database larger than this is not put together with its log: both are in memory for a moment.
LARGEST = 256 << 20

Pair = tuple[int, int]


#: Logs of unpacked databases, by the paths both have while they are read.
_unpacked: dict[Path, Path] = {}


@contextmanager
def laid_beside(database: Path, log: Path) -> Iterator[None]:
    """While it lasts, a file is the write-ahead log of a database that lies elsewhere, as unpacked ones do."""
    _unpacked[database] = log
    try:
        yield
    finally:
        del _unpacked[database]


def log_of(path: Path) -> Path | None:
    """Return the write-ahead log of a database; None where there is none, or no regular file."""
    if path in _unpacked:
        return _unpacked[path]
    log = path.with_name(f"{path.name}{LOG}")
    return log if is_file(log) else None


def whole_of(path: Path) -> bytearray:
    """Return a database as it is, without its log; raises `NotExamined` ``too-large`` above `LARGEST`."""
    if path.stat().st_size > LARGEST:
        raise NotExamined("too-large", "", "unpack the archive it is in")
    return _without_log(bytearray(path.read_bytes()))


def merged(path: Path, log: Path | None = None) -> bytearray | None:
    """Return a database with what its log adds, as SQLite would show it; None where the log adds nothing.

    `log`: where it lies, if not beside the database. Raises `NotExamined` ``too-large`` above `LARGEST`,
    ``changed-while-reading``.
    """
    log = log or log_of(path)
    if log is None:
        return None
    before = version(path.stat()), version(log.stat())
    with log.open("rb") as file:
        pages, count, size = _committed(file)
        if not pages:
            return None
        if count * size > LARGEST:
            raise NotExamined("too-large", "", "open the database once with the program that wrote it")
        whole = bytearray(count * size)
        with path.open("rb") as base:
            base.readinto(whole)
        for number, place in pages.items():
            file.seek(place)
            whole[(number - 1) * size : number * size] = file.read(size)
    if (version(path.stat()), version(log.stat())) != before:
        raise NotExamined("changed-while-reading", "", "scan again when nobody writes to it")
    return _without_log(whole)


def _without_log(whole: bytearray) -> bytearray:
    """Make a database say that it has no log: SQLite would look for one."""
    if whole[18:20] == b"\x02\x02":
        whole[18:20] = b"\x01\x01"
    return whole


def _committed(file: BinaryIO) -> tuple[dict[int, int], int, int]:
    """Return where in a log the pages of its last commit lie, how many the database then has, and their size."""
    committed: dict[int, int] = {}
    count, size, pending = 0, 0, dict[int, int]()
    for number, pages, place, length in _frames(file):
        pending[number] = place
        if pages:
            committed |= pending
            count, size, pending = pages, length, {}
    return {number: place for number, place in committed.items() if number <= count}, count, size


def _frames(file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    """Yield page, pages of the database (0: no commit), place and size of the frames before an invalid one."""
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or header[:4] not in MAGIC:
        return
    _, _, size, _, *salts, first, second = _HEADER.unpack(header)
    order = np.dtype(">u4" if header[3] & 1 else "<u4")
    state = _checksum((0, 0), header[:24], order)
    if state != (first, second) or not 512 <= size <= 65_536 or size & (size - 1):
        return
    while len(frame := file.read(_FRAME.size + size)) == _FRAME.size + size:
        number, pages, *rest = _FRAME.unpack_from(frame)
        state = _checksum(_checksum(state, frame[:8], order), frame[_FRAME.size :], order)
        if rest != [*salts, *state] or not number:
            return
        yield number, pages, file.tell() - size, size


def _checksum(state: Pair, data: bytes, order: np.dtype[np.uint32]) -> Pair:
    """Return the checksum of a log after more data.

    For every two words x, y it is ``a += x + b; b += y + a`` modulo 2³²: linear, so all are weighted at once.
    """
    words = np.frombuffer(data, order).astype(np.uint32)
    weights = _weights(len(words))
    first, second = (int(np.dot(words, row)) for row in weights[:2])
    ((a, b), (c, d)) = weights[2]
    return (a * state[0] + b * state[1] + first) % 2**32, (c * state[0] + d * state[1] + second) % 2**32


@lru_cache(maxsize=8)
def _weights(count: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], tuple[Pair, Pair]]:
    """Return how each of `count` words bears on the two sums, and how the sums before do."""
    first, second = np.zeros(count, np.uint32), np.zeros(count, np.uint32)
    # The step matrix, raised to the number of steps that follow.
    (a, b), (c, d) = (1, 0), (0, 1)
    for place in range(count - 2, -1, -2):
        first[place], second[place] = (a + b) % 2**32, (c + d) % 2**32
        first[place + 1], second[place + 1] = b, d
        (a, b), (c, d) = ((a + b) % 2**32, (a + 2 * b) % 2**32), ((c + d) % 2**32, (c + 2 * d) % 2**32)
    return first, second, ((a, b), (c, d))
