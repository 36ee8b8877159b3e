"""Mails as Outlook saves them (MS-OXMSG), written small: a compound file (MS-CFB) with a storage for each part."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: What stands for a property: its number, its kind; and its value.
Tags = Mapping[tuple[int, int], bytes]

TEXT, TEXT8, LONG, TIME, BINARY, OBJECT = 0x1F, 0x1E, 0x03, 0x40, 0x102, 0x0D
_SECTOR, _MINI, _CUTOFF = 512, 64, 4_096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

Storage = dict[str, "bytes | Storage"]


@dataclass
class Letter:
    """A mail: properties of it, of its recipients, of its attachments; the last may hold a mail or a storage."""

    properties: dict[tuple[int, int], bytes] = field(default_factory=dict)
    recipients: Sequence[Tags] = ()
    attachments: Sequence[tuple[Tags, Letter | Storage | None]] = ()


def text(value: str) -> bytes:
    return value.encode("utf-16-le")


def number(value: int) -> bytes:
    return struct.pack("<Q", value)


def letter(subject: str = "名簿の件", body: str = "お送りします。", **more: object) -> Letter:
    """A mail from 山田 太郎 to 鈴木 花子, in Unicode."""
    properties = {
        (0x1A, TEXT): text("IPM.Note"),
        (0x37, TEXT): text(subject),
        (0x42, TEXT): text("山田 太郎"),
        (0x5D02, TEXT): text("taro@example.jp"),
        (0x39, TIME): number(133_800_000_000_000_000),
        (0x1000, TEXT): text(body),
    }
    return Letter(properties, [recipient("鈴木 花子", "hanako@example.jp")], **more)  # type: ignore[arg-type]


def recipient(name: str, address: str, kind: int = 1) -> Tags:
    return {(0x3001, TEXT): text(name), (0x39FE, TEXT): text(address), (0xC15, LONG): number(kind)}


def attachment(name: str, content: bytes, kind: str = "") -> tuple[Tags, None]:
    tags = {(0x3705, LONG): number(1), (0x3707, TEXT): text(name), (0x3701, BINARY): content}
    return (tags | ({(0x370E, TEXT): text(kind)} if kind else {})), None


def forwarded(inner: Letter, name: str = "") -> tuple[Tags, Letter]:
    return {(0x3705, LONG): number(5), **({(0x3001, TEXT): text(name)} if name else {})}, inner


def msg(mail: Letter) -> bytes:
    return compound(storage(mail, struct.pack("<8x4I8x", 0, 0, len(mail.recipients), len(mail.attachments))))


def storage(mail: Letter, header: bytes) -> Storage:
    held = _storage(mail.properties, header)
    for at, tags in enumerate(mail.recipients):
        held[f"__recip_version1.0_#{at:08X}"] = _storage(tags, bytes(8))
    for at, (tags, inner) in enumerate(mail.attachments):
        part = _storage(tags, bytes(8))
        if inner is not None:
            nested = storage(inner, bytes(24)) if isinstance(inner, Letter) else inner
            part["__substg1.0_3701000D"] = nested
        held[f"__attach_version1.0_#{at:08X}"] = part
    return held


def _storage(tags: Tags, header: bytes) -> Storage:
    listed, held = bytearray(header), Storage()
    for (at, kind), value in tags.items():
        if kind in (LONG, TIME):
            listed += struct.pack("<HHI8s", kind, at, 6, value[:8])
        else:
            listed += struct.pack("<HHIQ", kind, at, 6, len(value))
            held[f"__substg1.0_{at:04X}{kind:04X}"] = value
    held["__properties_version1.0"] = bytes(listed)
    return held


# --- the compound file ---------------------------------------------------------------------------------------


@dataclass
class _Entry:
    name: str
    kind: int
    start: int = 0
    size: int = 0
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE


class _Writer:
    def __init__(self) -> None:
        self.entries = [_Entry("Root Entry", 5)]
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.minis = bytearray()
        self.mini_fat: list[int] = []

    def put(self, data: bytes) -> int:
        """Append sectors; return the first."""
        first, count = len(self.sectors), -(-len(data) // _SECTOR)
        self.sectors += [
            data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, count * _SECTOR, _SECTOR)
        ]
        self.fat += [*range(first + 1, first + count), *([_END] if count else [])]
        return first if count else _END

    def put_mini(self, data: bytes) -> int:
        first, count = len(self.mini_fat), -(-len(data) // _MINI)
        self.minis += data.ljust(count * _MINI, b"\0")
        self.mini_fat += [*range(first + 1, first + count), *([_END] if count else [])]
        return first if count else _END

    def add(self, held: Storage) -> int:
        """Append what a storage holds; return the root of its tree."""
        numbers = []
        for name, value in sorted(held.items(), key=lambda item: (len(item[0]), item[0].upper())):
            at = len(self.entries)
            numbers.append(at)
            if isinstance(value, bytes):
                put = self.put if len(value) >= _CUTOFF else self.put_mini
                self.entries.append(_Entry(name, 2, put(value), len(value)))
            else:
                self.entries.append(_Entry(name, 1))
                self.entries[at].child = self.add(value)
        return self._tree(numbers)

    def _tree(self, numbers: list[int]) -> int:
        if not numbers:
            return _FREE
        middle = len(numbers) // 2
        entry = self.entries[numbers[middle]]
        entry.left, entry.right = self._tree(numbers[:middle]), self._tree(numbers[middle + 1 :])
        return numbers[middle]


def compound(held: Storage) -> bytes:
    """Write a compound file of at most 6.8 MB, so that its table needs no table of its own."""
    writer = _Writer()
    writer.entries[0].child = writer.add(held)
    writer.entries[0].start, writer.entries[0].size = writer.put(bytes(writer.minis)), len(writer.minis)
    minis = writer.put(b"".join(struct.pack("<I", each) for each in _filled(writer.mini_fat)))
    directory = writer.put(b"".join(map(_packed, writer.entries)))
    count = 0
    while count * (_SECTOR // 4) < len(writer.fat) + count:
        count += 1
    assert count <= 109
    first = len(writer.sectors)
    table = _filled([*writer.fat, *[_FAT] * count])
    header = struct.pack(
        "<8s16x5H6x9I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, count, directory, 0, _CUTOFF, minis, -(-len(writer.mini_fat) * 4 // _SECTOR), _END, 0,
    )  # fmt: skip
    places = [*range(first, first + count), *[_FREE] * (109 - count)]
    return b"".join(
        [header, struct.pack("<109I", *places), *writer.sectors, struct.pack(f"<{len(table)}I", *table)]
    )


def _filled(table: list[int]) -> list[int]:
    return table + [_FREE] * (-len(table) % (_SECTOR // 4))


def _packed(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIQ",
        name, len(name) + 2, entry.kind, 1, entry.left, entry.right, entry.child, 0, entry.start, entry.size,
    )  # fmt: skip
