"""The nightly job without a scheduler: the steps one after the other, each over all items in a pool."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from pipelines.engines.local import Crashed, LocalEngine
from pipelines.examine.bundle import examine_bundle
from pipelines.in_progress import refuse_while_in_steps
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.plan import Manifest, RunRef, finish, plan, read
from pipelines.progress import Track, silent
from pipelines.refs import AssetRef, FindingsRef, PartRef
from pipelines.reports.page import write_page
from pipelines.results import AssetResult, BundleRef
from pipelines.steps import (
    Examined,
    detect_part,
    extract_asset,
    group,
    is_large,
    load_assets,
    look_at_part,
    looks_of,
    loosened,
    nothing_read,
    resolve_asset,
    skip,
    told,
    unresolved,
)
from pipelines.store.lock import exclusive
from pipelines.summary import Summary, summarise

if TYPE_CHECKING:
    from pipelines.engines.spark import SparkEngine


def scan(
    job: Job,
    names: tuple[str, ...] = (),
    *,
    full: bool = False,
    confirm_empty: tuple[str, ...] = (),
    workers: int = 0,
    engine: Literal["local", "spark"] = "local",
    progress: Track = silent,
) -> Summary:
    """Scan the sources `names` (all when empty), load the store, write the page; return what came out.

    `confirm_empty`: as in `pipelines.plan.plan`.

    Raises `Refused` when nothing was done, `MeiboError` when the findings could not be loaded; what could not
    be read is in the summary and in the store.
    """
    started = time.monotonic()
    job.layout.create()
    with exclusive(job.layout.lock), _start(job, engine, workers) as running:
        refuse_while_in_steps(job.layout)
        planned = plan(job, names, full=full, confirm_empty=confirm_empty)
        _examine(job, _Steps(job.layout, running, progress, full), planned)
        page = write_page(job.layout)
        pa.default_memory_pool().release_unused()
        finish(job.layout, planned.scan_id)
    return summarise(job.layout, page, time.monotonic() - started)


def _examine(job: Job, steps: _Steps, planned: RunRef) -> None:
    """Do what is between plan and page, and let go of it."""
    manifest = read(job.layout, planned, Manifest)
    load_assets(job, manifest, *steps.run(manifest))
    # Arrow keeps for itself what it no longer needs; the page asks DuckDB, which has memory of its own.
    pa.default_memory_pool().release_unused()


def _start(job: Job, engine: str, workers: int) -> LocalEngine | SparkEngine:
    if engine == "local":
        return LocalEngine(job, workers)
    from pipelines.engines.spark import SparkEngine

    return SparkEngine(job, workers)


class _Steps:
    """Everything between plan and load."""

    def __init__(
        self, layout: Layout, engine: LocalEngine | SparkEngine, progress: Track, full: bool
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._progress = progress
        self._full = full

    def run(self, manifest: Manifest) -> tuple[list[AssetResult], list[BundleRef]]:
        assets = [asset for shard in manifest.shards for asset in shard]
        bundles = [bundle for bundles in manifest.bundles for bundle in bundles]
        bundled, loose = loosened(self._layout, self._bundles(bundles))
        assets += loose
        examined = group(assets, self._detect(list(self._extract(assets))))
        self._look_again(examined)
        return list(self._resolve(examined)), bundled

    def _bundles(self, bundles: Sequence[RunRef]) -> Iterable[BundleRef | Crashed[RunRef]]:
        if not bundles:
            return ()
        outcomes = self._engine.run(partial(examine_bundle, full=self._full), bundles)
        return self._progress(outcomes, "bundles", len(bundles))

    def _extract(self, assets: Sequence[AssetRef]) -> Iterator[PartRef]:
        staged = self._engine.run(partial(extract_asset, full=self._full), assets)
        yield from chain.from_iterable(told(self._progress(staged, "extract", len(assets)), nothing_read))

    def _detect(self, parts: list[PartRef]) -> Iterator[FindingsRef | PartRef]:
        # The largest first: one that comes last would leave the other workers idle.
        readable = sorted((part for part in parts if part.status == "examined"), key=lambda part: -part.bytes)
        found = self._engine.run(partial(detect_part, full=self._full), readable)
        total = sum(part.bytes for part in readable)
        outcomes: Iterator[FindingsRef | PartRef] = told(self._progress(found, "detect", total, _bytes), skip)
        yield from outcomes
        yield from (part for part in parts if part.status != "examined")

    def _look_again(self, examined: Sequence[Examined]) -> None:
        """Let many workers take the second looks at a table of many parts; one resolves it."""
        if not self._engine.parallel:
            return
        several = self._engine.run(looks_of, list(filter(is_large, examined)))
        looks = [look for outcome in several if not isinstance(outcome, Crashed) for look in outcome]
        # Largest first, as in detection.
        looks.sort(key=lambda look: -look.ref.part.bytes)
        taken = self._engine.run(look_at_part, looks)
        deque(self._progress(taken, "look", len(looks)), maxlen=0)

    def _resolve(self, examined: Sequence[Examined]) -> Iterator[AssetResult]:
        resolved = self._engine.run(resolve_asset, examined)
        yield from told(self._progress(resolved, "resolve", len(examined)), unresolved)


def _bytes(outcome: FindingsRef | PartRef | Crashed[PartRef]) -> int:
    if isinstance(outcome, Crashed):
        return outcome.item.bytes
    return outcome.part.bytes if isinstance(outcome, FindingsRef) else outcome.bytes
