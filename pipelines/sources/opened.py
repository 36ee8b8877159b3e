"""The containers of a file that are open: kept from asset to asset, from what holds the file inwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipelines.errors import NotExamined
from pipelines.sources.container import LARGEST_ENTRY, Container, Entry
from pipelines.sources.file_states import version
from pipelines.sources.recognise import recognise
from pipelines.sources.spool import Spool


class Whole(Protocol):
    """What holds files: one of a share, a table."""

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal while what was opened may be kept."""
        ...

    def open(self) -> Container:
        """Open it; raises `NotExamined`."""
        ...


@dataclass(frozen=True)
class OfPath:
    """A file of a source that is `called` so."""

    path: Path
    called: str

    @property
    def identity(self) -> tuple[object, ...]:
        """The path, and the state the file is in."""
        return str(self.path), *version(self.path.stat())

    def open(self) -> Container:
        """Open it; raises `NotExamined`."""
        return _open(self.path, self.called)


def entry_of(container: Container, step: int) -> Entry:
    """Return the entry of a number, counted from 1; raises `NotExamined` ``file-missing``."""
    try:
        return container.entries[step - 1]
    except IndexError:
        raise NotExamined("file-missing", "", "scan again: the file has changed") from None


class _Opened:
    """The containers of one whole that are open, from the whole itself inwards; they are kept from asset to asset.

    To unpack a tar.gz for each of its files would take time that grows with their square.
    """

    def __init__(self) -> None:
        self._file: tuple[object, ...] = ()
        self._containers: dict[tuple[int, ...], tuple[Container, Spool | None]] = {}

    def container(self, whole: Whole, steps: tuple[int, ...]) -> Container:
        """Return the container at `steps` of what holds it, opened if it is not."""
        self._keep(whole, steps)
        if steps not in self._containers:
            if steps:
                outer = self.container(whole, steps[:-1])
                name, spool = entry_of(outer, steps[-1]).name, Spool(LARGEST_ENTRY)
                spool.fill(outer.blocks(steps[-1] - 1))
                self.put(whole, steps, _open(spool.path, name), spool)
            else:
                self.put(whole, steps, whole.open(), None)
        return self._containers[steps][0]

    def put(self, whole: Whole, steps: tuple[int, ...], container: Container, spool: Spool | None) -> None:
        """Keep a container, and what it reads from."""
        self._keep(whole, steps)
        self._containers[steps] = container, spool

    def _keep(self, whole: Whole, steps: tuple[int, ...]) -> None:
        """Let go of what is not on the way to `steps`."""
        if whole.identity != self._file:
            self._file, self._containers = whole.identity, {}
        self._containers = {
            known: each for known, each in self._containers.items() if known == steps[: len(known)]
        }


def _open(path: Path, name: str) -> Container:
    inside = recognise(path, name).inside
    if inside is None:
        raise NotExamined("file-missing", "", "scan again: the file has changed")
    return inside(path, name)


#: Those of this process.
opened = _Opened()
