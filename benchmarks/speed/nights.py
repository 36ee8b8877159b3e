"""Nights: a full scan, an unchanged one, nights after some of the table changed; start and load."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.speed.table import customers
from benchmarks.speed.timing import Json, cpu_seconds, median, ratio, short
from pipelines import detect
from pipelines import scan as scanning
from pipelines.config import Estate
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.load import _insert_parts, load
from pipelines.results import ScanResult
from pipelines.steps import load_assets
from pipelines.store.database import bounds, open_writer

Item = TypeVar("Item")

KEYS = KeyRing(bytes(range(32)))
GROUPS, LOADS = 100, 3
#: CPU seconds of the full scan the targets are about.
FULL = 300
_START = """
import sys
from benchmarks.speed import nights
nights.scan_until_first_part(*sys.argv[1:])
"""


def nights(rows: int, home: Path) -> Json:
    """Return CPU seconds of a full scan and of the nights after it, page and load included, start-up not.

    The start-up (imports, dictionaries) is paid before by scanning a small table; values seen on an earlier night
    are forgotten.
    """
    night(job(home / "warm", customers(200, seed=7).rows, groups=2))
    share = home / "share"
    table = customers(rows).rows
    on = job(share, table)
    kept: list[ScanResult] = []
    told: Json = {"rows": rows, "parts": GROUPS, "full": night(on, kept)}
    for percent in (0, 1, 10):
        if percent:
            write(share, _changed(table, rows * percent // 100, str(percent)))
        taken = night(on)
        told[f"{percent} % changed"] = taken
        told[f"{percent} % changed, share"] = short(taken / told["full"])
        # What does not grow with the data, against a scan as long as the targets ask for.
        fixed = max(taken - told["full"] * percent / 100, 0.0)
        told[f"{percent} % changed, share of {FULL} s"] = short(fixed / FULL + percent / 100)
    return told | {"load": _loaded(on, kept[0])}


def night(on: Job, kept: list[ScanResult] | None = None) -> float:
    """Scan once in this process; return its CPU seconds."""
    detect.forget()

    def load_and_keep(*given: Any) -> ScanResult:
        result = load_assets(*given)
        if kept is not None:
            kept.append(result)
        return result

    with patch.object(scanning, "load_assets", load_and_keep):
        return short(cpu_seconds(partial(scanning.scan, on, workers=1)))


def job(share: Path, table: pa.Table, groups: int = GROUPS) -> Job:
    """Write the table as one Parquet file in so many row groups; return the job that scans it."""
    write(share, table, groups)
    estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": str(share)}]})
    return Job(estate, Layout(share.with_name(f"{share.name}-out")), KEYS)


def write(share: Path, table: pa.Table, groups: int = GROUPS) -> None:
    """Write the table; wait until its file is old enough to be trusted."""
    share.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, share / "customers.parquet", row_group_size=-(-len(table) // groups))
    time.sleep(0.2)


def _changed(table: pa.Table, rows: int, mark: str) -> pa.Table:
    at = table.schema.get_field_index("会員番号")
    numbers = table["会員番号"].to_pylist()
    numbers[:rows] = [f"{number}{mark}" for number in numbers[:rows]]
    return table.set_column(at, "会員番号", pa.array(numbers))


def _loaded(on: Job, result: ScanResult) -> Json:
    """Compare loading the full scan into an empty store with DuckDB inserting the same Parquet."""
    parts = [part for asset in result.assets for part in asset.parts]
    paths = {
        table: [str(on.layout.work / path) for part in parts if (path := getattr(part, name)) is not None]
        for table, name in (("finding", "findings"), ("value_key", "keys"))
    }
    rows = sum(pq.read_metadata(path).num_rows for each in paths.values() for path in each)
    ours, theirs, whole = [], [], []
    for number in range(LOADS):
        layout = Layout(on.layout.out.with_name(f"load-{number}")).create()
        shutil.copytree(on.layout.work, layout.work, dirs_exist_ok=True)
        again = Job(on.estate, layout, KEYS)
        with open_writer(layout) as store:
            ours.append(cpu_seconds(partial(_insert_ours, store, again, result)))
        layout.writer.unlink()
        whole.append(cpu_seconds(partial(load, again, result)))
        theirs.append(cpu_seconds(partial(_insert_theirs, layout.out / "bare.duckdb", paths)))
    return {
        "rows": rows,
        "rows per CPU second": short(rows / median(ours)),
        "rows per CPU second, all derived": short(rows / median(whole)),
        "rows per CPU second, DuckDB alone": short(rows / median(theirs)),
        "ours / DuckDB": ratio(theirs, ours),
    }


def _insert_ours(store: duckdb.DuckDBPyConnection, on: Job, result: ScanResult) -> None:
    _insert_parts(store, on, result)
    store.execute("CHECKPOINT")


def _insert_theirs(path: Path, paths: dict[str, list[str]]) -> None:
    """Insert the Parquet files into bare tables: no part ids, no checks, one transaction."""
    with duckdb.connect(str(path), config=bounds(path)) as store:
        for table, files in paths.items():
            store.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet(?) LIMIT 0", [files])
            store.execute(f"INSERT INTO {table} SELECT * FROM read_parquet(?)", [files])
        store.execute("CHECKPOINT")


def start(home: Path) -> Json:
    """Return seconds from the start of a process until the first part of a table is examined."""
    on = job(home / "start", customers(2_000, seed=8).rows, groups=10)
    done = subprocess.run(
        [sys.executable, "-c", _START, str(on.layout.out), str(home / "start")],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    told: Json = json.loads(done.stdout)
    return told


def scan_until_first_part(out: str, share: str) -> None:
    """Scan, and print at the first part that was examined how long it took until then."""
    estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": share}]})

    def track(
        items: Iterable[Item], step: str, total: float, weigh: Callable[[Any], float] | None = None
    ) -> Iterator[Item]:
        for item in items:
            if step == "detect":
                print(json.dumps({"CPU seconds": short(time.process_time())}), flush=True)
                os._exit(0)
            yield item

    scanning.scan(Job(estate, Layout(Path(out)), KEYS), workers=1, progress=track)
