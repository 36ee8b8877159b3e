"""Reread: cells, spans and pictures of the store as the source has them now, each with the key it has now.

A place is a row and a field. Rows move and change after a scan: what stands at a place is shown to nobody before
it is known to be what the scan saw there. So every cell comes with its value key, made as the scan made it, and
a picture with what is found on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa

from detectors.flatten import as_text
from detectors.resolver import REPORTED
from pipelines.detect import rename, row_keys
from pipelines.errors import NotExamined
from pipelines.examine.image_parts import FIELD as IMAGE
from pipelines.examine.join_keys import key_rows
from pipelines.job import Job
from pipelines.refs import AssetRef, PartRef
from pipelines.seal import Sealer
from pipelines.sources import Gap, Source, find_asset, open_source
from pipelines.sources.escapes import unescaped

#: A row: its key, or else its number in the asset.
RowName = str | int
Place = tuple[RowName, str]
#: Field → entity type its cells are keyed under; None: its cells have no key.
Fields = Mapping[str, str | None]
#: Type and offsets of what was found on a picture.
Spot = tuple[str, int, int]


@dataclass(frozen=True)
class Cell:
    """A cell as it is now. `key`: of a keyed column; `spots`: of a picture, text by what was found where."""

    text: str | None = field(repr=False)
    key: bytes | None = None
    spots: Mapping[Spot, str] = field(default_factory=dict, repr=False)


def reread(job: Job, asset_id: str, wanted: Mapping[RowName, Fields]) -> Iterator[tuple[Place, Cell]]:
    """Yield the cells of the wanted rows; raises `NotExamined` where the source or the asset is gone."""
    config = job.estate.source_of(asset_id)
    if config is None:
        raise NotExamined("source-unknown", asset_id)
    source = open_source(config, job.keys)
    try:
        asset = find_asset(source, asset_id)
        if asset is None:
            raise NotExamined("table-missing", asset_id)
        yield from _cells(job, source, asset, wanted)
    finally:
        source.close()


def _cells(
    job: Job, source: Source, asset: AssetRef, wanted: Mapping[RowName, Fields]
) -> Iterator[tuple[Place, Cell]]:
    part = PartRef(asset=asset, index=0, row_key=source.row_key(asset) or "")
    sealer, number = Sealer(job.keys), 0
    for batch in unescaped(source.batches(asset)):
        if isinstance(batch, Gap):
            continue
        keys = row_keys(job, part, batch, sealer)
        hits = [
            (row, name)
            for row, known in enumerate(keys)
            for name in (known, number + row)
            if name is not None and name in wanted
        ]
        number += batch.num_rows
        if hits and asset.kind == "image":
            yield from _pictures(job, batch, hits)
        elif hits:
            yield from _texts(rename(job, batch), hits, wanted, sealer)


def _texts(
    named: pa.RecordBatch,
    hits: list[tuple[int, RowName]],
    wanted: Mapping[RowName, Fields],
    sealer: Sealer,
) -> Iterator[tuple[Place, Cell]]:
    types: dict[str, str | None] = dict.fromkeys(name for _, row in hits for name in wanted[row])
    types |= {name: kind for _, row in hits for name, kind in wanted[row].items() if kind is not None}
    for name, kind in types.items():
        if name not in named.schema.names:
            continue
        of_field = [(row, key) for row, key in hits if name in wanted[key]]
        column = named.column(name).take(pa.array([row for row, _ in of_field]))
        sealed: dict[int, bytes] = {}
        if kind is not None:
            rows = key_rows(name, kind, column, [None] * len(column), 0, sealer)
            sealed = dict(zip(rows["row"].to_pylist(), rows["value_key"].to_pylist(), strict=True))
        for at, text in enumerate(as_text(column).to_pylist()):
            yield (of_field[at][1], name), Cell(text, sealed.get(at))


def _pictures(
    job: Job, batch: pa.RecordBatch, hits: list[tuple[int, RowName]]
) -> Iterator[tuple[Place, Cell]]:
    from detectors.ocr.decode import ImageError
    from detectors.ocr.image import scan_image
    from detectors.registry import find_entities

    point = job.estate.detection.point
    for row, name in hits:
        data = batch.column(IMAGE)[row].as_py()
        try:
            scan = scan_image(data, analyze=partial(find_entities, point=point), threshold=REPORTED[point])
        except ImageError as error:
            raise NotExamined(error.code) from None
        spots = {(each.entity_type, each.start, each.end): each.text for each in scan.findings}
        yield (name, IMAGE), Cell(None, spots=spots)
