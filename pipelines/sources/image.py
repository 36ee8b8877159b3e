"""Images: one row with the column ``image``, the file as it is. Reading it is the detectors' work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap

LARGEST = 64 << 20


def read_image(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield the image file as one row; raises `NotExamined` ``too-large`` above 64 MiB."""
    if path.stat().st_size > LARGEST:
        raise NotExamined("too-large", "", "scale the image down")
    yield pa.RecordBatch.from_arrays([pa.array([path.read_bytes()], pa.binary())], names=["image"])
