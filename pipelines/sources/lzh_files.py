"""LZH archives (LHA, what Japan packed with before zip): headers of level 0 to 2, methods lh0, lh4 to lh7, lz4.

Names are CP932, or stand in UTF-16 beside (UNLHA32.DLL).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import BLOCK, MOST_ENTRIES, Entry, damage_told, readable_name
from pipelines.sources.lzh_decoder import WINDOWS, Damaged, checksum, unpack

_BEGIN = re.compile(rb"..-(?:lh[0-9a-z]|lz[45s])-.{13}[\x00-\x03]", re.DOTALL)
_STORED, _DIRECTORY = frozenset({b"-lh0-", b"-lz4-"}), b"-lhd-"
#: Bytes that are unpacked of one entry, and of one archive: it takes half a second a megabyte.
_LARGEST_ENTRY, _LARGEST = 256 << 20, 1 << 30
_LARGEST_HEADER = 64 << 10
#: What stands behind a header of level 1 and in one of level 2 (UNLHA32.DLL: header formats).
_NAME, _FOLDER, _SIZES, _WIDE_NAME, _WIDE_FOLDER = 0x01, 0x02, 0x42, 0x44, 0x45
_FAULTS = (Damaged, struct.error, IndexError)


def is_lzh(head: bytes) -> bool:
    """Say whether a file that begins so is an LZH archive."""
    return _BEGIN.match(head) is not None


@dataclass
class _File:
    """A file in an archive: where what is packed stands, how much it is and unpacks to."""

    name: str
    method: bytes
    place: int
    packed: int
    size: int
    checksum: int | None


class LzhFiles:
    """An LZH archive as a container. Raises `NotExamined` ``file-damaged``, ``format-unsupported``."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._file = path.open("rb")
        self._size = path.stat().st_size
        self._damaged = False
        self._files = [each for each in self._listed() if each.method != _DIRECTORY]
        self.entries = []
        total = 0
        for each in self._files:
            total += each.size if each.method in WINDOWS else 0
            fault = self._fault(each) or ("too-large" if total > _LARGEST else "")
            self.entries.append(Entry(each.name, each.size, fault))

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an entry; raises `NotExamined` ``file-damaged``."""
        each, told, said = self._files[number], 0, 0
        with damage_told(*_FAULTS):
            for block in self._unpacked(each):
                told, said = checksum(block, told), said + len(block)
                yield block
            if said < each.size or each.checksum not in (None, told):
                raise Damaged

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Say whether the archive breaks off."""
        if self._damaged:
            yield Gap("file-damaged")

    def _unpacked(self, each: _File) -> Iterator[bytes]:
        if each.method in WINDOWS:
            yield from unpack(self._file, each.place, each.packed, each.size, WINDOWS[each.method])
            return
        at, end = each.place, each.place + each.size
        while at < end:
            # Others read the same file.
            self._file.seek(at)
            block = self._file.read(min(BLOCK, end - at))
            if not block:
                return
            at += len(block)
            yield block

    def _fault(self, each: _File) -> str:
        if each.method not in WINDOWS and each.method not in _STORED:
            return "format-unsupported"
        if each.method in _STORED:
            return "" if each.packed >= each.size else "file-damaged"
        return "too-large" if each.size > _LARGEST_ENTRY else ""

    def _listed(self) -> list[_File]:
        """Return the files up to the first damaged header, and some more than are read at most."""
        files: list[_File] = []
        at = 0
        while len(files) <= 2 * MOST_ENTRIES:
            try:
                with damage_told(*_FAULTS):
                    found = self._header(at)
            except NotExamined as fault:
                if fault.code != "file-damaged" or not files:
                    raise
                self._damaged = True
                break
            if found is None:
                break
            files.append(found)
            at = found.place + found.packed
        return files

    def _header(self, at: int) -> _File | None:
        """Read the header at a place; None at the end of the archive, where a zero stands or nothing."""
        head = self._at(at, 22, least=0)
        if not head or (head[0] == 0 and not (len(head) > 20 and head[20] == 2)):
            return None
        if len(head) < 22 or not is_lzh(head):
            raise Damaged
        if head[20] == 3:
            raise NotExamined("format-unsupported", "", "pack it again")
        return self._later(at, head) if head[20] == 2 else self._early(at, head)

    def _early(self, at: int, head: bytes) -> _File:
        """Read a header of level 0 or 1: its sum is in it, its length one byte."""
        data = self._at(at, head[0] + 2)
        if sum(data[2:]) & 0xFF != data[1]:
            raise Damaged
        packed, size = struct.unpack_from("<II", data, 7)
        behind = 22 + data[21]
        name, end = data[22:behind], at + len(data)
        (checked,) = struct.unpack_from("<H", data, behind) if behind + 2 <= len(data) else (None,)
        more: dict[int, bytes] = {}
        if data[20] == 1:
            (following,) = struct.unpack_from("<H", data, len(data) - 2)
            start = end
            more, end = self._more(start, following)
            # What follows counts as packed.
            packed -= end - start
        return self._as_file(name, more, data[2:7], end, packed, size, checked)

    def _later(self, at: int, head: bytes) -> _File:
        (length,) = struct.unpack_from("<H", head)
        data = self._at(at, max(length, 26))
        packed, size = struct.unpack_from("<II", data, 7)
        checked, following = struct.unpack_from("<HxH", data, 21)
        more, end = self._more(at + 26, following)
        if end > at + length:
            raise Damaged
        return self._as_file(b"", more, data[2:7], at + length, packed, size, checked)

    def _more(self, at: int, following: int) -> tuple[dict[int, bytes], int]:
        """Read the headers that follow one; return them by their kind, and where they end."""
        found: dict[int, bytes] = {}
        start = at
        while following:
            data = self._at(at, following)
            if following < 3 or at - start > _LARGEST_HEADER:
                raise Damaged
            found[data[0]] = data[1:-2]
            at += following
            (following,) = struct.unpack_from("<H", data, len(data) - 2)
        return found, at

    def _as_file(
        self,
        name: bytes,
        more: dict[int, bytes],
        method: bytes,
        place: int,
        packed: int,
        size: int,
        checked: int | None,
    ) -> _File:
        if _SIZES in more:
            packed, size = struct.unpack_from("<QQ", more[_SIZES])
        if packed < 0:
            raise Damaged
        return _File(_called(name, more), method, place, packed, size, checked)

    def _at(self, place: int, size: int, least: int | None = None) -> bytes:
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < (size if least is None else least):
            raise Damaged
        return data


def _called(name: bytes, more: dict[int, bytes]) -> str:
    folder, last = _parts(more.get(_FOLDER, b"")), readable_name(more.get(_NAME, name))
    if _WIDE_NAME in more:
        last = more[_WIDE_NAME].decode("utf-16-le", "replace")
    if _WIDE_FOLDER in more:
        folder = more[_WIDE_FOLDER].decode("utf-16-le", "replace").replace("\uffff", "/")
    return f"{folder.rstrip('/')}/{last}".lstrip("/").replace("\\", "/")


def _parts(folder: bytes) -> str:
    # No character of CP932 has this byte.
    return "/".join(readable_name(each) for each in folder.split(b"\xff"))
