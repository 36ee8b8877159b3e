"""Items of Outlook as the mails they were before Outlook kept them: a mail within a mail is read as any other."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterator
from urllib.parse import quote

from pipelines.errors import NotExamined
from pipelines.sources.container import on_one_line
from pipelines.sources.outlook import COMPOUND, Attached, Item, bodies, fields, headers

#: Mails within mails that are gone through.
_DEEPEST = 20


def content_of(attached: Attached) -> Iterator[bytes]:
    """Stream the file an attachment is, or the mail; raises `NotExamined`."""
    if attached.fault:
        raise NotExamined(attached.fault, "", "save the mail again")
    if attached.embedded:
        yield from as_mail(attached.embedded())
    elif attached.blocks:
        yield from attached.blocks()
    else:
        yield attached.content()


def as_mail(item: Item, depth: int = 0) -> Iterator[bytes]:
    """Stream an item as a mail (RFC 5322, headers in UTF-8 as of RFC 6532), with all that is attached.

    Raises `NotExamined` ``too-deep``, ``file-damaged``.
    """
    if depth > _DEEPEST:
        raise NotExamined("too-deep", "", "save the mails in it by themselves")
    for name, value in headers(item):
        yield f"{name}: {on_one_line(value)}\r\n".encode("utf-8", "replace")
    # What is in base64 holds no such line.
    boundary = f"=_meibo_{depth}"
    yield f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
    texts = [(body, kind) for body, _, kind in bodies(item.properties)]
    for body, kind in [*texts, ("\n".join(fields(item)), "plain")]:
        if body:
            head = f"Content-Type: text/{kind}; charset=utf-8\r\n"
            yield from _part(boundary, head, iter([body.encode("utf-8", "replace")]))
    for number, each in enumerate(item.attached, 1):
        yield from _attached_part(boundary, each, number, depth)
    yield f"--{boundary}--\r\n".encode()


def _attached_part(boundary: str, each: Attached, number: int, depth: int) -> Iterator[bytes]:
    entry = each.entry(number)
    if each.is_reference:
        # Where it leads stands in the text.
        return
    named = f"Content-Disposition: attachment; filename*=utf-8''{quote(entry.name, safe='', errors='replace')}\r\n"
    if each.embedded:
        yield f"--{boundary}\r\nContent-Type: message/rfc822\r\n{named}\r\n".encode()
        yield from as_mail(each.embedded(), depth + 1)
        return
    # An object of another program has no file to give: what it is stands for it.
    blocks = iter([COMPOUND]) if entry.fault == "format-unsupported" else content_of(each)
    yield from _part(boundary, f"Content-Type: {_type(entry.name)}\r\n{named}", blocks)


def _type(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or ""
    return (
        kind
        if kind and not kind.startswith(("message/", "multipart/", "text/"))
        else "application/octet-stream"
    )


def _part(boundary: str, head: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield f"--{boundary}\r\n{head}Content-Transfer-Encoding: base64\r\n\r\n".encode()
    rest = b""
    for block in blocks:
        rest += block
        cut = len(rest) // 57 * 57
        yield base64.encodebytes(rest[:cut])
        rest = rest[cut:]
    yield base64.encodebytes(rest)
