"""The steps as the mapped tasks of a DAG run them: one shard each, references in, a reference out.

Each reads and writes manifests below ``staging/runs/<scan id>/``; what goes through XCom is a `RunRef`, whatever
the size of the estate. Running a task again writes the same, while its scan is the one in progress. After one that
was killed it is done with a worker of its own for what may have killed it: that alone was not examined then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain

from pipelines.deal import seconds_of_part, shard
from pipelines.engines.local import LocalEngine
from pipelines.examine.bundle import examine_bundle
from pipelines.examine.second_look import Look
from pipelines.in_progress import manifests
from pipelines.job import Job
from pipelines.plan import Manifest, RunRef, finish, read, resume, write
from pipelines.plan import plan as plan_scan
from pipelines.refs import CRASHED, FindingsRef, PartRef, Ref
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
    part_of,
    resolve_asset,
    skip,
    told,
    unread,
    unresolved,
)


class Extracted(Ref):
    """Parts of one shard, the number `index` of the plan, staged or not readable, and what its bundles came to."""

    index: int
    parts: tuple[PartRef, ...]
    bundled: tuple[BundleRef, ...] = ()


class Work(Ref):
    """What is left to do, in shards; what could not be read; what needs nothing more but to be loaded."""

    shards: tuple[tuple[PartRef, ...], ...]
    unread: tuple[PartRef, ...]
    bundled: tuple[BundleRef, ...] = ()


class Outcomes(Ref):
    """What became of the parts of one shard."""

    found: tuple[FindingsRef, ...]
    skipped: tuple[PartRef, ...]


class Assets(Ref):
    """Assets in shards, with what became of their parts; and what needs nothing more but to be loaded."""

    shards: tuple[tuple[Examined, ...], ...]
    bundled: tuple[BundleRef, ...] = ()


class Looks(Ref):
    """Second looks at parts of large assets, in shards."""

    shards: tuple[tuple[Look, ...], ...]


class Resolved(Ref):
    """Resolved assets of one shard."""

    assets: tuple[AssetResult, ...]


def plan_night(job: Job) -> RunRef:
    """Plan a scan of all sources (`pipelines.plan.plan`), the steps of which are tasks."""
    return plan_scan(job, in_steps=True)


def extract_shard(job: Job, plan: RunRef, index: int) -> RunRef:
    """Stage the assets of one shard of the plan; examine its bundles, which need no other step."""
    manifest = resume(job, plan)
    with _running(job, manifest, f"extracted-{index}") as engine:
        bundles = manifest.bundles[index] if manifest.bundles else ()
        examined = engine.run(partial(examine_bundle, full=manifest.full), bundles)
        bundled, loose = loosened(job.layout, examined)
        staged = engine.run(partial(extract_asset, full=manifest.full), [*manifest.shards[index], *loose])
        parts = tuple(chain.from_iterable(told(staged, nothing_read)))
    extracted = Extracted(index=index, parts=parts, bundled=tuple(bundled))
    return write(job.layout, f"{manifest.directory}/extracted-{index}.json", extracted, len(parts))


def divide_parts(job: Job, plan: RunRef, extracted: Sequence[RunRef]) -> RunRef:
    """Deal the staged parts into shards. Assets of a task that died were not examined."""
    manifest = resume(job, plan)
    shards = [read(job.layout, ref, Extracted) for ref in extracted]
    parts = [part for each in shards for part in each.parts]
    bundled = [bundle for each in shards for bundle in each.bundled]
    lost = set(range(len(manifest.shards))) - {each.index for each in shards}
    died = [
        unread(asset, CRASHED) for index in sorted(lost) for asset in manifest.assets_of(job.layout, index)
    ]
    work = Work(
        shards=tuple(shard([part for part in parts if part.status == "examined"], seconds_of_part)),
        unread=(*(part for part in parts if part.status != "examined"), *died),
        bundled=tuple(bundled),
    )
    return write(job.layout, f"{manifest.directory}/work.json", work, len(work.shards))


def detect_shard(job: Job, plan: RunRef, work: RunRef, index: int) -> RunRef:
    """Examine the parts of one shard."""
    manifest = resume(job, plan)
    parts = read(job.layout, work, Work).shards[index]
    with _running(job, manifest, f"detected-{index}") as engine:
        each = list(told(engine.run(partial(detect_part, full=manifest.full), parts), skip))
    outcomes = Outcomes(
        found=tuple(one for one in each if isinstance(one, FindingsRef)),
        skipped=tuple(one for one in each if isinstance(one, PartRef)),
    )
    return write(job.layout, f"{manifest.directory}/detected-{index}.json", outcomes, len(parts))


def divide_assets(job: Job, plan: RunRef, work: RunRef, detected: Sequence[RunRef]) -> RunRef:
    """Bring the outcomes of parts back to their assets. Parts of a task that died were not examined."""
    manifest = resume(job, plan)
    to_do = read(job.layout, work, Work)
    outcomes: list[FindingsRef | PartRef] = [*to_do.unread]
    for ref in detected:
        shard_outcomes = read(job.layout, ref, Outcomes)
        outcomes += [*shard_outcomes.found, *shard_outcomes.skipped]
    told = {(part.asset.id, part.index) for part in map(part_of, outcomes)}
    outcomes += [
        skip(part, CRASHED)
        for parts in to_do.shards
        for part in parts
        if (part.asset.id, part.index) not in told
    ]
    met = (part_of(outcome).asset for outcome in outcomes)
    assets = group({asset.id: asset for asset in met}.values(), outcomes)
    shards = tuple(shard(assets, _seconds_to_resolve))
    divided = Assets(shards=shards, bundled=to_do.bundled)
    return write(job.layout, f"{manifest.directory}/assets.json", divided, len(shards))


def divide_looks(job: Job, plan: RunRef, assets: RunRef) -> RunRef:
    """Deal the second looks at assets of many parts into shards; others are looked at when they are resolved."""
    manifest = resume(job, plan)
    examined = (each for shard in read(job.layout, assets, Assets).shards for each in shard)
    looks = [look for each in filter(is_large, examined) for look in looks_of(job, each)]
    dealt = Looks(shards=tuple(shard(looks, lambda look: seconds_of_part(look.ref.part) / 2)))
    return write(job.layout, f"{manifest.directory}/looks.json", dealt, len(dealt.shards))


def look_shard(job: Job, plan: RunRef, looks: RunRef, index: int) -> None:
    """Take the second looks of one shard. One that fails is taken again, and told, where the asset is resolved."""
    with _running(job, read(job.layout, plan, Manifest), f"looked-{index}") as engine:
        deque(engine.run(look_at_part, read(job.layout, looks, Looks).shards[index]), maxlen=0)


def resolve_shard(job: Job, plan: RunRef, assets: RunRef, index: int) -> RunRef:
    """Resolve the assets of one shard."""
    manifest = resume(job, plan)
    examined = read(job.layout, assets, Assets).shards[index]
    with _running(job, manifest, f"resolved-{index}") as engine:
        resolved = Resolved(assets=tuple(told(engine.run(resolve_asset, examined), unresolved)))
    return write(job.layout, f"{manifest.directory}/resolved-{index}.json", resolved, len(resolved.assets))


def load_shards(job: Job, plan: RunRef, assets: RunRef, resolved: Sequence[RunRef]) -> RunRef:
    """Load all that was resolved (`pipelines.steps.load_assets`). Assets of a task that died were not examined."""
    manifest = resume(job, plan)
    divided = read(job.layout, assets, Assets)
    results = [asset for ref in resolved for asset in read(job.layout, ref, Resolved).assets]
    met = {result.asset.id for result in results}
    examined = (each for shard in divided.shards for each in shard)
    died = [unresolved(each, CRASHED) for each in examined if each.asset.id not in met]
    result = load_assets(job, manifest, [*results, *died], divided.bundled)
    return write(job.layout, f"{manifest.directory}/result.json", result, len(result.assets))


@contextmanager
def _running(job: Job, manifest: Manifest, step: str) -> Iterator[LocalEngine]:
    """Give what does the items of a shard: in this process, or apart where a task that did them before was killed.

    Whoever examines them in its own process is spared starting another; whoever is killed cannot say by what.
    """
    begun = manifests(job.layout, manifest.scan_id) / f"{step}.begun"
    with LocalEngine(job, 1, apart=begun.exists()) as engine:
        begun.touch()
        yield engine
    begun.unlink(missing_ok=True)


def _seconds_to_resolve(examined: Examined) -> float:
    # A second look costs about as much as the first; most parts need none.
    return sum(seconds_of_part(ref.part) for ref in examined.found) / 2


def write_report(job: Job, plan: RunRef) -> None:
    """Write the page of the published snapshot: the scan is over."""
    write_page(job.layout)
    finish(job.layout, plan.scan_id)
