"""What the end of a 7z archive says of it (7zFormat.txt of the LZMA SDK): what is packed, the files in it.

A folder is what was packed together, through a chain of coders. All is read from one block of bytes of at most
`container.LARGEST_READ`, and every count is held against its size.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from pipelines.errors import NotExamined

_END, _HEADER, _PROPERTIES, _STREAMS, _FILES = 0x00, 0x01, 0x02, 0x04, 0x05
_PACKED, _FOLDERS, _SUBSTREAMS, _SIZES, _CHECKSUMS, _FOLDER, _UNPACKED_SIZES, _COUNTS = range(0x06, 0x0E)
_EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES, _ATTRIBUTES = 0x0E, 0x0F, 0x10, 0x11, 0x15
PACKED_HEADER = 0x17
_MOST_CODERS = 32
#: Folders, streams and files of one archive that are held in memory.
_MOST = 500_000


class Damaged(Exception):
    """The header does not hold together."""


@dataclass
class Coder:
    """One step of a chain: its method, what it wants to know; streams in and out."""

    method: bytes
    properties: bytes
    streams: tuple[int, int]


@dataclass
class Folder:
    """What was packed together. `packed`: place and size of its streams; `checksum`: of what it unpacks to."""

    coders: list[Coder]
    bonds: list[tuple[int, int]]
    packed: list[tuple[int, int]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    checksum: int | None = None

    @property
    def size(self) -> int:
        """Bytes it unpacks to: of the stream that goes into no other coder."""
        bound = {outgoing for _, outgoing in self.bonds}
        return next((size for at, size in enumerate(self.sizes) if at not in bound), 0)

    @property
    def chain(self) -> list[Coder]:
        """Its coders from the one that gives what it unpacks to; none where they branch."""
        if any(coder.streams != (1, 1) for coder in self.coders):
            return []
        before = dict(self.bonds)
        bound = {outgoing for _, outgoing in self.bonds}
        at = next((each for each in range(len(self.coders)) if each not in bound), None)
        found: list[Coder] = []
        while at is not None and at < len(self.coders) and len(found) < len(self.coders):
            found.append(self.coders[at])
            at = before.get(at)
        return found if len(found) == len(self.coders) and at is None else []


@dataclass
class Stream:
    """A piece of a folder: its place there, its size, its checksum or None."""

    folder: int
    start: int
    size: int
    checksum: int | None


@dataclass
class File:
    """A file; `stream` is None for one without content."""

    name: str
    stream: Stream | None
    attributes: int = 0


class Header:
    """Reads a header; raises `Damaged`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def kind(self) -> int:
        """Return what comes next."""
        return self._byte()

    def files(self) -> tuple[list[Folder], list[File]]:
        """Read a whole header behind its first byte: what is packed, and the files."""
        folders: list[Folder] = []
        streams: list[Stream] = []
        files: list[File] = []
        while (kind := self._byte()) != _END:
            if kind == _STREAMS:
                folders, streams = self.streams()
            elif kind == _FILES:
                files = self._files(streams)
            elif kind == _PROPERTIES:
                while self._byte() != _END:
                    self._take(self._number())
            else:
                raise Damaged
        return folders, files

    def streams(self) -> tuple[list[Folder], list[Stream]]:
        """Read what is packed: the folders, the pieces in them."""
        packed: list[tuple[int, int]] = []
        folders: list[Folder] = []
        streams: list[Stream] | None = None
        while (kind := self._byte()) != _END:
            if kind == _PACKED:
                packed = self._packed()
            elif kind == _FOLDERS:
                folders = self._folders(packed)
            elif kind == _SUBSTREAMS:
                streams = self._substreams(folders)
            else:
                raise Damaged
        if streams is None:
            streams = [Stream(at, 0, each.size, each.checksum) for at, each in enumerate(folders)]
        return folders, streams

    def _packed(self) -> list[tuple[int, int]]:
        place, count = 32 + self._number(), self._count()
        sizes = [0] * count
        while (kind := self._byte()) != _END:
            if kind == _SIZES:
                sizes = [self._number() for _ in range(count)]
            elif kind == _CHECKSUMS:
                self._checksums(count)
            else:
                raise Damaged
        found = []
        for size in sizes:
            found.append((place, size))
            place += size
        return found

    def _folders(self, packed: list[tuple[int, int]]) -> list[Folder]:
        self._expect(_FOLDER)
        count = self._count()
        self._expect(0)  # not kept elsewhere
        folders, left = [], list(reversed(packed))
        for _ in range(count):
            folder, streams = self._folder()
            if streams > len(left):
                raise Damaged
            folder.packed = [left.pop() for _ in range(streams)]
            folders.append(folder)
        self._expect(_UNPACKED_SIZES)
        for folder in folders:
            folder.sizes = [self._number() for coder in folder.coders for _ in range(coder.streams[1])]
        while (kind := self._byte()) != _END:
            if kind != _CHECKSUMS:
                raise Damaged
            for folder, checksum in zip(folders, self._checksums(count), strict=True):
                folder.checksum = checksum
        return folders

    def _folder(self) -> tuple[Folder, int]:
        """Read a folder; return it and how many packed streams go into it."""
        coders: list[Coder] = []
        for _ in range(self._number()):
            if len(coders) == _MOST_CODERS:
                raise Damaged
            flags = self._byte()
            method = self._take(flags & 0xF)
            sides = (self._count(), self._count()) if flags & 0x10 else (1, 1)
            coders.append(Coder(method, self._take(self._number()) if flags & 0x20 else b"", sides))
        incoming, outgoing = (sum(coder.streams[side] for coder in coders) for side in (0, 1))
        if not 1 <= outgoing <= incoming + 1 or incoming > _MOST_CODERS:
            raise Damaged
        bonds = [(self._number(), self._number()) for _ in range(outgoing - 1)]
        streams = incoming - len(bonds)
        if streams > 1:
            for _ in range(streams):
                self._number()
        return Folder(coders, bonds), streams

    def _substreams(self, folders: list[Folder]) -> list[Stream]:
        counts = [1] * len(folders)
        kind = self._byte()
        if kind == _COUNTS:
            counts = [self._count() for _ in folders]
            kind = self._byte()
        streams: list[Stream] = []
        for at, (folder, count) in enumerate(zip(folders, counts, strict=True)):
            start = 0
            for number in range(count):
                last = number == count - 1
                if not last and kind != _SIZES:
                    raise Damaged
                size = folder.size - start if last else self._number()
                if size < 0:
                    raise Damaged
                _affordable(len(streams))
                streams.append(Stream(at, start, size, folder.checksum if count == 1 else None))
                start += size
        if kind == _SIZES:
            kind = self._byte()
        while kind != _END:
            if kind != _CHECKSUMS:
                raise Damaged
            unknown = [each for each in streams if each.checksum is None]
            for each, checksum in zip(unknown, self._checksums(len(unknown)), strict=True):
                each.checksum = checksum
            kind = self._byte()
        return streams

    def _files(self, streams: list[Stream]) -> list[File]:
        count = self._count()
        names: list[str] = []
        attributes = [0] * count
        is_empty, of_empty = [False] * count, b""
        while (kind := self._byte()) != _END:
            part = Header(self._take(self._number()))
            if kind == _EMPTY_STREAM:
                is_empty = part._bits(count)
            elif kind in (_EMPTY_FILE, _ANTI):
                of_empty = part._data if kind == _EMPTY_FILE else of_empty
            elif kind == _NAMES:
                names = part._names()
            elif kind == _ATTRIBUTES:
                attributes = part._attributes(count)
        if len(names) != count or count - sum(is_empty) > len(streams):
            raise Damaged
        # Of what has no content, some are files; others are directories.
        plain = iter(Header(of_empty)._bits(sum(is_empty)) if of_empty else [False] * sum(is_empty))
        content = iter(streams)
        return [
            File(name, None if empty else next(content), each)
            for name, empty, each in zip(names, is_empty, attributes, strict=True)
            if not empty or next(plain)
        ]

    def _names(self) -> list[str]:
        self._expect(0)  # not kept elsewhere
        rest = self._data[self._at :]
        return rest[: len(rest) // 2 * 2].decode("utf-16-le", "replace").split("\0")[:-1]

    def _attributes(self, count: int) -> list[int]:
        defined = [True] * count if self._byte() else self._bits(count)
        self._expect(0)  # not kept elsewhere
        return [struct.unpack("<I", self._take(4))[0] if each else 0 for each in defined]

    def _checksums(self, count: int) -> list[int | None]:
        defined = [True] * count if self._byte() else self._bits(count)
        return [struct.unpack("<I", self._take(4))[0] if each else None for each in defined]

    def _bits(self, count: int) -> list[bool]:
        data = self._take(-(-count // 8))
        return [bool(data[at // 8] >> 7 - at % 8 & 1) for at in range(count)]

    def _number(self) -> int:
        """Read a number: as many ones lead its first byte as bytes follow."""
        first, value = self._byte(), 0
        for following in range(8):
            mask = 0x80 >> following
            if not first & mask:
                return value | (first & mask - 1) << 8 * following
            value |= self._byte() << 8 * following
        return value

    def _count(self) -> int:
        count = self._number()
        # What is counted takes a bit at least.
        if count > 8 * len(self._data):
            raise Damaged
        return _affordable(count)

    def _expect(self, kind: int) -> None:
        if self._byte() != kind:
            raise Damaged

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        data = self._data[self._at : self._at + size]
        if len(data) < size:
            raise Damaged
        self._at += size
        return data


def _affordable(count: int) -> int:
    if count > _MOST:
        raise NotExamined("too-large", "", "unpack the archive")
    return count
