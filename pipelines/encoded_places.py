r"""What a name of a file, an entry or a column says that is written in another encoding.

Downloads are called %E5%B1%B1…, folders of mail programs &XHF1MA-, names out of old archives and shares are bytes
of CP932 or EUC-JP under the signs of a Western code page: nobody recognises a customer in them at once, and
whoever wants to does.

>>> next(decoded("%E5%B1%B1%E7%94%B0.pdf")), next(decoded("&XHF1MA-")), next(decoded(r"\u5c71\u7530"))
('山田.pdf', '山田', '山田')
>>> [*decoded("売上 100%_2026.xlsx")]
[]
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote_to_bytes

#: Encodings of Japanese names.
_JAPANESE = ("utf-8", "cp932", "euc_jp")
#: Code pages under which programs show bytes they know nothing of; CP932 those of EUC-JP, too.
_SHOWN_AS = ("latin-1", "cp1252", "cp437", "cp932")

_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_CODE = re.compile(r"(?:\\u|#U|%u)([0-9A-Fa-f]{4})")
_UTF_7 = re.compile(r"&([A-Za-z0-9+,]{3,})-")
#: What may begin an encoding; anything else of ASCII is what it says.
_MARKS = re.compile(r"%[0-9A-Fa-fu]|\\[xu]|#U|&[#A-Za-z]|=\?")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def decoded(text: str) -> Iterator[str]:
    """Yield every other text that `text` may stand for; none for most."""
    if _MARKS.search(text):
        yield from (other for read in _READERS for other in read(text) if other != text)
    if _BEYOND_ASCII.search(text):
        yield from (other for other in _misread(text) if other != text)


def _percent(text: str) -> Iterator[str]:
    yield from _japanese(unquote_to_bytes(text.encode("utf-8", "replace")))


def _escaped(text: str) -> Iterator[str]:
    for codec in _JAPANESE if _BYTES.search(text) else ():
        yield _BYTES.sub(lambda run: _of_hexadecimal(run[0], codec), text)  # noqa: B023 - used at once
    yield _CODE.sub(lambda code: chr(int(code[1], 16)), text)


def _mail_folder(text: str) -> Iterator[str]:
    """Decode the modified UTF-7 of IMAP folders (RFC 3501, 5.1.3)."""
    yield _UTF_7.sub(lambda run: _of_base64(run[1].replace(",", "/")), text)


def _mail_words(text: str) -> Iterator[str]:
    """Decode encoded words (RFC 2047)."""
    with suppress(HeaderParseError, LookupError, ValueError):
        yield "".join(
            word if isinstance(word, str) else word.decode(codec or "ascii", "replace")
            for word, codec in decode_header(text)
        )


def _entities(text: str) -> Iterator[str]:
    yield html.unescape(text)


_READERS: tuple[Callable[[str], Iterator[str]], ...] = (
    _percent,
    _escaped,
    _mail_folder,
    _mail_words,
    _entities,
)


def _of_hexadecimal(run: str, codec: str) -> str:
    return bytes.fromhex(run.replace("\\x", "")).decode(codec, "replace")


def _of_base64(run: str) -> str:
    try:
        return base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-16-be", "replace")
    except (binascii.Error, ValueError):
        return ""


def _misread(text: str) -> Iterator[str]:
    for page in _SHOWN_AS:
        with suppress(UnicodeError):
            yield from _japanese(text.encode(page))


def _japanese(raw: bytes) -> Iterator[str]:
    for codec in _JAPANESE:
        with suppress(UnicodeError):
            yield raw.decode(codec)
