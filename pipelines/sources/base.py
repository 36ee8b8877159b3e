"""What a source is: five methods. Writing a new one is one module in this package and one line in `SOURCES`.

A source lists assets, cuts an asset into parts that can be read again, streams a part as Arrow, says who can
read it, and closes. It knows nothing of detection, staging or the store.

A source may be able to do more, and then nights cost what changed: say cheaply that an asset is as it was
(`Surveyed`), name the parts of an asset by what they hold without reading them (`Sliced`), find one asset without
opening the others (`Sought`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import pyarrow as pa

from pipelines.refs import AssetRef, Grant

#: Rows per batch where the source decides: large batches are what makes column-wise detection fast.
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Gap:
    """Something inside an asset that could not be read; the asset's other rows are still examined.

    `reason`: stable code such as ``row-broken`` or ``cell-too-long``; `rows`: how many rows are missing.
    """

    reason: str
    rows: int = 1


class Source(Protocol):
    """A place where data lies. Every method may raise `pipelines.errors.NotExamined` with a value-free code."""

    name: str

    def assets(self) -> Iterator[AssetRef]:
        """List every asset: tables and views, files, sheets. Order is stable from run to run."""
        ...

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream the asset in a stable order, in bounded memory, as it is: no value is converted or dropped.

        Tables without a column name get ``column_1`` …; duplicate names get a suffix ``#2``. A text document is
        one row with the column ``text``; an image is one row with ``image`` (binary).
        What cannot be read inside is a `Gap` in the stream; what cannot be opened raises `NotExamined`.
        """
        ...

    def row_key(self, asset: AssetRef) -> str | None:
        """Name of the column that identifies a row (the primary key where it is one column), or None."""
        ...

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say who can read each asset, from the catalogue or file modes; nothing for what is not known."""
        ...

    def close(self) -> None:
        """Give back connections and temporary files. Called once, also after an error."""
        ...


@dataclass(frozen=True)
class Place:
    """What one locator of a source holds: a table, a file with its sheets.

    `proofs`: statements such as ``file 1024 …`` or ``watermark 2026-11-20 …``; while one of them stays true, the
    place holds what it held. None: only reading it tells. `access`: changes whenever the grants of the place
    may have; "" where it cannot be told. `bytes`: size, 0 where it is not known. `assets`: None where the caller
    said that it knows the place at one of these proofs. `sizes`: bytes of each asset, where they differ from that.
    """

    locator: str
    assets: tuple[AssetRef, ...] | None
    proofs: tuple[str, ...] = ()
    access: str = ""
    bytes: int = 0
    sizes: tuple[int, ...] = ()


#: Given a locator and its proofs, says whether the place is known to be as it was.
Known = Callable[[str, tuple[str, ...]], bool]

#: Given an asset id, names the declared watermark column of the asset, if any.
Watermarks = Callable[[str], str | None]


@runtime_checkable
class Surveyed(Protocol):
    """A source that can tell what has not changed without reading it."""

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List what `Source.assets` lists, place by place; known places are not opened."""
        ...


@runtime_checkable
class Sought(Protocol):
    """A source of many places that need not open all of them to find one asset."""

    def sought(self, asset_id: str) -> Iterator[AssetRef]:
        """List at least what `Source.assets` calls by an id."""
        ...


@runtime_checkable
class Expecting(Source, Protocol):
    """A source that is quicker asked for many assets, while it is open, than for each."""

    def expect(self, assets: Iterable[AssetRef]) -> None:
        """Say which assets will be asked for."""
        ...


@dataclass(frozen=True)
class Slice:
    """A stretch of an asset whose content is named before it is read.

    `digest`: equal where the content is; `rows`, `bytes`: size as the source knows it; `read` streams it.
    """

    digest: str
    rows: int
    bytes: int
    read: Callable[[], Iterator[pa.RecordBatch | Gap]]


@runtime_checkable
class Sliced(Protocol):
    """A source that can tell which parts of an asset are as they were, without reading them."""

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut an asset into slices in the order of `Source.batches`; None where it has to be read to be cut.

        `watermark`: the declared column; `rows`: how many a slice should have where the source is free to choose.
        """
        ...


def listed(places: Iterable[Place]) -> Iterator[AssetRef]:
    """List the assets of places, those that look alike told apart."""
    seen: dict[str, int] = {}
    for place in places:
        for asset in place.assets or ():
            yield distinct(asset, seen)


def distinct(asset: AssetRef, seen: dict[str, int]) -> AssetRef:
    """Two places may look alike (a name in NFC and in NFD): the second becomes ``…~2``."""
    seen[asset.id] = count = seen.get(asset.id, 0) + 1
    return asset if count == 1 else replace(asset, id=numbered(asset.id, count))


def numbered(listed: str, number: int) -> str:
    """Return the id of the `number`-th place that is `listed` by one name, counted from 1."""
    return listed if number == 1 else f"{listed}~{number}"
