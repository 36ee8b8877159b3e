"""Extract: an asset in, its parts out, staged and encrypted. Data stays on disk; references travel.

A source's faults are results here, not errors: an asset that cannot be read is a part that was not examined,
and so is everything inside it that could not be read, one part per reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.digest import PartDigest
from pipelines.errors import NotExamined
from pipelines.job import Job
from pipelines.refs import AssetRef, PartRef
from pipelines.sources import Gap, Source, open_source
from pipelines.staging import write_part

#: A part ends here even if it has few rows: parts are held in memory until they are whole.
PART_BYTES = 128 << 20

#: Kinds of assets whose rows have no order of their own.
UNORDERED_SOURCES = frozenset({"postgresql", "sqlite"})


def list_assets(job: Job, names: Sequence[str] | None = None) -> tuple[list[AssetRef], list[PartRef]]:
    """List the assets of the named sources (all when None), and the sources that could not be listed.

    The latter are parts that were not examined, of an asset named like the source.
    """
    assets: list[AssetRef] = []
    unlisted: list[PartRef] = []
    for config in job.estate.sources:
        if names is not None and config.name not in names:
            continue
        source = open_source(config, job.keys)
        try:
            # One by one: a source may list most of its assets before it meets what it cannot list.
            for asset in source.assets():
                assets.append(asset)  # noqa: PERF402
        except NotExamined as fault:
            whole = AssetRef(id=config.name, source=config.name, kind="source", locator="")
            unlisted.append(_not_examined(whole, 0, fault.code))
        finally:
            source.close()
    return assets, unlisted


def extract(job: Job, asset: AssetRef) -> list[PartRef]:
    """Read one asset and stage it in parts of at most `staging.part_rows` rows.

    Always at least one part: an empty asset has one of 0 rows, one that cannot be read one with a reason. What
    was read before a fault is kept and examined. Raises nothing for the source's faults.
    """
    config = next((each for each in job.estate.sources if each.name == asset.source), None)
    if config is None:
        return [_not_examined(asset, 0, "source-unknown")]
    source = open_source(config, job.keys)
    parts: list[PartRef] = []
    gaps: dict[str, int] = {}
    try:
        stager = _Stager(job, asset, source.row_key(asset) or "", config.kind not in UNORDERED_SOURCES)
        for chunk in _chunks(source, asset, job.estate.staging.part_rows, gaps):
            parts.append(stager.stage(chunk, len(parts)))
    except NotExamined as fault:
        gaps.setdefault(fault.code, 0)
    finally:
        source.close()
    if not parts and not gaps:
        parts = [PartRef(asset=asset, index=0)]
    return parts + [
        _not_examined(asset, len(parts) + number, reason, rows)
        for number, (reason, rows) in enumerate(sorted(gaps.items()))
    ]


@dataclass(frozen=True)
class _Stager:
    """Stages chunks of one asset."""

    job: Job
    asset: AssetRef
    row_key: str
    ordered: bool

    def stage(self, batches: list[pa.RecordBatch], index: int) -> PartRef:
        batches = _of_one_schema(batches)
        digest = PartDigest(ordered=self.ordered)
        for batch in batches:
            digest.update(batch)
        name = digest.hexdigest(batches[0].schema, self.job.keys)
        rule = self.job.estate.rule(self.asset.id)
        return PartRef(
            asset=self.asset,
            index=index,
            digest=name,
            rows=sum(batch.num_rows for batch in batches),
            bytes=sum(batch.nbytes for batch in batches),
            path=write_part(self.job.layout, self.job.keys, name, batches),
            watermark=_watermark(batches, rule.columns.watermark),
            row_key=self.row_key,
        )


def _chunks(
    source: Source, asset: AssetRef, part_rows: int, gaps: dict[str, int]
) -> Iterator[list[pa.RecordBatch]]:
    """Cut the stream into lists of batches of at most `part_rows` rows; count the gaps by reason."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for item in source.batches(asset):
        if isinstance(item, Gap):
            gaps[item.reason] = gaps.get(item.reason, 0) + item.rows
            continue
        while rows + item.num_rows > part_rows:
            yield [*held, item.slice(0, part_rows - rows)]
            item, held, rows, size = item.slice(part_rows - rows), [], 0, 0
        # An empty batch carries the columns of an empty table; later ones say nothing new.
        if item.num_rows or not held:
            held.append(item)
        rows, size = rows + item.num_rows, size + item.nbytes
        if size >= PART_BYTES:
            yield held
            held, rows, size = [], 0, 0
    if rows or held:
        yield held


def _of_one_schema(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """JSON lines may bring new columns with every batch: the part has all of them."""
    if all(batch.schema.equals(batches[0].schema) for batch in batches):
        return batches
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    return pa.concat_tables(tables, promote_options="permissive").to_batches()  # type: ignore[no-any-return]


def _watermark(batches: list[pa.RecordBatch], column: str | None) -> str:
    """Return the greatest value of the watermark column as ISO text, "" where there is none."""
    if column is None or column not in batches[0].schema.names:
        return ""
    greatest = [pc.max(batch.column(column)) for batch in batches]
    values = [scalar.as_py() for scalar in greatest if scalar.is_valid]
    if not values:
        return ""
    value = max(values)
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _not_examined(asset: AssetRef, index: int, reason: str, rows: int = 0) -> PartRef:
    return PartRef(asset=asset, index=index, rows=rows, status="not_examined", reason=reason)
