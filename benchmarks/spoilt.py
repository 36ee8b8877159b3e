"""What happens to a card on its way into a telephone: turned, tilted, out of focus, in the dark, from an angle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

Spoil = Callable[[Image.Image], Image.Image]

_DESK, _STONE, _CLOTH = (120, 92, 66), (70, 74, 80), (60, 55, 50)


def on_desk(image: Image.Image, margin: int = 110) -> Image.Image:
    desk = Image.new("RGB", (image.width + 2 * margin, image.height + 2 * margin), _DESK)
    desk.paste(image, (margin, margin))
    return desk


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    mask = Image.new("L", image.size, 255).rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    desk = Image.new("RGB", (turned.width + 120, turned.height + 120), _STONE)
    desk.paste(turned, (60, 60), mask)
    return desk


def from_an_angle(image: Image.Image, lean: float) -> Image.Image:
    seen = np.asarray(on_desk(image, 60))
    height, width = seen.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    leaning = np.array(
        [
            [width * lean, height * lean * 0.6],
            [width * (1 - lean * 0.3), 0],
            [width, height],
            [0, height * (1 - lean * 0.3)],
        ],
        np.float32,
    )
    turn = cv2.getPerspectiveTransform(flat, leaning)
    return Image.fromarray(cv2.warpPerspective(seen, turn, (width, height), borderValue=_CLOTH))


def noisy(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image).astype(int)
    grain = np.random.default_rng(5).normal(0, 18, pixels.shape).astype(int)
    return Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))


def pressed(image: Image.Image, quality: int) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(BytesIO(file.getvalue())).convert("RGB")


def wide(image: Image.Image, width: int) -> Image.Image:
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def shaded(image: Image.Image) -> Image.Image:
    light = Image.linear_gradient("L").resize(image.size).point(lambda value: 80 + value * 175 // 255)
    return Image.fromarray(
        (np.asarray(image).astype(float) * np.asarray(light)[:, :, None] / 255).astype(np.uint8)
    )


def with_glare(image: Image.Image) -> Image.Image:
    spot = Image.new("L", image.size, 0)
    width, height = image.size
    ImageDraw.Draw(spot).ellipse((width * 0.62, height * 0.62, width * 0.8, height * 0.82), fill=190)
    return Image.composite(
        Image.new("RGB", image.size, "white"), image, spot.filter(ImageFilter.GaussianBlur(30))
    )


def on_screen(image: Image.Image) -> Image.Image:
    """A screenshot of the picture as a gallery shows it."""
    screen = Image.new("RGB", (828, 1472), (12, 12, 14))
    shown = wide(image, 800)
    if shown.height > 1300:
        shown = shown.resize((round(shown.width * 1300 / shown.height), 1300))
    screen.paste(shown, ((828 - shown.width) // 2, (1472 - shown.height) // 2))
    return screen


def _brightness(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(factor)


def _blurred(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def _chain(*steps: Spoil) -> Spoil:
    return lambda image: reduce(lambda seen, step: step(seen), steps, image)


SPOILS: dict[str, Spoil] = {
    "as drawn": lambda image: image,
    "on a desk": on_desk,
    "tilted 3°": partial(tilted, degrees=3),
    "tilted -8°": partial(tilted, degrees=-8),
    "tilted 14°": partial(tilted, degrees=14),
    "on its head": lambda image: image.rotate(180),
    "turned left": lambda image: image.rotate(90, expand=True),
    "turned right": lambda image: image.rotate(270, expand=True),
    "blurred": partial(_blurred, radius=1.5),
    "very blurred": partial(_blurred, radius=2.2),
    "dark": partial(_brightness, factor=0.25),
    "pale": lambda image: ImageEnhance.Contrast(image).enhance(0.35),
    "noisy": noisy,
    "JPEG 20": partial(pressed, quality=20),
    "600 wide": partial(wide, width=600),
    "450 wide": partial(wide, width=450),
    "from an angle": partial(from_an_angle, lean=0.12),
    "from an angle, dim": _chain(partial(from_an_angle, lean=0.2), partial(_brightness, factor=0.5)),
    "half in shadow": shaded,
    "with glare": with_glare,
    "in a screenshot": on_screen,
    "grey": lambda image: image.convert("L").convert("RGB"),
    "a hasty photo": _chain(
        partial(tilted, degrees=-4), partial(from_an_angle, lean=0.08), noisy, partial(pressed, quality=60)
    ),
}
