"""LDIF (RFC 2849), as directories of accounts are exported: a row of text per entry.

Values that are not ASCII stand in base64 behind ``::``, long lines are folded: to read such a file as it stands is
to read nobody's name in it. Values that are no text (photos, certificates) are gaps ``binary-cell``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.columns import decode_cell, text_batch
from pipelines.sources.encoding import detect_encoding, utf8_blocks

_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?:#[^\n]*|version:[ ]*[0-9]+|[ ]?)\r?\n){0,999}dn::?[ ]*\S")
#: Attribute, options, and the value in base64 (RFC 2849, value-spec).
_PACKED = re.compile(r"([A-Za-z0-9.;_-]+)::[ ]*([A-Za-z0-9+/=]*)")
#: Characters an entry is read up to; more of it are entries of their own.
LARGEST_ENTRY = 1 << 20


def is_ldif(head: bytes) -> bool:
    """Say whether a file begins as LDIF does."""
    return _BEGIN.match(head) is not None


def read_ldif(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream a row per entry; gaps ``binary-cell``, and those of its encoding."""
    rows: list[str] = []
    entry: list[str] = []
    size = unread = 0
    for line in _unfolded(path):
        if isinstance(line, Gap):
            yield line
            continue
        said = _said(line)
        unread += said is None
        if line:
            entry += [said] if said else []
            size += len(line)
        if entry and (not line or size > LARGEST_ENTRY):
            rows.append("\n".join(entry))
            entry, size = [], 0
        if len(rows) >= BATCH_ROWS:
            yield text_batch(["text"], [rows])
            rows = []
    rows += ["\n".join(entry)] if entry else []
    if rows:
        yield text_batch(["text"], [rows])
    if unread:
        yield Gap("binary-cell", unread)


def _unfolded(path: Path) -> Iterator[str | Gap]:
    """Yield lines as they were before they were folded: what begins with a space goes on."""
    held: list[str] = []
    for block in utf8_blocks(path, detect_encoding(path)):
        if isinstance(block, Gap):
            yield block
            continue
        for line in block.decode().split("\n"):
            line = line.removesuffix("\r")
            if line.startswith(" ") and held:
                held.append(line[1:])
                continue
            if held:
                yield "".join(held)
            held = [line]
    yield from ["".join(held)] if held else []


def _said(line: str) -> str | None:
    """Return a line with its value as text; None where that is none."""
    packed = _PACKED.fullmatch(line)
    if not packed:
        return line
    try:
        text = decode_cell(base64.b64decode(packed[2], validate=True))
    except binascii.Error:
        return None
    return None if text is None else f"{packed[1]}: {text}"
