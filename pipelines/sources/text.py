"""Text documents: one row with the column ``text``; mail with its headers and bodies decoded."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.columns import text_batch
from pipelines.sources.encoding import decode, detect_encoding, utf8_blocks

#: A document is one cell; beyond this size (a log) it is cut at line ends into several rows.
LARGEST_CELL = 4 << 20
LARGEST_MAIL = 64 << 20

#: Headers with people in them, and the one people write sentences into.
HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Delivered-To", "Subject", "Date")


def read_text(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream a text file: one row, or rows of whole lines of at most about 4 MiB each. No text, no row."""
    rest = b""
    for block in utf8_blocks(path, detect_encoding(path)):
        if isinstance(block, Gap):
            yield block
            continue
        rest += block
        while len(rest) > LARGEST_CELL:
            cut = rest.rfind(b"\n", 0, LARGEST_CELL) + 1 or rest.find(b"\n") + 1 or len(rest)
            yield _row(rest[:cut].decode())
            rest = rest[cut:]
    if rest:
        yield _row(rest.decode())


def read_mail(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a mail as one row: its headers, then its text bodies. Attachments are a gap ``attachment``, what does
    not decode ``encoding-broken``; a file without headers is no mail but text.

    ISO-2022-JP is read as mail programs write it (`encoding.decode`).
    """
    if path.stat().st_size > LARGEST_MAIL:
        raise NotExamined("too-large", "", "split the mailbox")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if not message.keys():
        yield from read_text(path)
        return
    lines = [f"{name}: {value}" for name in HEADERS for value in _header(message, name)]
    attachments = broken = 0
    for part in message.walk():
        if part.get_content_maintype() == "text" and not part.is_attachment():
            body, whole = _body(part)
            lines += ["", body]
            broken += not whole
        elif not part.is_multipart():
            attachments += 1
    yield _row("\n".join(lines))
    if attachments:
        yield Gap("attachment", attachments)
    if broken:
        yield Gap("encoding-broken", broken)


def _header(message: EmailMessage, name: str) -> list[str]:
    try:
        return [str(value) for value in message.get_all(name, [])]
    except (ValueError, LookupError, IndexError, AttributeError):
        # The header parser of the standard library fails on some malformed addresses: then as it stands.
        return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _body(part: EmailMessage) -> tuple[str, bool]:
    """Return the text of a body, and whether all of it could be decoded."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    declared = (part.get_content_charset() or "utf-8").lower()
    for codec in (_CODECS.get(declared, declared), "utf-8", "cp932", "iso2022_jp"):
        try:
            return decode(data, codec), not part.defects
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace"), False


_CODECS = {"iso-2022-jp": "iso2022_jp", "shift_jis": "cp932", "windows-31j": "cp932", "us-ascii": "utf-8"}


def _row(text: str) -> pa.RecordBatch:
    # Surrogates stand for bytes the mail parser could not decode.
    return text_batch(["text"], [[text.encode("utf-8", "replace").decode()]])
