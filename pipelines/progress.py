"""Progress of a scan on the terminal: one bar per step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Item = TypeVar("Item")


class Track(Protocol):
    """Wraps the outcomes of a step as they come."""

    def __call__(self, items: Iterable[Item], step: str, total: int) -> Iterable[Item]:
        """Pass `items` on; `total` is how many there will be."""
        ...


def silent(items: Iterable[Item], step: str, total: int) -> Iterable[Item]:
    """Show nothing."""
    return items


@contextmanager
def show_progress(*, hidden: bool = False) -> Iterator[Track]:
    """Show bars on standard error while a scan runs; nothing where that is no terminal."""
    if hidden:
        yield silent
        return
    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def show(items: Iterable[Item], step: str, total: int) -> Iterable[Item]:
            return progress.track(items, total=total, description=step)

        yield show
