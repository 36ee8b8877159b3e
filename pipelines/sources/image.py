"""Images: one row with the column ``image``, the file as it is; one for each page where it has several.

Reading them is the detectors' work.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.signs import begins_as

LARGEST = 64 << 20

#: How pictures begin that stand in cells and cards: JPEG, PNG, GIF, WebP, HEIC, AVIF (`pipelines.sources.signs`).
PICTURES = (
    "ffd8ff",
    b"\x89PNG\r\n\x1a\n".hex(),
    b"GIF8".hex(),
    f"{b'RIFF'.hex()}________{b'WEBP'.hex()}",
    *(f"________{(b'ftyp' + brand).hex()}" for brand in (b"heic", b"heix", b"mif1", b"msf1", b"avif")),
)
_BEGINS = begins_as(PICTURES)


def is_picture(content: bytes) -> bool:
    """Say whether a cell or an attachment of a card holds a picture."""
    return _BEGINS.match(content) is not None


def read_image(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield the image file as rows (`picture_rows`); raises `NotExamined` ``too-large`` above 64 MiB."""
    if path.stat().st_size > LARGEST:
        raise NotExamined("too-large", "", "scale the image down")
    yield from picture_rows(path.read_bytes())


def picture_rows(data: bytes) -> Iterator[pa.RecordBatch | Gap]:
    """Yield an image as one row; its pages, and the different frames of an animation, as one row each.

    These have the column ``page``, numbers from 1. Pages that cannot be read are gaps ``page-damaged``, those
    beyond what is looked at ``image-many-pages``.
    """
    try:
        from detectors.ocr.pages import Leaf, leaves
    except ModuleNotFoundError:
        # Whoever examines the row says that OCR is missing.
        yield _row(data)
        return
    for leaf in leaves(data):
        if isinstance(leaf, Leaf):
            yield _row(leaf.data, None if leaf.alone else leaf.number)
        else:
            yield Gap(leaf.code, leaf.count)


def _row(image: bytes, page: int | None = None) -> pa.RecordBatch:
    columns = {"image": pa.array([image], pa.binary())}
    if page is not None:
        columns["page"] = pa.array([page], pa.int32())
    return pa.RecordBatch.from_pydict(columns)
