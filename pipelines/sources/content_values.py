r"""Values of content lines (`pipelines.sources.content_lines`): quoted-printable, base64 and escapes undone."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.sources.encoding import decode

#: Values of each parameter, by its name in capitals.
Parameters = dict[str, list[str]]

_CODECS = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp", "us-ascii": "utf-8",
}  # fmt: skip
#: How a file begins that stands in an address (RFC 2397).
DATA_URI = re.compile(r"data:[\w/+.-]+;base64,", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\,;:nN])")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Property:
    """One line: name in capitals, parameters, the value in pieces as ``;`` divides it.

    `is_file`: the value is no text but a file, such as a photo, which is the `content`.
    """

    name: str
    parameters: Parameters
    pieces: tuple[str, ...]
    is_file: bool = False
    content: bytes = b""

    @property
    def text(self) -> str:
        """The value as a whole."""
        return ";".join(self.pieces)


def codecs_of(parameters: Parameters) -> list[str]:
    """Return the codecs to try on a value, the declared one first."""
    declared = next(iter(parameters.get("CHARSET", [])), "utf-8").lower()
    return [_CODECS.get(declared, declared), "utf-8", "cp932"]


def value_of(
    name: str, parameters: Parameters, written: str, codecs: Sequence[str], *, quoted: bool, packed: bool
) -> Property:
    r"""Return the property a line says.

    `quoted`: written in quoted-printable; `packed`: in base64, by which some phones write names, too.

    >>> value_of("N", {}, "=95\\;=91=BE\\;", ["cp932"], quoted=True, packed=False).pieces
    ('表', '太;')
    """
    # Decoded before it is divided: a byte of a Japanese character may be a backslash or a semicolon.
    text = _text(_unpacked(written), codecs) if packed else _unquoted(written, codecs) if quoted else written
    if text is None:
        return Property(name, parameters, (), is_file=True, content=_unpacked(written) or b"")
    return Property(name, parameters, tuple(map(_unescaped, _joined(text.split(";")))))


def _unquoted(written: str, codecs: Sequence[str]) -> str:
    try:
        data = quopri.decodestring(written.encode(codecs[0]))
    except (UnicodeEncodeError, LookupError):
        data = quopri.decodestring(written.encode())
    text = _text(data, codecs)
    return data.decode("utf-8", "replace") if text is None else text


def _text(data: bytes | None, codecs: Sequence[str]) -> str | None:
    """Return bytes as the text they are; None for those that are none."""
    for codec in codecs if data is not None else []:
        try:
            text = decode(data or b"", codec)
        except (UnicodeDecodeError, LookupError):
            continue
        if not _CONTROLS.search(text):
            return text.replace("\r\n", "\n")
    return None


def _unpacked(written: str) -> bytes | None:
    try:
        return binascii.a2b_base64(DATA_URI.sub("", written, count=1).encode())
    except (binascii.Error, ValueError):
        return None


def _joined(pieces: list[str]) -> list[str]:
    r"""Put pieces together that an escaped ``\;`` was divided at."""
    whole: list[str] = []
    for piece in pieces:
        if whole and (len(whole[-1]) - len(whole[-1].rstrip("\\"))) % 2:
            whole[-1] += f";{piece}"
        else:
            whole.append(piece)
    return whole


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)
