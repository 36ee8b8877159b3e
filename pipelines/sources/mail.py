"""Mail: a row of text with its headers and bodies decoded. What is attached, or forwarded whole, are files in it.

ISO-2022-JP is read as mail programs write it (`encoding.decode`).
"""

from __future__ import annotations

import email
import email.policy
import io
import mimetypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import Entry, damage_told, readable_name
from pipelines.sources.encoding import decode
from pipelines.sources.pictures import is_blank, is_small
from pipelines.sources.text import read_text, text_row

LARGEST_MAIL = 64 << 20

#: Headers with people in them, and the one people write sentences into: those every mail has come first.
HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Delivered-To", "Subject", "Date")

#: Headers that servers and programs write for each other. All others are read: bounced addresses, member numbers.
_OF_MACHINES = re.compile(
    r"(?i)(?:x-)?received|(?:x-)?(?:google-)?dkim-.*|arc-.*|(?:x-)?authentication-.*|received-spf|message-id"
    r"|references|in-reply-to|mime-version|content-.*|x-ms-.*|x-microsoft-.*|x-forefront-.*|x-gm-.*|x-google-.*"
    r"|x-spam.*|x-virus.*|x-mailer|user-agent|x-(?:ms)?mail-?priority|x-priority|importance|precedence"
    r"|auto-submitted|thread-index|feedback-id|status|x-status|x-uidl?|x-keywords|x-mozilla-.*|lines"
    r"|(?:accept|content)-language|date"
)

#: What programs say before the first part of a mail to programs that know no parts.
_TO_PROGRAMS = re.compile(r"(?i)this is an? (?:multi-?part|mime|s/mime|cryptographic)[^\n]{0,120}")

#: Texts that are read as the body even if they have a name.
_BODIES = frozenset({"plain", "html", "enriched", "richtext", "rfc822-headers"})


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is a file of its own; `name`: as the mail calls it, else its number and type."""

    name: str
    part: EmailMessage


def read_mail(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a mail as one row: its headers, then its text bodies; a file without headers is no mail but text.

    Gaps ``attachment`` (small pictures), ``encoding-broken`` (what does not decode).
    """
    message = _message_in(path)
    if not message.keys():
        yield from read_text(path)
        return
    text, gaps = text_of(message)
    yield text_row(text)
    yield from (Gap(reason, number) for reason, number in gaps.items())


class MailFiles:
    """A mail as a container: its attachments."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._attached = list(attachments(_message_in(path)))
        self.entries = [entry_of(each) for each in self._attached]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Yield an attachment; raises `NotExamined` ``file-damaged``."""
        yield content_of(self._attached[number].part)

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Nothing: what a mail says is its text."""
        yield from ()


def parsed(data: bytes) -> EmailMessage:
    """Parse a mail; raises `NotExamined` ``too-large``, or ``file-damaged`` for parts nested without end."""
    if len(data) > LARGEST_MAIL:
        raise NotExamined("too-large", "", "split the mailbox")
    with damage_told():
        return email.message_from_bytes(data, policy=email.policy.default)


def text_of(message: EmailMessage) -> tuple[str, Counter[str]]:
    """Return the headers and bodies of a mail, and how often what could not be read, by reason."""
    lines = [f"{name}: {value}" for name in header_names(message) for value in header_values(message, name)]
    lines += _beside_parts(message)
    gaps: Counter[str] = Counter()
    for part in _leaves(message):
        if _is_body(part):
            body, whole = _body(part)
            lines += ["", body]
            gaps["encoding-broken"] += not whole
        elif _is_small_picture(part):
            gaps["attachment"] += not is_blank(content_of(part))
    return "\n".join(lines), +gaps


def _beside_parts(message: EmailMessage) -> Iterator[str]:
    """Yield what no program shows: descriptions of parts, what stands before the first and behind the last."""
    for part in _parts(message):
        yield from (f"Content-Description: {each}" for each in header_values(part, "Content-Description"))
        for aside in filter(None, (part.preamble, part.epilogue)):
            said = readable_name(aside.encode("utf-8", "surrogateescape"))
            yield from (line for line in said.splitlines() if line.strip() and not _TO_PROGRAMS.match(line))


def header_names(message: EmailMessage) -> list[str]:
    """Return the names of the headers that are read: `HEADERS`, then what else people may stand in."""
    others = {name.lower(): name for name in message if not _OF_MACHINES.fullmatch(name)}
    return [*HEADERS, *(name for lower, name in others.items() if lower not in map(str.lower, HEADERS))]


def header_values(message: EmailMessage, name: str) -> list[str]:
    """Return the values of a header, decoded."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except (ValueError, LookupError, IndexError, AttributeError):
        # The header parser of the standard library fails on some malformed addresses: then as it stands.
        return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def attachments(message: EmailMessage) -> Iterator[Attachment]:
    """Yield what is attached to a mail, pictures within its text and forwarded mails too; no small pictures."""
    number = 0
    for part in _leaves(message):
        if not _is_body(part) and not _is_small_picture(part):
            number += 1
            yield Attachment(_name(part, number), part)


def entry_of(attached: Attachment, folder: str = "") -> Entry:
    """Return an attachment as the entry of a container."""
    try:
        return Entry(f"{folder}{attached.name}", len(content_of(attached.part)))
    except NotExamined as fault:
        return Entry(f"{folder}{attached.name}", fault=fault.code)


def content_of(part: EmailMessage) -> bytes:
    """Return an attachment as the file it was; raises `NotExamined` ``file-damaged``."""
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list):
        file = io.BytesIO()
        try:
            # The other policies write headers anew, and stumble over malformed ones.
            for each in payload:
                assert isinstance(each, EmailMessage)
                BytesGenerator(file, mangle_from_=False, policy=email.policy.compat32).flatten(each)
        except Exception:
            raise NotExamined("file-damaged", "", "save the forwarded mail by itself") from None
        return file.getvalue()
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _message_in(path: Path) -> EmailMessage:
    if path.stat().st_size > LARGEST_MAIL:
        raise NotExamined("too-large", "", "split the mailbox")
    return parsed(path.read_bytes())


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold no others, in order; what was forwarded is one of them."""
    return (part for part in _parts(message) if _held_by(part) is None)


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield a mail and all its parts, in order; what was forwarded is one part."""
    left = [message]
    while left:
        part = left.pop()
        yield part
        left += [each for each in reversed(_held_by(part) or []) if isinstance(each, EmailMessage)]


def _held_by(part: EmailMessage) -> list[Any] | None:
    payload = part.get_payload() if part.get_content_maintype() == "multipart" else None
    return payload if isinstance(payload, list) else None


def _is_body(part: EmailMessage) -> bool:
    if part.get_content_maintype() == "multipart":
        # It names no boundary, or one that does not come: what stands there is text.
        return True
    if part.get_content_maintype() != "text" or part.is_attachment():
        return False
    return part.get_content_subtype() in _BODIES or not part.get_filename()


def _is_small_picture(part: EmailMessage) -> bool:
    return part.get_content_maintype() == "image" and is_small(content_of(part))


def _name(part: EmailMessage, number: int) -> str:
    kind = part.get_content_type()
    ending = ".eml" if part.get_content_maintype() == "message" else mimetypes.guess_extension(kind) or ""
    name = (part.get_filename() or "").replace("/", "∕").strip()
    if not name:
        return f"{number}{ending}"
    # A forwarded mail is called by its subject.
    return f"{name}.eml" if ending == ".eml" and not name.lower().endswith(".eml") else name


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
