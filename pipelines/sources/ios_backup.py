"""Backups of iPhones and iPads, as Finder, iTunes and libimobiledevice (``idevicebackup2``) write them.

Every file lies under the SHA-1 of ``domain-relativePath``, ``ab/ab…``, without a suffix; ``Manifest.db`` says what
it was called (table ``Files``: fileID, domain, relativePath, flags, file). A database and its log are two places.
Beside it ``Info.plist`` says which device it was, ``Manifest.plist`` whether the files are encrypted; if they are,
so is ``Manifest.db``. Layout: github.com/mvt-project/mvt (``mvt/ios/decrypt.py``),
github.com/jsharkey13/iphone_backup_decrypt.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import re
import sqlite3
from collections.abc import Collection
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from pipelines.errors import NotExamined
from pipelines.sources.container import readable_name, shown
from pipelines.sources.file_states import LOG, is_file, version
from pipelines.sources.sqlite_connection import connected, is_database
from pipelines.sources.sqlite_log import log_of, merged

MANIFEST = "Manifest.db"
#: Table that lists the files, and what marks one that is neither directory nor link.
FILES, IS_FILE = "Files", 1

#: Where a file lies in a backup, whatever directory that is in.
HASHED = re.compile(r"(?:^|/)([0-9a-f]{2})/(\1[0-9a-f]{38})\Z")
_FOLDER = re.compile(r"[0-9a-f]{2}")
_DEVICE = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16})(?:-\d{8}-\d{6})?", re.IGNORECASE)
_IMEI = re.compile(r"[0-9]{15}")
#: Names read at once: of a backup of half a million files a folder of hashes has two thousand.
_MOST_NAMES = 200_000
#: Bytes of a property list.
LARGEST_PLIST = 32 << 20
#: What `plistlib` raises for what is no property list.
_NO_PLIST = (ValueError, TypeError, OverflowError, RecursionError, LookupError, AttributeError, ExpatError)

#: Domain and path of files, by the hash they are called by.
Names = dict[str, tuple[str, str]]


def name_of(path: Path) -> str:
    """Return what a file is called: by the backup it lies in, else by its path."""
    found = _found(path)
    return found[1].rpartition("/")[2] if found else path.name


def is_hashed(relative: str) -> bool:
    """Say whether a path may be one a backup gives its files."""
    return bool(HASHED.search(relative))


def is_named(path: Path) -> bool:
    """Say whether the backup a file lies in tells what it is called."""
    return _found(path) is not None


def path_shown(root: Path, relative: str) -> str:
    """Return a path below `root` as people know it: domain and path on the device instead of a hash."""
    if not HASHED.search(relative):
        return readable_name(os.fsencode(relative))
    found = _found(root / relative)
    above = readable_name(os.fsencode(relative))[:-43]
    return f"{above}{place_of(*found)}" if found else f"{above}{relative[-43:]}"


def place_of(domain: str, relative: str) -> str:
    """Return domain and path as one path; neither is to lead anywhere but below.

    >>> place_of("HomeDomain", "Library/SMS/sms.db"), place_of("..", "/../a")
    ('HomeDomain/Library/SMS/sms.db', 'a')
    """
    steps = f"{domain}/{relative}".split("/")
    return shown("/".join(step for step in steps if step not in ("", ".", "..")))


def hash_of(domain: str, relative: str) -> str:
    """Return what a backup calls a file.

    >>> hash_of("HomeDomain", "Library/SMS/sms.db")
    '3d0d7e5fb2ce288813306e4d4636395e047a3d28'
    """
    return hashlib.sha1(f"{domain}-{relative}".encode(), usedforsecurity=False).hexdigest()


def log_beside(path: Path) -> Path | None:
    """Return the write-ahead log of a database, in a backup, too; None where there is none."""
    beside = log_of(path)
    found = None if beside else _found(path)
    if found is None:
        return beside
    hashed = hash_of(found[0], f"{found[1]}{LOG}")
    log = path.parent.parent / hashed[:2] / hashed
    return log if is_file(log) and not log.parent.is_symlink() else None


def database_of(path: Path) -> Path | None:
    """Return where the database of a log, or of its index, lies in a backup; None for what is none there."""
    found = _found(path)
    if found is None:
        return None
    hashed = hash_of(found[0], found[1].removesuffix(LOG).removesuffix("-shm"))
    return path.parent.parent / hashed[:2] / hashed


def is_locked(directory: Path) -> bool:
    """Say whether a directory holds an encrypted backup: all but its few property lists is closed."""
    manifest = directory / MANIFEST
    if not is_file(manifest) or is_database(manifest):
        return False
    return says_encrypted(_plist(directory / "Manifest.plist"))


def plist_of(data: bytes) -> Any:
    """Return what a property list says; None for what is none."""
    try:
        return plistlib.loads(data)
    except _NO_PLIST:
        return None


def says_encrypted(manifest: Any) -> bool:
    """Say whether a ``Manifest.plist`` tells of encryption."""
    return isinstance(manifest, dict) and bool(manifest.get("IsEncrypted"))


def is_folder(name: str) -> bool:
    """Say whether a directory of a backup is one of those the files lie in."""
    return bool(_FOLDER.fullmatch(name))


def is_called_by_device(name: str) -> bool:
    """Say whether a directory is called as backups are: by the device's own identifier (UDID)."""
    return bool(_DEVICE.fullmatch(name))


def imei_in(directory: Path) -> str | None:
    """Return the IMEI that the one backup in a directory, or in one below it, was made of."""
    found = {
        str(about.get("IMEI", "")).strip()
        for path in (directory, *sorted(directory.glob("*/")))
        if is_file(path / MANIFEST)
        and not path.is_symlink()
        and isinstance(about := _plist(path / "Info.plist"), dict)
    }
    (imei, *others) = found or [""]
    return imei if not others and _IMEI.fullmatch(imei) else None


def count_missing(manifest: Path) -> int:
    """Return how many files a backup lists that are not there. Raises `sqlite3.Error`."""
    folder = manifest.parent
    with closing(connected(manifest, merged(manifest))) as connection:
        listed = connection.execute(f"SELECT fileID FROM {FILES} WHERE flags = ?", (IS_FILE,))
        return sum(
            not (folder / hashed[:2] / hashed).exists()
            for (hashed,) in listed
            if HASHED.match(_path_of(hashed))
        )


def names_in(
    connection: sqlite3.Connection, wanted: Collection[str] | None = None, prefix: str = ""
) -> Names:
    """Return what files are called whose hashes are `wanted`, or begin with a prefix. Raises `sqlite3.Error`."""
    query = f"SELECT fileID, domain, relativePath FROM {FILES} WHERE fileID >= ? AND fileID < ?"
    names: Names = {}
    for hashed, domain, relative in connection.execute(query, (prefix, f"{prefix}g")):
        meant = wanted is None or hashed in wanted
        if meant and isinstance(domain, str) and isinstance(relative, str) and len(names) < _MOST_NAMES:
            names[hashed] = domain, relative
    return names


def _path_of(hashed: object) -> str:
    return f"{str(hashed)[:2]}/{hashed}"


def _found(path: Path) -> tuple[str, str] | None:
    """Return domain and path of a file by the manifest of the backup it lies in; None where it lies in none."""
    if not HASHED.search(f"{path.parent.name}/{path.name}"):
        return None
    manifest = path.parent.parent / MANIFEST
    try:
        state = version(manifest.lstat())
    except OSError:
        return None
    return _names(manifest, state, path.name[:2]).get(path.name)


@lru_cache(maxsize=4)
def _names(manifest: Path, state: tuple[int, int, int], prefix: str) -> Names:
    try:
        whole = merged(manifest) if is_file(manifest) else None
        with closing(connected(manifest, whole)) as connection:
            return names_in(connection, prefix=prefix)
    except (sqlite3.Error, OSError, UnicodeDecodeError, NotExamined):
        # That the manifest cannot be read is told where it is read; its files are then called by their hashes.
        return {}


def _plist(path: Path) -> Any:
    try:
        return plist_of(path.read_bytes()) if is_file(path) and path.stat().st_size <= LARGEST_PLIST else None
    except OSError:
        return None
