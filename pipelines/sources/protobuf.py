r"""Protocol buffers without their schema: the texts in a message, as notes of iOS and many apps keep it.

A message is a row of fields, each a number with its wire type and a value
(protobuf.dev/programming-guides/encoding). Bytes are a text where they read as one, else a message, else unread;
what a number means only the schema would tell.

>>> message_in(b"\x0a\x06\xe5\xb1\xb1\xe7\x94\xb0\x12\x08\x0a\x06090-12")
Message(texts=['山田', '090-12'], unread=0)
>>> message_in(b"\xff\xff\xff") is None
True
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

#: Messages in messages; fields of all of them.
_DEEPEST, _MOST = 30, 200_000
#: Bytes that are no text and no message, up to this length, are identifiers and digests: nothing to be read.
_IDENTIFIER = 32
_HIGHEST_FIELD = 100_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10
_BREAKS = str.maketrans("", "", "\n\r\t\x0b\x0c\u2028\u2029\ufffc\u200b\u200d")


@dataclass
class Message:
    """`texts`: in the order of the message; `unread`: how many values are neither text nor message."""

    texts: list[str] = field(default_factory=list)
    unread: int = 0


class _NoMessage(Exception):
    pass


def message_in(data: bytes) -> Message | None:
    """Return what a message says; None for what is none."""
    found = Message()
    try:
        _read(data, found, [_MOST], 0)
    except _NoMessage:
        return None
    return found


def _read(data: bytes, found: Message, left: list[int], depth: int) -> None:
    if depth > _DEEPEST:
        raise _NoMessage
    for value in _values(data, left):
        text = _text(value)
        if text is not None:
            found.texts += [text] if text else []
            continue
        inner = Message()
        try:
            _read(value, inner, left, depth + 1)
        except _NoMessage:
            found.unread += len(value) > _IDENTIFIER
            continue
        found.texts += inner.texts
        found.unread += inner.unread


def _values(data: bytes, left: list[int]) -> Iterator[bytes]:
    """Yield the values that are bytes."""
    place = 0
    while place < len(data):
        left[0] -= 1
        tag, place = _varint(data, place)
        if not 0 < tag >> 3 <= _HIGHEST_FIELD or left[0] < 0:
            raise _NoMessage
        kind = tag & 7
        if kind == _VARINT:
            _, place = _varint(data, place)
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        elif kind == _BYTES:
            size, place = _varint(data, place)
            if place + size > len(data):
                raise _NoMessage
            yield data[place : place + size]
            place += size
        else:
            raise _NoMessage
    if place > len(data):
        raise _NoMessage


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = 0
    for count, byte in enumerate(data[place : place + _LONGEST_VARINT]):
        number |= (byte & 127) << 7 * count
        if byte < 128:
            return number, place + count + 1
    raise _NoMessage


def _text(value: bytes) -> str | None:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if not text or text.translate(_BREAKS).isprintable() else None
