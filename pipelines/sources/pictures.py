"""Pictures in documents, workbooks and mails: which are worth reading, and their rows.

Small ones are logos, buttons, dots that count readers: they are a gap where they could hold a line of writing, and
nothing where they could not.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.image import LARGEST, picture_rows
from pipelines.sources.ooxml import FAULTS

#: Pixels of a picture that is too small for a card or a page.
SMALL = 12_000
#: Pixels of the shorter side of one on which nobody can write.
BLANK = 8

#: What begins so is a picture OCR reads (`detectors.ocr.decode`).
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
#: Parts of a package that are no pictures, whatever they hold, and the one that shows its first page.
_OTHERS = frozenset({".xml", ".rels", ".vml", ".bin", ".fntdata", ".odttf"})
_THUMBNAIL = "thumbnail"
#: Endings of parts that are files wherever they lie in a package: what was put in whole, as HTML or RTF.
_FILES = frozenset(
    {".html", ".htm", ".mht", ".rtf", ".txt", ".csv", ".pdf", ".eml", ".docx", ".xlsx", ".xlsm", ".pptx"}
)
#: What reading a part raises: damage, a password, a method nobody knows.
_FAULTS = (*FAULTS, RuntimeError, NotImplementedError)
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


def has_pictures(path: Path) -> bool:
    """Say whether a package holds pictures to be read; files of an older kind are none, and hold none here."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(_is_worth_reading(archive, name) for name in archive.namelist())


def read_pictures(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield every picture of a package as a row: ``image``, the file as it is, and ``page``, its number from 1.

    What is no whole picture is a gap ``part-damaged`` or ``too-large``. Raises `NotExamined` ``ocr-missing``.
    """
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if _is_worth_reading(archive, name)]
        for number, name in enumerate(names, 1):
            try:
                data = archive.read(name)
            except _FAULTS:
                yield Gap("part-damaged")
                continue
            for row in picture_rows(data):
                yield row if isinstance(row, Gap) else numbered(row, number)


def numbered(row: pa.RecordBatch, number: int) -> pa.RecordBatch | Gap:
    """Return a picture with its number in the package, whichever of its pages it is."""
    (data,) = row.column("image").to_pylist()
    if fault := _fault(data):
        return Gap(fault)
    columns = {"image": pa.array([data], pa.binary()), "page": pa.array([number], pa.int32())}
    return pa.RecordBatch.from_pydict(columns)


def is_read_by_itself(archive: zipfile.ZipFile, name: str) -> bool:
    """Say whether a part of a package is an asset of its own, or a picture there is nothing to read on."""
    return is_file(name) or _is_worth_reading(archive, name) or _is_blank(archive, name)


def is_file(name: str) -> bool:
    """Say whether a part is a file of another program, put into the document as it is."""
    place = PurePosixPath(name)
    return "embeddings" in place.parts[:-1] or place.suffix.lower() in _FILES


def is_small(data: bytes) -> bool:
    """Say whether a picture is too small to be read; what is no picture is not."""
    size = _size(io.BytesIO(data))
    return size is not None and size[0] * size[1] < SMALL


def is_blank(data: bytes) -> bool:
    """Say whether a picture is too small for anybody to write on it."""
    size = _size(io.BytesIO(data))
    return size is not None and min(size) < BLANK


def _is_worth_reading(archive: zipfile.ZipFile, name: str) -> bool:
    if PurePosixPath(name).suffix.lower() in _OTHERS or _THUMBNAIL in name.lower() or is_file(name):
        return False
    try:
        with archive.open(name) as file:
            if archive.getinfo(name).file_size > LARGEST or not file.read(16).startswith(_SIGNATURES):
                return False
            file.seek(0)
            size = _size(file)
    except (*_FAULTS, OSError):
        # It may be one: that it cannot be read is told when it is.
        return True
    return size is None or size[0] * size[1] >= SMALL


def _is_blank(archive: zipfile.ZipFile, name: str) -> bool:
    try:
        with archive.open(name) as file:
            size = _size(file)
    except (*_FAULTS, OSError):
        return False
    return size is not None and min(size) < BLANK


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture, as its header says; None where there is no telling."""
    return _size(io.BytesIO(data))


def _size(file: IO[bytes]) -> tuple[int, int] | None:
    """Return width and height as the header of a picture says; None where there is no telling."""
    try:
        from PIL import Image

        with Image.open(file, formats=_FORMATS) as image:
            return image.size
    except Exception:
        # Not installed, no picture, a bomb: whoever reads it will say.
        return None


def _fault(data: bytes) -> str:
    """Return why a picture cannot be read, "" where it can: one that cannot must not take the others with it."""
    try:
        from detectors.ocr.decode import ImageError, decode
    except ModuleNotFoundError:
        raise NotExamined("ocr-missing", "", "install meibo[ocr]") from None
    try:
        decode(data)
    except ModuleNotFoundError:
        raise NotExamined("ocr-missing", "", "install meibo[ocr]") from None
    except ImageError as error:
        return "too-large" if error.code == "image-too-large" else "part-damaged"
    return ""
