"""Pages and frames of one image file, each as an image of its own: a fax as TIFF, a recording of a screen as GIF.

Of an animation those frames are kept that differ from the last one kept; a blinking light is no new page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image, ImageSequence, PngImagePlugin

from detectors.ocr.decode import MAX_PIXELS, ImageError, open_image
from detectors.ocr.metadata import read_metadata

#: Pages of a document, different frames of an animation.
MAX_PAGES, MAX_FRAMES = 100, 10
#: Pixels that are decoded of one file: two hundred pages of A4 at 200 dpi.
MAX_DECODED = 800_000_000

#: Frames are compared as grey copies of so many pixels a side; mean difference from which two are different.
_THUMB, _DIFFERENT = 64, 2.0
#: Formats that may hold several, by what their files begin with.
_SEVERAL = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"GIF8", b"RIFF", b"\x89PNG")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page or frame: `number` from 1 of `count`, `data` an image file of its own."""

    number: int
    count: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """`count` pages that are not there as images: ``page-damaged``, or ``image-many-pages`` beyond the bounds."""

    code: str
    count: int = 1


def leaves(data: bytes) -> Iterator[Leaf | Unread]:
    """Yield the pages of a file, in order; a file of one page as it is.

    Raises nothing: what cannot be opened is one page, and whoever decodes it says what is wrong.
    """
    try:
        image = open_image(data) if _may_have_several(data) else None
    except ImageError:
        image = None
    if image is None:
        yield Leaf(1, 1, data)
        return
    with image:
        count = _count(image)
        if count < 2:
            yield Leaf(1, 1, data)
        elif image.format == "TIFF":
            yield from _of_document(image, count)
        else:
            yield from _of_animation(data, image, count)


def _may_have_several(data: bytes) -> bool:
    return data.startswith(_SEVERAL) or data[4:8] == b"ftyp"


def _count(image: Image.Image) -> int:
    # Of a damaged file what can be opened is one page.
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:
        return 1


def _of_document(image: Image.Image, count: int) -> Iterator[Leaf | Unread]:
    decoded = 0
    for number in range(1, count + 1):
        try:
            image.seek(number - 1)
            decoded += image.width * image.height
            whole = image.width * image.height <= MAX_PIXELS
            if decoded > MAX_DECODED or number > MAX_PAGES:
                yield Unread("image-many-pages", count - number + 1)
                return
            page = _png(image) if whole else None
        # A decoder raises what it likes over a damaged page; the others are still read.
        except Exception:
            page = None
        yield Leaf(number, count, page) if page else Unread("page-damaged")


def _of_animation(data: bytes, image: Image.Image, count: int) -> Iterator[Leaf | Unread]:
    yield Leaf(1, count, data)
    last, kept, looked_at = None, 1, 0
    try:
        for number, frame in enumerate(ImageSequence.Iterator(image), 1):
            looked_at += frame.width * frame.height
            if looked_at > MAX_DECODED or kept > MAX_FRAMES:
                yield Unread("image-many-pages", count - number + 1)
                return
            seen = _thumbnail(frame)
            if last is None:
                last = seen
            elif _differ(last, seen):
                last, kept = seen, kept + 1
                if kept <= MAX_FRAMES:
                    yield Leaf(number, count, _png(frame))
    except Exception:
        yield Unread("page-damaged")


def _thumbnail(frame: Image.Image) -> Image.Image:
    return frame.convert("RGB").convert("L").resize((_THUMB, _THUMB), Image.Resampling.BOX)


def _differ(one: Image.Image, other: Image.Image) -> bool:
    a, b = (np.asarray(each, dtype=np.int16) for each in (one, other))
    return float(np.abs(a - b).mean()) > _DIFFERENT


def _png(page: Image.Image) -> bytes:
    """Return a page as PNG with its own words and moment."""
    page.load()
    exif, told = page.getexif(), PngImagePlugin.PngInfo()
    if words := read_metadata(page).text:
        told.add_itxt("Comment", words)
    kept = Image.Exif()
    if 0x0112 in exif:
        kept[0x0112] = exif[0x0112]
    for directory in (0x8769, 0x8825):
        if part := exif.get_ifd(directory):
            kept.get_ifd(directory).update(part)
    file = BytesIO()
    plain = page if page.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16") else page.convert("RGB")
    plain.save(file, "PNG", compress_level=3, pnginfo=told, exif=kept.tobytes())
    return file.getvalue()
