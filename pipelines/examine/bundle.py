"""Bundles: tiny assets examined together, in memory, so that starting and committing are paid once for all.

The steps are the same ones, over `work.Memory` instead of the disk: what they find is what they would find one by
one. What is staged is never written; of the work only findings, value keys and records are, one file each for the
bundle, with the part each row belongs to. Results come last (`results.BundleRef`): where they are, the others are
whole. An asset that unpacks to more than there is room for is examined by itself, over the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from detectors.cascade import Cascade
from detectors.flatten import as_text
from pipelines.detect import rename
from pipelines.examine import work
from pipelines.examine.texts import read_texts
from pipelines.examine.warm import Warm
from pipelines.examine.work import ROOM, Memory, work_directory, work_key, write_table
from pipelines.job import Job
from pipelines.layout import replacing
from pipelines.nights.ledger import made_by
from pipelines.plan import Bundle, RunRef, read
from pipelines.refs import AssetRef, PartRef
from pipelines.results import RESULTS, AssetResult, Bundled, BundleRef, PartResult
from pipelines.sources import Source, open_source
from pipelines.sources.base import Expecting
from pipelines.steps import detect_part, extract_asset, group, resolve_asset
from pipelines.store.files import BUNDLED


def examine_bundle(job: Job, bundle: RunRef, *, full: bool = False) -> BundleRef:
    """Extract, detect and resolve tiny assets; `full`: also those examined before.

    `bundle`: names a `Bundle`. Raises nothing of its assets, but what `pipelines.plan.read` raises.
    """
    assets = read(job.layout, bundle, Bundle).assets
    apart = replace(job, memory=(memory := Memory()))
    with _opened(job, assets) as opened:
        parts = [part for asset in assets for part in extract_asset(apart, asset, opened=opened)]
    large = _large(parts, memory)
    key = _key(job, assets, parts)
    directory = work_directory(job.layout, key)
    told = BundleRef(work_key=key, first=assets[0].id, reused=not full)
    if not full and work.has(job, key, RESULTS) and (not large or _is_whole(job, told)):
        return told
    small = [part for part in parts if part.asset.id not in large]
    memory.cascade = _warm(apart, small)
    texts = read_texts(apart, small)
    done = texts.keys() | large
    outcomes = [
        detect_part(apart, part) if part.status == "examined" and part.asset.id not in done else part
        for part in parts
    ]
    results = [
        _by_itself(job, each.asset, full=full)
        if each.asset.id in large
        else texts.get(each.asset.id) or resolve_asset(apart, each)
        for each in group(assets, outcomes)
    ]
    places = {name: Path(key[:2]) / key / name for name in BUNDLED}
    kept = Bundled(assets=tuple(_kept(each, {} if each.asset.id in large else places) for each in results))
    _write(memory, directory, [part for result in kept.assets for part in result.parts])
    with replacing(directory / RESULTS) as beside:
        beside.write_text(kept.model_dump_json(), "utf-8")
    return told


@contextlib.contextmanager
def _opened(job: Job, assets: Sequence[AssetRef]) -> Iterator[Source | None]:
    """Open the source of a bundle where opening it for each asset would cost more than reading them."""
    config = job.estate.source_of(assets[0].source)
    source = open_source(config, job.keys) if config else None
    if isinstance(source, Expecting):
        source.expect(assets)
        with contextlib.closing(source):
            yield source
    else:
        yield None


def _large(parts: Iterable[PartRef], memory: Memory) -> set[str]:
    """Return the assets for which there is no room; what is found in equal ones takes room for each."""
    room, large = ROOM, set[str]()
    for part in parts:
        room -= part.bytes
        if room < 0 or (part.path and part.path not in memory.staged):
            large.add(part.asset.id)
            room += part.bytes
    return large


def _is_whole(job: Job, told: BundleRef) -> bool:
    """Take up what results name outside of their bundle; say whether it is there."""
    files = {
        path
        for result in told.read(job.layout)
        for part in result.parts
        for path in (part.findings, part.keys, part.records, part.pictures)
        if path and path.parent.name != told.work_key
    }
    return all(work.has(job, path.parent.name, path.name) for path in files)


def _by_itself(job: Job, asset: AssetRef, *, full: bool) -> AssetResult:
    outcomes = [
        detect_part(job, part, full=full) if part.status == "examined" else part
        for part in extract_asset(job, asset, full=full)
    ]
    (examined,) = group([asset], outcomes)
    return resolve_asset(job, examined)


def _key(job: Job, assets: Sequence[AssetRef], parts: Sequence[PartRef]) -> str:
    made = [made_by(job, job.estate.rule(asset.id)) for asset in assets]
    read = [work_key(job, part, part.status, part.reason, str(part.rows)) for part in parts]
    return hashlib.sha256("\n".join([*made, *read]).encode()).hexdigest()[:32]


def _warm(job: Job, parts: Iterable[PartRef]) -> Warm | None:
    """Return a cascade that has seen every value of the bundle: the gates run once over all of them."""
    detection = job.estate.detection
    if detection.ner != "off" or detection.point == "strict" or job.memory is None:
        return None
    columns = [
        as_text(column).unique()
        for part in parts
        if part.asset.kind != "image"
        for batch in job.memory.staged.get(part.path, ())
        for column in rename(job, batch).columns
    ]
    values = pa.chunked_array(columns, pa.string()).unique().drop_null()
    cascade = Warm.over(Cascade.at(detection.point, sketch_key=job.keys.derive("sketch"), opinions={}))
    cascade.learn(values.to_pylist())
    return cascade


def _write(memory: Memory, directory: Path, parts: Sequence[PartResult]) -> None:
    """Put the files of all parts into one each."""
    for name, schema in BUNDLED.items():
        tables = []
        for part_id in sorted({part.part_id for part in parts}):
            table = memory.tables.get((part_id, name))
            if table is not None and table.num_rows:
                ids = pa.repeat(pa.scalar(part_id), table.num_rows)
                tables.append(table.add_column(0, schema.field(0), ids))
        if tables:
            write_table(directory / name, pa.concat_tables(tables).cast(schema))


def _kept(result: AssetResult, places: Mapping[str, Path]) -> AssetResult:
    """Point the parts of a result to the files of the bundle, which lie at `places`, where they are in it.

    Whether a part counts as carried forward is for the store to say, which knows the scans before: bundles differ
    from night to night, and with them what is found under ``work/``. A locator may hold a name and stays out.
    """

    def of(path: Path | None) -> Path | None:
        return places.get(path.name, path) if path else None

    asset = replace(result.asset, locator="", member="")
    parts = (
        part.model_copy(
            update={
                "part": part.part.model_copy(update={"asset": asset}),
                "findings": of(part.findings),
                "keys": of(part.keys),
                "records": of(part.records),
                "pictures": of(part.pictures),
                "reused": part.part.status == "examined",
            }
        )
        for part in result.parts
    )
    return result.model_copy(update={"asset": asset, "parts": tuple(parts)})
