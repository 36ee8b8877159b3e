"""Work: what is made of a part, named by what made it, kept below ``work/`` or, for tiny assets, in memory.

The key of a piece of work is a digest of (part, detector, dictionaries, configuration, key): a part that was
examined with the same of all is not examined again. Nothing kept here holds a raw value, a scan id or a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.config import Detection
from pipelines.job import Job
from pipelines.layout import Layout, replacing, take_up
from pipelines.refs import PartRef
from pipelines.store import files

if TYPE_CHECKING:
    from detectors.cascade import Cascade

EVIDENCE_FILE = "evidence.parquet"

#: Names the work a second look was taken after, for `pipelines.purge` to keep.
FIRST_LOOK = "first-look"


#: Bytes of the parts that are held in memory: what is tiny on disk may unpack to any size.
ROOM = 64 << 20


@dataclass
class Memory:
    """Parts and work of assets too small to be worth files of their own (`pipelines.examine.bundle`)."""

    staged: dict[str, list[pa.RecordBatch]] = field(default_factory=dict)
    """Batches by the path they would be staged under; those for which there was room."""
    room: int = ROOM
    tables: dict[tuple[str, str], pa.Table] = field(default_factory=dict)
    """Work by (key, file name)."""
    cascade: Cascade | None = None
    """What examines them, where it has seen their values already."""

    def stage(self, path: str, batches: Iterable[pa.RecordBatch]) -> None:
        """Hold a part, where it is not held yet and there is room."""
        if path in self.staged:
            return
        held = list(batches)
        size = sum(batch.nbytes for batch in held)
        if size <= self.room:
            self.staged[path] = held
            self.room -= size


def config_digest(job: Job) -> str:
    """Digest of everything in the configuration that can change what detection yields for a part."""
    return _config_digest(job.estate.detection, job.keys.fingerprint)


@lru_cache(maxsize=8)
def _config_digest(detection: Detection, fingerprint: str) -> str:
    relevant = {"detection": detection.model_dump(mode="json"), "key": fingerprint}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()[:16]


def work_key(job: Job, part: PartRef, *more: str) -> str:
    """Return the name under which the outcome for a part is kept.

    The part's number is no part of it: a row put in before moves the parts behind it, and changes none of them.
    """
    # Whoever loads or purges results needs no detectors, which take two seconds to import.
    from detectors.registry import detector_version, dictionary_version

    made_by = [
        files.FORMAT,
        part.asset.id,
        part.digest,
        part.row_key,
        detector_version(),
        dictionary_version(),
        config_digest(job),
        job.estate.rule(part.asset.id).columns.key,
        *more,
    ]
    if part.asset.kind == "image":
        # When a picture was taken its camera may say without a zone.
        made_by.append(job.estate.timezone)
    return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:32]


def work_directory(layout: Layout, key: str) -> Path:
    """Return the directory of a work key; it may not exist."""
    return layout.work / key[:2] / key


def has(job: Job, key: str, name: str) -> bool:
    """Say whether a file of a piece of work is there, whole. Who asks takes the work up: it is as new."""
    if job.memory is not None:
        return (key, name) in job.memory.tables
    directory = work_directory(job.layout, key)
    # First, lest it is removed in between.
    return take_up(directory) and (directory / name).exists()


def get(job: Job, key: str, name: str, columns: list[str] | None = None) -> pa.Table:
    """Return a file of a piece of work; `columns`: only these."""
    if job.memory is not None:
        table = job.memory.tables[key, name]
        return table.select(columns) if columns else table
    return pq.read_table(work_directory(job.layout, key) / name, columns=columns)


def put(job: Job, key: str, name: str, table: pa.Table) -> None:
    """Keep a file of a piece of work."""
    if job.memory is not None:
        job.memory.tables[key, name] = table
    else:
        write_table(work_directory(job.layout, key) / name, table)


def held(job: Job, key: str, name: str) -> Path | None:
    """Return the place of a file below ``work/``, None where it is not there or holds no row."""
    if job.memory is not None:
        table = job.memory.tables.get((key, name))
        return Path(key[:2], key, name) if table is not None and table.num_rows else None
    path = work_directory(job.layout, key) / name
    if not path.exists() or not pq.read_metadata(path).num_rows:
        return None
    return path.relative_to(job.layout.work)


def note_first_look(job: Job, key: str, first: str) -> None:
    """Note beside a second look what it was taken after."""
    if job.memory is None:
        path = work_directory(job.layout, key) / FIRST_LOOK
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replacing(path) as beside:
            beside.write_text(first, "ascii")


def write_table(path: Path, table: pa.Table) -> None:
    """Write Parquet beside `path` and rename it there; equal tables give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as beside:
        pq.write_table(table.combine_chunks(), beside, compression="zstd", row_group_size=1 << 20)
