"""Progress of a scan on the terminal: one bar per step, by the work done, with its rate and the time it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Item = TypeVar("Item")

#: Seconds the rate is taken over: long enough for a few large parts, short enough to be true.
MEMORY = 120.0


class Track(Protocol):
    """Wraps the outcomes of a step as they come."""

    def __call__(
        self, items: Iterable[Item], step: str, total: float, weigh: Callable[[Any], float] | None = None
    ) -> Iterable[Item]:
        """Pass `items` on.

        `weigh`: bytes an outcome stands for, `total` their sum; without it outcomes are counted.
        """
        ...


def silent(
    items: Iterable[Item], step: str, total: float, weigh: Callable[[Any], float] | None = None
) -> Iterable[Item]:
    """Show nothing."""
    return items


@contextmanager
def show_progress(*, hidden: bool = False) -> Iterator[Track]:
    """Show bars on standard error while a scan runs; nothing where that is no terminal."""
    if hidden:
        yield silent
        return
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(),
        TaskProgressColumn(),
        _Done(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), transient=True, speed_estimate_period=MEMORY
    ) as bars:

        def show(
            items: Iterable[Item], step: str, total: float, weigh: Callable[[Any], float] | None = None
        ) -> Iterator[Item]:
            bar = bars.add_task(step, total=total or None, bytes=weigh is not None)
            for item in items:
                yield item
                bars.advance(bar, weigh(item) if weigh else 1)

        yield show


class _Done(ProgressColumn):
    """``1,204 of 100,000 · 83/s`` or ``1.2 of 40.0 GB · 5.1 MB/s``."""

    def render(self, task: Task) -> Text:
        return Text(describe(task.completed, task.total, task.speed, size=bool(task.fields.get("bytes"))))


def describe(done: float, total: float | None, rate: float | None, *, size: bool) -> str:
    """Say how much of a step is done and how fast it goes.

    >>> describe(1204, 100_000, 83.2, size=False)
    '1,204 of 100,000 · 83.2/s'
    >>> describe(1.2e9, 40e9, 5.1e6, size=True)
    '1.2 of 40.0 GB · 5.1 MB/s'
    """
    if not size:
        text = f"{done:,.0f} of {total or 0:,.0f}"
        return text if rate is None else f"{text} · {rate:,.1f}/s"
    unit, name = next((each for each in _UNITS if (total or 0) >= each[0]), _UNITS[-1])
    text = f"{done / unit:,.1f} of {(total or 0) / unit:,.1f} {name}"
    return text if rate is None else f"{text} · {rate / 1e6:,.1f} MB/s"


_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))
