"""The lower half of a mailbox of Outlook (MS-PST 2.2): a tree of nodes, a tree of blocks, the blocks themselves.

Nothing is read but what is asked for: a mailbox may have 50 GB. Of each page and block the number and the checksum
are verified, so that what is damaged is told and not taken for something else.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pipelines.errors import NotExamined
from pipelines.sources.pst_cipher import CYCLIC, deciphered

SIGNATURE = b"!BDN"
#: What the file is of: a mailbox, the copy of one on a server.
_CLIENTS = (b"SM", b"SO")
_NODES, _BLOCKS = 0x81, 0x80
_PAGE = 512
#: Bytes of one block at most, and of one with its trailer.
MOST_DATA, _WHOLE_BLOCK = 8_180, 8_192
#: Trees are no deeper than this with 32 bits of nodes.
_DEEPEST = 12
#: Times blocks are read, at least and for each page the file has room for: items may all share the same blocks.
_MOST_READS, _READS = 5_000_000, 50
#: Pages of the trees that stay in memory.
_PAGES = 4_096
_DATA, _BELOW = 1, 2


@dataclass(frozen=True)
class _Layout:
    """Where things stand, in Unicode mailboxes (since Outlook 2003) and in those before (ANSI)."""

    roots: int
    method: int
    entries: int
    trailer: str
    node: str
    block: str
    branch: str
    number: str
    block_trailer: str
    listed_at: int


_UNICODE = _Layout(216, 513, 488, "<BBHIQ", "<QQQI4x", "<QQH6x", "<QQQ", "Q", "<HHIQ", 8)
_ANSI = _Layout(184, 461, 496, "<BBHII", "<IIII", "<IIH2x", "<III", "I", "<HHII", 4)


class Node(NamedTuple):
    """A node: its number, the blocks of its data and of the nodes below it, the node it belongs to."""

    nid: int
    data: int
    below: int
    parent: int = 0


class Nodes:
    """An open mailbox. Raises `NotExamined` ``file-damaged``, ``file-encrypted``, ``format-unsupported``."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size = path.stat().st_size
        head = self._at(0, 564)
        if not head.startswith(SIGNATURE) or head[8:10] not in _CLIENTS:
            raise damaged()
        self._layout = _layout(int.from_bytes(head[10:12], "little"))
        self.is_unicode = self._layout is _UNICODE
        self._method = head[self._layout.method]
        if self._method > CYCLIC:
            raise NotExamined("file-encrypted", "", "export it from Outlook where it can be opened")
        wide = self._layout.number
        _, self._node_root, _, self._block_root = struct.unpack_from(f"<4{wide}", head, self._layout.roots)
        self._left = _MOST_READS + _READS * self.size // _PAGE
        self._page = lru_cache(_PAGES)(self._read_page)

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes in the order of their numbers; raises `NotExamined` ``file-damaged``."""
        last = -1
        for entry in self._leaves(self._node_root, _NODES, self._layout.node):
            nid, data, below, parent = entry
            if nid <= last:
                # Pages that lead in circles.
                raise damaged()
            last = nid
            yield Node(nid & 0xFFFFFFFF, data, below, parent)

    def node(self, nid: int) -> Node:
        """Return a node; raises `NotExamined` ``file-damaged`` where there is none."""
        return Node(*self._found(self._node_root, _NODES, self._layout.node, nid))

    def below(self, block: int) -> dict[int, Node]:
        """Return the nodes below a node, by number (MS-PST 2.2.2.8.3.3)."""
        found: dict[int, Node] = {}
        if block:
            self._add_below(block, found, 1)
        return found

    def _add_below(self, block: int, found: dict[int, Node], level: int) -> None:
        data = self._block(block)
        kind, depth, count = struct.unpack_from("<BBH", data)
        wide = self._layout.number
        if kind != _BELOW or depth > level:
            raise damaged()
        shape = struct.Struct(f"<3{wide}" if depth == 0 else f"<2{wide}")
        for at in range(count):
            nid, *where = shape.unpack_from(data, self._layout.listed_at + at * shape.size)
            if depth:
                self._add_below(where[0], found, depth - 1)
            else:
                if nid & 0xFFFFFFFF in found:
                    # Blocks that lead in circles.
                    raise damaged()
                found[nid & 0xFFFFFFFF] = Node(nid & 0xFFFFFFFF, *where)

    def pieces(self, block: int) -> list[int]:
        """Return the blocks that data is in, itself where it is one (MS-PST 2.2.2.8.3.2).

        They are the file's: more bytes than the file has are no data but a bomb.
        """
        found: list[int] = []
        if block:
            self._add_pieces(block, found, 2)
        return found

    def _add_pieces(self, block: int, found: list[int], level: int) -> None:
        if not block & 2:
            found.append(block)
            if len(found) > self.size // 64 + 1:
                raise damaged()
            return
        data = self._block(block)
        kind, depth, count = struct.unpack_from("<BBH", data)
        if kind != _DATA or not 1 <= depth <= level:
            raise damaged()
        for number in struct.unpack_from(f"<{count}{self._layout.number}", data, 8):
            self._add_pieces(number, found, depth - 1)

    def length(self, block: int) -> int:
        """Return the bytes of data; raises `NotExamined` ``file-damaged``."""
        if not block:
            return 0
        if block & 2:
            (size,) = struct.unpack_from("<I", self._block(block), 4)
            if size > self.size:
                raise damaged()
            return int(size)
        return int(self._found(self._block_root, _BLOCKS, self._layout.block, block & ~1)[2])

    def piece(self, block: int) -> bytes:
        """Return one block of data, deciphered."""
        return deciphered(self._block(block), self._method, block & 0xFFFFFFFF)

    def _block(self, block: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise NotExamined("too-large", "", "export its folders one by one")
        # The lowest bit is none of the number.
        number, place, size = self._found(self._block_root, _BLOCKS, self._layout.block, block & ~1)
        trailer = struct.Struct(self._layout.block_trailer)
        whole = -(-(size + trailer.size) // 64) * 64
        if whole > _WHOLE_BLOCK:
            raise damaged()
        data = self._at(place, whole)
        said = trailer.unpack_from(data, whole - trailer.size)
        # The two layouts have checksum and number in another order.
        if said[0] != size or {said[2], said[3]} != {_checksum(data[:size]), number}:
            raise damaged()
        return data[:size]

    def _found(self, page: int, kind: int, shape: str, key: int) -> tuple[int, ...]:
        for _ in range(_DEEPEST):
            level, entries = self._page(page, kind, shape)
            if level == 0:
                for entry in entries:
                    if entry[0] == key:
                        return entry
                break
            under = [entry for entry in entries if entry[0] <= key]
            if not under:
                break
            page = under[-1][2]
        raise damaged()

    def _leaves(self, root: int, kind: int, shape: str) -> Iterator[tuple[int, ...]]:
        left, seen = [(root, _DEEPEST)], 0
        while left:
            page, above = left.pop()
            level, entries = self._page(page, kind, shape)
            seen += 1
            if level >= above or seen > self.size // _PAGE:
                raise damaged()
            if level == 0:
                yield from entries
            else:
                left += [(entry[2], level) for entry in reversed(entries)]

    def _read_page(self, place: int, kind: int, shape: str) -> tuple[int, list[tuple[int, ...]]]:
        data, layout = self._at(place, _PAGE), self._layout
        trailer = struct.Struct(layout.trailer)
        here, again, _, *said = trailer.unpack_from(data, _PAGE - trailer.size)
        if here != kind or again != kind or _checksum(data[: _PAGE - trailer.size]) not in said:
            raise damaged()
        count, _, width, level = data[layout.entries : layout.entries + 4]
        entry = struct.Struct(layout.branch if level else shape)
        if width < entry.size or count * width > layout.entries:
            raise damaged()
        return level, [entry.unpack_from(data, at * width) for at in range(count)]

    def _at(self, place: int, size: int) -> bytes:
        if place + size > self.size:
            raise damaged()
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < size:
            raise damaged()
        return data


def _layout(version: int) -> _Layout:
    if version in (14, 15):
        return _ANSI
    if version == 23:
        return _UNICODE
    # Larger pages, packed blocks: what Outlook 2013 keeps of a server (OST).
    raise NotExamined("format-unsupported", "", "export the mailbox as PST")


def _checksum(data: bytes) -> int:
    """Return the checksum of MS-PST 5.3: that of zip, without the inversions at both ends."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def damaged() -> NotExamined:
    """Say that a mailbox is damaged."""
    return NotExamined("file-damaged", "", "repair the mailbox with scanpst")
