"""Tar archives, as they are or packed as a whole (tar.gz, tar.bz2, tar.xz, tar.zst)."""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.container import BLOCK, MOST_ENTRIES, Careful, Entry, damage_told, readable_name

#: What git leaves as the comment of an archive.
_REVISION = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")


def is_tar(head: bytes) -> bool:
    """Say whether a file that begins so is a tar archive: its first header has a right checksum."""
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


class TarFiles:
    """A tar archive as a container. `damaged`: it is known to break off.

    Links to what is in the archive are read where they lead; others, and devices, are entries that cannot be read.
    Raises `NotExamined` ``file-damaged``, ``too-large``.
    """

    def __init__(self, path: Path, name: str = "", *, damaged: bool = False) -> None:
        file = Careful(path)
        self._size = file.seek(0, 2)
        file.seek(0)
        with damage_told(tarfile.TarError):
            self._archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - closed with the last reader
        self._damaged = damaged
        listed = [info for info in self._listed(file) if not info.isdir()]
        names = {posixpath.normpath(info.name) for info in listed}
        self._infos = [info for info in listed if not (_is_link(info) and _target(info) in names)]
        self.entries = [
            Entry(readable_name(_raw(info.name)), info.size, self._fault(info)) for info in self._infos
        ]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an entry; raises `NotExamined` ``file-damaged``."""
        with damage_told(tarfile.TarError):
            file = self._archive.extractfile(self._infos[number])
            while file is not None and (block := file.read(BLOCK)):
                yield block

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Stream the comments of the archive and of its entries; say whether it breaks off."""
        headers = [self._archive.pax_headers, *(info.pax_headers for info in self._infos)]
        comments = dict.fromkeys(_raw(each.get("comment", "")) for each in headers)
        said = [readable_name(each) for each in comments if each.strip() and not _REVISION.fullmatch(each)]
        if said:
            yield text_batch(["text"], [["\n".join(said)]])
        if self._damaged:
            yield Gap("file-damaged")

    def _listed(self, file: Careful) -> list[tarfile.TarInfo]:
        """Return the headers up to the first damaged one, and some more than are read at most."""
        infos: list[tarfile.TarInfo] = []
        try:
            with damage_told(tarfile.TarError):
                for info in self._archive:
                    infos.append(info)
                    # The archive keeps all it has seen; and of one that leads in circles, it never sees the end.
                    if len(infos) > 2 * MOST_ENTRIES:
                        return infos
                # The standard library takes a broken header for the end.
                file.seek(self._archive.offset)
                self._damaged |= any(file.read(tarfile.BLOCKSIZE))
        except NotExamined as fault:
            if fault.code != "file-damaged":
                raise
            self._damaged = True
        return infos

    def _fault(self, info: tarfile.TarInfo) -> str:
        if not info.isreg():
            return "member-link"
        is_whole = info.issparse() or info.offset_data + info.size <= self._size
        return "" if is_whole and info.size >= 0 else "file-damaged"


def _is_link(info: tarfile.TarInfo) -> bool:
    return info.islnk() or info.issym()


def _target(info: tarfile.TarInfo) -> str:
    # A hard link names its target from the root of the archive.
    folder = posixpath.dirname(info.name) if info.issym() else ""
    return posixpath.normpath(posixpath.join(folder, info.linkname))


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
