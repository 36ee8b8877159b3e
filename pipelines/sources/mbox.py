"""Mailboxes in one file (mbox, RFC 4155): a row of text for every message, and what is attached to it.

Read in one pass with one message in memory at a time. A message begins at a line ``From …`` at the start of the
file or behind an empty line, where a header follows it. Lines that were quoted (``>From``) are as they were.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import MOST_ENTRIES, Entry
from pipelines.sources.mail import LARGEST_MAIL, attachments, content_of, entry_of, parsed, text_of
from pipelines.sources.text import text_rows

#: How a mailbox begins: a sender, a time, and a header.
_BEGIN = re.compile(rb"From [^\r\n]{1,400}\r?\n(?:>From [^\r\n]*\r?\n)?[!-9;-~]{1,76}:[ \t\r\n]")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
#: What a line is read by at most.
_LONGEST_LINE = 1 << 20
#: Bytes behind a line ``From`` that tell whether a header follows.
_PEEK = 2_048


def is_mbox(head: bytes) -> bool:
    """Say whether a file that begins so is a mailbox."""
    return _BEGIN.match(head) is not None


def read_mbox(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a row per message, its headers and bodies; gaps as of `mail.read_mail`, and ``too-large``."""
    with path.open("rb") as file:
        yield from text_rows(partial(_said, path, place) for place in _places(file))


def _said(path: Path, place: _Place) -> tuple[str, Counter[str]]:
    return text_of(parsed(_message(path, place)))


class MboxFiles:
    """A mailbox as a container: the attachments of its messages, called by their message's number and name."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._path = path
        self._places: list[tuple[_Place, int]] = []
        self.entries: list[Entry] = []
        with path.open("rb") as file:
            for number, place in enumerate(_places(file), 1):
                try:
                    message = parsed(_message(path, place))
                    found = [entry_of(each, f"{number}/") for each in attachments(message)]
                except NotExamined:
                    # Told where the text of the message is read.
                    continue
                self.entries += found
                self._places += [(place, at) for at in range(len(found))]
                if len(self.entries) > MOST_ENTRIES:
                    break

    def blocks(self, number: int) -> Iterator[bytes]:
        """Yield an attachment; raises `NotExamined` ``file-damaged``."""
        place, at = self._places[number]
        for counted, each in enumerate(attachments(parsed(_message(self._path, place)))):
            if counted == at:
                yield content_of(each.part)

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Nothing: what the messages say is the text of the mailbox."""
        yield from ()


class _Place(NamedTuple):
    """Where a message stands: its first byte behind the line ``From``, and the one behind its last."""

    start: int
    end: int


def _places(file: BinaryIO) -> Iterator[_Place]:
    start, at, is_blank, starts_line = -1, 0, True, True
    while line := file.readline(_LONGEST_LINE):
        if starts_line and is_blank and line.startswith(b"From ") and _begins(file, line):
            if start >= 0:
                yield _Place(start, at)
            start = at + len(line)
        is_blank = starts_line and not line.strip(b"\r\n")
        starts_line = line.endswith(b"\n")
        at += len(line)
    if start >= 0:
        yield _Place(start, at)


def _begins(file: BinaryIO, line: bytes) -> bool:
    behind = file.tell()
    following = file.read(_PEEK)
    file.seek(behind)
    return _BEGIN.match(line + following) is not None


def _message(path: Path, place: _Place) -> bytes:
    if place.end - place.start > LARGEST_MAIL:
        raise NotExamined("too-large", "", "split the mailbox")
    with path.open("rb") as file:
        file.seek(place.start)
        return _QUOTED.sub(rb"\1", file.read(place.end - place.start))
