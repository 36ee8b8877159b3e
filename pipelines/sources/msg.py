"""Single mails of Outlook (.msg, MS-OXMSG): a compound file with a storage for the item and each part of it.

A property of fixed size stands in the storage's stream of properties, any other in a stream of its own, named by
its number and kind. olefile reads the compound file; what its header and directory claim is held against the size
of the file first, because it believes them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import olefile
import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import MOST_ENTRIES, damage_told
from pipelines.sources.mail import LARGEST_MAIL
from pipelines.sources.mapi import BINARY, OBJECT, Properties, Value
from pipelines.sources.outlook import ATTACHED, COMPOUND, Attached, Item, files_of, text_of
from pipelines.sources.outlook_mail import content_of
from pipelines.sources.text import text_row

_PROPERTIES = "__properties_version1.0"
_STREAM = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})", re.IGNORECASE)
_RECIPIENT, _ATTACHMENT = "__recip_version1.0_", "__attach_version1.0_"
#: Bytes before the properties: of a mail, of one within another, of a recipient or attachment (MS-OXMSG 2.4.1).
_TOP, _EMBEDDED, _PART = 32, 24, 8
#: What may stand in sixteen bytes: the kinds of properties of fixed size.
_FIXED = frozenset({0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x14, 0x40})
#: Storages and streams, of which each recipient has a dozen; each takes 2 kB of memory.
_MOST_ENTRIES = 200_000
_STORAGE, _IS_STREAM = 1, 2
#: What the library raises beside faults of a disk.
_FAULTS = (IndexError, AttributeError, TypeError, struct.error, UnicodeError, MemoryError)


def is_msg(path: Path) -> bool:
    """Say whether a compound file is a mail of Outlook; raises `NotExamined` ``file-damaged``, ``too-large``."""
    with open_compound(path) as ole:
        return _PROPERTIES in ole.root.kids_dict


def read_msg(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a mail as one row, as `mail.read_mail` does; gaps ``attachment`` (small pictures) …

    Raises `NotExamined` ``file-damaged``, ``too-large``.
    """
    text, gaps = text_of(item_in(path))
    yield text_row(text)
    yield from (Gap(reason, number) for reason, number in gaps.items())


class MsgFiles:
    """A mail of Outlook as a container: its attachments, and the mails in it."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._attached = files_of(item_in(path))
        self.entries = [each.entry(number) for number, each in enumerate(self._attached, 1)]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an attachment; raises `NotExamined` ``file-damaged``, ``too-deep``."""
        yield from content_of(self._attached[number])

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Nothing: what a mail says is its text."""
        yield from ()


def item_in(path: Path) -> Item:
    """Open a mail; raises `NotExamined` ``file-damaged``, ``too-large``."""
    compound = _Compound(path)
    return compound.item(compound.root, _TOP)


def open_compound(path: Path) -> Any:
    """Open a compound file by olefile; raises `NotExamined` ``file-damaged``, ``too-large``."""
    _refuse_endless(path)
    with damage_told(*_FAULTS):
        return _Bounded(path)


class _Bounded(olefile.OleFileIO):
    """A compound file whose directory is not held in memory without end."""

    def _load_direntry(self, sid: int) -> Any:
        if sid > _MOST_ENTRIES:
            raise _too_large()
        return super()._load_direntry(sid)


def _refuse_endless(path: Path) -> None:
    """Refuse a header that claims more sectors than the file has room for: its tables would be read in circles."""
    size = path.stat().st_size
    if size > LARGEST_MAIL:
        raise _too_large()
    with path.open("rb") as file:
        head = file.read(512)
    if len(head) < 512 or not head.startswith(COMPOUND):
        raise _damaged()
    sector = 1 << min(int.from_bytes(head[30:32], "little"), 16)
    claimed = [int.from_bytes(head[at : at + 4], "little") for at in (44, 64, 72)]
    if any(count * sector > size for count in claimed):
        raise _damaged()


class _Compound:
    """An open compound file. Streams are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        self._ole = open_compound(path)
        self.root = self._ole.root
        if self.root.size > self._size:
            raise _damaged()

    def item(self, storage: Any, header: int) -> Item:
        with damage_told(*_FAULTS):
            properties = self._properties(storage, header, 0)
            kids = storage.kids[: 2 * MOST_ENTRIES]
            parts = [kid for kid in kids if kid.entry_type == _STORAGE]
            recipients = [
                self._properties(kid, _PART, properties.codepage)
                for kid in parts
                if kid.name.startswith(_RECIPIENT)
            ]
            attached = [
                self._attached(kid, properties.codepage) for kid in parts if kid.name.startswith(_ATTACHMENT)
            ]
        return Item(properties, recipients, attached)

    def _attached(self, storage: Any, codepage: int) -> Attached:
        try:
            return self._attachment(storage, codepage)
        except NotExamined as fault:
            # What the mail says can be read all the same.
            return Attached(Properties({}), fault=fault.code)

    def _attachment(self, storage: Any, codepage: int) -> Attached:
        within = storage.kids_dict.get(f"__substg1.0_{ATTACHED:04x}{OBJECT:04x}")
        is_mail = within is not None and _PROPERTIES in within.kids_dict
        embedded: Callable[[], Item] | None = (lambda: self.item(within, _EMBEDDED)) if is_mail else None
        file = storage.kids_dict.get(f"__substg1.0_{ATTACHED:04x}{BINARY:04x}")
        blocks = (lambda: self._blocks(file)) if file is not None else None
        return Attached(self._properties(storage, _PART, codepage), embedded, blocks)

    def _properties(self, storage: Any, header: int, codepage: int) -> Properties:
        values: dict[int, Value] = {}
        listed = storage.kids_dict.get(_PROPERTIES)
        data = self._read(listed)[header:] if listed is not None else b""
        for kind, number, _, value in struct.iter_unpack("<HHI8s", data[: len(data) // 16 * 16]):
            if kind in _FIXED:
                values[number] = Value(kind, len(value), lambda value=value: value)  # type: ignore[misc]
        for kid in storage.kids:
            if kid.entry_type == _IS_STREAM and (named := _STREAM.fullmatch(kid.name)):
                number, kind = (int(each, 16) for each in named.groups())
                values[number] = Value(kind, kid.size, lambda kid=kid: self._read(kid))  # type: ignore[misc]
        return Properties(values, codepage)

    def _read(self, entry: Any) -> bytes:
        return b"".join(self._blocks(entry))

    def _blocks(self, entry: Any) -> Iterator[bytes]:
        """Stream what there is of a stream; raises `NotExamined` ``file-damaged`` where that is not all."""
        if entry.size > self._size:
            raise _damaged()
        with damage_told(*_FAULTS):
            # Not by path: the library seeks that among all entries, and a mail may go to thousands.
            data: bytes = self._ole._open(entry.isectStart, entry.size).read()
        yield data
        if len(data) < entry.size:
            raise _damaged()


def _too_large() -> NotExamined:
    return NotExamined("too-large", "", "save its attachments by themselves")


def _damaged() -> NotExamined:
    return NotExamined("file-damaged", "", "save the mail again")
