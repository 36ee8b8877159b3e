"""What a source is: five methods. Writing a new one is one module in this package and one line in `SOURCES`.

A source lists assets, cuts an asset into parts that can be read again, streams a part as Arrow, says who can
read it, and closes. It knows nothing of detection, staging or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from pipelines.refs import AssetRef, Grant

#: Rows per batch where the source decides: large batches are what makes column-wise detection fast (NOTES).
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
