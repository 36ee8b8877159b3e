"""Reveal: the values behind places of the store, read again from the source, with a line in the audit trail.

The store has no values. Whoever answers a request has to give a reason; the trail is written before anything is
read. Only the cells and spans asked for come back: other people in the same text do not. A place whose content
is no longer what the scan saw is said to have changed, and nothing of it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from detectors.flatten import as_text
from pipelines import audit
from pipelines.detect import rename, row_keys
from pipelines.errors import NotExamined, Refused
from pipelines.job import Job
from pipelines.refs import AssetRef, PartRef
from pipelines.reports.runner import Row
from pipelines.seal import Sealer
from pipelines.sources import Gap, Source, open_source
from pipelines.store.reader import Reader

#: What became of a place: `shown`, or why not (labels.yaml: reveal).
STATES = ("shown", "empty", "changed", "source-unread", "image")

#: First row of each part within its asset, as the source streams it.
_FIRST_ROWS = """
    SELECT part_id, asset_id,
           (sum(rows) OVER (PARTITION BY asset_id ORDER BY "index") - rows)::BIGINT AS first
    FROM current_part WHERE status = 'examined'
"""


def reveal(job: Job, reader: Reader, rows: Sequence[Row], reason: str, asked: Sequence[bytes]) -> list[Row]:
    """Return `rows` (`pipelines.subject.search.holdings`) with ``value`` and ``reveal``, one of `STATES`.

    `asked`: value keys of the query, for the trail. Raises `Refused` ``reason-missing``, `MeiboError`
    ``audit-failed``.
    """
    if not reason.strip():
        raise Refused("reason-missing", "--reason", "say why: it stands in the audit trail")
    audit.note(job.layout, "reveal", reason, asked, len(rows))
    first = {row["part_id"]: row["first"] for row in reader.arrow(_FIRST_ROWS).to_pylist()}
    sealer = Sealer(job.keys)
    shown: list[Row] = []
    for asset_id in dict.fromkeys(row["asset"] for row in rows):
        mine = [row for row in rows if row["asset"] == asset_id]
        try:
            texts = dict(_texts(job, asset_id, mine, first, sealer))
        except NotExamined:
            texts = None
        shown += [{**row, **_outcome(row, texts, first, sealer)} for row in mine]
    return shown


def _outcome(row: Row, texts: dict[Place, str | None] | None, first: dict[str, int], sealer: Sealer) -> Row:
    if texts is None:
        return {"value": None, "reveal": "source-unread"}
    if row["field"] == "image":
        return {"value": None, "reveal": "image"}
    place = _place(row, first)
    if place not in texts:
        return {"value": None, "reveal": "changed"}
    text = texts[place]
    value = text if text is None or row["start"] is None else text[row["start"] : row["end"]]
    if not value:
        return {"value": None, "reveal": "empty"}
    return {"value": value, "reveal": "shown"} if _is_same(row, value, sealer) else _CHANGED


_CHANGED: Row = {"value": None, "reveal": "changed"}

#: A row, by its key or else by its number in the asset, and its field.
Place = tuple[str | int, str]


def _place(row: Row, first: dict[str, int]) -> Place:
    return row["row_key"] or first[row["part_id"]] + row["row"], row["field"]


def _is_same(row: Row, value: str, sealer: Sealer) -> bool:
    if row["value_key"] is None:
        return True
    keys = {sealer.seal(row["entity_type"], each)[0] for each in (value, f"0{value}")}
    # The cell may hold more than the value: a postcode before the address.
    return row["value_key"] in keys or row["start"] is None


def _texts(
    job: Job, asset_id: str, rows: Sequence[Row], first: dict[str, int], sealer: Sealer
) -> Iterator[tuple[Place, str | None]]:
    """Yield the text of the wanted cells; raises `NotExamined` where the source or the asset is gone."""
    wanted: dict[str | int, set[str]] = {}
    for row in rows:
        key, field = _place(row, first)
        wanted.setdefault(key, set()).add(field)
    config = next((each for each in job.estate.sources if asset_id.startswith(f"{each.name}/")), None)
    if config is None:
        raise NotExamined("source-unknown", asset_id)
    source = open_source(config, job.keys)
    try:
        asset = next((each for each in source.assets() if each.id == asset_id), None)
        if asset is None:
            raise NotExamined("table-missing", asset_id)
        yield from _wanted_cells(job, source, asset, wanted, sealer)
    finally:
        source.close()


def _wanted_cells(
    job: Job, source: Source, asset: AssetRef, wanted: dict[str | int, set[str]], sealer: Sealer
) -> Iterator[tuple[Place, str | None]]:
    part = PartRef(asset=asset, index=0, row_key=source.row_key(asset) or "")
    number = 0
    for batch in source.batches(asset):
        if isinstance(batch, Gap):
            continue
        keys = row_keys(job, part, batch, sealer)
        hits = [
            (row, key)
            for row, known in enumerate(keys)
            for key in (known, number + row)
            if key is not None and key in wanted
        ]
        if hits:
            yield from _cells(rename(job, batch), hits, wanted)
        number += batch.num_rows


def _cells(
    named: pa.RecordBatch, hits: Sequence[tuple[int, str | int]], wanted: dict[str | int, set[str]]
) -> Iterator[tuple[Place, str | None]]:
    for field in sorted({field for _, key in hits for field in wanted[key]} & set(named.schema.names)):
        column = as_text(named.column(field))
        for row, key in hits:
            if field in wanted[key]:
                yield (key, field), column[row].as_py()
