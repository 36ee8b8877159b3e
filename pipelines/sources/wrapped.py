"""Texts that apps wrap before they put them into a cell: gzip, zlib, property list, typedstream, protobuf."""

from __future__ import annotations

import plistlib
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import decode_cell, number_text, text_batch
from pipelines.sources.image import is_picture
from pipelines.sources.protobuf import message_in
from pipelines.sources.typedstream import SIGNATURE as TYPEDSTREAM
from pipelines.sources.typedstream import Broken, Typedstream

PICTURE, BINARY = "attachment", "binary-cell"

#: Bytes the cells of a batch unpack to; one cell unpacks to RATIO times its size, unless that is HARMLESS.
LARGEST, RATIO, HARMLESS = 256 << 20, 20, 64 << 10
#: Bytes of a file that is read as a cell is.
LARGEST_FILE = 16 << 20
#: Wrappings in wrappings; values of one property list.
_DEEPEST, _MOST = 4, 200_000
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_PLIST = b"bplist00"
_GZIP = b"\x1f\x8b\x08"
#: First bytes of a stream of zlib, by how hard it was compressed.
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
#: How the names begin that iOS gives to what a text is, not what it says.
_ATTRIBUTE = b"__kIM"
#: What `plistlib` raises for what is no property list.
_FAULTS = (ValueError, TypeError, OverflowError, RecursionError, LookupError, AttributeError)
#: Parts of archives of objects (NSKeyedArchiver) that are nobody's: classes, moments, places in a text.
_TECHNICAL = frozenset({"$class", "$classes", "$classname", "$version", "$archiver", "$top", "NS.time"})
#: Characters the texts of what only may be a message have to have together.
_LEAST = 3


@dataclass(frozen=True)
class Told:
    """What a cell says, None where nothing can be read; `unread`: the code of what cannot be, "" where all can."""

    text: str | None
    unread: str = ""


class CellReader:
    """Reads cells, those of one batch: all they unpack to is held in memory together.

    `elsewhere` says of a cell whether it is read as an asset of its own: then nothing of it is unread.
    """

    def __init__(self, elsewhere: Callable[[bytes], bool] = lambda _: False) -> None:
        self._left = LARGEST
        self._elsewhere = elsewhere

    def read(self, value: bytes) -> Told:
        """Read bytes as the text they are, or that is wrapped in them."""
        told = self._read(value)
        return Told(None) if told.unread and told.text is None and self._elsewhere(value) else told

    def _read(self, value: bytes) -> Told:
        text = decode_cell(value)
        if text is not None:
            # A message of nothing but texts may read as one: between them stand their lengths.
            message = _of_message(value) if _CONTROLS.search(text) else None
            return message if message and message.text else Told(text)
        most = min(self._left, max(HARMLESS, RATIO * len(value)))
        unwrapping = _Unwrapping(most)
        told = unwrapping.read(value, 0)
        self._left -= most - unwrapping.left
        return told


def read_wrapped(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a file that wraps text as one row; gaps as `CellReader` has them.

    Raises `NotExamined` ``too-large``, or ``format-unsupported`` where nothing of it can be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise NotExamined("too-large", "", "convert the file to text")
    told = CellReader().read(path.read_bytes())
    if told.text is None:
        raise NotExamined("format-unsupported", "", "convert the file to text")
    yield text_batch(["text"], [[told.text]])
    if told.unread:
        yield Gap(told.unread)


class _Unwrapping:
    """Unwraps one cell; `left`: bytes and characters it may still unpack to."""

    def __init__(self, left: int) -> None:
        self.left = left

    def read(self, value: bytes, depth: int) -> Told:
        text = decode_cell(value)
        if text is not None:
            self.left -= len(text)
            return Told(text) if self.left >= 0 else Told(None, BINARY)
        if is_picture(value):
            return Told(None, PICTURE)
        if depth > _DEEPEST:
            return Told(None, BINARY)
        if value.startswith(_PLIST):
            return self._of_plist(value, depth)
        if value.startswith(TYPEDSTREAM):
            return self._of_typedstream(value, depth)
        if value.startswith((_GZIP, *_ZLIB)):
            return self._of_packed(value, depth)
        return _of_message(value)

    def _of_packed(self, value: bytes, depth: int) -> Told:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            unpacked = stream.decompress(value, max(self.left, 1))
        except zlib.error:
            return Told(None, BINARY)
        self.left -= len(unpacked)
        told = self.read(unpacked, depth + 1)
        return told if stream.eof and not stream.unused_data else Told(told.text, BINARY)

    def _of_typedstream(self, value: bytes, depth: int) -> Told:
        stream = Typedstream(value)
        unread: Counter[str] = Counter()
        try:
            stream.read()
        except Broken:
            unread[BINARY] += 1
        pieces = [*(each for each in stream.texts if not each.startswith(_ATTRIBUTE)), *stream.files]
        return _together([self.read(each, depth + 1) for each in pieces if each], unread)

    def _of_plist(self, value: bytes, depth: int) -> Told:
        unread: Counter[str] = Counter()
        lines: list[Told] = []
        try:
            held = plistlib.loads(value)
            objects = held.get("$objects") if isinstance(held, dict) and "$archiver" in held else None
            for key, leaf in _archived(objects) if isinstance(objects, list) else _leaves(held):
                told = self.read(leaf if isinstance(leaf, bytes) else _plain(leaf), depth + 1)
                self.left -= len(key)
                lines.append(Told(f"{key}: {told.text}" if key and told.text else told.text, told.unread))
                if self.left < 0:
                    raise OverflowError
        except _FAULTS:
            unread[BINARY] += 1
        return _together(lines, unread)


def _of_message(value: bytes) -> Told:
    message = message_in(value)
    if message is None or sum(map(len, message.texts)) < _LEAST:
        return Told(None, BINARY)
    return Told("\n".join(message.texts), BINARY if message.unread else "")


def _leaves(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands in a property list, with its key."""
    stack: list[tuple[str, Any]] = [("", root)]
    for _ in range(_MOST):
        if not stack:
            return
        key, item = stack.pop()
        if isinstance(item, dict):
            stack += [(str(name), each) for name, each in reversed(item.items()) if name not in _TECHNICAL]
        elif isinstance(item, list):
            stack += [(key, each) for each in reversed(item)]
        elif item is not None:
            yield key, item
    raise OverflowError


def _archived(objects: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield what stands in an archive of objects; texts, objects of their own, where they are referred to."""
    said = {0}
    for item in objects:
        for key, leaf in _leaves(item) if not isinstance(item, str) else ():
            if not isinstance(leaf, plistlib.UID):
                yield key, leaf
            elif leaf.data < len(objects) and isinstance(objects[leaf.data], str) and leaf.data:
                said.add(leaf.data)
                yield key.removeprefix("NS.objects"), objects[leaf.data]
    yield from (("", item) for at, item in enumerate(objects) if isinstance(item, str) and at not in said)


def _plain(leaf: Any) -> bytes:
    return (number_text(leaf) if isinstance(leaf, float) else str(leaf)).encode("utf-8", "replace")


def _together(told: list[Told], unread: Counter[str]) -> Told:
    """Put the pieces of a cell together; a picture among what cannot be read is what is told."""
    texts = [each.text for each in told if each.text]
    unread += Counter(each.unread for each in told if each.unread)
    reason = PICTURE if unread[PICTURE] else BINARY if unread else ""
    if not texts and not reason:
        return Told("")
    return Told("\n".join(texts) if texts else None, reason)
