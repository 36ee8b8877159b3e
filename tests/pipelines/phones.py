"""What phones, and the tools that read them out, write: backups, and what apps keep in cells."""

from __future__ import annotations

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


def _closed(content: bytes) -> bytes:
    """Bytes as a cipher leaves them."""
    stream = b"".join(
        hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(len(content) // 32 + 1)
    )
    return bytes(one ^ other for one, other in zip(content, stream, strict=False))
