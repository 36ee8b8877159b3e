"""Plan a scan: what there is, cut into shards, written down as a manifest before anything is read.

The manifest and every step's output lie in ``staging/runs/<scan id>/``; what travels (XCom, a process pool) is a
`RunRef`. A scan that was killed left ``state/scan.json`` behind: the next one with the same configuration takes
over its id, so that both together leave the store one scan would have left.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from detectors.registry import detector_version, dictionary_version
from pipelines.access import list_access
from pipelines.errors import MeiboError, Refused
from pipelines.extract import list_assets
from pipelines.job import Job
from pipelines.layout import Layout, replacing
from pipelines.refs import AssetRef, Grant, PartRef, Ref
from pipelines.store.reader import Reader

#: Airflow maps at most 1,024 tasks by default; a plan stays well below (DESIGN §3.3).
MAX_SHARDS = 256

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")


class RunRef(Ref):
    """Names one step's output: `path` below staging, its `sha256`, and `n` shards of work in it."""

    path: str
    sha256: str
    n: int


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
    unlisted: tuple[PartRef, ...] = ()
    """Sources that could not be listed, as not examined parts."""
    access: tuple[Grant, ...] = ()

    @property
    def directory(self) -> str:
        """Where the outputs of this scan's steps lie, below staging."""
        return f"runs/{self.scan_id}"


def plan(job: Job, names: tuple[str, ...] = (), *, full: bool = False) -> RunRef:
    """List the assets of the sources `names` (all when empty) and write the manifest.

    Raises `Refused` ``source-unknown`` for a name the estate does not have, ``key-changed`` where the store was
    written with another key.
    """
    known = {source.name for source in job.estate.sources}
    if not set(names) <= known:
        raise Refused("source-unknown", "--source", f"the estate has {', '.join(sorted(known))}")
    _refuse_other_key(job)
    job.layout.create().sweep()
    digest = config_digest(job)
    scan_id, started_at = _resume_or_start(job.layout, f"{digest}/{','.join(names)}/{full}")
    assets, unlisted = list_assets(job, names or None)
    manifest = Manifest(
        scan_id=scan_id,
        started_at=started_at,
        config_digest=digest,
        detector_version=detector_version(),
        dictionary_version=dictionary_version(),
        full=full,
        shards=tuple(shard(assets)),
        sources=names or tuple(source.name for source in job.estate.sources),
        unlisted=tuple(unlisted),
        access=tuple(list_access(job, assets)),
    )
    return write(job.layout, f"{manifest.directory}/plan.json", manifest, len(manifest.shards))


def finish(layout: Layout) -> None:
    """Forget the scan in progress: it is published. Its manifests, which hold raw names of files, go with it."""
    if (known := _in_progress(layout)) is not None:
        shutil.rmtree(layout.staging / "runs" / known["scan_id"], ignore_errors=True)
    _progress(layout).unlink(missing_ok=True)


def config_digest(job: Job) -> str:
    """Digest of everything in the configuration that can change what detection yields for a part."""
    relevant = {
        "detection": job.estate.detection.model_dump(mode="json"),
        "key": job.keys.fingerprint,
    }
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()[:16]


def shard(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Deal items into about as many shards as a shard has items, in turn: neighbours of one size spread out.

    A shard becomes a task of a scheduler, which costs seconds to start: 60 small files are 8 tasks, not 60. There
    are never more than `MAX_SHARDS`.
    """
    n = min(math.ceil(math.sqrt(len(items))), MAX_SHARDS)
    return [tuple(items[index::n]) for index in range(n)]


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


def _refuse_other_key(job: Job) -> None:
    """Refuse before anything is read what the loader would refuse at the end."""
    if not job.layout.store.exists():
        return
    try:
        with Reader(job.layout.store) as store:
            known = store.arrow("SELECT DISTINCT key_fingerprint FROM scan")["key_fingerprint"].to_pylist()
    except Refused:
        # A store of an older Meibo, or a damaged copy: the loader has the writer's database and says more.
        return
    if set(known) - {job.keys.fingerprint}:
        raise Refused("key-changed", "store.duckdb", "use the key of the first scan, or another --out")


def _resume_or_start(layout: Layout, what: str) -> tuple[str, datetime]:
    known = _in_progress(layout)
    if known is not None and known["what"] == what:
        return known["scan_id"], datetime.fromisoformat(known["started_at"])
    now = datetime.now(UTC)
    scan_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    with replacing(_progress(layout)) as beside:
        beside.write_text(json.dumps({"what": what, "scan_id": scan_id, "started_at": now.isoformat()}))
    return scan_id, now


def _in_progress(layout: Layout) -> dict[str, str] | None:
    """Return what is known of the scan in progress; None where there is none, or only a damaged note of it."""
    try:
        known = json.loads(_progress(layout).read_text("utf-8"))
        datetime.fromisoformat(known["started_at"])
        return {name: known[name] for name in ("what", "scan_id", "started_at")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _progress(layout: Layout) -> Path:
    return layout.state / "scan.json"
