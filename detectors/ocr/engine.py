"""What an OCR engine is: a name, a version and one method that turns an image into lines.

`detectors.ocr.rapid` is the engine Meibo brings. Another one is any object with these attributes, handed to
`detectors.ocr.image.scan_image`; an engine that can also find text regions without reading them (`Probing`)
spares images without text the expensive part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

#: Height × width × 3, blue-green-red, uint8: what OpenCV and every engine works with.
Bgr: TypeAlias = NDArray[np.uint8]

#: Four corners (x, y) in pixels: top left, top right, bottom right, bottom left, as seen by a reader of the text.
Quad: TypeAlias = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text as the engine read it; `score` 0–1 is the engine's own confidence."""

    text: str
    score: float
    quad: Quad


@dataclass(frozen=True, slots=True)
class Probe:
    """A cheap look at an image: how many text regions it has and by how many quarter turns it lies wrong.

    `turns`: counter-clockwise quarter turns (as ``numpy.rot90``) that bring the text upright, 0–3.
    `confidence`: 0.5 (a guess) to 1 (every region agrees). `extent`: left, top, right, bottom of all regions in
    pixels of the image, where there are any.
    """

    regions: int
    turns: int = 0
    confidence: float = 1.0
    extent: tuple[int, int, int, int] | None = None


class OcrEngine(Protocol):
    """Reads text in an image. `version` changes whenever the output for any image may change."""

    name: str
    version: str

    def read(self, image: Bgr) -> list[Line]:
        """Return the lines of an image whose text is upright, in any order; [] where there is no text."""
        ...


@runtime_checkable
class Probing(Protocol):
    """An engine that can look before it reads."""

    def probe(self, image: Bgr) -> Probe:
        """Count text regions and judge the orientation, at a small fraction of the cost of `read`."""
        ...


def quad_of(points: Any) -> Quad:
    """Make a `Quad` of any 4×2 sequence of numbers, rounded to pixels.

    >>> quad_of([[0.4, 1], [9.6, 1], [9.6, 5], [0.4, 5]])
    ((0, 1), (10, 1), (10, 5), (0, 5))
    """
    a, b, c, d = ((round(float(x)), round(float(y))) for x, y in points)
    return a, b, c, d
