"""What belongs together in archives of phones: files of an iOS backup and their names, databases and logs."""

from __future__ import annotations

import posixpath
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import Container, Entry, Opener
from pipelines.sources.file_states import LOG
from pipelines.sources.ios_backup import (
    HASHED,
    LARGEST_PLIST,
    MANIFEST,
    Names,
    names_in,
    place_of,
    plist_of,
    says_encrypted,
)
from pipelines.sources.spool import Spool
from pipelines.sources.sqlite_connection import SIGNATURE, connected, is_database
from pipelines.sources.sqlite_log import LARGEST, laid_beside, whole_of

#: How the names of a log and of its index go on.
_LOGS = (LOG, "-shm")
#: Backups in one archive that are looked at: files of others are called by their hashes.
MOST_BACKUPS = 20
#: Characters of a place such as ``ab/ab…``.
_HASH_LENGTH = 43


def with_backups(opener: Opener) -> Opener:
    """Return an opener of archives that calls the files of an iOS backup in them by what they were called."""

    def opened(path: Path, name: str = "") -> Container:
        container = opener(path, name)
        manifests = [each.name for each in container.entries if posixpath.basename(each.name) == MANIFEST]
        return BackupFiles(container, manifests[:MOST_BACKUPS]) if manifests else container

    return opened


class BackupFiles:
    """An archive as a container that holds iOS backups; of an encrypted one, all files are its manifest."""

    def __init__(self, container: Container, manifests: list[str]) -> None:
        self._container = container
        self._numbers: list[int] = []
        self.entries: list[Entry] = []
        folders = {name.removesuffix(MANIFEST): self._names(name) for name in manifests}
        for number, entry in enumerate(container.entries):
            folder = entry.name[:-_HASH_LENGTH] if HASHED.search(entry.name) else None
            names = folders.get(folder) if folder is not None else {}
            if entry.name in manifests and folders[entry.name.removesuffix(MANIFEST)] is None:
                entry = replace(entry, fault="backup-encrypted")
            if names is not None or folder not in folders:
                known = (names or {}).get(posixpath.basename(entry.name))
                self._numbers.append(number)
                self.entries.append(replace(entry, name=f"{folder}{place_of(*known)}") if known else entry)

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an entry; raises what the archive does."""
        return self._container.blocks(self._numbers[number])

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Stream what the archive says beside its entries."""
        return self._container.beside()

    def _names(self, manifest: str) -> Names | None:
        """Return what the files of a backup are called; None for one that is encrypted."""
        wanted = {
            posixpath.basename(each.name) for each in self._container.entries if HASHED.search(each.name)
        }
        try:
            with self._spooled(manifest, LARGEST) as path:
                whole = whole_of(path)
                if not whole.startswith(SIGNATURE):
                    return None if self._is_encrypted(manifest) else {}
                with closing(connected(path, whole)) as connection:
                    return names_in(connection, wanted)
        except (sqlite3.Error, UnicodeDecodeError, NotExamined):
            # That the manifest cannot be read is told where it is read; its files are then called by their hashes.
            return {}

    def _is_encrypted(self, manifest: str) -> bool:
        beside = f"{manifest.removesuffix(MANIFEST)}Manifest.plist"
        if number_of(self._container, beside) is None:
            return False
        with self._spooled(beside, LARGEST_PLIST) as path:
            return says_encrypted(plist_of(path.read_bytes()))

    @contextmanager
    def _spooled(self, name: str, most: int) -> Iterator[Path]:
        number = number_of(self._container, name)
        with Spool(most) as spool:
            spool.fill(self._container.blocks(number or 0))
            yield spool.path


def number_of(container: Container, name: str) -> int | None:
    """Return the number of the entry of a name, from 0; None where there is none."""
    return next((number for number, each in enumerate(container.entries) if each.name == name), None)


@contextmanager
def with_log(container: Container, number: int, path: Path) -> Iterator[None]:
    """While it lasts, a database unpacked to `path` is read with the log that is packed beside it."""
    log = number_of(container, f"{container.entries[number].name}{LOG}") if is_database(path) else None
    if log is None or container.entries[log].fault:
        yield
        return
    with Spool(LARGEST) as spool, ExitStack() as laid:
        # Why the log cannot be unpacked is told where it is read itself.
        with suppress(NotExamined):
            spool.fill(container.blocks(log))
            laid.enter_context(laid_beside(path, spool.path))
        yield


def is_log_beside(container: Container, number: int) -> bool:
    """Say whether an entry is the log of a database, or the index of one, that is packed beside it."""
    name = container.entries[number].name
    ending = next((each for each in _LOGS if name.endswith(each)), "")
    database = number_of(container, name.removesuffix(ending)) if ending else None
    if database is None or container.entries[database].fault or container.entries[number].size > LARGEST:
        return False
    with Spool(LARGEST) as spool:
        spool.fill(container.blocks(database), len(SIGNATURE))
        return is_database(spool.path)
