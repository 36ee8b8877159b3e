r"""Rich text (RTF 1.9.1) as text, and packed as Outlook keeps it (MS-OXRTFCP).

Code pages are those of the document (``\ansicpg``) and of its fonts (``\fcharset``); two bytes of a character may
stand in two escapes. HTML that Outlook hid in rich text is brought out as the HTML it was (MS-OXRTFEX).

>>> text_of(rb"{\rtf1\ansi\ansicpg932 {\fonttbl{\f0 MS;}}\'8e\'52\'93\'63\par Tel}")
'山田\nTel'
>>> text_of(rb"{\rtf1\fromhtml1{\*\htmltag64 <b>}\htmlrtf {\b \htmlrtf0 \u23665 ?\htmlrtf }\htmlrtf0}")
'<b>山'
"""

from __future__ import annotations

import codecs
import re
import struct
from dataclasses import dataclass, replace
from typing import Any

#: What a packed text begins with in the window it refers back to (MS-OXRTFCP 2.1.3.1).
_WINDOW = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u"
    rb"\tab\tx"
)
_WINDOW_SIZE = 4_096
_PACKED, _PLAIN = b"LZFu", b"MELA"

#: A control word with its number, an escaped byte, another control sign, a bracket, text.
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])|([^\\{}]+)", re.DOTALL
)
#: Groups that hold no text of the document.
_APART = frozenset(
    {
        b"colortbl",
        b"stylesheet",
        b"info",
        b"pict",
        b"objdata",
        b"themedata",
        b"datastore",
        b"generator",
        b"fldinst",
    }
    | {b"listtable", b"listoverridetable", b"rsidtbl", b"xmlnstbl", b"filetbl", b"revtbl", b"mhtmltag"}
)
_SIGNS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—",
}  # fmt: skip
_ESCAPED = {b"~": "\u00a0", b"_": "-", b"\r": "\n", b"\n": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
#: Code pages of character sets (RTF 1.9.1, \fcharset); others are the document's.
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 204: "cp1251", 238: "cp1250"}


class Damaged(Exception):
    """What was packed does not unpack."""


def unpacked(data: bytes, most: int) -> bytes:
    """Unpack what Outlook packed, at most `most` bytes; raises `Damaged`."""
    if len(data) < 16:
        raise Damaged
    _, size, method, _ = struct.unpack("<II4sI", data[:16])
    if method == _PLAIN:
        return data[16 : 16 + min(size, most)]
    if method != _PACKED or size > most:
        raise Damaged
    return _unpacked(data, size)


def _unpacked(data: bytes, size: int) -> bytes:
    window = bytearray(_WINDOW.ljust(_WINDOW_SIZE, b"\0"))
    at, place, told = len(_WINDOW), 16, bytearray()
    while place < len(data):
        flags, place = data[place], place + 1
        for bit in range(8):
            if flags >> bit & 1:
                if place + 2 > len(data):
                    raise Damaged
                reference = data[place] << 8 | data[place + 1]
                place += 2
                start = reference >> 4
                if start == at:
                    return bytes(told)
                run = range(start, start + (reference & 0xF) + 2)
            elif place < len(data):
                window[at], run = data[place], range(at, at + 1)
                place += 1
            else:
                break
            for each in run:
                byte = window[each % _WINDOW_SIZE]
                told.append(byte)
                window[at] = byte
                at = (at + 1) % _WINDOW_SIZE
        if len(told) > size + _WINDOW_SIZE:
            break
    # The sign of the end did not come.
    raise Damaged


@dataclass(frozen=True)
class _State:
    """What holds until a group ends. `skip`: characters that stand again for one told before."""

    codec: str
    is_apart: bool = False
    is_fonts: bool = False
    is_tag: bool = False
    is_rendering: bool = False
    skip: int = 1


def text_of(data: bytes) -> str:
    """Return the text of a document; what is no rich text gives what text it has."""
    return _Reader().read(data)


class _Reader:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._bytes = bytearray()
        self._document = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._state = _State("")
        self._groups: list[_State] = []
        self._left_out = 0
        self._is_from_html = False
        self._may_be_left = False

    def read(self, data: bytes) -> str:
        place = 0
        while token := _TOKEN.match(data, place):
            place = token.end()
            word, number, escape, sign, bracket, text = token.groups()
            if word:
                place += self._word(word, int(number) if number else None)
            elif escape:
                self._add(bytes.fromhex(escape.decode()))
            elif sign:
                self._sign(sign)
            elif bracket:
                self._bracket(bracket)
            else:
                self._add(text.replace(b"\r", b"").replace(b"\n", b""))
        self._flush()
        # Characters beyond 65535 stand as two.
        return "".join(self._parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _bracket(self, bracket: bytes) -> None:
        self._flush()
        self._left_out = 0
        if bracket == b"{":
            self._groups.append(self._state)
        elif self._groups:
            self._state = self._groups.pop()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            # The word behind it says what the group is; what is not known is not text.
            self._may_be_left = True
        elif sign in _ESCAPED:
            self._say(_ESCAPED[sign])

    def _word(self, word: bytes, number: int | None) -> int:
        """Act on a control word; return how many bytes behind it are none of the document."""
        may_be_left, self._may_be_left = self._may_be_left, False
        if word == b"htmltag":
            self._enter(is_tag=True, is_apart=False)
        elif word in _APART or (may_be_left and word != b"shpinst"):
            self._enter(is_apart=True)
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif word == b"bin":
            return max(number or 0, 0)
        elif word == b"u" and number is not None:
            self._say(_character(number))
            self._left_out = self._state.skip
        else:
            self._set(word, number)
        return 0

    def _set(self, word: bytes, number: int | None) -> None:
        if word == b"uc":
            self._enter(skip=min(max(number or 0, 0), 8))
        elif word == b"ansicpg" and number:
            self._document = codec_of(number)
        elif word == b"fromhtml":
            self._is_from_html = True
        elif word == b"htmlrtf":
            self._enter(is_rendering=number != 0)
        elif word == b"fonttbl":
            self._enter(is_fonts=True)
        elif word == b"f" and number is not None:
            self._flush()
            self._font = number
            self._enter(codec=self._fonts.get(number, ""))
        elif word == b"fcharset" and self._state.is_fonts:
            self._fonts[self._font] = _CHARSETS.get(number or 0, "")

    def _enter(self, **changes: Any) -> None:
        self._flush()
        self._state = replace(self._state, **changes)

    def _is_said(self) -> bool:
        state = self._state
        # Of HTML, what shows it as rich text is not the document.
        rendered = self._is_from_html and state.is_rendering and not state.is_tag
        return not (state.is_apart or state.is_fonts or rendered)

    def _add(self, data: bytes) -> None:
        left = min(self._left_out, len(data))
        self._left_out -= left
        if self._is_said():
            self._bytes += data[left:]

    def _say(self, text: str) -> None:
        self._flush()
        if self._is_said():
            self._parts.append(text)

    def _flush(self) -> None:
        if self._bytes:
            codec = self._state.codec or self._document
            self._parts.append(self._bytes.decode(codec, "replace"))
            self._bytes.clear()


def codec_of(codepage: int) -> str:
    """Return the Python codec of a code page of Windows, "cp1252" where there is none.

    >>> [codec_of(each) for each in (932, 50220, 51932, 65001, 1200, 99999)]
    ['cp932', 'iso2022_jp', 'euc_jp', 'utf-8', 'utf-16-le', 'cp1252']
    """
    named = _CODEPAGES.get(codepage, f"cp{codepage}")
    try:
        codecs.lookup(named)
    except LookupError:
        return "cp1252"
    return named


_CODEPAGES = {
    **dict.fromkeys((50220, 50221, 50222), "iso2022_jp"), **dict.fromkeys((51932, 20932), "euc_jp"),
    65001: "utf-8", 65000: "utf-7", 1200: "utf-16-le", 1201: "utf-16-be", 936: "gbk", 54936: "gb18030",
    20127: "ascii", 28591: "latin-1", 10001: "cp932",
}  # fmt: skip


def _character(number: int) -> str:
    # Beyond 32767 it stands as a negative number.
    return chr(number & 0xFFFF)
