"""Mailboxes of Outlook (.pst, .ost; MS-PST): a text for every folder, a row for every item; attachments are files.

Folders and items are found by the node each belongs to, not by the lists folders keep: what an index lost, or a
damaged folder holds, is read, too. Of what Outlook deleted for good nothing is.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import HARMLESS, MOST_ENTRIES, Entry, damage_told
from pipelines.sources.file_states import version
from pipelines.sources.mapi import OBJECT, TEXT, TEXT8, Properties, Value
from pipelines.sources.members import Member
from pipelines.sources.outlook import ATTACHED, Attached, Item, cost_of, files_of, text_of
from pipelines.sources.outlook_mail import content_of
from pipelines.sources.pst_heap import Heap
from pipelines.sources.pst_nodes import Node, Nodes
from pipelines.sources.text import text_rows

#: Kinds of nodes: folders, items, attachments; the list of recipients (MS-PST 2.2.2.1, 2.4.1).
_FOLDER, _ITEM, _ATTACHMENT, _RECIPIENTS = 0x02, 0x04, 0x05, 0x692
_NAME, _SUBJECT = 0x3001, 0x37
#: What lies under no folder, or one whose name is damaged.
_LOST = "…"
#: Bytes of items that are read for each byte of a mailbox: rich text is packed, parts count more than they have.
_RATIO = 8
_MOST_FOLDERS, _DEEPEST = 100_000, 64
_FAULTS = (struct.error, IndexError, OverflowError)


@dataclass
class _Folder:
    """A folder: its way from the root, the numbers of its items in their order."""

    path: str
    items: array[int] = field(default_factory=lambda: array("I"))


def of_pst(path: Path) -> list[Member]:
    """List the folders that hold items; raises `NotExamined`."""
    return [Member(each.path, "text") for each in _opened(path).folders] or [Member("", "text")]


def read_pst(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Yield a row per item of a folder, as `mbox.read_mbox` does per message; gaps as there.

    Raises `NotExamined` ``file-damaged``, ``file-encrypted``, ``format-unsupported``.
    """
    mailbox = _opened(path)
    if not mailbox.folders:
        return
    number = int(member or "1") - 1
    if number >= len(mailbox.folders):
        raise NotExamined("file-missing", "", "scan again: the file has changed")
    yield from text_rows(mailbox.said_in(mailbox.folders[number]))


class PstFiles:
    """A mailbox of Outlook as a container: its attachments, called by folder, number of the item and name."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._mailbox = _opened(path)
        self._places: list[tuple[int, int]] = []
        self.entries: list[Entry] = []
        for folder in self._mailbox.folders:
            for number, nid in enumerate(folder.items, 1):
                self._add(f"{folder.path}/{number}/", nid)
                if len(self.entries) > MOST_ENTRIES:
                    return

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an attachment; raises `NotExamined` ``file-damaged``."""
        nid, at = self._places[number]
        with damage_told(*_FAULTS):
            yield from content_of(self._mailbox.files(nid)[at])

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Nothing: what the items say is the text of the folders."""
        yield from ()

    def _add(self, folder: str, nid: int) -> None:
        try:
            for at, each in enumerate(self._mailbox.files(nid)):
                entry = each.entry(at + 1)
                self.entries.append(Entry(f"{folder}{entry.name}", entry.size, entry.fault))
                self._places.append((nid, at))
        except NotExamined:
            # Told where the text of the item is read.
            return


class _Mailbox:
    def __init__(self, path: Path) -> None:
        with damage_told(*_FAULTS):
            self._nodes = Nodes(path)
            self.size = self._nodes.size
            self.folders = self._found()

    def said_in(self, folder: _Folder) -> Iterator[Callable[[], tuple[str, Counter[str]]]]:
        """Yield for every item what returns its text, and how often what of it could not be read, by reason.

        Raises `NotExamined` ``too-large`` where items cost more than their mailbox has.
        """
        cost = 0

        def said(nid: int) -> tuple[str, Counter[str]]:
            nonlocal cost
            with damage_told(*_FAULTS):
                item = self._item(self._nodes.node(nid))
                text = text_of(item)
                cost += cost_of(item)
                return text

        for nid in folder.items:
            yield partial(said, nid)
            if cost > _RATIO * self.size + HARMLESS:
                # Items that share what they say: nothing people keep does.
                raise NotExamined("too-large", "", "export the folder from Outlook")

    def files(self, nid: int) -> list[Attached]:
        """Return the attachments of an item."""
        with damage_told(*_FAULTS):
            return files_of(self._item(self._nodes.node(nid)))

    def _found(self) -> list[_Folder]:
        """Return the folders that hold items, in the order of their numbers."""
        names: dict[int, tuple[str, int]] = {}
        held: dict[int, _Folder] = {}
        for node in self._nodes.nodes():
            kind = node.nid & 0x1F
            if kind == _FOLDER and len(names) < _MOST_FOLDERS:
                names[node.nid] = self._name(node), node.parent
            elif kind == _ITEM:
                held.setdefault(node.parent, _Folder("")).items.append(node.nid)
        for nid, folder in held.items():
            folder.path = _way(nid, names)
        return [held[nid] for nid in sorted(held)]

    def _name(self, node: Node) -> str:
        try:
            with damage_told(*_FAULTS):
                return Properties(Heap(self._nodes, node).properties()).text(_NAME).replace("/", "∕")
        except NotExamined:
            return _LOST

    def _item(self, node: Node) -> Item:
        with damage_told(*_FAULTS):
            return self._read(node)

    def _read(self, node: Node) -> Item:
        heap = Heap(self._nodes, node)
        values = heap.properties()
        if _SUBJECT in values:
            values[_SUBJECT] = _without_prefix(values[_SUBJECT])
        properties = Properties(values)
        listed = heap.below.get(_RECIPIENTS)
        rows = Heap(self._nodes, listed).rows() if listed else iter(())
        recipients = [Properties(row, properties.codepage) for row in rows]
        attached = [
            self._attached(each, properties.codepage)
            for nid, each in sorted(heap.below.items())
            if nid & 0x1F == _ATTACHMENT
        ]
        return Item(properties, recipients, attached)

    def _attached(self, node: Node, codepage: int) -> Attached:
        try:
            with damage_told(*_FAULTS):
                return self._attachment(node, codepage)
        except NotExamined as fault:
            # What the item says can be read all the same.
            return Attached(Properties({}), fault=fault.code)

    def _attachment(self, node: Node, codepage: int) -> Attached:
        heap = Heap(self._nodes, node)
        properties = Properties(heap.properties(), codepage)
        if properties.kind(ATTACHED) == OBJECT:
            nid = int.from_bytes(properties.data(ATTACHED)[:4], "little")
            inner = heap.below.get(nid)
            embedded: Callable[[], Item] | None = (lambda: self._item(inner)) if inner else None
            return Attached(properties, embedded)
        place = heap.place(ATTACHED)
        return Attached(properties, None, (lambda: heap.stream(place)) if place else None)


def _way(nid: int, names: dict[int, tuple[str, int]]) -> str:
    """Return the names from the root to a folder; `_LOST` for what hangs on none."""
    steps: list[str] = []
    while nid in names and len(steps) < _DEEPEST:
        name, parent = names[nid]
        steps += [name] if name else []
        if parent == nid:
            break
        nid = parent
    return "/".join(reversed(steps)) or _LOST


def _without_prefix(value: Value) -> Value:
    """Return a subject without the sign that says how long its ``RE:`` is (MS-PST 2.5.3.1.1.1)."""
    width = {TEXT: 2, TEXT8: 1}.get(value.kind, 0)
    data = value.read() if width else b""
    if data[:width] != (1).to_bytes(width or 1, "little"):
        return value
    return Value(value.kind, len(data) - 2 * width, lambda: data[2 * width :])


class _Kept:
    """The mailbox read last: its folders, asked for one by one, are all found in one pass."""

    def __init__(self) -> None:
        self._file: tuple[object, ...] = ()
        self._mailbox: _Mailbox | None = None

    def __call__(self, path: Path) -> _Mailbox:
        file = (str(path), *version(path.stat()))
        if self._mailbox is None or file != self._file:
            self._mailbox = _Mailbox(path)
            self._file = file
        return self._mailbox


_opened = _Kept()
