"""Pages and frames of one image file, each as an image of its own: a fax as TIFF, a recording of a screen as GIF.

Of an animation those frames are kept that differ from the last one kept; a blinking light is no new page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count

import numpy as np
from PIL import Image, ImageSequence, PngImagePlugin

from detectors.ocr.decode import MAX_PIXELS, ImageError, open_image
from detectors.ocr.metadata import read_metadata

#: Pages of a document, different frames of an animation.
MAX_PAGES, MAX_FRAMES = 100, 10
#: Pixels that are decoded of one file, two hundred pages of A4 at 200 dpi; frames that are looked at.
MAX_DECODED, MAX_LOOKED_AT = 800_000_000, 3_000
#: Pages beyond the bound are counted up to so many.
_COUNTED = 1_000

#: Frames are compared as grey copies of so many pixels a side; mean difference from which two are different, and
#: how many pixels how different are a line that was not there before.
_THUMB, _DIFFERENT = 64, 2.0
_LINE, _WRITTEN = 8, 24
#: Formats that hold pages or different pictures, not frames of one.
_DOCUMENTS = ("TIFF", "HEIF")
#: Formats that may hold several, by what their files begin with.
_SEVERAL = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"GIF8", b"RIFF", b"\x89PNG")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page or frame: `number` from 1, `data` an image file of its own; `alone`: the file has no other."""

    number: int
    data: bytes = field(repr=False)
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """`count` pages that are not there as images: ``page-damaged``, or ``image-many-pages`` beyond the bounds.

    Frames beyond the bounds are not counted: that would take as long as reading them.
    """

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
        yield Leaf(1, data, alone=True)
        return
    with image:
        if not _has_several(image):
            yield Leaf(1, data, alone=True)
        elif image.format in _DOCUMENTS:
            yield from _of_document(image)
        else:
            yield from _of_animation(data, image)


def _may_have_several(data: bytes) -> bool:
    return data.startswith(_SEVERAL) or data[4:8] == b"ftyp"


def _has_several(image: Image.Image) -> bool:
    # Of a damaged file what can be opened is one page.
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:
        return False


def _of_document(image: Image.Image) -> Iterator[Leaf | Unread]:
    decoded = 0
    for number in count(1):
        try:
            image.seek(number - 1)
        except EOFError:
            return
        # Where the list of pages is damaged Pillow raises anything; what comes behind cannot be found.
        except Exception:
            yield Unread("page-damaged")
            return
        decoded += image.width * image.height
        if number > MAX_PAGES or decoded > MAX_DECODED:
            yield Unread("image-many-pages", _left(image, number))
            return
        page = _page(image)
        yield Leaf(number, page) if page else Unread("page-damaged")


def _left(image: Image.Image, first: int) -> int:
    """Count the pages from `first` on, as far as that is quick."""
    for number in range(first, first + _COUNTED):
        try:
            image.seek(number)
        except Exception:
            return number - first + 1
    return _COUNTED


def _page(image: Image.Image) -> bytes | None:
    if image.width * image.height > MAX_PIXELS:
        return None
    # A decoder raises what it likes over a damaged page; the others are still read.
    try:
        return _png(image)
    except Exception:
        return None


def _of_animation(data: bytes, image: Image.Image) -> Iterator[Leaf | Unread]:
    yield Leaf(1, data)
    last, kept, decoded = None, 1, 0
    try:
        for number, frame in enumerate(ImageSequence.Iterator(image), 1):
            seen = _thumbnail(frame)
            decoded += frame.width * frame.height
            if last is None or _differ(last, seen):
                kept += last is not None
                last = seen
                if number > 1 and kept <= MAX_FRAMES:
                    yield Leaf(number, _png(frame))
            if kept > MAX_FRAMES or decoded > MAX_DECODED or number > MAX_LOOKED_AT:
                yield Unread("image-many-pages")
                return
    except Exception:
        yield Unread("page-damaged")


def _thumbnail(frame: Image.Image) -> Image.Image:
    return frame.convert("RGB").convert("L").resize((_THUMB, _THUMB), Image.Resampling.BOX)


def _differ(one: Image.Image, other: Image.Image) -> bool:
    a, b = (np.asarray(each, dtype=np.int16) for each in (one, other))
    difference = np.abs(a - b)
    return float(difference.mean()) > _DIFFERENT or int((difference > _WRITTEN).sum()) >= _LINE


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
