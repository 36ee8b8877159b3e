"""Plan a scan: what there is, cut into shards, written down as a manifest before anything is read.

The manifest and every step's output lie in ``staging/runs/<scan id>/``; what travels (XCom, a process pool) is a
`RunRef`. A scan that was killed left ``state/scan.json`` behind: the next one with the same configuration takes
over its id, so that both together leave the store one scan would have left.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from detectors.registry import detector_version, dictionary_version
from pipelines.access import list_access
from pipelines.deal import deal
from pipelines.desk import audit
from pipelines.desk.decisions import decisions_file, read_decisions
from pipelines.errors import MeiboError, Refused
from pipelines.examine.work import config_digest
from pipelines.in_progress import InProgress, in_progress, manifests, note
from pipelines.job import Job
from pipelines.layout import Layout, replacing
from pipelines.nights.ledger import write_ledger
from pipelines.nights.listing import surviving
from pipelines.nights.survey import survey, unlisted
from pipelines.policies import load_policies, refuse_unknown_classes
from pipelines.refs import Access, AssetRef, PartRef, Ref
from pipelines.results import Carried
from pipelines.store.database import catch_up
from pipelines.store.lock import exclusive
from pipelines.store.reader import Reader

#: Reason of a source of the estate that no scan has covered.
NEVER_SCANNED = "never-scanned"

Model = TypeVar("Model", bound=BaseModel)


class RunRef(Ref):
    """Names one step's output: `path` below staging, its `sha256`, and `n` shards of work in it."""

    path: str
    sha256: str
    n: int

    @property
    def scan_id(self) -> str:
        """The scan whose step it is."""
        return Path(self.path).parent.name


class Bundle(Ref):
    """Tiny assets that are examined together."""

    assets: tuple[AssetRef, ...]


class Manifest(Ref):
    """The plan of one scan. `full`: examine again what is already known."""

    scan_id: str
    started_at: datetime
    config_digest: str
    detector_version: str
    dictionary_version: str
    full: bool
    shards: tuple[tuple[AssetRef, ...], ...]
    sources: tuple[str, ...]
    bundles: tuple[tuple[RunRef, ...], ...] = ()
    """Of every shard the files of its bundles: tiny assets are many, and a step needs some of them at a time."""
    unlisted: tuple[PartRef, ...] = ()
    """Sources that could not be listed, are empty, or were never asked for, as not examined parts."""
    carried: tuple[Carried, ...] = ()
    """Assets that are as they were."""
    access: tuple[Access, ...] = ()
    ledgers: tuple[str, ...] = ()
    """Sources of which a new ledger lies beside the plan."""

    @property
    def directory(self) -> str:
        """Where the outputs of this scan's steps lie, below staging."""
        return f"runs/{self.scan_id}"

    def assets(self, layout: Layout) -> Iterator[AssetRef]:
        """Yield every asset that is to be examined; of the bundles one is held at a time."""
        for index in range(len(self.shards)):
            yield from self.assets_of(layout, index)

    def assets_of(self, layout: Layout, index: int) -> Iterator[AssetRef]:
        """Yield every asset of one shard."""
        yield from self.shards[index]
        for bundle in self.bundles[index] if self.bundles else ():
            yield from read(layout, bundle, Bundle).assets

    def ledger(self, layout: Layout, source: str) -> Path:
        """Return where the new ledger of a source lies until the scan is loaded."""
        return layout.staging / self.directory / f"ledger-{source}"


def plan(
    job: Job,
    names: tuple[str, ...] = (),
    *,
    full: bool = False,
    confirm_empty: tuple[str, ...] = (),
    in_steps: bool = False,
    timeout: float = 60.0,
) -> RunRef:
    """List the assets of the sources `names` (all when empty) and write the manifest.

    `confirm_empty`: sources somebody says are empty, which is noted; any other that lists nothing and held
    something before was not examined. `in_steps`: nobody holds the lock from this step to the last.
    Raises `Refused` ``source-unknown`` for a name the estate does not have, ``locked`` where another scan or load
    is still running after `timeout` seconds, ``key-changed`` where the store was written with another key;
    `ConfigRefused` for a fault in the policies or the decisions, or a retention class the policies lack.
    """
    known = {source.name for source in job.estate.sources}
    for option, given in (("--source", names), ("--confirm-empty", confirm_empty)):
        if not set(given) <= known:
            raise Refused("source-unknown", option, f"the estate has {', '.join(sorted(known))}")
    job.layout.create()
    # The note of the scan in progress is its own: whoever holds the lock must find it again.
    with exclusive(job.layout.lock, timeout):
        return _plan(job, names, full, confirm_empty, in_steps)


def _plan(
    job: Job, names: tuple[str, ...], full: bool, confirm_empty: tuple[str, ...], in_steps: bool
) -> RunRef:
    known = {source.name for source in job.estate.sources}
    finished, scanned = _finished_scans(job)
    # What the load will need: hours later is late to hear of a fault in it.
    refuse_unknown_classes(job.estate, load_policies(job.estate.policies))
    read_decisions(decisions_file(job.estate, job.layout))
    job.layout.sweep()
    digest = config_digest(job)
    asked = "/".join((digest, ",".join(names), str(full), *confirm_empty))
    scan_id, started_at = _resume_or_start(job.layout, asked, in_steps)
    if confirm_empty:
        audit.note(job, "confirm-empty", ", ".join(confirm_empty), [], 0)
    scans = frozenset[str]() if full else finished - {scan_id}
    with surviving(job):
        found = survey(job, names, scans, confirm_empty)
    # What nobody has scanned yet must not look as if it held nothing.
    never = tuple(sorted(known - scanned - set(names))) if names else ()
    found.unlisted += [unlisted(name, NEVER_SCANNED) for name in never]
    shards, bundles = deal(found.assets, found.bytes)
    manifest = Manifest(
        scan_id=scan_id,
        started_at=started_at,
        config_digest=digest,
        detector_version=detector_version(),
        dictionary_version=dictionary_version(),
        full=full,
        shards=shards,
        bundles=_write_bundles(job.layout, scan_id, bundles),
        sources=(*names, *never) or tuple(source.name for source in job.estate.sources),
        unlisted=tuple(found.unlisted),
        carried=tuple(found.carried),
        access=list_access(job, [*found.assets, *found.unasked]),
        ledgers=tuple(ledger.source for ledger in found.ledgers),
    )
    for ledger in found.ledgers:
        ledger.scan_id = scan_id
        ledger.forget_unproved()
        write_ledger(job, ledger, manifest.ledger(job.layout, ledger.source))
    return write(job.layout, f"{manifest.directory}/plan.json", manifest, len(manifest.shards))


def _write_bundles(
    layout: Layout, scan_id: str, dealt: Sequence[Sequence[tuple[AssetRef, ...]]]
) -> tuple[tuple[RunRef, ...], ...]:
    return tuple(
        tuple(
            write(layout, f"runs/{scan_id}/bundle-{index}-{number}.json", Bundle(assets=assets), len(assets))
            for number, assets in enumerate(bundles)
        )
        for index, bundles in enumerate(dealt)
    )


def finish(layout: Layout, scan_id: str) -> None:
    """Forget a scan: it is published. Its manifests, which hold raw names of files, go with it."""
    shutil.rmtree(manifests(layout, scan_id), ignore_errors=True)
    known = in_progress(layout)
    if known is None or known.scan_id == scan_id:
        layout.scan.unlink(missing_ok=True)


def resume(job: Job, plan: RunRef) -> Manifest:
    """Read the plan of the scan in progress, to do a step of it.

    Raises `MeiboError` ``plan-outdated`` where another scan was planned since, or this step would be done with
    another configuration, key or Meibo than the steps before: a scan must be what one of them would have made.
    """
    manifest = read(job.layout, plan, Manifest)
    known = in_progress(job.layout)
    if known is None or known.scan_id != manifest.scan_id or _made_by(manifest) != _made_by_now(job):
        raise MeiboError("plan-outdated", Path(plan.path).name, "run the scan again, from its plan on")
    return manifest


def _made_by(manifest: Manifest) -> tuple[str, str, str]:
    return manifest.config_digest, manifest.detector_version, manifest.dictionary_version


def _made_by_now(job: Job) -> tuple[str, str, str]:
    return config_digest(job), detector_version(), dictionary_version()


def write(layout: Layout, path: str, model: BaseModel, n: int) -> RunRef:
    """Write one step's output beside its place and rename it there; return the reference to it."""
    data = model.model_dump_json().encode()
    with replacing(layout.staging / path) as beside:
        beside.write_bytes(data)
    return RunRef(path=path, sha256=hashlib.sha256(data).hexdigest(), n=n)


def read(layout: Layout, ref: RunRef, model: type[Model]) -> Model:
    """Read what `write` wrote; raises `MeiboError` when it is gone or was changed meanwhile."""
    try:
        data = (layout.staging / ref.path).read_bytes()
    except OSError:
        raise MeiboError("manifest-missing", Path(ref.path).name, "run the scan again") from None
    if hashlib.sha256(data).hexdigest() != ref.sha256:
        raise MeiboError("manifest-changed", Path(ref.path).name, "run the scan again")
    return model.model_validate_json(data)


def _finished_scans(job: Job) -> tuple[frozenset[str], frozenset[str]]:
    """Return the scans the published store holds, whose results may be carried forward, and their sources.

    Refuses before anything is read what the loader would refuse at the end.
    """
    if not job.layout.store.exists():
        if not job.layout.writer.exists():
            return frozenset(), frozenset()
        # Only the snapshot was removed: what was scanned is known all the same.
        catch_up(job.layout)
    try:
        with Reader(job.layout.store) as store:
            known = store.arrow("SELECT scan_id, key_fingerprint, finished_at FROM scan").to_pylist()
            sources = store.arrow("SELECT DISTINCT source FROM current_source")["source"].to_pylist()
    except Refused:
        # A store of an older Meibo, or a damaged copy: the loader has the writer's database and says more.
        return frozenset(), frozenset()
    if {scan["key_fingerprint"] for scan in known} - {job.keys.fingerprint}:
        raise Refused("key-changed", "store.duckdb", "use the key of the first scan, or another --out")
    return frozenset(scan["scan_id"] for scan in known if scan["finished_at"] is not None), frozenset(sources)


def _resume_or_start(layout: Layout, what: str, in_steps: bool) -> tuple[str, datetime]:
    known = in_progress(layout)
    if known is None or known.what != what:
        now = datetime.now(UTC)
        known = InProgress(what, f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", now)
    note(layout, known._replace(in_steps=in_steps))
    return known.scan_id, known.started_at
