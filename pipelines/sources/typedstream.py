r"""Typedstream, in which iOS keeps formatted texts (``attributedBody`` of ``sms.db``): the strings in one.

A stream is a header and groups of values, each group behind the types of its values. Names of types and classes
are written once and then referred to by number, as objects are. Format: github.com/dgelessus/python-typedstream
(documentation of ``typedstream/stream.py``); that library itself is LGPL.
"""

from __future__ import annotations

import re

SIGNATURE = b"\x04\x0bstreamtyped"

#: Heads of values: integers of two and of four bytes, floats, what is new, nothing, the end of an object.
_SHORT, _LONG, _FLOAT, _NEW, _NIL, _END = range(0x81, 0x87)
#: The least integer a byte says itself; below it are the heads, and from it on references count.
_LEAST = -110

#: Objects in objects, groups of values in one stream.
_DEEPEST, _MOST = 60, 200_000
_TYPES = re.compile(rb"\[\d+[^\]]+\]|\{[^=}]*=[^{}]*\}|.", re.DOTALL)
_ARRAY = re.compile(rb"\[(\d+)([^\]]+)\]", re.DOTALL)
_BYTES = (b"c", b"C")
_INTEGERS, _FLOATS, _NAMES = frozenset(b"sSiIlLqQB"), {b"f": 4, b"d": 8}, (b":", b"%")


class Broken(Exception):
    """The stream does not go on as one."""


class Typedstream:
    """Reads a stream; `texts`: strings so far, `files`: arrays of bytes so far."""

    def __init__(self, data: bytes) -> None:
        self.texts: list[bytes] = []
        self.files: list[bytes] = []
        self._data = data
        self._place = len(SIGNATURE)
        self._strings: list[bytes] = []
        self._left = _MOST

    def read(self) -> None:
        """Read all of it; raises `Broken` where it is no stream, what came before having been read."""
        self._integer(self._byte())
        while self._place < len(self._data):
            self._group(self._byte(), 0)

    def _group(self, head: int, depth: int) -> None:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise Broken
        for each in _TYPES.findall(self._shared(head) or b""):
            self._value(each, depth)

    def _value(self, kind: bytes, depth: int) -> None:
        if kind == b"@":
            self._object(depth)
        elif kind == b"+":
            self.texts.append(self._string(self._byte()) or b"")
        elif kind == b"*":
            self._c_string()
        elif kind == b"#":
            self._class(self._byte())
        elif kind in _NAMES:
            self._shared(self._byte())
        elif kind in _BYTES:
            self._bytes(1)
        elif kind in _FLOATS:
            head = self._byte()
            self._bytes(_FLOATS[kind]) if head == _FLOAT else self._integer(head)
        elif len(kind) == 1 and kind[0] in _INTEGERS:
            self._integer(self._byte())
        else:
            self._several(kind, depth)

    def _several(self, kind: bytes, depth: int) -> None:
        """Read an array or a structure."""
        if array := _ARRAY.fullmatch(kind):
            if array[2] in _BYTES:
                self.files.append(self._bytes(int(array[1])))
                return
            if int(array[1]) > len(self._data):
                raise Broken
            types = [array[2]] * int(array[1])
        elif kind.startswith(b"{"):
            types = _TYPES.findall(kind[1:-1].partition(b"=")[2])
        else:
            raise Broken
        for each in types:
            self._value(each, depth + 1)

    def _object(self, depth: int) -> None:
        head = self._byte()
        if head != _NEW:
            self._reference(head)
            return
        self._class(self._byte())
        while (head := self._byte()) != _END:
            self._group(head, depth + 1)

    def _class(self, head: int) -> None:
        """Read a class and those it is derived from."""
        while head == _NEW:
            self._shared(self._byte())
            self._integer(self._byte())
            head = self._byte()
        self._reference(head)

    def _c_string(self) -> None:
        head = self._byte()
        if head == _NEW:
            # A single letter is the type of a number.
            said = self._shared(self._byte()) or b""
            self.texts += [said] if len(said) > 1 else []
        else:
            self._reference(head)

    def _shared(self, head: int) -> bytes | None:
        if head == _NEW:
            string = self._string(self._byte()) or b""
            self._strings.append(string)
            return string
        number = self._reference(head)
        if number is None:
            return None
        if not 0 <= number < len(self._strings):
            raise Broken
        return self._strings[number]

    def _string(self, head: int) -> bytes | None:
        return None if head == _NIL else self._bytes(self._integer(head))

    def _reference(self, head: int) -> int | None:
        return None if head == _NIL else self._integer(head) - _LEAST

    def _integer(self, head: int) -> int:
        if head in (_SHORT, _LONG):
            return int.from_bytes(self._bytes(2 if head == _SHORT else 4), "little", signed=True)
        number = head - 256 if head > 127 else head
        if number < _LEAST:
            raise Broken
        return number

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        start, self._place = self._place, self._place + count
        if count < 0 or self._place > len(self._data):
            raise Broken
        return self._data[start : self._place]
