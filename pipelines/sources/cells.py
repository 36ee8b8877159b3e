"""Pictures and files in the cells of a table as assets beside it: listed, read, and read by whom the table is.

``crm.customers#画像`` are all pictures of a table, ``crm.customers!scan/3`` is the third file in its column
``scan``. Which of a table's assets is meant is said by `AssetRef.member`: "" is the table, `PHOTOS` its pictures,
``!3`` and what follows a file (`pipelines.sources.inside`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.sources import blobs
from pipelines.sources.base import Gap
from pipelines.sources.blobs import Use, photo_rows, use_of
from pipelines.sources.container import MOST_ENTRIES, Container, Entry
from pipelines.sources.inside import UNREADABLE, list_files, parse, read_file
from pipelines.sources.members import PICTURES
from pipelines.sources.sql_cells import LARGEST_FILE, FileCell, SqlCells

#: Member of the pictures of a table.
PHOTOS = "2"
#: Pictures that are looked at to know whether there are any but symbols.
_PROBED = 200
#: Columns of a batch of pictures: a key that is called so names no row there.
_TAKEN = frozenset({"image", "page"})


def list_cells(asset: AssetRef, cells: SqlCells, keys: KeyRing) -> Iterator[tuple[AssetRef, int]]:
    """List what stands in the cells of a table, each with its bytes, 0 where they are not known.

    What cannot be listed is one asset that cannot be read.
    """
    pictures = replace(asset, id=f"{asset.id}#{PICTURES}", kind="image", member=PHOTOS)
    try:
        if not cells.columns:
            return
        if _has_photos(cells):
            yield pictures, 0
        for each in list_files(_Whole(asset, cells)):
            inside = "".join(step[0] + mask_place(step[1:], keys) for step in each.place)
            yield replace(asset, id=asset.id + inside, kind=each.kind, member=each.member), each.size
    except NotExamined as fault:
        # Whoever may not read the table hears so of the table.
        if fault.code != "permission-denied":
            yield replace(pictures, kind=UNREADABLE, member=f"={fault.code}"), 0


def sought_in(
    tables: Iterable[AssetRef], asset_id: str, cells_of: Callable[[AssetRef], SqlCells], keys: KeyRing
) -> Iterator[AssetRef]:
    """List what may be the asset of an id; no other table is searched for pictures and files."""
    for table in tables:
        if asset_id.startswith(table.id):
            yield table
            if asset_id[len(table.id) :].startswith(("#", "!")):
                yield from (each for each, _ in list_cells(table, cells_of(table), keys))


def read_cells(asset: AssetRef, cells: SqlCells) -> Iterator[pa.RecordBatch | Gap]:
    """Stream what `list_cells` told of; raises `NotExamined`."""
    try:
        steps, _, fault = parse(asset.member)
        if fault:
            raise NotExamined(fault, "", "see what the table says")
        yield from read_file(_Whole(asset, cells), asset.member) if steps else _read_photos(cells)
    except NotExamined as fault:
        raise NotExamined(fault.code, asset.id, fault.hint) from None
    except Exception:
        # Parsers meet hostile files; whatever they raise may quote them, and the other cells come next.
        raise NotExamined("reader-failed", asset.id, "take the file out of the table and open it") from None


def row_key_of(asset: AssetRef, cells: SqlCells) -> str | None:
    """Name of the column of a batch of pictures that says which row each stands in."""
    return _row_name(cells) if asset.member == PHOTOS else None


def one_of_each(assets: Iterable[AssetRef]) -> dict[str, list[AssetRef]]:
    """Return the assets by the table they are of."""
    found: dict[str, list[AssetRef]] = {}
    for asset in assets:
        found.setdefault(asset.locator, []).append(asset)
    return found


def spread(grant: Grant, assets: Iterable[AssetRef], columns: Iterable[str]) -> Iterator[Grant]:
    """Yield the grant on a table for each asset of it: on cells, where it is on a column they stand in.

    `columns`: those that may hold bytes.
    """
    held = tuple(each for each in columns if each in grant.columns)
    for asset in assets:
        if not asset.member or not grant.columns:
            yield grant.model_copy(update={"asset": asset.id})
        elif held:
            yield grant.model_copy(update={"asset": asset.id, "columns": held})


def _has_photos(cells: SqlCells) -> bool:
    with cells.asking() as ask:
        probed = 0
        for _, content in islice(cells.pictures(ask), _PROBED):
            probed += 1
            if content is None or use_of(content) is Use.PICTURE:
                return True
        return probed == _PROBED


def _read_photos(cells: SqlCells) -> Iterator[pa.RecordBatch | Gap]:
    """Yield every picture as a row: ``image``, and the key of its row or else ``page``, its number from 1."""
    seen = number = 0
    key = _row_name(cells)
    with cells.asking() as ask:
        for name, content in cells.pictures(ask):
            seen += 1
            if content is None:
                yield Gap("too-large")
            elif use_of(content) is Use.PICTURE:
                number += 1
                for row in photo_rows(content, number):
                    yield row if isinstance(row, Gap) or key is None else _of_row(row, key, name)
            if number == blobs.MOST_PICTURES:
                break
        else:
            return
    with cells.asking() as ask:
        beyond = cells.count_pictures(ask) - seen
    if beyond > 0:
        yield Gap("image-many-pages", beyond)


def _row_name(cells: SqlCells) -> str | None:
    return None if cells.row_name in _TAKEN else cells.row_name


def _of_row(row: pa.RecordBatch, key: str, name: int | str | None) -> pa.RecordBatch:
    """Call a picture by its row: numbers move with every row that is put in before it."""
    kind = pa.int64() if isinstance(name, int) and name < 1 << 63 else pa.string()
    names = pa.array([name if kind == pa.int64() or name is None else str(name)], kind)
    return pa.RecordBatch.from_arrays([row.column("image"), names], names=["image", key])


@dataclass(frozen=True)
class _Whole:
    """A table as what holds the files in its cells (`inside.Whole`)."""

    asset: AssetRef
    cells: SqlCells

    @property
    def identity(self) -> tuple[object, ...]:
        """Source and table: which files there are is asked once a listing, and once a worker."""
        return "cells", self.asset.source, self.asset.locator

    def open(self) -> Container:
        """Ask which files there are."""
        return _CellFiles(self.cells)


class _CellFiles:
    """The files in the cells of a table as a container. It keeps no connection open."""

    def __init__(self, cells: SqlCells) -> None:
        self._cells = cells
        with cells.asking() as ask:
            self._files: list[FileCell] = list(cells.files(ask, MOST_ENTRIES + 1))
        self.entries = [
            Entry(
                f"{blobs.path_of(each.column)}/{each.number}",
                each.size,
                "too-large" if each.size > LARGEST_FILE else "",
            )
            for each in self._files
        ]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream a file, in a snapshot of its own."""
        with self._cells.asking() as ask:
            yield from self._cells.content(ask, self._files[number])

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """There is nothing."""
        yield from ()
