"""Files inside files: the assets of one file with all it holds, and each of them read again.

What an asset of a file is called within it is its `AssetRef.member`: numbers, never names, since these may be a
person's. ``2`` is the second sheet of a workbook, ``!3`` the third entry of an archive, ``!3!1#2`` the second
sheet of a workbook that is the first entry of that. ``!3=too-large`` cannot be read, for this reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined, is_of_system
from pipelines.refs import LASTING
from pipelines.sources.base import Gap
from pipelines.sources.container import (
    DEPTH,
    LARGEST,
    LARGEST_ENTRY,
    MOST_ENTRIES,
    Container,
    Entry,
    shown,
)
from pipelines.sources.formats import ARCHIVE, DATABASE_LOG, Format
from pipelines.sources.ios_backup import name_of
from pipelines.sources.members import Member
from pipelines.sources.opened import OfPath, Whole, entry_of, opened
from pipelines.sources.packed_backup import is_log_beside, with_log
from pipelines.sources.recognise import HEAD, is_told_by_all, recognise
from pipelines.sources.spool import Spool

#: Kind of an asset that was seen but cannot be read.
UNREADABLE = "unreadable"
#: What stands for the entries behind `MOST_ENTRIES`.
OTHERS = "…"

_CODE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Found:
    """An asset of a file. `size`: bytes, 0 where not known.

    `place`: what it adds to the file's own id: ``!`` and the name of an entry, ``#`` and that of a sheet.
    """

    place: tuple[str, ...]
    kind: str
    member: str
    size: int = 0


def list_inside(path: Path, called: str = "") -> list[Found]:
    """List the assets of a file: itself, its sheets, what is packed in it, and in that.

    `called`: its name where that is not the path's.
    What cannot be read inside is an asset of kind `UNREADABLE`. Raises `NotExamined` where the file itself cannot
    be read, and whatever the libraries raise that read it.
    """
    called = called or name_of(path)
    found = recognise(path, called)
    listing = _Listing(OfPath(path, called))
    return [*listing.of(_File(path, called, found, path.stat().st_size), (), ())]


def unlisted(error: Exception) -> Found:
    """Return what stands for a file that could not be listed for an error.

    Why is told where it is read: `read_inside` meets the same, unless that has passed by then, and says it.
    """
    if isinstance(error, NotExamined):
        code = error.code
    else:
        code = "file-unreadable" if is_of_system(error) and not isinstance(error, FileNotFoundError) else ""
    return Found((), UNREADABLE, f"={code}" if code and code not in LASTING else "")


def list_files(whole: Whole) -> list[Found]:
    """List the files of what holds them and is none itself, as `list_inside` does; it is opened anew."""
    container = whole.open()
    opened.put(whole, (), container, None)
    return [*_Listing(whole).inside(container, (), ())]


def begin(spool: Spool, blocks: Iterator[bytes], called: str) -> Format:
    """Fill a spool with as much of a file as tells its format, and return that."""
    spool.fill(blocks, HEAD)
    if is_told_by_all(spool.path):
        spool.fill(blocks)
    return recognise(spool.path, called)


def read_inside(path: Path, member: str, called: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream an asset `list_inside` told of; raises `NotExamined`."""
    called = called or name_of(path)
    steps, number, fault = parse(member)
    if fault and not steps:
        raise NotExamined(fault, "", "scan again")
    if steps:
        yield from read_file(OfPath(path, called), member)
    else:
        yield from recognise(path, called).read(path, number)


def read_file(whole: Whole, member: str) -> Iterator[pa.RecordBatch | Gap]:
    """Stream an asset of a file within; raises `NotExamined`."""
    steps, number, fault = parse(member)
    if fault:
        raise NotExamined(fault, "", "unpack the file it is in")
    container = opened.container(whole, steps[:-1])
    entry = entry_of(container, steps[-1])
    with Spool(LARGEST_ENTRY) as spool:
        spool.fill(container.blocks(steps[-1] - 1))
        if spool.fault and not spool.size:
            raise NotExamined(spool.fault, "", "restore the archive")
        found = recognise(spool.path, entry.name)
        if not (found is DATABASE_LOG and is_log_beside(container, steps[-1] - 1)):
            with with_log(container, steps[-1] - 1, spool.path):
                yield from found.read(spool.path, number)
        if spool.fault:
            yield Gap(spool.fault)


def parse(member: str) -> tuple[tuple[int, ...], str, str]:
    """Take a member apart: the numbers of entries, the number of a sheet or "", the fault or "".

    >>> parse("!3!1#2"), parse("2"), parse("!3=too-large")
    (((3, 1), '2', ''), ((), '2', ''), ((3,), '', 'too-large'))
    """
    place, _, fault = member.partition("=")
    entries, _, number = place.partition("#") if place.startswith("!") else ("", "", place)
    steps = tuple(int(each) for each in entries.split("!")[1:])
    return steps, number, fault if _CODE.fullmatch(fault) else ""


@dataclass(frozen=True)
class _File:
    path: Path
    name: str
    format: Format
    size: int


class _Listing:
    """Lists one file of a source, within the budgets of a file."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._entries = MOST_ENTRIES
        self._bytes = LARGEST

    def of(self, file: _File, place: tuple[str, ...], steps: tuple[int, ...]) -> Iterator[Found]:
        found = file.format
        member = "".join(f"!{step}" for step in steps)
        container = opened.container(self._whole, steps) if found.inside else None
        alone = [Member("", found.kind)]
        members = found.members(file.path) if found.members else alone
        if container and found.kind == ARCHIVE:
            says = not container.entries or next(container.beside(), None) is not None
            members = [Member("", "text")] if says else []
        for number, each in enumerate(members, 1):
            of_several = (f"#{number}" if steps else f"{number}") if members != alone else ""
            # A sheet has no folders.
            name = each.name.replace("/", "∕")
            at = (*place, f"#{name}") if name else place
            yield Found(at, each.kind, member + of_several, file.size)
        if container:
            yield from self.inside(container, place, steps)

    def inside(self, container: Container, place: tuple[str, ...], steps: tuple[int, ...]) -> Iterator[Found]:
        """List what is packed in a container."""
        for number, entry in enumerate(container.entries, 1):
            if len(steps) >= DEPTH:
                yield _unreadable((*place, f"!{OTHERS}"), (*steps, number), "too-deep")
                return
            if not self._entries:
                yield _unreadable((*place, f"!{OTHERS}"), (*steps, number), "too-many-members")
                return
            self._entries -= 1
            here = (*place, f"!{shown(entry.name)}")
            fault = entry.fault or self._unaffordable(entry)
            try:
                if fault:
                    raise NotExamined(fault)
                self._bytes -= entry.size
                yield from self._entry(container, entry, here, (*steps, number))
            except NotExamined as error:
                yield _unreadable(here, (*steps, number), error.code)
            except Exception as error:
                if is_of_system(error):
                    raise
                # Parsers meet hostile files; the other entries come next.
                yield _unreadable(here, (*steps, number), "reader-failed")

    def _unaffordable(self, entry: Entry) -> str:
        return "too-large" if entry.size > min(self._bytes, LARGEST_ENTRY) else ""

    def _entry(
        self, container: Container, entry: Entry, place: tuple[str, ...], steps: tuple[int, ...]
    ) -> Sequence[Found]:
        """Return the assets of an entry, all or none: a fault speaks of it as a whole."""
        with ExitStack() as closing:
            spool = closing.enter_context(Spool(LARGEST_ENTRY))
            blocks = container.blocks(steps[-1] - 1)
            found = begin(spool, blocks, entry.name)
            if found.kind == ARCHIVE and len(steps) >= DEPTH:
                raise NotExamined("too-deep")
            if (found.members or found.inside) and not spool.fault:
                spool.fill(blocks)
            closing.enter_context(with_log(container, steps[-1] - 1, spool.path))
            if found.inside:
                # What is open stays so until another is needed: its entries come next, tonight's reading later.
                closing.pop_all()
                opened.put(self._whole, steps, found.inside(spool.path, entry.name), spool)
            if not entry.size:
                self._bytes = max(self._bytes - spool.size, 0)
            return [*self.of(_File(spool.path, entry.name, found, entry.size), place, steps)]


def _unreadable(place: tuple[str, ...], steps: tuple[int, ...], code: str) -> Found:
    return Found(place, UNREADABLE, "".join(f"!{step}" for step in steps) + f"={code}")
