"""Pictures and files in cells: photos in an app's database, documents in a column, faces in an address book.

All pictures of a file are one asset, as those of a document are; a file of another kind in a cell is one as it
would be in an archive, called by the column it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import BLOCK, MOST_ENTRIES, Entry
from pipelines.sources.image import LARGEST, is_picture, picture_rows
from pipelines.sources.pictures import numbered, size_of
from pipelines.sources.signs import begins_as
from pipelines.sources.sqlite_connection import SIGNATURE as DATABASE

#: Pixels of the longer side of a symbol: of a site, an app, a button. Nobody's card or letter can be read on it.
SYMBOL = 48
#: Pictures of one file that are looked at; what is beyond is a gap ``image-many-pages``.
MOST_PICTURES = 5_000

#: How files begin that are opened where they stand in a cell: PDF, zip and Office, SQLite.
FILES = tuple(each.hex() for each in (b"%PDF-", b"PK\x03\x04", DATABASE))
_BEGINS = begins_as(FILES)


class Use(Enum):
    """What is done with a blob that is no text."""

    PICTURE = "picture"
    SYMBOL = "symbol"
    FILE = "file"


@dataclass(frozen=True)
class Blob:
    """Content of a cell; `column`: the table and column it stands in, as steps of a path, or the property."""

    column: str
    content: bytes


#: Streams the blobs of a file that may be of use, and what of it cannot be read.
Blobs = Callable[[Path], Iterator[Blob | Gap]]


def path_of(*names: str) -> str:
    """Return the names of table and column as steps of a path.

    Each is masked as a step of its own: beside a dot a number in a name would look like another.
    """
    return "/".join(each.replace("/", "∕") for each in names)


def use_of(content: bytes) -> Use | None:
    """Say what is done with a blob; None for one that nobody reads."""
    if is_picture(content):
        size = size_of(content)
        return Use.SYMBOL if size is not None and max(size) <= SYMBOL else Use.PICTURE
    return Use.FILE if _BEGINS.match(content) else None


def is_of_use(content: bytes) -> bool:
    """Say whether a blob is no gap: it is an asset of its own, or there is nothing to be read on it."""
    return use_of(content) is not None


def is_shown(content: bytes) -> bool:
    """Say whether a blob is no gap where only pictures are read."""
    return use_of(content) in (Use.PICTURE, Use.SYMBOL)


def has_photos(blobs: Blobs, path: Path) -> bool:
    """Say whether a file has pictures in its cells."""
    return any(isinstance(each, Blob) and use_of(each.content) is Use.PICTURE for each in blobs(path))


def read_photos(blobs: Iterator[Blob | Gap]) -> Iterator[pa.RecordBatch | Gap]:
    """Yield every picture as a row: ``image``, the file as it is, and ``page``, its number from 1.

    What is no whole picture is a gap ``part-damaged`` or ``too-large``, those behind `MOST_PICTURES` are
    ``image-many-pages``. Raises `NotExamined` ``ocr-missing``.
    """
    number = 0
    for each in blobs:
        if isinstance(each, Gap):
            yield each
        elif use_of(each.content) is Use.PICTURE:
            number += 1
            if number <= MOST_PICTURES:
                yield from photo_rows(each.content, number)
    if number > MOST_PICTURES:
        yield Gap("image-many-pages", number - MOST_PICTURES)


def photo_rows(content: bytes, number: int) -> Iterator[pa.RecordBatch | Gap]:
    """Yield one picture as `read_photos` does, by the number it has."""
    if len(content) > LARGEST:
        yield Gap("too-large")
        return
    for row in picture_rows(content):
        yield row if isinstance(row, Gap) else numbered(row, number)


class BlobFiles:
    """The files in the cells of a file as a container, in the order of the cells.

    What cannot be read of the file is told where it is read itself. Raises `NotExamined` ``file-missing``.
    """

    def __init__(self, blobs: Blobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self.entries: list[Entry] = []
        for number, each in enumerate(self._files(), 1):
            self.entries.append(Entry(f"{each.column}/{number}", len(each.content)))
            if number > MOST_ENTRIES:
                break
        self._left = self._files()
        self._next = 0

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream a file; those before it are passed over once, not once for each that is read."""
        if number < self._next:
            self._left, self._next = self._files(), 0
        for each in self._left:
            self._next += 1
            if self._next > number:
                yield from (each.content[at : at + BLOCK] for at in range(0, len(each.content), BLOCK))
                return
        raise NotExamined("file-missing", "", "scan again: the file has changed")

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """There is nothing."""
        yield from ()

    def _files(self) -> Iterator[Blob]:
        for each in self._blobs(self._path):
            if isinstance(each, Blob) and use_of(each.content) is Use.FILE:
                yield each
