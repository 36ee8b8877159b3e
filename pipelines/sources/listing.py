"""Who lists what a file holds: this process, or one that may die of it (`pipelines.nights.listing`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeAlias

from pipelines.sources.inside import Found, list_inside

#: Of a path and what the file is called the assets in it; raises as `list_inside` does.
Lister: TypeAlias = Callable[[Path, str], list[Found]]

_lister: ContextVar[Lister] = ContextVar("lister", default=list_inside)


def list_file(path: Path, called: str = "") -> list[Found]:
    """List the assets of a file by whoever lists files now; see `pipelines.sources.inside.list_inside`."""
    return _lister.get()(path, called)


@contextmanager
def listed_by(lister: Lister) -> Iterator[None]:
    """Have files listed by `lister`."""
    token = _lister.set(lister)
    try:
        yield
    finally:
        _lister.reset(token)
