"""What every drawn picture is made of: paper, lines of Noto Sans JP, a portrait, a code.

Sizes are pixels at 300 dpi of a card of 85.6 × 54 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

from pipelines.demo import numbers
from pipelines.demo.people import TODAY
from pipelines.demo.truth import Value

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

CARD = (1012, 638)
INK = (25, 25, 30)


@dataclass(frozen=True)
class Drawn:
    """A picture and what stands on it."""

    picture: Image.Image
    kind: str | None
    values: Sequence[Value] = ()
    faces: int = 0


def card(
    colour: tuple[int, int, int], size: tuple[int, int] = CARD
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return paper of a colour with the fine lines of security paper, and a pen for it."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(picture)
    for y in range(0, size[1], 14):
        draw.line((0, y, size[0], y + 30), fill=tuple(channel - 9 for channel in colour), width=1)
    return picture, draw


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont
    from pylopdf_fonts_jp import sans_path

    return ImageFont.truetype(str(sans_path()), size, layout_engine=ImageFont.Layout.BASIC)


def line(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int) -> None:
    """Write one line; `place` is its upper left corner, `size` its height in pixels."""
    draw.text(place, text, font=_font(size), fill=INK)


def wrapped(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int, width: int) -> None:
    """Write a text in lines of `width` characters."""
    for row in range(0, len(text), width):
        line(draw, (place[0], place[1] + row // width * (size + 8)), text[row : row + width], size)


def face(draw: ImageDraw.ImageDraw, rng: Random, box: tuple[int, int, int, int]) -> None:
    """Draw a simple portrait: shoulders, head, hair, eyes, mouth."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    skin = rng.choice(((238, 206, 178), (226, 188, 156), (246, 218, 196)))
    draw.rectangle(box, fill=(176, 204, 226))

    def part(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        return left + x0 * width, top + y0 * height, left + x1 * width, top + y1 * height

    draw.pieslice(part(0.04, 0.72, 0.96, 1.28), 180, 360, fill=(52, 58, 84))
    draw.rectangle(part(0.41, 0.62, 0.59, 0.80), fill=tuple(channel - 22 for channel in skin))
    draw.ellipse(part(0.22, 0.08, 0.78, 0.62), fill=(38, 30, 28))
    draw.ellipse(part(0.26, 0.16, 0.74, 0.72), fill=skin)
    for eye in (0.37, 0.63):
        draw.arc(part(eye - 0.07, 0.35, eye + 0.07, 0.41), 190, 350, fill=(40, 30, 28), width=4)
        draw.ellipse(part(eye - 0.05, 0.40, eye + 0.05, 0.445), fill=(250, 250, 250))
        draw.ellipse(part(eye - 0.022, 0.40, eye + 0.022, 0.445), fill=(30, 22, 20))
    draw.line(
        (left + 0.5 * width, top + 0.45 * height, left + 0.48 * width, top + 0.53 * height),
        fill=(170, 130, 104),
        width=3,
    )
    draw.arc(part(0.41, 0.52, 0.59, 0.61), 20, 160, fill=(166, 72, 70), width=5)


def code(draw: ImageDraw.ImageDraw, rng: Random, place: tuple[int, int], side: int) -> None:
    """Draw something like a QR code; nothing can be read from it."""
    cells = 29
    size = side // cells
    draw.rectangle((*place, place[0] + cells * size, place[1] + cells * size), fill=(255, 255, 255))
    for index in range(cells * cells):
        row, column = divmod(index, cells)
        if rng.random() < 0.48:
            _cell(draw, place, size, row, column)
    for row, column in ((0, 0), (0, cells - 7), (cells - 7, 0)):
        left, top = place[0] + column * size, place[1] + row * size
        for inset, colour in ((0, 0), (1, 255), (2, 0)):
            far = (7 - inset) * size - 1
            box = (left + inset * size, top + inset * size, left + far, top + far)
            draw.rectangle(box, fill=(colour, colour, colour))


def _cell(draw: Any, place: tuple[int, int], size: int, row: int, column: int) -> None:
    left, top = place[0] + column * size, place[1] + row * size
    draw.rectangle((left, top, left + size - 1, top + size - 1), fill=(0, 0, 0))


def near_past(rng: Random) -> date:
    """Draw a day of the last four years."""
    # Not on February 29: five years later there is none.
    day = TODAY - timedelta(days=rng.randint(60, 1500))
    return day.replace(day=min(day.day, 28))


def era_year(day: date) -> str:
    """Return the year of a day in its era: 令和8年."""
    return numbers.wareki(day).split("年")[0] + "年"
