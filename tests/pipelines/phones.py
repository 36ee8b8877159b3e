"""What phones, and the tools that read them out, write: backups, and what apps keep in cells."""

from __future__ import annotations

import gzip
import hashlib
import io
import plistlib
import sqlite3
import tarfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from plistlib import UID
from typing import Any

UDID = "00008030-001A35E11A88002E"
PHONE_IMEI = "355674109900117"


def hash_of(domain: str, relative: str) -> str:
    return hashlib.sha1(f"{domain}-{relative}".encode()).hexdigest()


def keyed(root: Mapping[str, Any], kind: str) -> bytes:
    """Archive one object as NSKeyedArchiver does: strings are objects of their own, referred to by number."""
    objects: list[Any] = ["$null", {}]
    whole: dict[str, Any] = {}
    for name, value in root.items():
        if isinstance(value, str):
            objects.append(value)
            whole[name] = UID(len(objects) - 1)
        else:
            whole[name] = value
    objects.append({"$classname": kind, "$classes": [kind, "NSObject"]})
    objects[1] = {**whole, "$class": UID(len(objects) - 1)}
    archive = {
        "$version": 100_000, "$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)}, "$objects": objects,
    }  # fmt: skip
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def ios_backup(
    directory: Path, files: Mapping[tuple[str, str], bytes], *, encrypted: bool = False, **info: str
) -> Path:
    """Write a backup as Finder does; an encrypted one holds nothing readable but its property lists."""
    directory.mkdir(parents=True, exist_ok=True)
    about = {
        "Device Name": "iPhone",
        "IMEI": PHONE_IMEI,
        "Product Type": "iPhone12,1",
        "Target Type": "Device",
    }
    (directory / "Info.plist").write_bytes(plistlib.dumps({**about, **info}))
    status = {"BackupState": "new", "IsFullBackup": True, "SnapshotState": "finished", "Version": "3.3"}
    (directory / "Status.plist").write_bytes(plistlib.dumps(status, fmt=plistlib.FMT_BINARY))
    manifest = {"IsEncrypted": encrypted, "Version": "10.0", "WasPasscodeSet": True, "Lockdown": {}}
    (directory / "Manifest.plist").write_bytes(plistlib.dumps(manifest, fmt=plistlib.FMT_BINARY))
    database = directory / "Manifest.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            """
            CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
            CREATE INDEX FilesDomainIdx ON Files(domain);
            CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
            """
        )
        for (domain, relative), content in files.items():
            hashed = hash_of(domain, relative)
            told = keyed({"RelativePath": relative, "Size": len(content), "Mode": 0o100644}, "MBFile")
            connection.execute("INSERT INTO Files VALUES (?, ?, ?, 1, ?)", (hashed, domain, relative, told))
            place = directory / hashed[:2] / hashed
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(_closed(content) if encrypted else content)
        folder = hash_of("HomeDomain", "Library")
        connection.execute("INSERT INTO Files VALUES (?, 'HomeDomain', 'Library', 2, NULL)", (folder,))
        connection.commit()
    if encrypted:
        database.write_bytes(_closed(database.read_bytes()))
    return directory


def android_backup(files: Mapping[str, bytes], *, compressed: bool = True, encryption: str = "none") -> bytes:
    """Write a backup as ``adb backup`` does."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    body = data.getvalue() if files else b""
    return f"ANDROID BACKUP\n5\n{int(compressed)}\n{encryption}\n".encode() + (
        zlib.compress(body) if compressed else body
    )


def attributed_body(text: str, mentioned: str = "") -> bytes:
    """Write a message as ``sms.db`` keeps it (column attributedBody): NSAttributedString as a typedstream."""
    said = _string(text)
    length = _integer(len(text))
    attribute, value = _string("__kIMMentionConfirmedMention"), _string(mentioned)
    part, number = (
        _string("__kIMMessagePartAttributeName"),
        b"\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00",
    )
    more = b"\x92\x84\x96\x96" + attribute + b"\x86\x92\x84\x96\x96" + value + b"\x86" if mentioned else b""
    return (
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00"
        + b"\x85\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+" + said + b"\x86\x84\x02iI\x01" + length
        + b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i" + (b"\x02" if mentioned else b"\x01") + more
        + b"\x92\x84\x96\x96" + part + b"\x86" + number + b"\x94\x84\x01*\x84\x99\x99\x00\x86\x86\x86"
    )  # fmt: skip


def _string(text: str) -> bytes:
    return _integer(len(text.encode())) + text.encode()


def _integer(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else b"\x81" + number.to_bytes(2, "little")


def apple_note(text: str) -> bytes:
    """Write a note as ``NoteStore.sqlite`` keeps it (ZICNOTEDATA.ZDATA): a gzipped message of messages."""
    note = field(2, text.encode()) + field(3, field(1, b"\x08\x00") + field(5, bytes(range(128, 144))))
    return gzip.compress(field(2, b"\x08\x00\x10\x00" + field(3, note)), mtime=0)


def field(number: int, value: bytes) -> bytes:
    """Write a field of a protocol buffer that holds bytes."""
    size, length = len(value), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + value


def _closed(content: bytes) -> bytes:
    """Bytes as a cipher leaves them."""
    stream = b"".join(
        hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(len(content) // 32 + 1)
    )
    return bytes(one ^ other for one, other in zip(content, stream, strict=False))
