"""Extract: an asset in, its parts out, staged and encrypted. Data stays on disk; references travel.

A source's faults are results here, not errors: an asset that cannot be read is a part that was not examined,
and so is everything inside it that could not be read, one part per reason.

A part whose content was examined before is named, not staged; a slice whose content is told by its source
(`sources.base.Slice`) is not even read then.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import NotExamined
from pipelines.examine import work
from pipelines.examine.work import EVIDENCE_FILE, work_directory, work_key
from pipelines.job import Job
from pipelines.layout import replacing
from pipelines.nights.digest import Ends, PartDigest, Rows, keyed
from pipelines.refs import AssetRef, PartRef
from pipelines.sources import Gap, Source, open_source
from pipelines.sources.base import Slice, Sliced
from pipelines.sources.encoded_files import files_told
from pipelines.sources.escapes import unescaped
from pipelines.staging import write_part

#: A part ends here even if it has few rows: parts are held in memory until they are whole.
PART_BYTES = 128 << 20

#: Pictures of a part: what is put in or taken out costs reading those beside it, not all.
PART_PICTURES = 64

#: What is known of a slice, in the work directory of its first part.
_SLICE = "slice.json"


def extract(job: Job, asset: AssetRef, *, full: bool = False, opened: Source | None = None) -> list[PartRef]:
    """Read one asset and stage it in parts of at most `staging.part_rows` rows.

    Always at least one part: an empty asset has one of 0 rows, one that cannot be read one with a reason. What
    was read before a fault is kept and examined. `full`: stage also what was examined before. `opened`: the
    asset's source, if it is open already; it stays open. Raises nothing for the source's faults.
    """
    config = job.estate.source_of(asset.source)
    if config is None:
        return [_not_examined(asset, 0, "source-unknown")]
    source = opened or open_source(config, job.keys)
    parts: list[PartRef] = []
    gaps: dict[str, int] = {}
    try:
        stager = _Stager(job, asset, source.row_key(asset) or "", full, gaps)
        for part in stager.stage(source):
            parts.append(part.model_copy(update={"index": len(parts)}))
    except NotExamined as fault:
        gaps.setdefault(fault.code, 0)
    finally:
        if opened is None:
            source.close()
    if not parts and not gaps:
        parts = [PartRef(asset=asset, index=0)]
    return parts + [
        _not_examined(asset, len(parts) + number, reason, rows)
        for number, (reason, rows) in enumerate(sorted(gaps.items()))
    ]


@dataclass
class _Stager:
    """Stages one asset; counts what it could not read in `gaps`, by reason."""

    job: Job
    asset: AssetRef
    row_key: str
    full: bool
    gaps: dict[str, int]
    watermark: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.watermark = self.job.estate.rule(self.asset.id).columns.watermark

    def stage(self, source: Source) -> Iterator[PartRef]:
        rows = PART_PICTURES if self.asset.kind == "image" else self.job.estate.staging.part_rows
        slices = None
        if isinstance(source, Sliced) and self.job.memory is None:
            slices = source.slices(self.asset, self.watermark, rows // 4)
        if slices is None:
            yield from self._read(source.batches(self.asset), rows)
        else:
            for each in slices:
                yield from self._known_slice(each) or self._read_slice(each)

    def _read(self, stream: Iterator[pa.RecordBatch | Gap], most: int) -> Iterator[PartRef]:
        """Stage a stream whose parts are known by their content, once it is read."""
        ends = Ends(most)
        held: list[pa.RecordBatch] = []
        digest, size = PartDigest(), 0
        for batch in self._without_gaps(stream):
            for piece, ended in ends.cut(Rows.of(batch)):
                # An empty batch carries the columns of an empty table; later ones say nothing new.
                if piece.batch.num_rows or not held:
                    held.append(piece.batch)
                    digest.add(piece)
                    size += piece.batch.nbytes
                if ended or size >= PART_BYTES:
                    yield self._close(held, digest)
                    held, digest, size = [], PartDigest(), 0
                    ends.restart()
        if held:
            yield self._close(held, digest)

    def _close(self, held: list[pa.RecordBatch], digest: PartDigest) -> PartRef:
        batches = _of_one_schema(held)
        part = self._part(digest.hexdigest(batches[0].schema, self.job.keys))
        part = _counted(part, _Count(self.watermark).all(batches))
        if self.full or not work.has(self.job, work_key(self.job, part), EVIDENCE_FILE):
            write_part(self.job, part.digest, batches)
        return part

    def _read_slice(self, each: Slice) -> Iterator[PartRef]:
        """Stage a slice in parts whose names are known before they are read: nothing is held in memory."""
        stream = self._without_gaps(each.read())
        before = dict(self.gaps)
        most = _rows_of_parts(each, self.job.estate.staging.part_rows)
        parts: list[PartRef] = []
        rest: pa.RecordBatch | None = next(stream, None)
        while rest is not None:
            part = self._part(_name(self.job, each, len(parts), most))
            taken = _Take(rest, stream, most)
            count = _Count(self.watermark)
            write_part(self.job, part.digest, count.passing(taken))
            # What is staged already is read all the same: the next part comes after it.
            count.all(taken)
            parts.append(_counted(part, count))
            rest = taken.rest
        missed = {
            reason: rows - before.get(reason, 0)
            for reason, rows in self.gaps.items()
            if rows != before.get(reason, 0)
        }
        self._remember(parts, missed)
        yield from parts

    def _remember(self, parts: list[PartRef], missed: dict[str, int]) -> None:
        """Note what reading a slice came to, so that next time it need not be read."""
        if not parts:
            return
        path = work_directory(self.job.layout, work_key(self.job, parts[0])) / _SLICE
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = {"parts": [(part.rows, part.bytes, part.watermark) for part in parts], "missed": missed}
        with replacing(path) as beside:
            beside.write_text(json.dumps(told))

    def _known_slice(self, each: Slice) -> list[PartRef]:
        """Return the parts of a slice all of which were examined before; [] otherwise."""
        if self.full:
            return []
        most = _rows_of_parts(each, self.job.estate.staging.part_rows)
        first = work_key(self.job, self._part(_name(self.job, each, 0, most)))
        try:
            told = json.loads((work_directory(self.job.layout, first) / _SLICE).read_text("utf-8"))
        except (OSError, ValueError):
            return []
        parts = [
            self._part(_name(self.job, each, number, most)).model_copy(
                update={"rows": rows, "bytes": size, "watermark": watermark}
            )
            for number, (rows, size, watermark) in enumerate(told["parts"])
        ]
        if not all(work.has(self.job, work_key(self.job, part), EVIDENCE_FILE) for part in parts):
            return []
        for reason, rows in told["missed"].items():
            self.gaps[reason] = self.gaps.get(reason, 0) + rows
        return parts

    def _without_gaps(self, stream: Iterator[pa.RecordBatch | Gap]) -> Iterator[pa.RecordBatch]:
        for item in files_told(unescaped(stream)):
            if isinstance(item, Gap):
                self.gaps[item.reason] = self.gaps.get(item.reason, 0) + item.rows
            else:
                yield item

    def _part(self, digest: str) -> PartRef:
        return PartRef(
            asset=self.asset,
            index=0,
            digest=digest,
            path=f"parts/{digest}.parquet",
            row_key=self.row_key,
        )


class _Take:
    """The next `rows` rows of a stream of batches, once; `rest` is what follows, None at the end."""

    def __init__(self, first: pa.RecordBatch, stream: Iterator[pa.RecordBatch], rows: int) -> None:
        self.rest: pa.RecordBatch | None = first
        self._stream = stream
        self._left = rows

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while self.rest is not None and self._left > 0:
            batch = self.rest
            taken = min(self._left, batch.num_rows)
            self._left -= taken
            self.rest = batch.slice(taken) if taken < batch.num_rows else next(self._stream, None)
            yield batch.slice(0, taken)


class _Count:
    """Rows, bytes and the greatest watermark of the batches that pass."""

    def __init__(self, watermark: str | None) -> None:
        self._column = watermark
        self._greatest: object = None
        self.rows = 0
        self.bytes = 0

    def passing(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.rows += batch.num_rows
            self.bytes += batch.nbytes
            self._look_at(batch)
            yield batch

    def all(self, batches: Iterable[pa.RecordBatch]) -> _Count:
        for _ in self.passing(batches):
            continue
        return self

    def _look_at(self, batch: pa.RecordBatch) -> None:
        if self._column is None or self._column not in batch.schema.names:
            return
        value = pc.max(batch.column(self._column)).as_py()
        if value is not None and (self._greatest is None or value > self._greatest):
            self._greatest = value

    @property
    def watermark(self) -> str:
        """The greatest value as ISO text, "" where there is none."""
        value = self._greatest
        if value is None:
            return ""
        return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _counted(part: PartRef, count: _Count) -> PartRef:
    return part.model_copy(update={"rows": count.rows, "bytes": count.bytes, "watermark": count.watermark})


def _rows_of_parts(each: Slice, most: int) -> int:
    """Return how many rows the parts of a slice have: all, unless it is too large."""
    by_size = each.rows * PART_BYTES // max(each.bytes, 1)
    parts = max(math.ceil(each.rows / max(1, min(most, by_size))), 1)
    return max(1, math.ceil(each.rows / parts))


def _name(job: Job, each: Slice, number: int, most: int) -> str:
    return keyed(f"slice\n{each.digest}\n{number}\n{most}", job.keys)


def _of_one_schema(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """JSON lines may bring new columns with every batch: the part has all of them."""
    if all(batch.schema.equals(batches[0].schema) for batch in batches):
        return batches
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    return pa.concat_tables(tables, promote_options="permissive").to_batches()  # type: ignore[no-any-return]


def _not_examined(asset: AssetRef, index: int, reason: str, rows: int = 0) -> PartRef:
    return PartRef(asset=asset, index=index, rows=rows, status="not_examined", reason=reason)
