"""The steps of a scan, one asset or part at a time; what they meet that cannot be read, they say and go on.

`pipelines.scan` runs them in a pool of processes, `pipelines.shards` in the mapped tasks of the DAG.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pipelines.detect import detect
from pipelines.engines.local import Crashed
from pipelines.errors import MeiboError, NotExamined, Refused, of_disk
from pipelines.examine.second_look import Look, look_again
from pipelines.extract import extract
from pipelines.gates.guard import guard
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.nights.ledger import lasting, put_in_force
from pipelines.plan import Bundle, Manifest, RunRef, read
from pipelines.refs import CRASHED, AssetRef, FindingsRef, PartRef, Ref
from pipelines.resolve import resolve, second_looks
from pipelines.results import AssetResult, BundleRef, PartResult, ScanResult, not_examined_id
from pipelines.sources import Source
from pipelines.store.reader import Reader

Item = TypeVar("Item")
Done = TypeVar("Done")
Instead = TypeVar("Instead")


class Examined(Ref):
    """One asset and what became of its parts."""

    asset: AssetRef
    found: tuple[FindingsRef, ...] = ()
    skipped: tuple[PartRef, ...] = ()


def extract_asset(
    job: Job, asset: AssetRef, *, full: bool = False, opened: Source | None = None
) -> list[PartRef]:
    """Stage an asset; `full`: also what was examined before; `opened`: its source, if it is open already."""
    try:
        return extract(job, asset, full=full, opened=opened)
    except Exception as error:
        return nothing_read(asset, _code(error, "extraction-failed"))


def detect_part(job: Job, part: PartRef, *, full: bool = False) -> FindingsRef | PartRef:
    """Examine a staged part; one that cannot be examined comes back as such."""
    try:
        return detect(job, part, full=full)
    except Exception as error:
        return skip(part, _code(error, "detection-failed"))


def is_large(examined: Examined) -> bool:
    """Say whether an asset has so many new parts that several workers should take the second looks at them."""
    return sum(not ref.reused for ref in examined.found) > 1


def looks_of(job: Job, examined: Examined) -> list[Look]:
    """Return the second looks the parts of an asset need."""
    try:
        return second_looks(job, examined.asset, examined.found)
    except Exception:
        # `resolve_asset` meets the same and says it.
        return []


def look_at_part(job: Job, look: Look) -> None:
    """Take one second look before the asset is resolved; one that fails is tried and reported there."""
    with contextlib.suppress(Exception):
        look_again(job, look)


def resolve_asset(job: Job, examined: Examined) -> AssetResult:
    """Resolve the columns of an asset."""
    try:
        return _resolve(job, examined)
    except Exception as error:
        return unresolved(examined, _code(error, "resolution-failed"))


def _resolve(job: Job, examined: Examined) -> AssetResult:
    try:
        return resolve(job, examined.asset, examined.found, examined.skipped)
    except NotExamined as fault:
        if fault.code != "part-missing":
            raise
    # Parts that are known are not staged; now that others changed, they have to be looked at once more.
    extract(job, examined.asset, full=True)
    return resolve(job, examined.asset, examined.found, examined.skipped)


def group(assets: Iterable[AssetRef], outcomes: Iterable[FindingsRef | PartRef]) -> list[Examined]:
    """Bring the outcomes of parts back to their assets, in the order of the parts."""
    by_asset: dict[str, list[FindingsRef | PartRef]] = {}
    for outcome in outcomes:
        by_asset.setdefault(part_of(outcome).asset.id, []).append(outcome)
    return [_examined(asset, by_asset.get(asset.id, [])) for asset in assets]


def load_assets(
    job: Job, manifest: Manifest, assets: Sequence[AssetResult], bundles: Sequence[BundleRef] = ()
) -> ScanResult:
    """Guard the new findings, load them, publish the snapshot.

    The caller writes the page and then calls `pipelines.plan.finish`: killed before, the scan is taken up again.

    Raises `pipelines.gates.guard.GuardFailed` and leaves the old snapshot when the findings are not fit to load.
    """
    clock = datetime.now(UTC)
    finished_at = max(clock, _after_all(job, manifest.scan_id))
    unlisted = [AssetResult(asset=part.asset, parts=(_skipped(part),)) for part in manifest.unlisted]
    result = ScanResult(
        scan_id=manifest.scan_id,
        started_at=manifest.started_at,
        finished_at=finished_at,
        clock=None if finished_at == clock else clock,
        detector_version=manifest.detector_version,
        dictionary_version=manifest.dictionary_version,
        config_digest=manifest.config_digest,
        sources=manifest.sources,
        assets=tuple(sorted([*assets, *unlisted], key=lambda each: each.asset.id)),
        bundles=tuple(sorted(bundles, key=lambda each: each.first)),
        carried=manifest.carried,
        access=manifest.access,
    )
    result = result.model_copy(update={"guard": guard(job, manifest, result)})
    load(job, result)
    _remember(job, manifest, result)
    return result


def _after_all(job: Job, scan_id: str) -> datetime:
    """Return a moment later than the end of every other scan of the store, whatever the clock said then.

    Readers see the scan that ended last: once a clock that was ahead is right, that must not be the one before.
    """
    earliest = datetime.min.replace(tzinfo=UTC)
    if not job.layout.store.exists():
        return earliest
    try:
        with Reader(job.layout.store) as store:
            asked = "SELECT max(finished_at) AS last FROM scan WHERE scan_id <> $scan_id"
            last = store.arrow(asked, {"scan_id": scan_id})["last"][0].as_py()
    except Refused:
        # Of an older Meibo, or a damaged copy: the loader says more.
        return earliest
    return last.astimezone(UTC) + timedelta(microseconds=1) if last else earliest


def _remember(job: Job, manifest: Manifest, result: ScanResult) -> None:
    """Put the new ledgers in force, less the assets that have to be read again next time."""
    passing = {
        each.asset.id for each in result.examined(job.layout) if not lasting(part.part for part in each.parts)
    }
    again: dict[str, set[str]] = {}
    for asset in manifest.assets(job.layout) if passing else ():
        if asset.id in passing:
            again.setdefault(asset.source, set()).add(asset.locator)
    for source in manifest.ledgers:
        put_in_force(job, source, manifest.ledger(job.layout, source), again.get(source, frozenset()))


def told(
    outcomes: Iterable[Done | Crashed[Item]], instead: Callable[[Item, str], Instead]
) -> Iterator[Done | Instead]:
    """Yield every outcome; of an item that brought its worker down what is said `instead`."""
    for outcome in outcomes:
        yield instead(outcome.item, CRASHED) if isinstance(outcome, Crashed) else outcome


def loosened(
    layout: Layout, outcomes: Iterable[BundleRef | Crashed[RunRef]]
) -> tuple[list[BundleRef], list[AssetRef]]:
    """Return the bundles that were examined, and the assets of those that brought their worker down.

    Which of them did shows when each is on its own.
    """
    bundled: list[BundleRef] = []
    loose: list[AssetRef] = []
    for outcome in outcomes:
        if isinstance(outcome, Crashed):
            loose += read(layout, outcome.item, Bundle).assets
        else:
            bundled.append(outcome)
    return bundled, loose


def nothing_read(asset: AssetRef, reason: str) -> list[PartRef]:
    """Return what `extract_asset` returns of an asset that could not be read at all."""
    return [unread(asset, reason)]


def unread(asset: AssetRef, reason: str) -> PartRef:
    """Return the one part of an asset that could not be read at all."""
    return PartRef(asset=asset, index=0, status="not_examined", reason=reason)


def skip(part: PartRef, reason: str) -> PartRef:
    """Return the part as one that was not examined."""
    return part.model_copy(update={"status": "not_examined", "reason": reason})


def unresolved(examined: Examined, reason: str) -> AssetResult:
    """Return an asset none of whose parts counts as examined."""
    parts = [*(skip(ref.part, reason) for ref in examined.found), *examined.skipped]
    return AssetResult(asset=examined.asset, parts=tuple(_skipped(part) for part in parts))


def _examined(asset: AssetRef, outcomes: Sequence[FindingsRef | PartRef]) -> Examined:
    ordered = sorted(outcomes, key=lambda outcome: part_of(outcome).index)
    return Examined(
        asset=asset,
        found=tuple(each for each in ordered if isinstance(each, FindingsRef)),
        skipped=tuple(each for each in ordered if isinstance(each, PartRef)),
    )


def part_of(outcome: FindingsRef | PartRef) -> PartRef:
    """Return the part an outcome of `detect_part` is about."""
    return outcome.part if isinstance(outcome, FindingsRef) else outcome


def _skipped(part: PartRef) -> PartResult:
    return PartResult(part=part, part_id=not_examined_id(part))


def _code(error: Exception, otherwise: str) -> str:
    told = error if isinstance(error, MeiboError) else of_disk(error)
    return told.code if told else otherwise
