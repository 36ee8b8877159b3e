"""Lines of an image → text, in several arrangements, each character still knowing where it stood.

Text on paper has no single order. By *rows*, a label and its value come together; by *blocks*, an address
wrapped over two lines does. Both are made, and a card adds its *fields*. A `Page` is one arrangement:
its text goes to the recognizers, `quads_for` takes their offsets back to the image.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from detectors.ocr.engine import Line, Quad, quad_of


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` that stands in line number `line` of the image from character `first` on (−1: nowhere, a label)."""

    text: str
    line: int = -1
    first: int = 0


@dataclass(frozen=True)
class Page:
    """One arrangement of the lines. ``text[i]`` is character `first + k` of some line, or glue between lines."""

    lines: Sequence[Line]
    pieces: tuple[Piece, ...]
    text: str = field(repr=False)
    starts: tuple[int, ...]

    @classmethod
    def of(cls, lines: Sequence[Line], pieces: Iterable[Piece]) -> Page:
        """Join pieces to a page."""
        kept = tuple(piece for piece in pieces if piece.text)
        starts, position = [], 0
        for piece in kept:
            starts.append(position)
            position += len(piece.text)
        return cls(lines, kept, "".join(piece.text for piece in kept), tuple(starts))

    def sources(self, start: int, end: int) -> dict[int, tuple[int, int]]:
        """Return ``{line: (first, last)}``: which characters of which lines the span covers, last exclusive."""
        found: dict[int, tuple[int, int]] = {}
        index = max(0, bisect_right(self.starts, start) - 1)
        while index < len(self.pieces) and self.starts[index] < end:
            piece, offset = self.pieces[index], self.starts[index]
            low, high = max(start, offset) - offset, min(end, offset + len(piece.text)) - offset
            if piece.line >= 0 and low < high:
                before = found.get(piece.line, (piece.first + low, piece.first + high))
                found[piece.line] = (min(before[0], piece.first + low), max(before[1], piece.first + high))
            index += 1
        return found

    def quads_for(self, start: int, end: int) -> list[Quad]:
        """Return one quad per line the span touches, cut to its characters, in the order of the lines."""
        return [
            cut_quad(self.lines[number], first, last)
            for number, (first, last) in sorted(self.sources(start, end).items())
        ]


def cut_quad(line: Line, first: int, last: int) -> Quad:
    """Return the part of the line's quad that holds characters `first` to `last`, by their usual widths.

    >>> cut_quad(Line("氏名 A", 1.0, ((0, 0), (60, 0), (60, 10), (0, 10))), 0, 2)
    ((0, 0), (40, 0), (40, 10), (0, 10))
    """
    widths = [2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line.text]
    total = sum(widths) or 1
    left, right = sum(widths[:first]) / total, sum(widths[:last]) / total
    a, b, c, d = line.quad
    return quad_of([_between(a, b, left), _between(a, b, right), _between(d, c, right), _between(d, c, left)])


def _between(a: tuple[int, int], b: tuple[int, int], share: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


@dataclass(frozen=True, slots=True)
class Box:
    """A line seen straight: its extent after the page's tilt is taken out."""

    line: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Height in pixels, never 0."""
        return max(self.bottom - self.top, 1.0)

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return (self.top + self.bottom) / 2


def straighten(lines: Sequence[Line]) -> list[Box]:
    """Take the common tilt out of the lines' quads (a photo is rarely level)."""
    tilt = _tilt(lines)
    cosine, sine = math.cos(-tilt), math.sin(-tilt)
    boxes = []
    for number, line in enumerate(lines):
        a, b, c, d = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in line.quad]
        boxes.append(Box(number, (a[0] + d[0]) / 2, (a[1] + b[1]) / 2, (b[0] + c[0]) / 2, (c[1] + d[1]) / 2))
    return boxes


def _tilt(lines: Sequence[Line]) -> float:
    """Median angle of the long lines in radians; short ones lean by chance."""
    angles = [
        math.atan2(b[1] - a[1], b[0] - a[0])
        for line in lines
        for a, b in [line.quad[:2]]
        if len(line.text) >= 4
    ]
    return median(angles) if angles else 0.0


def rows(boxes: Sequence[Box]) -> list[list[Box]]:
    """Group boxes that stand beside one another, top to bottom and left to right."""
    grouped: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (box.middle, box.left, box.line)):
        if grouped and same_row(grouped[-1][-1], box):
            grouped[-1].append(box)
        else:
            grouped.append([box])
    return [sorted(row, key=lambda box: (box.left, box.line)) for row in grouped]


def same_row(one: Box, other: Box) -> bool:
    """Say whether two boxes overlap vertically by more than half of the lower one's height."""
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    return overlap > 0.5 * min(one.height, other.height)


def blocks(boxes: Sequence[Box]) -> list[list[Box]]:
    """Group boxes that stand closely below one another with one left edge: paragraphs, wrapped addresses."""
    grouped: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (box.top, box.left, box.line)):
        above = [block for block in grouped if continues(block[-1], box)]
        if above:
            max(above, key=lambda block: block[-1].bottom).append(box)
        else:
            grouped.append([box])
    return grouped


def continues(above: Box, below: Box) -> bool:
    """Say whether `below` looks like the next line of the paragraph that `above` is in."""
    height = min(above.height, below.height)
    gap = below.top - above.bottom
    return (
        -0.4 * height < gap < 1.0 * height
        and abs(below.left - above.left) < 1.2 * height
        and max(above.height, below.height) < 1.7 * height
    )


def by_rows(lines: Sequence[Line], boxes: Sequence[Box]) -> Page:
    """Arrange by rows: lines of a row joined by a space, rows by a line break."""
    return _arrange(lines, rows(boxes), " ", "\n")


def by_blocks(lines: Sequence[Line], boxes: Sequence[Box]) -> Page:
    """Arrange by blocks: lines of a block joined by a line break, blocks by an empty line."""
    return _arrange(lines, blocks(boxes), "\n", "\n\n")


def _arrange(lines: Sequence[Line], groups: Sequence[Sequence[Box]], inner: str, outer: str) -> Page:
    pieces: list[Piece] = []
    for group in groups:
        for position, box in enumerate(group):
            pieces.append(Piece(lines[box.line].text, box.line))
            pieces.append(Piece(inner if position + 1 < len(group) else outer))
    return Page.of(lines, pieces[:-1])
