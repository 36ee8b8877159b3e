"""The steps as the mapped tasks of a DAG run them: one shard each, references in, a reference out.

Each reads and writes manifests below ``staging/runs/<scan id>/``; what goes through XCom is a `RunRef`, whatever
the size of the estate. Running a task again writes the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.job import Job
from pipelines.plan import Manifest, RunRef, finish, read, shard, write
from pipelines.refs import FindingsRef, PartRef, Ref
from pipelines.reports.page import write_page
from pipelines.results import AssetResult
from pipelines.steps import Examined, detect_part, extract_asset, group, load_assets, resolve_asset


class Parts(Ref):
    """Parts, staged or not readable."""

    parts: tuple[PartRef, ...]


class Work(Ref):
    """What is left to do, in shards; and what could not be read."""

    shards: tuple[tuple[PartRef, ...], ...]
    unread: tuple[PartRef, ...]


class Outcomes(Ref):
    """What became of the parts of one shard."""

    found: tuple[FindingsRef, ...]
    skipped: tuple[PartRef, ...]


class Assets(Ref):
    """Assets in shards, with what became of their parts."""

    shards: tuple[tuple[Examined, ...], ...]


class Resolved(Ref):
    """Resolved assets of one shard."""

    assets: tuple[AssetResult, ...]


def extract_shard(job: Job, plan: RunRef, index: int) -> RunRef:
    """Stage the assets of one shard of the plan."""
    manifest = read(job.layout, plan, Manifest)
    parts = tuple(part for asset in manifest.shards[index] for part in extract_asset(job, asset))
    return write(job.layout, f"{manifest.directory}/extracted-{index}.json", Parts(parts=parts), len(parts))


def divide_parts(job: Job, plan: RunRef, extracted: Sequence[RunRef]) -> RunRef:
    """Deal the staged parts into shards."""
    manifest = read(job.layout, plan, Manifest)
    parts = [part for ref in extracted for part in read(job.layout, ref, Parts).parts]
    work = Work(
        shards=tuple(shard([part for part in parts if part.status == "examined"])),
        unread=tuple(part for part in parts if part.status != "examined"),
    )
    return write(job.layout, f"{manifest.directory}/work.json", work, len(work.shards))


def detect_shard(job: Job, plan: RunRef, work: RunRef, index: int) -> RunRef:
    """Examine the parts of one shard."""
    manifest = read(job.layout, plan, Manifest)
    parts = read(job.layout, work, Work).shards[index]
    each = [detect_part(job, part, full=manifest.full) for part in parts]
    outcomes = Outcomes(
        found=tuple(one for one in each if isinstance(one, FindingsRef)),
        skipped=tuple(one for one in each if isinstance(one, PartRef)),
    )
    return write(job.layout, f"{manifest.directory}/detected-{index}.json", outcomes, len(parts))


def divide_assets(job: Job, plan: RunRef, work: RunRef, detected: Sequence[RunRef]) -> RunRef:
    """Bring the outcomes of parts back to their assets, in the shards of the plan."""
    manifest = read(job.layout, plan, Manifest)
    outcomes: list[FindingsRef | PartRef] = [*read(job.layout, work, Work).unread]
    for ref in detected:
        shard_outcomes = read(job.layout, ref, Outcomes)
        outcomes += [*shard_outcomes.found, *shard_outcomes.skipped]
    assets = group((asset for each in manifest.shards for asset in each), outcomes)
    shards = tuple(shard(assets))
    return write(job.layout, f"{manifest.directory}/assets.json", Assets(shards=shards), len(shards))


def resolve_shard(job: Job, plan: RunRef, assets: RunRef, index: int) -> RunRef:
    """Resolve the assets of one shard."""
    manifest = read(job.layout, plan, Manifest)
    examined = read(job.layout, assets, Assets).shards[index]
    resolved = Resolved(assets=tuple(resolve_asset(job, each) for each in examined))
    return write(job.layout, f"{manifest.directory}/resolved-{index}.json", resolved, len(resolved.assets))


def load_shards(job: Job, plan: RunRef, resolved: Sequence[RunRef]) -> RunRef:
    """Load all that was resolved; see `pipelines.steps.load_assets`."""
    manifest = read(job.layout, plan, Manifest)
    assets = [asset for ref in resolved for asset in read(job.layout, ref, Resolved).assets]
    result = load_assets(job, manifest, assets)
    return write(job.layout, f"{manifest.directory}/result.json", result, len(result.assets))


def write_report(job: Job) -> None:
    """Write the page of the published snapshot: the scan is over."""
    write_page(job.layout)
    finish(job.layout)
