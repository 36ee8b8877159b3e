"""What an image file says beside its pixels: when it was taken, whether where, and words of people and programs.

EXIF 2.32 (CIPA DC-008), IPTC-IIM 4.2, XMP and the text chunks of PNG; comments of JPEG and GIF. Where a block does
not parse, its runs of letters are taken instead: it is looked at rather than passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from defusedxml import ElementTree
from PIL import Image, ImageFile, IptcImagePlugin

#: So many code points are looked at; a file that says more is not examined.
MAX_TEXT = 300_000

#: Nobody scanned or took an older picture: a clock that was never set says the year 1, or 1601.
_FIRST_YEAR = 1826

#: Directories within EXIF: of the exposure, of the place.
_EXPOSURE, _PLACE = 0x8769, 0x8825
_TAKEN, _OFFSET, _USER_COMMENT, _LATITUDE = 0x9003, 0x9011, 0x9286, 2
#: Tags that name a person: Artist, XPAuthor, CameraOwnerName.
_PERSONS = frozenset({0x013B, 0x9C9D, 0xA430})
#: ImageDescription, Artist, HostComputer, Copyright, DocumentName, PageName, XPTitle … XPSubject; of the exposure:
#: CameraOwnerName.
_WORDS = (0x010D, 0x010E, 0x011D, 0x013B, 0x013C, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F)
_WINDOWS = range(0x9C9B, 0x9CA0)
_OF_EXPOSURE = (0xA430,)
#: Record 2 of IPTC-IIM holds the words; its data sets that name persons: by-line, contact, writer.
_APPLICATION = 2
_IPTC_RESOURCE = 0x0404
_WRITERS = frozenset({80, 118, 122})
_PERSON_LABEL = "作成者: "
_XMP_PERSONS = re.compile(r"(?:creator|author|Owner|Credit|CaptionWriter|PersonInImage)", re.IGNORECASE)
_RUN = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{4,}")
_XMP_CHUNK, _PROFILE = "XML:com.adobe.xmp", "Raw profile type "


@dataclass(frozen=True, slots=True)
class Metadata:
    """`captured`: when it was taken, with its offset if that is known; `located`: whether it says where.

    `text`: the words, one to a line, each once; not in ``repr``.
    """

    captured: datetime | None = None
    located: bool = False
    text: str = field(default="", repr=False)


def read_metadata(image: Image.Image) -> Metadata:
    """Read what an open image says; `image` is loaded, since PNG may have its words behind the pixels."""
    exif = _exif(image)
    xmp = _xmp(image)
    told = [*_of_exif(image, exif), *_of_iptc(image), *_of_chunks(image)]
    told += _of_xmp(xmp) if xmp else []
    words = dict.fromkeys(each.strip("\0 \r\n\t") for each in told)
    exposure, place = _directory(exif, _EXPOSURE), _directory(exif, _PLACE)
    return Metadata(
        captured=_moment(exposure.get(_TAKEN), exposure.get(_OFFSET)),
        located=bool(place.get(_LATITUDE)) or "GPSLatitude" in xmp,
        text="\n".join(word for word in words if word),
    )


def _moment(taken: Any, offset: Any) -> datetime | None:
    """Return 2026:03:14 15:04:05 with +09:00 as a moment; None for days and hours that do not exist."""
    written = f"{taken}".strip("\0 ")
    try:
        moment = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR:
        return None
    try:
        zone = datetime.strptime(f"{offset}".strip("\0 "), "%z").tzinfo
    except ValueError:
        return moment
    return moment.replace(tzinfo=zone)


def _exif(image: Image.Image) -> Image.Exif:
    # What Pillow raises over damaged blocks is anything from struct.error to KeyError.
    try:
        return image.getexif()
    except Exception:
        return Image.Exif()


def _directory(exif: Image.Exif, tag: int) -> Mapping[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:
        return {}


def _of_exif(image: Image.Image, exif: Image.Exif) -> Iterator[str]:
    tags = {tag: exif[tag] for tag in _WORDS if tag in exif}
    exposure = _directory(exif, _EXPOSURE)
    tags |= {tag: exposure[tag] for tag in _OF_EXPOSURE if tag in exposure}
    for tag, value in tags.items():
        yield (_PERSON_LABEL if tag in _PERSONS else "") + _written(tag, value)
    comment = exposure.get(_USER_COMMENT)
    if comment:
        yield _user_comment(
            comment if isinstance(comment, bytes) else f"{comment}".encode("latin-1", "replace")
        )
    raw = image.info.get("exif")
    if isinstance(raw, bytes) and (not len(exif) or (_EXPOSURE in exif and not exposure)):
        yield from _runs(raw)


def _written(tag: int, value: Any) -> str:
    if tag in _WINDOWS:
        raw = bytes(value) if isinstance(value, (bytes, tuple)) else f"{value}".encode("latin-1", "replace")
        return raw.decode("utf-16-le", "replace").strip("\0")
    if isinstance(value, bytes):
        return _decoded(value)
    # Pillow reads ASCII as Latin-1; cameras and editors put UTF-8 and Shift_JIS there.
    try:
        return _decoded(f"{value}".encode("latin-1"))
    except UnicodeEncodeError:
        return f"{value}"


def _user_comment(raw: bytes) -> str:
    """Read a UserComment by the code its first eight bytes name."""
    code, body = raw[:8], raw[8:]
    if code.startswith(b"UNICODE"):
        # The byte order is that of the file, or of the program: what gives fewer odd characters is right.
        both = [body.decode(each, "replace") for each in ("utf-16-le", "utf-16-be")]
        return min(both, key=_oddness).strip("\0")
    if code.startswith(b"JIS"):
        return body.decode("iso2022_jp", "replace").strip("\0")
    return _decoded(body if code.startswith((b"ASCII", b"\0\0\0\0")) else raw)


def _oddness(text: str) -> int:
    return sum(
        not ("\x20" <= char < "\x7f" or "\u3000" <= char < "\ua000" or char >= "\uff00") for char in text
    )


def _decoded(raw: bytes) -> str:
    raw = raw.strip(b"\0 ")
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _of_iptc(image: Image.Image) -> list[str]:
    resources = image.info.get("photoshop")
    raw = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else resources
    return _or_runs(lambda: list(_iptc(image)), raw)


def _iptc(image: Image.Image) -> Iterator[str]:
    entries = IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None
    for (record, number), values in (entries or {}).items():
        if record == _APPLICATION:
            for value in values if isinstance(values, list) else [values]:
                if len(value) > 2:
                    yield (_PERSON_LABEL if number in _WRITERS else "") + _decoded(value)


def _of_chunks(image: Image.Image) -> Iterator[str]:
    """Yield comments of JPEG and GIF, and the text chunks of PNG."""
    comment = image.info.get("comment")
    if comment:
        yield _decoded(comment) if isinstance(comment, bytes) else f"{comment}"
    for key, value in (getattr(image, "text", None) or {}).items():
        if key.startswith(_PROFILE):
            yield from _runs(_profile(value))
        elif key != _XMP_CHUNK:
            label = _PERSON_LABEL if _XMP_PERSONS.search(key) else ""
            yield label + _written(0, value)


def _profile(value: str) -> bytes:
    """Return the bytes of a profile ImageMagick writes as hexadecimal digits behind its name and length."""
    lines = value.split("\n")[3:]
    try:
        return bytes.fromhex("".join(lines))
    except ValueError:
        return value.encode()


def _xmp(image: Image.Image) -> str:
    raw = image.info.get("xmp") or image.info.get(_XMP_CHUNK) or ""
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else f"{raw}"


def _of_xmp(packet: str) -> list[str]:
    return _or_runs(lambda: list(_of_tree(packet)), packet.encode())


def _of_tree(packet: str) -> Iterator[str]:
    start, end = packet.find("<"), packet.rfind(">") + 1
    persons = 0
    for element in ElementTree.fromstring(packet[start:end].strip("\0")).iter():
        if _XMP_PERSONS.search(element.tag):
            # Names stand in a list below the element that says whose they are.
            persons = sum(1 for _ in element.iter())
        label, persons = (_PERSON_LABEL if persons > 0 else ""), persons - 1
        if element.text and element.text.strip():
            yield label + element.text.strip()
        for key, value in element.attrib.items():
            if not value.startswith(("http://", "https://", "xmp.")):
                yield (_PERSON_LABEL if _XMP_PERSONS.search(key) else "") + value


def _or_runs(read: Callable[[], list[str]], raw: Any) -> list[str]:
    """Read a block; where it does not parse, take its runs of letters."""
    # defusedxml and Pillow raise what they like over damaged blocks, and quote them.
    try:
        return read()
    except Exception:
        return list(_runs(raw)) if isinstance(raw, bytes) else []


def _runs(raw: bytes) -> Iterator[str]:
    yield from _RUN.findall(raw.decode("utf-8", "replace"))
