"""Images: one row with the column ``image``, the file as it is; one for each page where it has several.

Reading them is the detectors' work.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap

LARGEST = 64 << 20

#: How pictures begin that phones keep in cells and cards: JPEG, PNG, GIF.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")


def is_picture(content: bytes) -> bool:
    """Say whether a cell or an attachment of a card holds a picture: JPEG, PNG, GIF, WebP, HEIC, AVIF."""
    return (
        content.startswith(_PICTURES)
        or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        or (content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif"))
    )


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
