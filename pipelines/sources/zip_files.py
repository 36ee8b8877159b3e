"""Zip archives. Names without the flag for UTF-8 are CP932, as Windows writes them in Japan."""

from __future__ import annotations

import posixpath
import stat
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.container import BLOCK, Careful, Container, Entry, damage_told, is_bomb, readable_name
from pipelines.sources.ooxml import ZIP_FAULTS
from pipelines.sources.pictures import is_file

#: Flags of an entry (APPNOTE 4.4.4).
_ENCRYPTED, _UTF8 = 0x1, 0x800
_UNIX = 3
_LONGEST_LINK = 4_096


class ZipFiles:
    """A zip archive as a container. Raises `NotExamined` ``file-damaged``, ``too-large``."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._archive = open_zip(path)
        files = [info for info in self._archive.infolist() if not info.is_dir() and self._is_meant(info)]
        names = {posixpath.normpath(_name(info)) for info in self._archive.infolist()}
        self._infos = [info for info in files if not (_is_link(info) and self._target(info) in names)]
        self.entries = [
            Entry(_name(info).replace("\\", "/"), info.file_size, _fault(info)) for info in self._infos
        ]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an entry; raises `NotExamined` ``member-encrypted``, ``format-unsupported``, ``file-damaged``."""
        yield from self._blocks(self._infos[number])

    def _is_meant(self, info: zipfile.ZipInfo) -> bool:
        return True

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Stream the comment of the archive, and those of its entries."""
        comments = [self._archive.comment, *(info.comment for info in self._archive.infolist())]
        said = [readable_name(each) for each in dict.fromkeys(comments) if each.strip()]
        if said:
            yield text_batch(["text"], [["\n".join(said)]])

    def _blocks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with damage_told(*ZIP_FAULTS), self._archive.open(info) as file:
                while block := file.read(BLOCK):
                    yield block
        except NotImplementedError:
            raise NotExamined("format-unsupported", "", "pack it again with an ordinary method") from None
        except RuntimeError:
            raise NotExamined("member-encrypted", "", "unpack it with its password") from None

    def _target(self, info: zipfile.ZipInfo) -> str:
        """Return the entry a link leads to; "" where it leads nowhere within the archive."""
        if info.file_size > _LONGEST_LINK or _fault_of_content(info):
            return ""
        try:
            target = readable_name(b"".join(self._blocks(info)))
        except NotExamined:
            return ""
        return posixpath.normpath(posixpath.join(posixpath.dirname(_name(info)), target))


class PackageFiles(ZipFiles):
    """A document or workbook as a container: the files of other programs in it."""

    def _is_meant(self, info: zipfile.ZipInfo) -> bool:
        return is_file(info.filename)


class NoFiles:
    """A container without entries: a workbook of before 2007, an empty backup."""

    entries: Sequence[Entry] = ()

    def blocks(self, number: int) -> Iterator[bytes]:
        """There are none."""
        yield from ()

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """There is nothing."""
        yield from ()


def open_package(path: Path, name: str = "") -> Container:
    """Open a document or workbook; one that is encrypted, or of before 2007, holds nothing to be opened here."""
    return PackageFiles(path) if zipfile.is_zipfile(path) else NoFiles()


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open an archive; raises `NotExamined` ``file-damaged``, or ``too-large`` for a directory without end."""
    with damage_told(*ZIP_FAULTS, NotImplementedError):
        return zipfile.ZipFile(cast(BinaryIO, Careful(path)))


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8:
        return info.orig_filename
    # Without the flag the standard library reads the bytes as code page 437, which has a sign for each of them.
    return readable_name(info.orig_filename.encode("cp437"))


def _is_link(info: zipfile.ZipInfo) -> bool:
    return info.create_system == _UNIX and stat.S_ISLNK(info.external_attr >> 16)


def _fault(info: zipfile.ZipInfo) -> str:
    return "member-link" if _is_link(info) else _fault_of_content(info)


def _fault_of_content(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "member-encrypted"
    return "too-large" if is_bomb(info.compress_size, info.file_size) else ""
