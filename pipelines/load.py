"""Load: one scan's results into the store, then a new snapshot for the readers.

Loading is idempotent: the scan's rows are deleted and inserted, findings of a part that is already there are
not read again (a part never changes), parts no scan refers to any more go. Readers see all of it or nothing: they
have the snapshot. It is written in many transactions, since one keeps in memory what it wrote; one that is killed
leaves nothing behind (`pipelines.store.database.rewriting`), and running it again gives the same store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from pipelines.desk import audit, decisions, requests
from pipelines.errors import MeiboError, of_disk
from pipelines.job import Job
from pipelines.loading import collation, keeping, occurrences, settled
from pipelines.loading.rows import (
    OF_A_SCAN,
    Row,
    access_rows,
    entity_rows,
    part_row,
    retention_rows,
    rows_of_assets,
    rows_of_scan,
    setting_rows,
)
from pipelines.nights.carry import carried_access, carried_assets
from pipelines.nights.outage import Outage
from pipelines.policies import Policies, load_policies
from pipelines.results import PartResult, ScanResult
from pipelines.store import files
from pipelines.store.database import catch_up, open_writer, publish, rewriting, transaction, with_room
from pipelines.store.lock import exclusive
from pipelines.store.own_key import refuse_other_key
from pipelines.subject import linking

Item = TypeVar("Item")

#: Findings, value keys and records from which on a transaction is full: DuckDB puts row groups that are whole
#: (122,880 rows) into its file at once, less than that into its log first.
FOUND_AT_ONCE = 500_000
#: Assets whose rows are made and inserted together, and rows of any table.
ASSETS_AT_ONCE = 2_048
ROWS_AT_ONCE = 8_192

_FILES = (
    ("finding", files.FINDING_FILE, "findings"),
    ("value_key", files.KEY_FILE, "keys"),
    ("record", files.RECORD_FILE, "records"),
    ("picture", files.PICTURE_FILE, "pictures"),
)


def load(job: Job, result: ScanResult, *, timeout: float = 60.0) -> None:
    """Bring the store to what `result` says and publish it.

    Raises `Refused` ``locked`` (another scan or load for `timeout` seconds), ``key-changed`` (the store was
    written with another key), ``store-newer``; `MeiboError` ``findings-missing``, ``findings-broken``,
    ``findings-schema``, ``load-failed``. After any of them the store is as it was before. Where it is
    publishing that failed (``publish-failed``, ``disk-full``; the place is ``store.duckdb``) what was loaded stays
    loaded, and readers see it once the next run has published it.
    """
    policies = load_policies(job.estate.policies)
    job.layout.create()
    # Arrow keeps for itself what it no longer needs; DuckDB has memory of its own.
    pa.default_memory_pool().release_unused()
    with exclusive(job.layout.lock, timeout):
        try:
            _write(job, result, policies)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            fault = MeiboError("load-failed", result.scan_id, "nothing was changed; run it again")
            raise of_disk(error) or fault from None
        publish(job.layout)


def _write(job: Job, result: ScanResult, policies: Policies) -> None:
    catch_up(job.layout)
    with open_writer(job.layout) as store:
        refuse_other_key(store, job.keys, "use the key of the first scan, or another --out")
        _insert_parts(store, job, result)
    # Opened anew: DuckDB keeps what inserting took, and may hold as much as the store has become.
    with rewriting(job.layout) as store:
        with_room(store, partial(_replace_scan, store, job, result, policies))


def _replace_scan(store: duckdb.DuckDBPyConnection, job: Job, result: ScanResult, policies: Policies) -> None:
    with transaction(store):
        for table in OF_A_SCAN:
            store.execute(f"DELETE FROM {table} WHERE scan_id = ?", [result.scan_id])
    earlier = _ids(store, "scan_part")
    outage = Outage(store, result.scan_id)
    for table, rows in rows_of_scan(job, result, policies).items():
        _insert(store, table, rows)
    tonight = chain(outage.completed(result.examined(job.layout)), carried_assets(store, result))
    for assets in (tonight, outage.beneath()):
        for some in _several(assets, ASSETS_AT_ONCE):
            with transaction(store):
                for table, made in rows_of_assets(job, result.scan_id, some, earlier).items():
                    _insert(store, table, made)
    _insert(store, "access", access_rows(result.scan_id, chain(result.access, carried_access(store, result))))
    outage.repeat_access()
    _insert(store, "grantee_rule", keeping.rule_rows(store, result.scan_id, policies))
    # What is in the file need not be in memory.
    store.execute("CHECKPOINT")
    derive(store, job, result.scan_id, policies)


def derive(store: duckdb.DuckDBPyConnection, job: Job, scan_id: str, policies: Policies) -> None:
    """Bring to a scan's rows what is worked out from them, from the configuration and from the state directory.

    Each step in a transaction of its own: one for all would hold what all of them wrote.
    Raises `ConfigRefused` for a faulty decisions file, `Refused` ``requests-unreadable``.
    """
    decided = decisions.read_decisions(decisions.decisions_file(job.estate, job.layout))
    with transaction(store):
        drop_orphans(store)
    occurrences.count(store, scan_id)
    steps: tuple[Callable[[], object], ...] = (
        lambda: _replace(store, "entity", entity_rows()),
        lambda: _replace(store, "retention_class", retention_rows(policies)),
        lambda: _replace(store, "country_rule", keeping.country_rows(policies)),
        lambda: keeping.count(store, scan_id),
        lambda: collation.compare(store),
        lambda: _replace(store, "setting", setting_rows(job, policies)),
        lambda: settled.settle(store),
        lambda: decisions.apply(store, decided, job.keys),
        lambda: linking.build_subjects(store),
        lambda: _replace(store, "audit", audit.rows(job.layout)),
        lambda: _replace(store, "request", requests.rows(job.layout)),
    )
    for step in steps:
        with transaction(store):
            step()


def _insert_parts(store: duckdb.DuckDBPyConnection, job: Job, result: ScanResult) -> None:
    """Insert the parts that are new with what was found in them, some at a time.

    Each in a transaction of its own: a transaction keeps in memory what it inserted. A part never changes and is
    seen by nobody until a scan refers to it, so one left behind by a load that was cut short is either found by
    the next one or dropped.
    """
    present = _ids(store, "part")
    alone = ([part] for asset in result.assets for part in asset.parts)
    bundled = (
        [part for asset in bundle.read(job.layout) for part in asset.parts] for bundle in result.bundles
    )
    # Threads would wait for each other longer than for the disk, and each holds rows of its own.
    store.execute("SET threads = 1")
    for some in _together(job, _unknown(chain(alone, bundled), present)):
        with transaction(store):
            _insert(store, "part", [part_row(part) for part in some])
            for table, schema, name in _FILES:
                for portion in files.portions(_paths(job, some, name), schema):
                    _insert_arrow(store, table, portion)


def _unknown(groups: Iterable[list[PartResult]], known: set[str]) -> Iterator[list[PartResult]]:
    """Yield of every group the parts that are not known, each once; adds them to what is known."""
    for group in groups:
        new = {part.part_id: part for part in group if part.part_id not in known}
        known.update(new)
        yield list(new.values())


def _together(job: Job, groups: Iterable[list[PartResult]]) -> Iterator[list[PartResult]]:
    """Check the files of the parts; put groups together until they fill a transaction."""
    held: list[PartResult] = []
    rows = 0
    for group in groups:
        held += group
        for _, schema, name in _FILES:
            by_path = {path: part_id for part_id, path in _paths(job, group, name)}
            rows += sum(files.check(part_id, path, schema) for path, part_id in by_path.items())
        if rows >= FOUND_AT_ONCE or len(held) >= ROWS_AT_ONCE:
            yield held
            held, rows = [], 0
    if held:
        yield held


def _paths(job: Job, parts: Iterable[PartResult], name: str) -> list[tuple[str, Path]]:
    paths = ((part.part_id, getattr(part, name)) for part in parts)
    return [(part_id, job.layout.work / path) for part_id, path in paths if path is not None]


def drop_orphans(store: duckdb.DuckDBPyConnection) -> None:
    """Remove the parts no scan refers to any more, with their findings."""
    dropped = store.execute(
        "DELETE FROM part WHERE part_id NOT IN (SELECT part_id FROM scan_part)"
    ).fetchone()
    if dropped and dropped[0]:
        for table, _, _ in _FILES:
            store.execute(f"DELETE FROM {table} WHERE part_id NOT IN (SELECT part_id FROM part)")


def _replace(store: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    store.execute(f"DELETE FROM {table}")
    _insert(store, table, rows)


def _insert(store: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    plain: pa.Schema | None = None
    for some in _several(rows, ROWS_AT_ONCE):
        if plain is None:
            schema = store.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
            # JSON arrives as text: Arrow's extension type for it takes no Python values.
            types = ((field, getattr(field.type, "storage_type", field.type)) for field in schema)
            plain = pa.schema(field.with_type(stored) for field, stored in types)
        _insert_arrow(store, table, pa.Table.from_pylist(some, schema=plain))


def _several(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    waiting = iter(items)
    while some := list(islice(waiting, most)):
        yield some


def _ids(store: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return set(store.execute(f"SELECT part_id FROM {table}").to_arrow_table()["part_id"].to_pylist())


def _insert_arrow(
    store: duckdb.DuckDBPyConnection, table: str, data: pa.Table | pa.RecordBatchReader
) -> None:
    store.register("incoming", data)
    try:
        store.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        store.unregister("incoming")
