"""Bytes of an image file → upright pixels, and what it says. Nothing is decoded before its size is bearable.

PNG, JPEG (also CMYK and the MPO of phones), WebP, GIF, BMP, TIFF, AVIF through Pillow; HEIC through pi-heif.
EXIF orientation is applied, transparency becomes paper what is drawn can be seen on, 16-bit scans become 8-bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from detectors.ocr.engine import Bgr
from detectors.ocr.metadata import MAX_TEXT, Metadata, read_metadata

#: A 48-megapixel phone photo fits; a decompression bomb does not.
MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000

#: Grey from which what is drawn would not be seen on white; below so much a pixel lets the paper be seen.
_LIGHT, _CLEAR = 200, 128

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")


class ImageError(Exception):
    """An image that cannot be read; `code` is one of ``image-empty``, ``image-unreadable``, ``image-truncated``,
    ``image-too-large``, ``image-many-pages``, ``image-text-too-long``. Holds nothing of the image.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """One image: height × width × 3 BGR `pixels`, upright as its EXIF data says, and what its file says."""

    pixels: Bgr
    metadata: Metadata


def decode(data: bytes) -> Bgr:
    """Decode the pixels of one image; see `read_picture`."""
    return read_picture(data).pixels


def read_picture(data: bytes) -> Picture:
    """Decode one image and read its metadata.

    Raises `ImageError`. A TIFF of several pages is refused rather than read in part, and split by
    `detectors.ocr.pages`; of an animation the first frame is read, as a viewer of stills would show it.
    """
    with open_image(data) as image:
        if image.format == "TIFF" and getattr(image, "is_animated", False):
            raise ImageError("image-many-pages")
        try:
            pixels = _pixels(image)
            metadata = read_metadata(image)
        # Decoders raise what they like (OSError, SyntaxError, struct.error, RuntimeError of libheif) and quote
        # file contents: all of it means that the file breaks off or is damaged.
        except Exception:
            raise ImageError("image-truncated") from None
    if len(metadata.text) > MAX_TEXT:
        raise ImageError("image-text-too-long")
    return Picture(pixels, metadata)


def open_image(data: bytes) -> Image.Image:
    """Open an image without decoding it; raises `ImageError` for one that is none, or too large."""
    if not data:
        raise ImageError("image-empty")
    if len(data) > MAX_BYTES:
        raise ImageError("image-too-large")
    _register_heif()
    image = _open(data)
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise ImageError("image-too-large")
    return image


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise ImageError("image-too-large") from None
    except Exception:
        raise ImageError("image-unreadable") from None


def _pixels(image: Image.Image) -> Bgr:
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        upright = _eight_bit(upright)
    if "A" in upright.mode or "transparency" in upright.info:
        upright = _on_paper(upright.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])


def _on_paper(layer: Image.Image) -> Image.Image:
    """Lay a drawing on white paper, one in light colours on black."""
    seen = np.asarray(layer.getchannel("A"), dtype=np.float64)
    lightness = float((np.asarray(layer.convert("L")) * seen).sum() / max(seen.sum(), 1))
    paper = Image.new("RGBA", layer.size, "black" if lightness > _LIGHT and seen.min() < _CLEAR else "white")
    paper.alpha_composite(layer)
    return paper


def _eight_bit(image: Image.Image) -> Image.Image:
    """Stretch the grey values that occur to 0–255; Pillow's own conversion would clip them to white."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1))).astype(np.uint8))


@cache
def _register_heif() -> None:
    import pi_heif

    pi_heif.register_heif_opener()
