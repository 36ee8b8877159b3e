"""Staging: parts on disk, encrypted, named by their content, gone after their time to live.

A part is a Parquet file under Parquet modular encryption (AES-GCM) with a random 128-bit key of its own. The
key lies beside it in ``<name>.key``, wrapped by AES-GCM under the staging key. The file's name is bound into
both, as Parquet's AAD prefix (not stored in the file) and as the wrapping's associated data: a part put under
another part's name is refused.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipelines.errors import NotExamined
from pipelines.in_progress import Lifetime, Needed
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout, aside, replacing, take_up
from pipelines.refs import PartRef
from pipelines.sources.base import BATCH_ROWS

KEY_BYTES = 16
NONCE_BYTES = 12

#: What one look at a part is given at most; a single row may be larger.
BATCH_BYTES = 32 << 20


def write_part(job: Job, digest: str, batches: Iterable[pa.RecordBatch]) -> str:
    """Stage record batches of one schema under their digest; return the path relative to staging.

    A part that is already there is left as it is: equal digests mean equal content. Then `batches` may be left
    where they are, unread.
    """
    relative = f"parts/{digest}.parquet"
    if job.memory is not None:
        job.memory.stage(relative, batches)
        return relative
    target = job.layout.staging / relative
    if take_up(target) and take_up(_key_path(target)):
        return relative
    stream = iter(batches)
    first = next(stream)
    properties = pe.create_encryption_properties(
        footer_key=_own_key(target, job.keys), aad_prefix=target.name.encode(), store_aad_prefix=False
    )
    # Read once, from end to end: dictionaries and statistics would cost half the writing time for nothing.
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    with (
        replacing(target) as beside,
        pq.ParquetWriter(beside, first.schema, encryption_properties=properties, **options) as writer,
    ):
        beside.chmod(0o600)
        for batch in chain([first], stream):
            writer.write_batch(batch)
    return relative


def read_part(job: Job, part: PartRef) -> Iterator[pa.RecordBatch]:
    """Stream a staged part in the order it was written; a part that is not examined or empty yields nothing.

    Raises `NotExamined` with ``part-missing`` (purged, never written) or ``part-refused`` (another key, a
    swapped or a damaged file).
    """
    if not part.path:
        return
    if job.memory is not None:
        yield from job.memory.staged[part.path]
        return
    target = job.layout.staging / part.path
    try:
        properties = pe.create_decryption_properties(
            footer_key=_unwrap(target, job.keys), aad_prefix=target.name.encode()
        )
        with pq.ParquetFile(target, decryption_properties=properties) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from _small(batch)
    except FileNotFoundError:
        raise NotExamined("part-missing", part.name, "scan again: staged data is purged") from None
    except (OSError, ValueError, InvalidTag):
        raise NotExamined(
            "part-refused", part.name, "purge staging and scan again with the same key"
        ) from None


def _small(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch of long texts: what is made of one takes many times its size."""
    rows = max(1, batch.num_rows * BATCH_BYTES // max(batch.nbytes, 1))
    if rows >= batch.num_rows:
        yield batch
        return
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def purge(
    layout: Layout, older_than: timedelta, now: datetime | None = None, needed: Needed | None = None
) -> int:
    """Remove every staged file last written or taken up more than `older_than` ago; return how many.

    `now`: defaults to the present, with its time zone. `needed`: what stays for the scan in progress.
    """
    lifetime = Lifetime.of(older_than, now)
    removed = 0
    for directory, _, names in os.walk(layout.staging, topdown=False):
        # A part before its key, which alone opens nothing.
        for path in sorted((Path(directory, name) for name in names), key=lambda path: path.suffix == ".key"):
            removed += _remove(path, lifetime, needed)
        if needed is None and Path(directory) != layout.staging:
            with suppress(OSError):
                # Only if it is empty.
                Path(directory).rmdir()
    return removed


def _remove(path: Path, lifetime: Lifetime, needed: Needed | None) -> bool:
    # Another may rename or remove it meanwhile.
    with suppress(FileNotFoundError):
        if lifetime.is_over(path.lstat().st_mtime) and not (needed and needed.holds(path)):
            path.unlink()
            return True
    return False


def _own_key(target: Path, keys: KeyRing) -> bytes:
    """Return the part's key, made and wrapped if there is none; of two writers at once, the first one's counts."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _key_path(target)
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + AESGCM(keys.derive("staging")).encrypt(nonce, key, target.name.encode())
    beside = aside(path)
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(wrapped)
            file.flush()
            os.fsync(file.fileno())
        # A hard link never replaces: it either is the first key of this part or fails.
        path.hardlink_to(beside)
    except FileExistsError:
        return _unwrap_or_replace(target, keys, beside, key)
    finally:
        beside.unlink(missing_ok=True)
    return key


def _unwrap_or_replace(target: Path, keys: KeyRing, beside: Path, key: bytes) -> bytes:
    try:
        take_up(_key_path(target))
        return _unwrap(target, keys)
    except (InvalidTag, ValueError):
        # A damaged key opens nothing: the part is written anew, with the new one.
        beside.replace(_key_path(target))
        return key


def _unwrap(target: Path, keys: KeyRing) -> bytes:
    wrapped = _key_path(target).read_bytes()
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    return AESGCM(keys.derive("staging")).decrypt(nonce, sealed, target.name.encode())


def _key_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.key")
