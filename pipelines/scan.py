"""The nightly job without a scheduler: the steps one after the other, each over all items in a pool."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from pipelines.engines.local import Crashed, LocalEngine
from pipelines.job import Job
from pipelines.plan import Manifest, finish, plan, read
from pipelines.progress import Track, silent
from pipelines.refs import AssetRef, FindingsRef, PartRef
from pipelines.reports.page import write_page
from pipelines.results import AssetResult
from pipelines.steps import (
    Examined,
    detect_part,
    extract_asset,
    group,
    load_assets,
    resolve_asset,
    skip,
    unread,
    unresolved,
)
from pipelines.store.lock import exclusive
from pipelines.summary import Summary, summarise

CRASHED = "worker-crashed"


def scan(
    job: Job,
    names: tuple[str, ...] = (),
    *,
    full: bool = False,
    workers: int = 0,
    progress: Track = silent,
) -> Summary:
    """Scan the sources `names` (all when empty), load the store, write the page; return what came out.

    Raises `Refused` when nothing was done, `MeiboError` when the findings could not be loaded; what could not
    be read is in the summary and in the store.
    """
    started = time.monotonic()
    job.layout.create()
    with exclusive(job.layout.lock), LocalEngine(job, workers) as engine:
        manifest = read(job.layout, plan(job, names, full=full), Manifest)
        assets = [asset for shard in manifest.shards for asset in shard]
        staged = progress(engine.run(extract_asset, assets), "extract", len(assets))
        parts = list(_parts(staged))
        examined = group(assets, _examine(engine, parts, full=full, progress=progress))
        resolved = progress(engine.run(resolve_asset, examined), "resolve", len(examined))
        load_assets(job, manifest, [_resolved(each) for each in resolved])
        page = write_page(job.layout)
        finish(job.layout)
    return summarise(job.layout, page, time.monotonic() - started)


def _examine(
    engine: LocalEngine, parts: list[PartRef], *, full: bool, progress: Track
) -> Iterator[FindingsRef | PartRef]:
    readable = [part for part in parts if part.status == "examined"]
    found = engine.run(detect_afresh if full else detect_part, readable)
    for outcome in progress(found, "detect", len(readable)):
        yield skip(outcome.item, CRASHED) if isinstance(outcome, Crashed) else outcome
    yield from (part for part in parts if part.status != "examined")


def detect_afresh(job: Job, part: PartRef) -> FindingsRef | PartRef:
    """Examine a part also when it is known."""
    return detect_part(job, part, full=True)


def _parts(staged: Iterable[list[PartRef] | Crashed[AssetRef]]) -> Iterable[PartRef]:
    for outcome in staged:
        yield from [unread(outcome.item, CRASHED)] if isinstance(outcome, Crashed) else outcome


def _resolved(outcome: AssetResult | Crashed[Examined]) -> AssetResult:
    return unresolved(outcome.item, CRASHED) if isinstance(outcome, Crashed) else outcome
