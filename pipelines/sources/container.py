"""What holds other files: archives, mails, documents with files in them; and how much of it is read.

A container names its entries and streams each. It unpacks to no path: what an entry is called is a name to show,
be it absolute or full of ``..``.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from pipelines.errors import NotExamined, is_of_system
from pipelines.sources.base import Gap

#: Containers within containers that are opened; entries of all of them, and their bytes, for one file of a source.
DEPTH, MOST_ENTRIES, LARGEST = 5, 20_000, 8 << 30
#: Bytes of one entry.
LARGEST_ENTRY = 4 << 30
#: What unpacks to more than RATIO times its size is a bomb, unless that is no more than HARMLESS bytes.
RATIO, HARMLESS = 250, 256 << 20
#: Directories of archives, and headers in them, are read whole: at most so many bytes at once.
LARGEST_READ = 16 << 20
#: Bytes of an entry handed on at once: what is lost before a damaged place.
BLOCK = 64 << 10

LONGEST_NAME = 400
_CUT_WORD = re.compile(r"\A[^/_\s]{1,64}")

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Entry:
    """One file in a container. `size`: bytes as the container says, 0 where it does not.

    `fault`: code of why it cannot be read, where that is known before it is.
    """

    name: str
    size: int = 0
    fault: str = ""


class Container(Protocol):
    """A file that holds others."""

    @property
    def entries(self) -> Sequence[Entry]:
        """Its files in an order of its own; links to one another and directories are none."""
        ...

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream the entry of a number, from 0; raises `NotExamined`."""
        ...

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Stream what the container says beside its entries, and what of it could not be read."""
        ...


#: Opens a container, given its path and the name it goes by.
Opener = Callable[[Path, str], Container]


def beside_in(open_container: Opener, path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Read an archive as an asset of its own: what stands in it beside its entries."""
    yield from open_container(path, path.name).beside()


@contextmanager
def damage_told(*faults: type[Exception]) -> Iterator[None]:
    """Turn what a library raises for damaged content into `NotExamined` ``file-damaged``; faults of a disk stay.

    `faults`: what it raises beside `OSError`, `ValueError` and `EOFError`.
    """
    known: tuple[type[Exception], ...] = (EOFError, ValueError, KeyError, RecursionError, *faults)
    try:
        yield
    except OSError as error:
        if is_of_system(error):
            raise
        raise _damaged() from None
    except known:
        raise _damaged() from None


def _damaged() -> NotExamined:
    return NotExamined("file-damaged", "", "restore the file from where it was packed")


def is_bomb(packed: int, unpacked: int) -> bool:
    """Say whether so many bytes unpack to more than anything people keep does."""
    return unpacked > HARMLESS and unpacked > RATIO * packed


def readable_name(raw: bytes) -> str:
    """Return a name as people read it: UTF-8, else CP932 (as Windows and old tools write it), composed."""
    for codec in ("utf-8", "cp932"):
        try:
            return unicodedata.normalize("NFC", raw.decode(codec))
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def shown(name: str) -> str:
    r"""Return the name of an entry as it can stand in an asset id: valid Unicode, on one line, not endless.

    >>> shown("a\nb\udc81.txt") == "a\ufffdb\ufffd.txt", len(shown("x" * 9_000 + ".csv"))
    (True, 336)
    >>> shown("./DCIM/1.jpg")
    'DCIM/1.jpg'
    >>> shown("090-1234-5678/" + "x" * 388)[:3]
    '…/x'
    """
    name = name.removeprefix("./")
    if len(name) > LONGEST_NAME:
        # The rest of a word that is cut may be half a telephone number, which nobody finds and masks.
        name = f"…{_CUT_WORD.sub('', name[1 - LONGEST_NAME :], count=1)}"
    return on_one_line(name)


def on_one_line(name: str) -> str:
    """Return a name whose characters can all be shown."""
    return _UNPRINTABLE.sub("\ufffd", name)


class Careful(io.RawIOBase):
    """A file no library reads more than `LARGEST_READ` of at once: lengths stand in the file, and may lie."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")

    def read(self, size: int | None = -1) -> bytes:
        """Read; raises `NotExamined` ``too-large`` for more than is read at once."""
        if size is None or size < 0:
            size = LARGEST_READ + 1
            data = self._file.read(size)
            size = len(data)
        else:
            data = b"" if size > LARGEST_READ else self._file.read(size)
        if size > LARGEST_READ:
            raise NotExamined("too-large", "", "unpack the archive")
        return data

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; raises `ValueError` for one before the file, as only damage leads to."""
        if whence == 0 and offset < 0:
            raise ValueError
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()
