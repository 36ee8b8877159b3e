"""Mailboxes of Outlook (MS-PST, Unicode), written small: one page of a tree a level, one block a heap."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.sources.pst_cipher import FIRST, deciphered
from tests.outlook import BINARY, LONG, OBJECT, TEXT, TIME, Letter, Tags, text

_MOST_DATA, _PAGE = 8_176, 512
_STORE, _NAMES, _ROOT = 0x21, 0x61, 0x122
_IN_HEAP = 256


@dataclass
class Folder:
    """A folder of a mailbox: its name, its mails, the folders in it."""

    name: str
    letters: Sequence[Letter] = ()
    folders: Sequence[Folder] = field(default_factory=tuple)


def pst(*folders: Folder, method: int = 0, wide: bool = True) -> bytes:
    """Write a mailbox with folders below its root; not `wide`: as before 2003."""
    store = _Store(method, wide)
    store.node(_STORE, store.context({(0x3001, TEXT): text("個人用フォルダー"), (0xFF9, BINARY): bytes(16)}))
    names = {
        (1, LONG): struct.pack("<I", 251),
        (2, BINARY): bytes.fromhex("0420060000000000c000000000000046"),
        # One number that programs gave to a property of contacts: the first address.
        (3, BINARY): struct.pack("<IHH", 0x8083, 3 << 1, 0),
        (4, BINARY): struct.pack("<I", 2) + text("x") + bytes(2),
    }
    store.node(_NAMES, store.context(names))
    store.folder(_ROOT, _ROOT, Folder("", (), folders))
    return store.written()


class _Store:
    def __init__(self, method: int, wide: bool) -> None:
        self._method, self._wide = method, wide
        self._number = "Q" if wide else "I"
        self._data = bytearray()
        self._blocks: list[tuple[int, int, int]] = []
        self._nodes: list[tuple[int, int, int, int]] = []
        self._next_block = 4
        self._next_node = 0x400

    # --- what nodes hold ---

    def folder(self, nid: int, parent: int, folder: Folder) -> None:
        tags = {
            (0x3001, TEXT): text(folder.name),
            (0x3602, LONG): struct.pack("<I", len(folder.letters)),
            (0x3603, LONG): bytes(4),
        }
        self.node(nid, self.context(tags), parent=parent)
        below = [(self._new(0x02), each) for each in folder.folders]
        mails = [(self._new(0x04), each) for each in folder.letters]
        rows = [(at, {(0x3001, TEXT): text(each.name)}) for at, each in below]
        self.node(nid >> 5 << 5 | 0x0D, self.table(rows, [(0x3001, TEXT)]))
        listed = [(at, {(0x37, TEXT): each.properties.get((0x37, TEXT), b"")}) for at, each in mails]
        self.node(nid >> 5 << 5 | 0x0E, self.table(listed, [(0x37, TEXT)]))
        self.node(nid >> 5 << 5 | 0x0F, self.table([], [(0x37, TEXT)]))
        for at, each in mails:
            self.node(at, self._letter(each), parent=nid)
        for at, inner in below:
            self.folder(at, nid, inner)

    def _letter(self, letter: Letter) -> tuple[int, int]:
        parts: dict[int, tuple[int, int]] = {}
        if letter.recipients:
            columns = [(0xC15, LONG), (0x3001, TEXT), (0x3003, TEXT), (0x39FE, TEXT)]
            parts[0x692] = self.table(list(enumerate(letter.recipients)), columns)
        attached = [(self._new(0x05), tags, inner) for tags, inner in letter.attachments]
        if attached:
            columns = [(0x3704, TEXT), (0x3705, LONG)]
            parts[0x671] = self.table([(at, tags) for at, tags, _ in attached], columns)
        for at, tags, inner in attached:
            below: dict[int, tuple[int, int]] = {}
            if isinstance(inner, Letter):
                number = self._new(0x04)
                below[number] = self._letter(inner)
                tags = {**tags, (0x3701, OBJECT): struct.pack("<II", number, 100)}
            parts[at] = self.context(tags, below)
        return self.context(letter.properties, parts)

    def context(
        self, tags: Mapping[tuple[int, int], bytes], parts: dict[int, tuple[int, int]] | None = None
    ) -> tuple[int, int]:
        """Write properties (MS-PST 2.3.3); return where they stand and what is below them."""
        heap, parts = _Heap(0xBC), dict(parts or {})
        listed = bytearray()
        heap.reserve()
        for (number, kind), value in sorted(tags.items()):
            listed += struct.pack("<HHI", number, kind, self._value(heap, parts, kind, value))
        root = heap.add(bytes(listed)) if listed else 0
        heap.root = heap.put(struct.pack("<BBBBI", 0xB5, 2, 6, 0, root))
        return self.block(heap.written()), self._below(parts)

    def _value(self, heap: _Heap, parts: dict[int, tuple[int, int]], kind: int, value: bytes) -> int:
        if kind == LONG:
            return int(struct.unpack("<I", value[:4])[0])
        if kind == TIME or len(value) <= _IN_HEAP:
            return heap.add(value) if value else 0
        number = self._new(0x1F)
        parts[number] = self.block(value), 0
        return number

    def table(self, rows: Sequence[tuple[int, Tags]], columns: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Write a table (MS-PST 2.3.4)."""
        heap = _Heap(0x7C)
        heap.reserve()
        shown = sorted([*columns, (0x67F2, LONG), (0x67F3, LONG)])
        # The number of a row and its version come first in it.
        order = [(0x67F2, LONG), (0x67F3, LONG), *columns]
        width = 4 * len(order) + -(-len(order) // 8)
        index, data = bytearray(), bytearray()
        for at, (number, tags) in enumerate(rows):
            index += struct.pack("<II" if self._wide else "<IH", number, at)
            there = 0
            for bit, (tag, kind) in enumerate(order):
                value = tags.get((tag, kind), b"")
                cell = number if tag == 0x67F2 else 0
                if value:
                    cell = struct.unpack("<I", value[:4])[0] if kind == LONG else heap.add(value)
                if value or bit < 2:
                    there |= 0x80 >> bit % 8 << 8 * (bit // 8)
                data += struct.pack("<I", cell)
            data += there.to_bytes(width - 4 * len(order), "little")
        header = heap.add(
            struct.pack("<BBBBI", 0xB5, 4, 4 if self._wide else 2, 0, heap.add(bytes(index)) if rows else 0)
        )
        where = heap.add(bytes(data)) if rows else 0
        ends = [4 * len(order)] * 3 + [width]
        described = b"".join(
            struct.pack("<HHHBB", kind, tag, 4 * order.index((tag, kind)), 4, order.index((tag, kind)))
            for tag, kind in shown
        )
        info = struct.pack("<BB4HIII", 0x7C, len(order), *ends, header, where, 0)
        heap.root = heap.put(info + described)
        return self.block(heap.written()), 0

    # --- blocks and pages ---

    def _new(self, kind: int) -> int:
        self._next_node += 1
        return self._next_node << 5 | kind

    def node(self, nid: int, held: tuple[int, int], parent: int = 0) -> None:
        self._nodes.append((nid, *held, parent))

    def _below(self, parts: dict[int, tuple[int, int]]) -> int:
        if not parts:
            return 0
        entries = b"".join(
            struct.pack(f"<3{self._number}", nid, *held) for nid, held in sorted(parts.items())
        )
        head = struct.pack("<BBHI", 2, 0, len(parts), 0)[: 8 if self._wide else 4]
        return self._block(head + entries, internal=True)

    def block(self, data: bytes) -> int:
        if len(data) <= _MOST_DATA:
            return self._block(data)
        pieces = [self._block(data[at : at + _MOST_DATA]) for at in range(0, len(data), _MOST_DATA)]
        listed = struct.pack(f"<{len(pieces)}{self._number}", *pieces)
        return self._block(struct.pack("<BBHI", 1, 1, len(pieces), len(data)) + listed, internal=True)

    def _block(self, data: bytes, internal: bool = False) -> int:
        bid = self._next_block | (2 if internal else 0)
        self._next_block += 4
        place = self._room(64)
        data = data if internal else _ciphered(data, self._method, bid)
        trailer = [len(data), _sign(place, bid), *self._checked(data, bid)]
        packed = struct.pack("<HHIQ" if self._wide else "<HHII", *trailer)
        self._data += data + bytes(-(len(data) + len(packed)) % 64) + packed
        self._blocks.append((bid, place, len(data)))
        return bid

    def _room(self, step: int) -> int:
        self._data += bytes(-len(self._data) % step)
        return 0x4400 + len(self._data)

    def _tree(self, kind: int, entries: list[tuple[int, bytes]], most: int, size: int) -> tuple[int, int]:
        """Write a tree; return its root: number and place."""
        level = 0
        while True:
            pages = [entries[at : at + most] for at in range(0, len(entries), most)] or [[]]
            above = []
            for page in pages:
                above.append((page[0][0] if page else 0, *self._tree_page(kind, page, most, size, level)))
            if len(above) == 1:
                return above[0][1:]
            entries = [(key, struct.pack(f"<3{self._number}", key, bid, place)) for key, bid, place in above]
            most, size, level = 20, 24 if self._wide else 12, level + 1

    def _tree_page(
        self, kind: int, page: list[tuple[int, bytes]], most: int, size: int, level: int
    ) -> tuple[int, int]:
        bid, place = self._next_block, self._room(_PAGE)
        self._next_block += 4
        data = b"".join(each for _, each in page).ljust(488 if self._wide else 496, b"\0")
        data += struct.pack("<BBBB", len(page), most, size, level) + bytes(4 if self._wide else 0)
        trailer = [kind, kind, _sign(place, bid), *self._checked(data, bid)]
        self._data += data + struct.pack("<BBHIQ" if self._wide else "<BBHII", *trailer)
        return bid, place

    def _checked(self, data: bytes, bid: int) -> tuple[int, int]:
        return (_crc(data), bid) if self._wide else (bid, _crc(data))

    def written(self) -> bytes:
        of_block, of_node = ("<QQHH4x", "<QQQI4x") if self._wide else ("<IIHH", "<IIII")
        blocks = [(bid, struct.pack(of_block, bid, at, size, 2)) for bid, at, size in sorted(self._blocks)]
        nodes = [(each[0], struct.pack(of_node, *each)) for each in sorted(self._nodes)]
        node_root = self._tree(0x81, nodes, 15, 32 if self._wide else 16)
        block_root = self._tree(0x80, blocks, 20, 24 if self._wide else 12)
        self._room(_PAGE)
        size = 0x4400 + len(self._data)
        places = (size, 0x4400, 0, 0, *node_root, *block_root)
        root = struct.pack(f"<I8{self._number}BBH", 0, *places, 2, 0, 0)
        head = b"SM" + struct.pack("<HHBBII", 23 if self._wide else 14, 19, 1, 1, 0, 0)
        next_numbers = (0, self._next_block) if self._wide else (self._next_block, 4)
        head += struct.pack(f"<2{self._number}I", *next_numbers, 1)
        head += struct.pack("<32I", *[0x400] * 32) + bytes(8 if self._wide else 0) + root
        head += bytes(4 if self._wide else 0) + b"\xff" * 256
        head += struct.pack("<BBHQ", 0x80, self._method, 0, self._next_block)
        # libpff, against which this was tried, wants no checksum of the older ones.
        checked = _crc(head[:471]) if self._wide else 0
        whole = b"!BDN" + struct.pack("<I", checked) + head + struct.pack("<I", _crc(head[:516]))
        return whole.ljust(0x4400, b"\0") + bytes(self._data)


class _Heap:
    """A heap on a node (MS-PST 2.3.1) of one block."""

    def __init__(self, kind: int) -> None:
        self._kind = kind
        self._held: list[bytes] = []
        self.root = 0

    def reserve(self) -> None:
        """Keep the first place for what the heap is about: it is known last."""
        self._held.append(b"")

    def put(self, data: bytes) -> int:
        self._held[0] = data
        return 1 << 5

    def add(self, data: bytes) -> int:
        self._held.append(data)
        return len(self._held) << 5

    def written(self) -> bytes:
        places, at = [], 12
        for each in self._held:
            places.append(at)
            at += len(each)
        places.append(at)
        body = b"".join(self._held) + bytes(at % 2)
        head = struct.pack("<HBBII", at + at % 2, 0xEC, self._kind, self.root, 0)
        data = head + body + struct.pack(f"<HH{len(places)}H", len(self._held), 0, *places)
        assert len(data) <= _MOST_DATA
        return data


def _ciphered(data: bytes, method: int, bid: int) -> bytes:
    # What undoes the second method does it, too.
    return data.translate(FIRST) if method == 1 else deciphered(data, method, bid)


def _crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _sign(place: int, bid: int) -> int:
    mixed = place ^ bid
    return (mixed >> 16 ^ mixed) & 0xFFFF
