"""Bytes of an image file → upright pixels. Nothing is decoded before its size is known to be bearable.

PNG, JPEG (also CMYK and the MPO of phones), WebP, GIF, BMP, TIFF through Pillow; HEIC and HEIF through pi-heif.
EXIF orientation is applied, transparency becomes white paper, 16-bit scans become 8-bit.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from detectors.ocr.engine import Bgr

#: A 48-megapixel phone photo fits; a decompression bomb does not.
MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "HEIF")


class ImageError(Exception):
    """An image that cannot be read; `code` is one of ``image-empty``, ``image-unreadable``,
    ``image-truncated``, ``image-too-large``, ``image-many-pages``. Holds nothing of the image.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def decode(data: bytes) -> Bgr:
    """Decode one image to a height × width × 3 BGR array, upright as its EXIF data says.

    Raises `ImageError`. A TIFF of several pages is refused rather than read in part; of an animation the first
    frame is read, as a viewer of stills would show it.
    """
    if not data:
        raise ImageError("image-empty")
    if len(data) > MAX_BYTES:
        raise ImageError("image-too-large")
    _register_heif()
    with _open(data) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ImageError("image-too-large")
        if image.format == "TIFF" and getattr(image, "n_frames", 1) > 1:
            raise ImageError("image-many-pages")
        try:
            return _pixels(image)
        # Decoders raise what they like (OSError, SyntaxError, struct.error, RuntimeError of libheif) and quote
        # file contents: all of it means that the file breaks off or is damaged.
        except Exception:
            raise ImageError("image-truncated") from None


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
        layer = upright.convert("RGBA")
        upright = Image.new("RGBA", layer.size, "white")
        upright.alpha_composite(layer)
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])


def _eight_bit(image: Image.Image) -> Image.Image:
    """Stretch the grey values that occur to 0–255; Pillow's own conversion would clip them to white."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1))).astype(np.uint8))


@cache
def _register_heif() -> None:
    import pi_heif

    pi_heif.register_heif_opener()
