"""Text whose declared character set says little: bytes of another one, put there by careless programs.

A column declared ``latin1`` of an old MySQL often holds UTF-8, CP932 or EUC-JP: to the server they are bytes all
the same. What they are is told from the column, batch by batch, as of text files (`pipelines.sources.encoding`).
"""

from __future__ import annotations

import re

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.encoding import SAMPLE, eight_bit

#: Letters of Latin-1 that stand alone among ASCII, as accented ones do; any other byte beyond ASCII.
_ACCENTED = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?![\x80-\xff])")
_BEYOND = re.compile(rb"[\x80-\xff]")


def careless_text(cells: pa.Array) -> pa.Array:
    """Return a binary column as text; nulls stay.

    >>> careless_text(pa.array(["佐藤".encode("cp932"), b"Sato"])).to_pylist()
    ['佐藤', 'Sato']
    >>> careless_text(pa.array(["Ren\u00e9".encode("cp1252")])).to_pylist()
    ['Ren\u00e9']
    """
    values = cells.to_pylist()
    sample = b"\n".join({value: None for value in values if value and not value.isascii()})
    codec = _codec(sample[:SAMPLE])
    return pa.array((None if value is None else _decoded(value, codec) for value in values), pa.string())


def _codec(sample: bytes) -> str:
    accented = len(_ACCENTED.findall(sample))
    if accented * 2 > len(_BEYOND.findall(sample)):
        return "cp1252"
    try:
        return eight_bit(sample)
    except NotExamined:
        return "cp1252"


def _decoded(value: bytes, codec: str) -> str:
    for each in (codec, "utf-8", "cp1252"):
        try:
            return value.decode(each)
        except UnicodeDecodeError:
            continue
    # Every byte is a character of it.
    return value.decode("latin-1")
