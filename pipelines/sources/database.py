"""What sources on a database server have in common: catalogue, digests by the server, stretches of keys."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, partial
from typing import Any

import pyarrow as pa
import xxhash

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.sources.base import Gap, Known, Place, Slice, Watermarks
from pipelines.sources.cells import list_cells, one_of_each, read_cells, row_key_of, sought_in, spread
from pipelines.sources.container import on_one_line
from pipelines.sources.relations import Catalogue, Table
from pipelines.sources.sql_cells import SqlCells

STATEMENT_SECONDS = 3_600
#: How long a table that somebody locked is waited for.
LOCK_SECONDS = 60
#: Tables up to this size are digested by the server each night; larger ones are read unless they have a watermark.
DIGESTED_BYTES = 256 << 20


class Database(ABC):
    """A source whose assets are the relations of a server. One module per server says how they are asked for.

    `schemas`: those to scan, all but the system's when empty.
    """

    def __init__(self, name: str, schemas: Iterable[str], keys: KeyRing) -> None:
        self.name = name
        self.schemas = tuple(schemas)
        self._keys = keys
        #: That of the driver, made when it is first needed.
        self._connection: Any = None
        self._tables: dict[str, Table] = {}
        self._expected: tuple[str, ...] = ()

    def assets(self) -> Iterator[AssetRef]:
        """List what can be selected from, by schema and name.

        Raises `NotExamined` ``database-unreachable``, ``database-login-refused``, ``database-missing``, … and,
        after all others are listed, ``schema-missing`` for a configured schema that is not there.
        """
        for place in self.survey(lambda *_: False, lambda _: None):
            yield from place.assets or ()

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List what can be selected from.

        A table with a declared watermark is as it was while that is, another one of moderate size while the digest
        is that the server makes of its rows.
        """
        for table in self._catalogue.tables.values():
            asset = self._asset(table)
            proofs = self._proofs(table, watermarks(asset.id))
            is_known = bool(proofs) and known(table.locator, proofs)
            held = () if is_known else tuple(list_cells(asset, self._cells(table), self._keys))
            yield Place(
                table.locator,
                None if is_known else (asset, *(each for each, _ in held)),
                proofs,
                bytes=table.bytes,
                sizes=(table.bytes, *(size for _, size in held)),
            )
        if set(self.schemas) - self._catalogue.schemas:
            raise NotExamined("schema-missing", self.name, "correct the schemas or databases of the source")

    def sought(self, asset_id: str) -> Iterator[AssetRef]:
        """List what may be the asset of an id. Raises what `assets` raises."""
        tables = map(self._asset, self._catalogue.tables.values())
        return sought_in(tables, asset_id, lambda asset: self._cells(self._table(asset)), self._keys)

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a table by its primary key, or what stands in its cells.

        Gaps: ``binary-cell``: bytes that are no text, ``cell-too-long``; those of `read_cells`.
        """
        table = self._table(asset)
        return read_cells(asset, self._cells(table)) if asset.member else self._read(asset, table)

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut a table with a declared watermark into stretches of its primary key.

        A stretch ends where the hash of a key says so, hence where it ended the night before; it is as it was
        while its first and last key, its number of rows and its watermarks are.
        """
        table = self._table(asset)
        if asset.member or watermark is None or not table.has(watermark) or len(table.key) != 1:
            return None
        try:
            stretches = self._stretches(table, watermark, (1 << max(1, rows).bit_length() - 1) - 1)
        except NotExamined:
            return None
        return (
            Slice(
                digest=xxhash.xxh3_128_hexdigest(repr((table.columns, *stretch)).encode()),
                rows=int(stretch[2]),
                bytes=0,
                read=partial(self._read, asset, table, stretch[:2]),
            )
            for stretch in stretches
        )

    def row_key(self, asset: AssetRef) -> str | None:
        """Name of the primary key where it is one column."""
        table = self._table(asset)
        if asset.member:
            return row_key_of(asset, self._cells(table))
        key = table.key
        return key[0] if len(key) == 1 else None

    def expect(self, assets: Iterable[AssetRef]) -> None:
        """Say which assets will be asked for: the server tells of all of them at once."""
        self._expected = tuple(asset.locator for asset in assets)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None

    @abstractmethod
    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say who can select from each asset, from the server's own tables of grants."""

    def _spread(
        self, assets: Iterable[AssetRef], grants: Callable[[dict[str, str]], Iterator[Grant]]
    ) -> Iterator[Grant]:
        """Yield for every asset the grants on its table; `grants` says those of tables by locator."""
        known = one_of_each(assets)
        for grant in grants({locator: locator for locator in known}):
            table = self._catalogue.tables.get(grant.asset)
            yield from spread(grant, known[grant.asset], self._cells(table).columns if table else ())

    @abstractmethod
    def _cells(self, table: Table) -> SqlCells:
        """Return the cells of a table that may hold bytes."""

    @abstractmethod
    def _read_catalogue(self, only: Collection[str] = ()) -> Catalogue:
        """Ask the server what it holds; `only`: no more need be told than of these locators."""

    @abstractmethod
    def _watermark(self, table: Table, column: str) -> Iterable[Any]:
        """Ask for the greatest value of a column, the number of rows, and a sum over hashes of all values."""

    @abstractmethod
    def _content(self, table: Table) -> Iterable[Any]:
        """Ask for sums over hashes of all rows, whatever their order, and the number of rows."""

    @abstractmethod
    def _stretches(self, table: Table, watermark: str, mask: int) -> list[tuple[Any, ...]]:
        """Ask for first and last key, rows, greatest watermark and sum over hashes of watermarks of each stretch.

        They are in order. A stretch ends at keys of whose hash the bits of `mask` are 0.
        """

    @abstractmethod
    def _read(
        self, asset: AssetRef, table: Table, stretch: tuple[Any, ...] = ()
    ) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a table, or what lies between the first and the last key of a stretch, by its primary key."""

    def _shown(self, name: str) -> str:
        """Return the name of a relation or schema as people may see it."""
        return mask_place(on_one_line(name), self._keys)

    @cached_property
    def _catalogue(self) -> Catalogue:
        whole = self._read_catalogue()
        self._tables |= whole.tables
        return whole

    def _asset(self, table: Table) -> AssetRef:
        place = f"{self.name}/{self._shown(table.place)}"
        return AssetRef(id=place, source=self.name, kind=table.kind, locator=table.locator)

    def _table(self, asset: AssetRef) -> Table:
        if asset.locator not in self._tables:
            # Of a hundred thousand tables the catalogue takes longer to read than one of them.
            self._tables |= self._read_catalogue({asset.locator, *self._expected}).tables
            self._expected = ()
        try:
            return self._tables[asset.locator]
        except KeyError:
            raise NotExamined("table-missing", asset.id, "it was dropped or renamed: scan again") from None

    def _proofs(self, table: Table, watermark: str | None) -> tuple[str, ...]:
        try:
            if watermark is not None and table.has(watermark):
                told = ("watermark", *self._watermark(table, watermark))
            elif 0 < table.bytes <= DIGESTED_BYTES:
                told = ("content", *self._content(table))
            else:
                return ()
        except NotExamined:
            # Whatever keeps it from being read is told when it is.
            return ()
        return (" ".join(map(str, (*told, table.columns))),)
