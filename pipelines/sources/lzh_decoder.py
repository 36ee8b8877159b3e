"""What LHA packs (methods lh4 to lh7): references back into a window, and Huffman codes that are new every block.

In Python, at two megabytes a second: archives of this kind are old and small, and C code would have to be kept
away from everything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

#: Bits of the window, by method.
WINDOWS = {b"-lh4-": 12, b"-lh5-": 13, b"-lh6-": 15, b"-lh7-": 16}
#: Letters and lengths of references; lengths of codes; the shortest reference.
_LETTERS, _LENGTHS, _SHORTEST = 510, 19, 3
_LONGEST_CODE = 16
_READ = 64 << 10
_HAND_ON = 256 << 10
#: Bytes that a block unpacks to on the average: its codes take time to make.
_LEAST_BLOCK = 2_048


class Damaged(Exception):
    """The codes do not hold together, or end too early."""


class _Bits:
    """The bits of a file, up to `size` bytes of it from where it stands."""

    def __init__(self, file: BinaryIO, place: int, size: int) -> None:
        self._file, self._place, self._left = file, place, size
        self._held = 0
        self._count = 0
        # Codes are looked up by more bits than the last one may have.
        self._beyond = 8

    def peek(self, count: int) -> int:
        while self._count < count:
            self._fill()
        return self._held >> self._count - count & (1 << count) - 1

    def take(self, count: int) -> int:
        value = self.peek(count)
        self.drop(count)
        return value

    def drop(self, count: int) -> None:
        self._count -= count
        self._held &= (1 << self._count) - 1

    def _fill(self) -> None:
        # Others read the same file.
        self._file.seek(self._place)
        data = self._file.read(min(64, self._left)) if self._left else b""
        self._place, self._left = self._place + len(data), self._left - len(data)
        if not data:
            self._beyond -= 1
            if self._beyond < 0:
                raise Damaged
            data = b"\0"
        self._held = self._held << 8 * len(data) | int.from_bytes(data, "big")
        self._count += 8 * len(data)


class _Code:
    """A Huffman code: looked up by as many bits as its longest word has."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self._longest = max(lengths)
        if self._longest > _LONGEST_CODE:
            raise Damaged
        self._words: list[tuple[int, int]] = []
        for length in range(1, self._longest + 1):
            for letter, each in enumerate(lengths):
                if each == length:
                    self._words += [(letter, length)] * (1 << self._longest - length)
        if len(self._words) != 1 << self._longest:
            raise Damaged

    def next(self, bits: _Bits) -> int:
        letter, length = self._words[bits.peek(self._longest)]
        bits.drop(length)
        return letter


class _Only:
    """A code of one letter, which takes no bits."""

    def __init__(self, letter: int) -> None:
        self._letter = letter

    def next(self, bits: _Bits) -> int:
        return self._letter


def unpack(file: BinaryIO, place: int, packed: int, size: int, window: int) -> Iterator[bytes]:
    """Stream `size` bytes unpacked from `packed` ones at a place of a file; raises `Damaged`."""
    bits = _Bits(file, place, packed)
    # What is before the first byte are spaces.
    told = bytearray(b" " * (1 << window))
    left, in_block, blocks = size, 0, 16 + size // _LEAST_BLOCK
    letters: _Code | _Only = _Only(0)
    places: _Code | _Only = _Only(0)
    while left > 0:
        if not in_block:
            in_block, blocks = bits.take(16), blocks - 1
            if not in_block or blocks < 0:
                raise Damaged
            letters = _letters(bits, _places(bits, _LENGTHS, 5, 3))
            places = _places(bits, window + 1, 4 if window < 14 else 5, -1)
        in_block -= 1
        letter = letters.next(bits)
        if letter < 256:
            told.append(letter)
            left -= 1
        else:
            left -= _refer(told, bits, places, min(letter - 256 + _SHORTEST, left), window)
        if len(told) >= (1 << window) + _HAND_ON:
            yield bytes(told[1 << window :])
            del told[: -(1 << window)]
    yield bytes(told[1 << window :])


def _refer(told: bytearray, bits: _Bits, places: _Code | _Only, length: int, window: int) -> int:
    width = places.next(bits)
    back = (1 << width - 1 | bits.take(width - 1) if width > 1 else width) + 1
    if back > 1 << window:
        raise Damaged
    start = len(told) - back
    run = told[start : start + length]
    # What is referred to may be what this reference says.
    told += (run * (length // len(run) + 1))[:length]
    return length


def _places(bits: _Bits, most: int, width: int, gap: int) -> _Code | _Only:
    """Read a code of places, or of lengths: these have a gap after the third."""
    count = bits.take(width)
    if not count:
        return _only(bits.take(width), most)
    lengths: list[int] = []
    while len(lengths) < count:
        length = bits.take(3)
        if length == 7:
            while bits.take(1):
                length += 1
                if length > _LONGEST_CODE:
                    raise Damaged
        lengths.append(length)
        if len(lengths) == gap:
            lengths += [0] * bits.take(2)
    if len(lengths) > most:
        raise Damaged
    return _Code(lengths)


def _letters(bits: _Bits, code: _Code | _Only) -> _Code | _Only:
    count = bits.take(9)
    if not count:
        return _only(bits.take(9), _LETTERS)
    lengths: list[int] = []
    while len(lengths) < count:
        said = code.next(bits)
        if said > 2:
            lengths.append(said - 2)
        else:
            lengths += (
                [0] * (1, 3, 20)[said] if not said else [0] * (bits.take((0, 4, 9)[said]) + (1, 3, 20)[said])
            )
    if len(lengths) > _LETTERS:
        raise Damaged
    return _Code(lengths)


def _only(letter: int, most: int) -> _Only:
    if letter >= most:
        raise Damaged
    return _Only(letter)


def _table() -> list[int]:
    table = []
    for each in range(256):
        for _ in range(8):
            each = each >> 1 ^ (0xA001 if each & 1 else 0)
        table.append(each)
    return table


_TABLE = _table()


def checksum(data: bytes, before: int = 0) -> int:
    """Return the checksum of LHA (CRC-16/ARC), going on from that of what came before.

    >>> hex(checksum(b"123456789"))
    '0xbb3d'
    """
    value = before
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value
