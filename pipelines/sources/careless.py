"""Text whose declared character set says little: bytes of another one, put there by careless programs.

A column declared ``latin1`` of an old MySQL often holds UTF-8, CP932 or EUC-JP, and so does a PostgreSQL database
of encoding ``SQL_ASCII``: to the server they are bytes all the same. What they are is told from the column, batch
by batch, as of text files (`pipelines.sources.encoding`), and from the cell where it cannot be that.
"""

from __future__ import annotations

import re
from contextlib import suppress

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.encoding import SAMPLE, eight_bit

#: Letters of Latin-1 that stand alone among ASCII, as accented ones do; any other byte beyond ASCII.
_ACCENTED = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?![\x80-\xff])")
_BEYOND = re.compile(rb"[\x80-\xff]")
#: Half-width signs as nobody writes them: kanji of EUC-JP look so.
_NO_KANA = re.compile("[｡-･]|[^ｶ-ﾄﾊ-ﾎｳ]ﾞ|[^ﾊ-ﾎ]ﾟ|^[ｧ-ｰﾞﾟ]")


def careless_text(cells: pa.Array) -> pa.Array:
    """Return a binary column as text; nulls stay.

    >>> careless_text(pa.array(["佐藤".encode("cp932"), b"Sato"])).to_pylist()
    ['佐藤', 'Sato']
    >>> careless_text(pa.array(["Ren\u00e9".encode("cp1252")])).to_pylist()
    ['Ren\u00e9']
    >>> mixed = "山田太郎".encode("cp932"), "鈴木花子".encode(), "佐藤".encode("euc_jp")
    >>> careless_text(pa.array(mixed)).to_pylist()
    ['山田太郎', '鈴木花子', '佐藤']
    """
    values = cells.to_pylist()
    sample = b"\n".join(
        {value: None for value in values if value and not (value.isascii() or _is_utf8(value))}
    )
    codec = _codec(sample[:SAMPLE]) if sample else "utf-8"
    return pa.array((None if value is None else _decoded(value, codec) for value in values), pa.string())


def _codec(sample: bytes) -> str:
    accented = len(_ACCENTED.findall(sample))
    if accented * 2 > len(_BEYOND.findall(sample)):
        return "cp1252"
    try:
        return eight_bit(sample)
    except NotExamined:
        return "cp1252"


def _is_utf8(value: bytes) -> bool:
    """Say whether bytes can hardly be anything else: two may be a kanji of EUC-JP, or two half-width kana."""
    try:
        return max(value.decode(), default="") >= "\u0800"
    except UnicodeDecodeError:
        return False


def _decoded(value: bytes, codec: str) -> str:
    if value.isascii() or _is_utf8(value):
        return value.decode()
    doubtful = None
    for each in (codec, "utf-8", _codec(value)):
        with suppress(UnicodeDecodeError):
            text = value.decode(each)
            if each != "cp932" or not _NO_KANA.search(text):
                return text
            doubtful = text
    # Every byte is a character of Latin-1.
    return doubtful or _one_of_each(value)


def _one_of_each(value: bytes) -> str:
    try:
        return value.decode("cp1252")
    except UnicodeDecodeError:
        return value.decode("latin-1")
