"""Faces: that a photograph shows somebody, and where. Nothing is measured that would tell who.

OpenCV's Haar cascade for upright frontal faces (``haarcascade_frontalface_alt2``), which lies in its wheel. On a
known card a hit is the portrait; on any other picture a hit must be found several times over, because leaves
and shop fronts have eyes too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2

from detectors.ocr.engine import Bgr, Quad

#: Faces are looked for in a copy of at most so many pixels a side, from this size on.
_SIDE = 1000
_SMALLEST = 48
#: How many neighbouring hits make a face: on a card, elsewhere.
_ON_CARD, _ELSEWHERE = 4, 10


def find_faces(image: Bgr, *, on_card: bool) -> list[Quad]:
    """Return the squares of the faces in an upright image, from left to right."""
    height, width = image.shape[:2]
    ratio = min(1.0, _SIDE / max(height, width))
    if min(height, width) * ratio < _SMALLEST:
        return []
    small = cv2.resize(image, (round(width * ratio), round(height * ratio)), interpolation=cv2.INTER_AREA)
    hits = _cascade().detectMultiScale(
        cv2.cvtColor(small, cv2.COLOR_BGR2GRAY),
        scaleFactor=1.1,
        minNeighbors=_ON_CARD if on_card else _ELSEWHERE,
        minSize=(_SMALLEST, _SMALLEST),
    )
    return sorted(_square(*(round(int(value) / ratio) for value in hit)) for hit in hits)


def _square(left: int, top: int, width: int, height: int) -> Quad:
    right, bottom = left + width, top + height
    return (left, top), (right, top), (right, bottom), (left, bottom)


@cache
def _cascade() -> Any:
    path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
    return cv2.CascadeClassifier(str(path))
