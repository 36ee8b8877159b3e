"""Properties as Outlook keeps them (MAPI; MS-OXCDATA, MS-OXPROPS): numbered values of an item or a part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pipelines.errors import NotExamined
from pipelines.sources import rtf
from pipelines.sources.encoding import decode
from pipelines.sources.mail import LARGEST_MAIL

#: Kinds of properties (MS-OXCDATA 2.11.1) that are texts, numbers, times, bytes, objects.
TEXT, TEXT8, LONG, TIME, BINARY, OBJECT = 0x1F, 0x1E, 0x03, 0x40, 0x102, 0x0D

_CODEPAGE = 0x3FFD
#: Numbers of properties that programs and people make themselves.
_NAMED = range(0x8000, 0x10000)
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


class Value(NamedTuple):
    """A property: its kind, its size in bytes, and what reads it."""

    kind: int
    size: int
    read: Callable[[], bytes]


class Properties:
    """The properties of one object, by number."""

    def __init__(self, values: Mapping[int, Value], codepage: int = 0) -> None:
        self._values = values
        self._codepage = self.number(_CODEPAGE) or codepage

    @property
    def codepage(self) -> int:
        """Code page of its texts of bytes, 0 where nothing says."""
        return self._codepage

    def kind(self, number: int) -> int:
        """Return the kind of a property, 0 where there is none."""
        value = self._values.get(number)
        return value.kind if value else 0

    def size(self, number: int) -> int:
        """Return the bytes of a property."""
        value = self._values.get(number)
        return value.size if value else 0

    def data(self, number: int) -> bytes:
        """Return a property as it is kept, b"" where there is none."""
        value = self._values.get(number)
        if value is None:
            return b""
        if value.size > LARGEST_MAIL:
            raise NotExamined("too-large", "", "save what it holds by itself")
        return value.read()

    def text(self, *numbers: int) -> str:
        """Return the first of some texts that says anything."""
        for number in numbers:
            kind = self.kind(number)
            if kind in (TEXT, TEXT8) and (said := self._said(self.data(number), kind).strip("\0 \r\n")):
                return said
        return ""

    def number(self, number: int) -> int:
        """Return a whole number, 0 where there is none."""
        return int.from_bytes(self.data(number)[:4], "little") if self.kind(number) == LONG else 0

    def time(self, *numbers: int) -> dt.datetime | None:
        """Return the first of some times that there is."""
        for number in numbers:
            if self.kind(number) == TIME:
                ticks = int.from_bytes(self.data(number)[:8], "little")
                try:
                    return _EPOCH + dt.timedelta(microseconds=ticks // 10)
                except OverflowError:
                    continue
        return None

    def named(self) -> Iterator[int]:
        """Yield the numbers of properties programs and people made themselves."""
        yield from sorted(number for number in self._values if number in _NAMED)

    def _said(self, data: bytes, kind: int) -> str:
        return data.decode("utf-16-le", "replace") if kind == TEXT else decoded(data, self._codepage)[0]


def decoded(data: bytes, codepage: int) -> tuple[str, bool]:
    """Return bytes as text, and whether all of them could be decoded.

    >>> decoded("山田".encode("iso2022_jp"), 932)
    ('山田', True)
    >>> decoded("山田".encode("cp932"), 65001)
    ('山田', True)
    """
    codecs = [rtf.codec_of(codepage)] if codepage else []
    if b"\x1b$" in data:
        codecs = ["iso2022_jp", *codecs]
    for codec in (*codecs, "utf-8", "cp932"):
        try:
            return decode(data, codec), True
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace"), False
