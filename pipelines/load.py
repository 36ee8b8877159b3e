"""Load: one scan's results into the store, in one transaction, then a new snapshot for the readers.

Loading is idempotent: the scan's rows are deleted and inserted, findings of a part that is already there are
not read again (a part never changes), parts no scan refers to any more go. Killed anywhere, running it again
gives the same store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines import audit, collation, decisions, keeping, requests, settled, subjects
from pipelines.carry import carry
from pipelines.errors import MeiboError, Refused
from pipelines.job import Job
from pipelines.load_rows import (
    OF_A_SCAN,
    Row,
    entity_rows,
    part_row,
    parts,
    retention_rows,
    rows_of_scan,
    setting_rows,
)
from pipelines.policies import Policies, load_policies
from pipelines.results import PartResult, ScanResult
from pipelines.store import files
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive

#: Parts whose findings are inserted in one transaction.
PARTS_AT_ONCE = 16
#: Rows about assets, parts and fields that are made and inserted together.
ROWS_AT_ONCE = 8_192

_FILES = (
    ("finding", files.FINDING_FILE, "findings"),
    ("value_key", files.KEY_FILE, "keys"),
    ("record", files.RECORD_FILE, "records"),
)


def load(job: Job, result: ScanResult, *, timeout: float = 60.0) -> None:
    """Bring the store to what `result` says and publish it.

    Raises `Refused` ``locked`` (another scan or load for `timeout` seconds), ``key-changed`` (the store was
    written with another key), ``store-newer``; `MeiboError` ``findings-missing``, ``findings-broken``,
    ``findings-schema``, ``load-failed``. After any of them the store is as it was before.
    """
    policies = load_policies(job.estate.policies)
    job.layout.create()
    with exclusive(job.layout.lock, timeout):
        with open_writer(job.layout) as store:
            _refuse_other_key(store, job.keys.fingerprint)
            try:
                with _parts_of_a_scan_alone(store):
                    _insert_parts(store, job, result)
                    with transaction(store):
                        _replace_scan(store, job, result, policies)
                store.execute("CHECKPOINT")
            except (duckdb.Error, pa.ArrowException, OSError):
                raise MeiboError("load-failed", result.scan_id, "nothing was changed; run it again") from None
        publish(job.layout)


@contextmanager
def _parts_of_a_scan_alone(store: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Drop the parts that were inserted for a scan that then could not be."""
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error), transaction(store):
            drop_orphans(store)
        raise


def _refuse_other_key(store: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    others = store.execute("SELECT 1 FROM scan WHERE key_fingerprint <> ? LIMIT 1", [fingerprint]).fetchone()
    if others:
        raise Refused("key-changed", "store.duckdb", "use the key of the first scan, or another --out")


def _replace_scan(store: duckdb.DuckDBPyConnection, job: Job, result: ScanResult, policies: Policies) -> None:
    for table in OF_A_SCAN:
        store.execute(f"DELETE FROM {table} WHERE scan_id = ?", [result.scan_id])
    result = carry(store, result)
    earlier = frozenset(part_id for (part_id,) in store.execute("SELECT part_id FROM scan_part").fetchall())
    for table, rows in rows_of_scan(job, result, policies, earlier).items():
        _insert(store, table, rows)
    derive(store, job, result.scan_id, policies)


def derive(store: duckdb.DuckDBPyConnection, job: Job, scan_id: str, policies: Policies) -> None:
    """Bring to a scan's rows what is worked out from them, from the configuration and from the state directory.

    Within a transaction. Raises `ConfigRefused` for a faulty decisions file, `Refused` ``requests-unreadable``.
    """
    drop_orphans(store)
    _replace(store, "entity", entity_rows())
    _replace(store, "retention_class", retention_rows(policies))
    _replace(store, "country_rule", keeping.country_rows(policies))
    keeping.count(store, scan_id)
    collation.compare(store)
    _replace(store, "setting", setting_rows(job, policies))
    settled.settle(store)
    decisions.apply(
        store, decisions.read_decisions(decisions.decisions_file(job.estate, job.layout)), job.keys
    )
    subjects.build_subjects(store)
    _replace(store, "audit", audit.rows(job.layout))
    _replace(store, "request", requests.rows(job.layout))


def _insert_parts(store: duckdb.DuckDBPyConnection, job: Job, result: ScanResult) -> None:
    """Insert the parts that are new with what was found in them, some at a time.

    Each in a transaction of its own: a transaction keeps in memory what it inserted. A part never changes and is
    seen by nobody until a scan refers to it, so one left behind by a load that was killed is either found by the
    next one or dropped.
    """
    present = {part_id for (part_id,) in store.execute("SELECT part_id FROM part").fetchall()}
    new: dict[str, PartResult] = {}
    for part in parts(result):
        if part.part_id not in present:
            new.setdefault(part.part_id, part)
    waiting = iter(new.values())
    while some := list(islice(waiting, PARTS_AT_ONCE)):
        with transaction(store):
            _insert(store, "part", [part_row(part) for part in some])
            for table, schema, name in _FILES:
                paths = {part.part_id: path for part in some if (path := getattr(part, name)) is not None}
                _insert_files(
                    store, table, {key: job.layout.work / path for key, path in paths.items()}, schema
                )


def _insert_files(
    store: duckdb.DuckDBPyConnection, table: str, paths: dict[str, Path], schema: pa.Schema
) -> None:
    for path, part_id in {path: part_id for part_id, path in paths.items()}.items():
        files.check(part_id, path, schema)
    if paths:
        _insert_arrow(store, table, files.stream(paths.items(), schema))


def drop_orphans(store: duckdb.DuckDBPyConnection) -> None:
    """Remove the parts no scan refers to any more, with their findings."""
    dropped = store.execute(
        "DELETE FROM part WHERE part_id NOT IN (SELECT part_id FROM scan_part)"
    ).fetchone()
    if dropped and dropped[0]:
        for table in ("finding", "value_key", "record"):
            store.execute(f"DELETE FROM {table} WHERE part_id NOT IN (SELECT part_id FROM part)")


def _replace(store: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    store.execute(f"DELETE FROM {table}")
    _insert(store, table, rows)


def _insert(store: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    waiting = iter(rows)
    if not (some := list(islice(waiting, ROWS_AT_ONCE))):
        return
    schema = store.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
    # JSON arrives as text: Arrow's extension type for it takes no Python values.
    plain = pa.schema(field.with_type(getattr(field.type, "storage_type", field.type)) for field in schema)
    while some:
        _insert_arrow(store, table, pa.Table.from_pylist(some, schema=plain))
        some = list(islice(waiting, ROWS_AT_ONCE))


def _insert_arrow(
    store: duckdb.DuckDBPyConnection, table: str, data: pa.Table | pa.RecordBatchReader
) -> None:
    store.register("incoming", data)
    try:
        store.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        store.unregister("incoming")
