"""From pixels to lines: is there text at all, which way is up, and strips of what is too long for the engine.

The engine shrinks an image to 2,000 pixels; of a chat captured over fifteen screens nothing readable would be
left. Such an image is read in overlapping windows, each line taken from the window in which it lies deeper. On a
large sheet it overlooks a line that stands alone, which the probe sees: of such a sheet the part with the writing
is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detectors.ocr.engine import Bgr, Line, OcrEngine, Probe, Probing, Quad
from detectors.ocr.repair import repair

#: An image with fewer text regions than this is read where they are: a label, a note on a sheet.
FEW_REGIONS = 4
#: The probe looks at a small copy: a longer image that seems to have none is looked at in tiles of so many pixels,
#: each with so many of those around it.
_LARGE, _TILE, _SHARED = 4_500, 2_400, 400
#: Pixels around such writing that are read with it.
_MARGIN = 100
#: Below the first nobody writes; below the second no engine finds a letter, and scaling arithmetic breaks down.
BLANK, MIN_SIDE = 8, 32
#: Length over breadth from which an image is read in windows; a window is `_WINDOW` times as long as broad.
_LONG = 3.0
_WINDOW = 2.0
_OVERLAP = 0.4
#: Pixels of a window and of an overlap at least: along a banner run the lines, and each window costs a reading.
_LEAST_WINDOW, _LEAST_OVERLAP = 1_600, 400
#: A probe less unanimous than this, or a reading less confident, is compared with the image on its head.
_UNANIMOUS = 0.75
_CONFIDENT = 0.8


@dataclass(frozen=True)
class Reading:
    """Lines in the upright frame of an image, and how to get back: `turns` as in `Probe`, size before turning."""

    lines: list[Line]
    turns: int
    width: int
    height: int

    def to_image(self, quad: Quad) -> Quad:
        """Take a quad of the upright frame back to the image as it came."""
        a, b, c, d = (self._back(x, y) for x, y in quad)
        return a, b, c, d

    def _back(self, x: int, y: int) -> tuple[int, int]:
        return ((x, y), (self.width - y, x), (self.width - x, self.height - y), (y, self.height - x))[
            self.turns
        ]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the image along its long side; lines whose middle lies within `keep_from`–`keep_to` count."""

    start: int
    end: int
    keep_from: float
    keep_to: float


def read_image(image: Bgr, engine: OcrEngine) -> Reading:
    """Read an image of any orientation; no lines where the probe sees no region of text."""
    height, width = image.shape[:2]
    if min(height, width) < BLANK:
        return Reading([], 0, width, height)
    if min(height, width) < MIN_SIDE:
        beside = [(0, max(MIN_SIDE - side, 0)) for side in (height, width)]
        image = np.pad(image, [*beside, (0, 0)], mode="edge")
        height, width = image.shape[:2]
    windows = list(_windows(height, width))
    probes = [engine.probe(_cut(image, window)) for window in windows] if isinstance(engine, Probing) else []
    if probes and max(height, width) > _LARGE and not any(probe.regions for probe in probes):
        return _of_tiles(image, engine)
    place = _place_of_few(probes, image)
    if place is None:
        return _best(image, windows, _orientations(probes), engine)
    left, top, right, bottom = place
    part = np.ascontiguousarray(image[top:bottom, left:right])
    read = _best(part, [Window(0, max(part.shape[:2]), 0, float("inf"))], _orientations(probes), engine)
    return _placed([(read, left, top)], read.turns, width, height)


def _of_tiles(image: Bgr, engine: OcrEngine) -> Reading:
    """Read an image in tiles that overlap; a line counts in the tile whose own part its middle lies in."""
    height, width = image.shape[:2]
    read: list[tuple[Reading, int, int]] = []
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            first = max(left - _SHARED, 0), max(top - _SHARED, 0)
            part = image[first[1] : top + _TILE + _SHARED, first[0] : left + _TILE + _SHARED]
            tile = read_image(np.ascontiguousarray(part), engine)
            own = [
                line
                for line in tile.lines
                if _middle(tile.to_image(line.quad), first) == (left // _TILE, top // _TILE)
            ]
            read.append((Reading(own, tile.turns, tile.width, tile.height), *first))
    turns = max(range(4), key=lambda turn: sum(len(each.lines) for each, _, _ in read if each.turns == turn))
    return _placed(read, turns, width, height)


def _middle(quad: Quad, first: tuple[int, int]) -> tuple[int, int]:
    """Return in which column and row of tiles the middle of a quad lies."""
    x, y = (first[axis] + sum(corner[axis] for corner in quad) / 4 for axis in (0, 1))
    return int(x // _TILE), int(y // _TILE)


def _placed(read: list[tuple[Reading, int, int]], turns: int, width: int, height: int) -> Reading:
    """Return the lines of parts of an image, each with its left and top, as lines of the image."""
    whole = Reading([], turns, width, height)
    lines = [
        Line(line.text, line.score, _turn(_moved(part.to_image(line.quad), left, top), whole))
        for part, left, top in read
        for line in part.lines
    ]
    return Reading(lines, turns, width, height)


def _best(image: Bgr, windows: list[Window], orientations: tuple[int, ...], engine: OcrEngine) -> Reading:
    height, width = image.shape[:2]
    best = Reading([], 0, width, height)
    for turns in orientations:
        lines = _read(image, windows, turns, engine)
        if confidence(lines) > confidence(best.lines):
            best = Reading(lines, turns, width, height)
        if confidence(best.lines) >= _CONFIDENT:
            break
    return best


def _place_of_few(probes: list[Probe], image: Bgr) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of what little writing an image of one window has, with its surroundings."""
    if len(probes) != 1 or probes[0].extent is None or probes[0].regions >= FEW_REGIONS:
        return None
    left, top, right, bottom = probes[0].extent
    height, width = image.shape[:2]
    margin = max(_MARGIN, (right - left) // 4, (bottom - top) // 4)
    return (
        max(left - margin, 0),
        max(top - margin, 0),
        min(right + margin, width),
        min(bottom + margin, height),
    )


def confidence(lines: list[Line]) -> float:
    """Mean confidence per character; text on its head is read at .5–.7, upright text at .9."""
    characters = sum(len(line.text) for line in lines)
    return sum(line.score * len(line.text) for line in lines) / characters if characters else 0.0


def _orientations(probes: list[Probe]) -> tuple[int, ...]:
    """Return the turns to try, the likeliest first; none for an image without text."""
    if not probes:
        return 0, 2, 1, 3
    if not any(probe.regions for probe in probes):
        return ()
    likeliest: Probe = max(probes, key=lambda probe: probe.regions)
    turned = (likeliest.turns + 2) % 4
    sideways = (likeliest.turns + 1) % 4
    if likeliest.confidence < _UNANIMOUS:
        return likeliest.turns, turned, sideways, (sideways + 2) % 4
    return likeliest.turns, turned


def _read(image: Bgr, windows: list[Window], turns: int, engine: OcrEngine) -> list[Line]:
    lines: list[Line] = []
    height, width = image.shape[:2]
    whole = Reading([], turns, width, height)
    for window in windows:
        part = _cut(image, window)
        reading = Reading([], turns, part.shape[1], part.shape[0])
        for line in engine.read(np.ascontiguousarray(np.rot90(part, turns))):
            quad = _shift(reading.to_image(line.quad), window, upright=height >= width)
            middle = sum(point[height >= width] for point in quad) / 4
            if window.keep_from <= middle < window.keep_to:
                lines.append(Line(repair(line.text), line.score, _turn(quad, whole)))
    return lines


def _windows(height: int, width: int) -> Iterator[Window]:
    """Cut the long side into overlapping windows; one window for an image of ordinary shape."""
    length, breadth = max(height, width), min(height, width)
    size, overlap = max(int(breadth * _WINDOW), _LEAST_WINDOW), max(int(breadth * _OVERLAP), _LEAST_OVERLAP)
    if length <= max(_LONG * breadth, size):
        yield Window(0, length, 0, float("inf"))
        return
    for start in range(0, max(1, length - overlap), size - overlap):
        end = min(length, start + size)
        yield Window(
            start,
            end,
            start + overlap / 2 if start else 0,
            end - overlap / 2 if end < length else float("inf"),
        )


def _cut(image: Bgr, window: Window) -> Bgr:
    height, width = image.shape[:2]
    part = image[window.start : window.end] if height >= width else image[:, window.start : window.end]
    return np.ascontiguousarray(part)


def _shift(quad: Quad, window: Window, *, upright: bool) -> Quad:
    return _moved(quad, *((0, window.start) if upright else (window.start, 0)))


def _moved(quad: Quad, right: int, down: int) -> Quad:
    a, b, c, d = ((x + right, y + down) for x, y in quad)
    return a, b, c, d


def _turn(quad: Quad, whole: Reading) -> Quad:
    """Inverse of `Reading.to_image`."""
    width, height, turns = whole.width, whole.height, whole.turns
    a, b, c, d = (((x, y), (y, width - x), (width - x, height - y), (height - y, x))[turns] for x, y in quad)
    return a, b, c, d
