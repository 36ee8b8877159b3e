"""7z archives, with the decoders Python has: LZMA, LZMA2, bzip2, deflate, and what is not packed.

Files packed together are unpacked in their order, once: who asks for the next one goes on where the last ended.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import BLOCK, LARGEST_READ, Entry, damage_told, is_bomb
from pipelines.sources.sevenzip_header import PACKED_HEADER, Coder, Damaged, File, Folder, Header

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
#: Memory a decoder may ask for: 7-Zip's highest level takes 64 MiB.
MEMORY = 256 << 20

_COPY, _LZMA, _LZMA2, _DEFLATE, _BZIP2 = b"\0", b"\3\1\1", b"\x21", b"\4\1\x08", b"\4\2\2"
_ENCRYPTED = b"\6\xf1\7\1"
_DELTA = b"\3"
#: Filters that make programs smaller, under their old and new names.
_FILTERS = {
    b"\3\3\1\3": lzma.FILTER_X86, b"\4": lzma.FILTER_X86,
    b"\3\3\2\5": lzma.FILTER_POWERPC, b"\5": lzma.FILTER_POWERPC,
    b"\3\3\4\1": lzma.FILTER_IA64, b"\6": lzma.FILTER_IA64, b"\3\3\5\1": lzma.FILTER_ARM, b"\7": lzma.FILTER_ARM,
    b"\3\3\7\1": lzma.FILTER_ARMTHUMB, b"\x08": lzma.FILTER_ARMTHUMB, b"\3\3\x08\5": lzma.FILTER_SPARC,
    b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip
_FAULTS = (Damaged, lzma.LZMAError, zlib.error, struct.error, IndexError)
#: A file's attributes say how Unix sees it.
_UNIX = 0x8000


class SevenZipFiles:
    """A 7z archive as a container.

    Raises `NotExamined` ``file-damaged``, ``too-large``, ``file-encrypted`` where its list of files is.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self._file = path.open("rb")
        self._size = path.stat().st_size
        with damage_told(*_FAULTS):
            self._folders, self._files = self._listed()
        self.entries = [_entry(each, self._fault(each)) for each in self._files]
        self._open: tuple[int, _Unpacking] | None = None

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an entry; raises `NotExamined` ``file-damaged``, ``format-unsupported``, ``too-large``."""
        stream = self._files[number].stream
        if stream is None:
            return
        at, end, checksum = stream.start, stream.start + stream.size, 0
        while at < end:
            with damage_told(*_FAULTS):
                block = self._unpacking(stream.folder, at).read(min(BLOCK, end - at))
            checksum = zlib.crc32(block, checksum)
            at += len(block)
            yield block
        if stream.checksum not in (None, checksum):
            raise _damaged()

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """There is nothing."""
        yield from ()

    def _listed(self) -> tuple[list[Folder], list[File]]:
        head = self._file.read(32)
        place, size, checksum = struct.unpack_from("<QQI", head, 12)
        if zlib.crc32(head[12:32]) != struct.unpack_from("<I", head, 8)[0]:
            raise Damaged
        if not size:
            return [], []
        data = self._read(32 + place, size)
        if zlib.crc32(data) != checksum:
            raise Damaged
        header = Header(data)
        # A packed header may hold a packed header; nobody packs twice.
        for _ in range(3):
            if header.kind() != PACKED_HEADER:
                return header.files()
            header = self._packed_header(header)
        raise Damaged

    def _packed_header(self, header: Header) -> Header:
        folders, _ = header.streams()
        if len(folders) != 1:
            raise Damaged
        if fault := self._fault_of(folders[0]):
            code = "file-encrypted" if fault == "member-encrypted" else fault
            raise NotExamined(code, "", "unpack the archive")
        if folders[0].size > LARGEST_READ:
            raise NotExamined("too-large", "", "unpack the archive")
        data = _Unpacking(self._file, folders[0]).read(folders[0].size)
        if folders[0].checksum not in (None, zlib.crc32(data)):
            raise Damaged
        return Header(data)

    def _read(self, place: int, size: int) -> bytes:
        if size > LARGEST_READ:
            raise NotExamined("too-large", "", "unpack the archive")
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < size:
            raise Damaged
        return data

    def _fault(self, file: File) -> str:
        if file.attributes & _UNIX and stat.S_ISLNK(file.attributes >> 16):
            return "member-link"
        return self._fault_of(self._folders[file.stream.folder]) if file.stream else ""

    def _fault_of(self, folder: Folder) -> str:
        if any(coder.method == _ENCRYPTED for coder in folder.coders):
            return "member-encrypted"
        if not _is_known(folder.chain):
            return "format-unsupported"
        place, packed = folder.packed[0]
        if place + packed > self._size:
            return "file-damaged"
        is_large = any(_memory(coder, folder.size) > MEMORY for coder in folder.coders)
        return "too-large" if is_large or is_bomb(packed, folder.size) else ""

    def _unpacking(self, number: int, at: int) -> _Unpacking:
        """Return a folder unpacked up to a place, begun again if it is beyond."""
        if self._open is None or self._open[0] != number or self._open[1].place > at:
            self._open = number, _Unpacking(self._file, self._folders[number])
        unpacking = self._open[1]
        while unpacking.place < at:
            unpacking.read(min(BLOCK, at - unpacking.place))
        return unpacking


class _Decoder(Protocol):
    @property
    def needs_input(self) -> bool: ...

    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Unpacking:
    """A folder being unpacked. `place`: bytes that were."""

    def __init__(self, file: BinaryIO, folder: Folder) -> None:
        self.place = 0
        self._file = file
        self._at, self._left = folder.packed[0]
        self._decoder = _decoder(folder)

    def read(self, size: int) -> bytes:
        """Unpack exactly so many bytes; raises `Damaged` where they do not come."""
        parts = []
        while size:
            data = b""
            if self._decoder.needs_input:
                # Others read the same file.
                self._file.seek(self._at)
                data = self._file.read(min(BLOCK, self._left))
                self._at, self._left = self._at + len(data), self._left - len(data)
            part = b"" if self._decoder.eof else self._decoder.decompress(data, size)
            if not part and not data and (self._decoder.eof or self._decoder.needs_input):
                raise Damaged
            parts.append(part)
            size -= len(part)
            self.place += len(part)
        return b"".join(parts)


class _Copied:
    """What is not packed."""

    eof = False

    def __init__(self) -> None:
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        data = self._rest + data
        self._rest = data[max_length:]
        return data[:max_length]


class _Deflated:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._stream.decompress(self._stream.unconsumed_tail + data, max_length)


def _entry(file: File, fault: str) -> Entry:
    return Entry(file.name.replace("\\", "/"), file.stream.size if file.stream else 0, fault)


def _is_known(coders: list[Coder]) -> bool:
    if not coders:
        return False
    *filters, last = [coder.method for coder in coders]
    if last in (_COPY, _DEFLATE, _BZIP2):
        return not filters
    if any(each not in _FILTERS and each != _DELTA for each in filters):
        return False
    # What comes out of LZMA has no end that a filter behind it could see.
    return last == _LZMA2 or (last == _LZMA and not filters)


def _memory(coder: Coder, size: int) -> int:
    """Return the bytes of memory a decoder takes: no more than it unpacks is looked back at."""
    if coder.method == _LZMA and len(coder.properties) == 5:
        return min(int.from_bytes(coder.properties[1:], "little"), size)
    if coder.method == _LZMA2 and len(coder.properties) == 1:
        bits = coder.properties[0]
        return min((2 | bits & 1) << (min(bits, 40) // 2 + 11), size)
    return 0


def _decoder(folder: Folder) -> _Decoder:
    chain = folder.chain
    last = chain[-1]
    if last.method == _COPY:
        return _Copied()
    if last.method == _DEFLATE:
        return _Deflated()
    if last.method == _BZIP2:
        return _Bzip2()
    filters = [_filter(coder, folder.size) for coder in chain]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


class _Bzip2:
    """Streams of bzip2, one behind the other: 7-Zip packs with several processors."""

    eof = False

    def __init__(self) -> None:
        self._stream = bz2.BZ2Decompressor()
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return self._stream.needs_input and not self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._stream.eof:
            self._rest, self._stream = self._stream.unused_data, bz2.BZ2Decompressor()
        data, self._rest = self._rest + data, b""
        return self._stream.decompress(data, max_length)


def _filter(coder: Coder, size: int) -> dict[str, Any]:
    memory = max(_memory(coder, size), 4_096)
    if coder.method == _LZMA2:
        return {"id": lzma.FILTER_LZMA2, "dict_size": memory}
    if coder.method == _DELTA:
        return {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1}
    if coder.method != _LZMA:
        return {"id": _FILTERS[coder.method]}
    rest, context = divmod(coder.properties[0], 9)
    position, literal = divmod(rest, 5)
    return {"id": lzma.FILTER_LZMA1, "dict_size": memory, "lc": context, "lp": literal, "pb": position}


def _damaged() -> NotExamined:
    return NotExamined("file-damaged", "", "restore the archive")
