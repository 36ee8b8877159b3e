"""The middle of a mailbox of Outlook (MS-PST 2.3): heaps in blocks, in these properties of an item, or a table."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pipelines.sources.mapi import BINARY, OBJECT, TEXT, TEXT8, Value
from pipelines.sources.pst_nodes import MOST_DATA, Node, Nodes, damaged

_HEAP, _TREE, _PROPERTIES, _TABLE = 0xEC, 0xB5, 0xBC, 0x7C
#: Kinds of properties whose value stands where others have the place of theirs.
_INLINE = {0x02: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 1}
#: Kinds of eight bytes: in a heap, and in a row of a table itself.
_EIGHT = frozenset({0x05, 0x06, 0x07, 0x14, 0x40})
#: Kinds that stand in the heap, or in a node of their own where they are long.
_LONG = frozenset({TEXT, TEXT8, BINARY, OBJECT})
#: Rows of a table, properties of an item, and bytes of a heap that are read at most.
_MOST_ROWS, _MOST_BLOCKS, _DEEPEST = 200_000, 65_536, 8
#: The number of a row in its table.
_ROW = 0x67F2


class Heap:
    """The heap of a node. Raises `NotExamined` ``file-damaged``."""

    def __init__(self, nodes: Nodes, node: Node) -> None:
        self._nodes = nodes
        self._node = node
        self._blocks = nodes.pieces(node.data)[:_MOST_BLOCKS]
        self._last: tuple[int, bytes] = -1, b""
        self._below: dict[int, Node] | None = None
        head = self._block(0)
        if len(head) < 12 or head[2] != _HEAP:
            raise damaged()
        self._kind = head[3]
        self._root = struct.unpack_from("<I", head, 4)[0]

    @property
    def below(self) -> dict[int, Node]:
        """The nodes below the node of the heap."""
        if self._below is None:
            self._below = self._nodes.below(self._node.below)
        return self._below

    def properties(self) -> dict[int, Value]:
        """Return the properties the heap holds."""
        if self._kind != _PROPERTIES:
            raise damaged()
        values = {}
        for entry in self._entries(self._root, 2, 6):
            number, kind, where = struct.unpack("<HHI", entry)
            if kind in _INLINE or kind in _EIGHT or kind in _LONG:
                values[number] = self._value(kind, where)
        return values

    def rows(self) -> Iterator[dict[int, Value]]:
        """Yield the rows of the table the heap holds, the properties each has."""
        info = self._item(self._root)
        if self._kind != _TABLE or len(info) < 22 or info[0] != _TABLE:
            raise damaged()
        ones, width, index, where = struct.unpack_from("<4xHHII", info, 2)
        columns = (
            [struct.unpack_from("<HHHBB", info, 22 + 8 * at) for at in range(info[1])] if info[1] else []
        )
        if any(at + size > ones for _, _, at, size, _ in columns) or not ones <= width <= MOST_DATA:
            raise damaged()
        for number, entry in enumerate(self._entries(index, 4, self._wide_index)):
            if number == _MOST_ROWS:
                return
            row = self._row(where, int.from_bytes(entry[4:], "little"), width)
            there = row[ones:]
            yield {
                tag: self._cell(kind, row[at : at + size])
                for kind, tag, at, size, bit in columns
                if (kind in _INLINE or kind in _EIGHT or kind in _LONG)
                and bit // 8 < len(there)
                and there[bit // 8] >> 7 - bit % 8 & 1
            }

    @property
    def _wide_index(self) -> int:
        # Mailboxes of before 2003 number rows in two bytes.
        return 4 if self._nodes.is_unicode else 2

    def _row(self, where: int, number: int, width: int) -> bytes:
        if where & 0x1F == 0:
            data, at = self._item(where), number * width
        else:
            node = self._under(where)
            # A row stands in one block.
            each = (MOST_DATA if not self._nodes.is_unicode else MOST_DATA - 4) // width
            blocks = self._nodes.pieces(node.data)
            if number // each >= len(blocks):
                raise damaged()
            data, at = self._nodes.piece(blocks[number // each]), number % each * width
        if at + width > len(data):
            raise damaged()
        return data[at : at + width]

    def _cell(self, kind: int, cell: bytes) -> Value:
        if kind in _INLINE or kind in _EIGHT:
            return Value(kind, len(cell), lambda: cell)
        return self._value(kind, int.from_bytes(cell[:4], "little"))

    def _value(self, kind: int, where: int) -> Value:
        if kind in _INLINE:
            data = where.to_bytes(4, "little")[: _INLINE[kind]]
            return Value(kind, len(data), lambda: data)
        if not where:
            return Value(kind, 0, lambda: b"")
        if where & 0x1F == 0:
            return Value(kind, len(self._item(where)), lambda: self._item(where))
        size = self._nodes.length(self._under(where).data) if where in self.below else 0
        return Value(kind, size, lambda: b"".join(self.stream(where)))

    def stream(self, where: int) -> Iterator[bytes]:
        """Stream a value that has a node of its own; raises `NotExamined` ``file-damaged``."""
        node = self._under(where)
        left = self._nodes.length(node.data)
        for block in self._nodes.pieces(node.data):
            data = self._nodes.piece(block)
            left -= len(data)
            if left < 0:
                raise damaged()
            yield data
        if left:
            raise damaged()

    def place(self, number: int) -> int:
        """Return where a property stands: a node of its own, or 0."""
        for entry in self._entries(self._root, 2, 6):
            tag, _, where = struct.unpack("<HHI", entry)
            if tag == number:
                return int(where) if where & 0x1F else 0
        return 0

    def _under(self, nid: int) -> Node:
        node = self.below.get(nid)
        if node is None:
            raise damaged()
        return node

    def _entries(self, where: int, key: int, value: int) -> Iterator[bytes]:
        """Yield the entries of a tree on the heap (MS-PST 2.3.2), key and value together."""
        head = self._item(where)
        if len(head) < 8 or head[0] != _TREE or head[1] != key or head[2] < value or head[3] > _DEEPEST:
            raise damaged()
        yield from self._leaves(struct.unpack_from("<I", head, 4)[0], head[3], key, head[2])

    def _leaves(self, where: int, level: int, key: int, value: int) -> Iterator[bytes]:
        data = self._item(where) if where else b""
        width = key + (4 if level else value)
        for at in range(0, len(data) - width + 1, width):
            if level:
                yield from self._leaves(struct.unpack_from("<I", data, at + key)[0], level - 1, key, value)
            else:
                yield data[at : at + width]

    def _item(self, where: int) -> bytes:
        number, block = where >> 5 & 0x7FF, where >> 16
        data = self._block(block)
        (listed,) = struct.unpack_from("<H", data)
        if where & 0x1F or not number or listed + 4 > len(data):
            raise damaged()
        (count,) = struct.unpack_from("<H", data, listed)
        if number > count or listed + 6 + 2 * number > len(data):
            raise damaged()
        start, end = struct.unpack_from("<HH", data, listed + 4 + 2 * (number - 1))
        if not start <= end <= listed:
            raise damaged()
        return data[start:end]

    def _block(self, number: int) -> bytes:
        if number >= len(self._blocks):
            raise damaged()
        if self._last[0] != number:
            self._last = number, self._nodes.piece(self._blocks[number])
        if len(self._last[1]) < 2:
            raise damaged()
        return self._last[1]
