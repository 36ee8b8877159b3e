"""``make bench-store``: reports, subject search and incident scope on a large store, in seconds.

The store is invented from a seed: 5,000 assets, some five million findings and as many value keys about 400,000
persons, a million rows of registers, two scans. It is written through the real schema; whatever a load works out
from the rows (`pipelines.load.derive`) is worked out by the same code. The result is written to
``benchmarks/results/store.json`` with machine and versions.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.store_rows import MAILING, PERSON, WHOLE, Size, write_rows
from pipelines.config import load_estate
from pipelines.incident.question import Question
from pipelines.incident.scope import scope_of
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.load import derive
from pipelines.policies import load_policies
from pipelines.reports.page import render_page
from pipelines.reports.runner import list_reports, report_from
from pipelines.store.database import open_writer, publish, rewriting, transaction, with_room
from pipelines.store.reader import Reader
from pipelines.subject import search, show
from pipelines.subject.holdings import holdings
from pipelines.subject.linking import build_subjects

RESULTS = Path(__file__).parent / "results" / "store.json"
KNOWN_ON = date(2026, 11, 20)

#: Days of the two scans.
DAYS = (datetime(2026, 11, 19, 18, tzinfo=UTC), datetime(2026, 11, 20, 18, tzinfo=UTC))

ESTATE = """\
name: benchmark
timezone: Asia/Tokyo
sources: [{name: db00, kind: files, path: .}]
"""

#: Has all people linked anew.
FORGET = ("DELETE FROM subject_state",)

#: One part in a hundred becomes another, in which a tenth of the rows is missing.
CHANGE = (
    """CREATE TEMP TABLE g_new AS
    SELECT DISTINCT part_id, md5(part_id || 'new') AS new FROM current_part
    WHERE hash(part_id) % 100 = 0""",
    "INSERT INTO part SELECT part.* REPLACE (new AS part_id) FROM part JOIN g_new USING (part_id)",
    """INSERT INTO value_key SELECT value_key.* REPLACE (new AS part_id) FROM value_key JOIN g_new USING (part_id)
    WHERE row % 10 > 0""",
    """INSERT INTO record SELECT record.* REPLACE (new AS part_id) FROM record JOIN g_new USING (part_id)
    WHERE row % 10 > 0""",
    """UPDATE scan_part SET part_id = new FROM g_new
    WHERE g_new.part_id = scan_part.part_id AND scan_id = (SELECT scan_id FROM current_scan)""",
    "DROP TABLE g_new",
)

LINKINGS = {"people, linked from scratch": FORGET, "people, with 1% of the parts new": CHANGE}

Seconds = dict[str, float]


def measured(work: Callable[[], object]) -> Seconds:
    """Return the seconds `work` takes: CPU time of the process (all threads) and wall time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"cpu": round(time.process_time() - cpu, 2), "wall": round(time.perf_counter() - wall, 2)}


def write_store(home: Path, size: Size) -> Seconds:
    """Write the store below `home` and publish it; return what deriving the second scan took."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "estate.yaml").write_text(ESTATE, "utf-8")
    job = Job(load_estate(home / "estate.yaml"), layout_of(home), KeyRing(bytes(range(32))))
    job.layout.create()
    policies = load_policies()
    taken: Seconds = {}
    for number, finished in enumerate(DAYS, 1):
        scan_id = f"{finished:%Y%m%dT%H%M%SZ}-{number:08d}"
        # The rows of a whole scan at once: more than DuckDB may hold for a store that is small yet.
        with open_writer(job.layout) as store, transaction(store):
            store.execute("RESET memory_limit")
            write_rows(store, size, number, scan_id, finished - timedelta(minutes=40), finished, job.keys)
        with rewriting(job.layout) as store:
            work = partial(derive, store, job, scan_id, policies)
            taken = measured(partial(with_room, store, work))
    publish(job.layout)
    return taken


def layout_of(home: Path) -> Layout:
    """Return where the benchmark's store lies."""
    return Layout(home / "out")


def measure(store: Path) -> dict[str, dict[str, Seconds]]:
    """Measure every report on one reader, the page, a subject's search and two incidents."""
    with Reader(store) as reader:
        reports = {
            report.name: measured(partial(report_from, reader, report.name)) for report in list_reports()
        }
    with tempfile.TemporaryDirectory() as pages:
        # The second finds what the first kept of the scan before, as on every night but the first.
        first, nightly = (measured(lambda: render_page(store, Path(pages))) for _ in range(2))
    return {
        "reports": reports,
        "answers": {
            "report.html": nightly,
            "report.html, nothing kept of the scan before": first,
            "subject by member number": measured(lambda: _subject(store, ("PERSONAL_ID", "member"))),
            "subject by name": measured(lambda: _subject(store, ("PERSON", "name"))),
            "incident: an asset of a million rows": measured(lambda: _incident(store, assets=(WHOLE,))),
            "incident: a mailing": measured(lambda: _incident(store, mailings=(MAILING,))),
        },
    }


def measure_linking(home: Path) -> dict[str, Seconds]:
    """Measure linking all people of a copy of the store, and again after one part in a hundred is another.

    Each in a process of its own, whose memory at most is told in MB.
    """
    with tempfile.TemporaryDirectory(dir=home) as scratch:
        copy = Layout(Path(scratch)).create()
        shutil.copyfile(layout_of(home).writer, copy.writer)
        return {name: _alone(partial(_link, copy, prepared)) for name, prepared in LINKINGS.items()}


def _alone(work: Callable[[], Seconds]) -> Seconds:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        return alone.submit(work).result()


def _link(layout: Layout, prepared: tuple[str, ...]) -> Seconds:
    with open_writer(layout) as store:
        for statement in prepared:
            store.execute(statement)
        with transaction(store):
            taken = measured(partial(build_subjects, store))
    return taken | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


def _subject(store: Path, asked_by: tuple[str, str]) -> None:
    """Do what `meibo subject` does once the identifier is sealed."""
    entity_type, kind = asked_by
    with Reader(store) as reader:
        key = reader.arrow(PERSON, {"type": entity_type})["value_key"][0].as_py()
        asked = [search.Asked(kind, key, None)]
        found = search.candidates(reader, asked)
        show.candidates_table(reader, found)
        rows = holdings(reader, found[0].subject_id, asked)
        show.holdings_table(reader, rows, revealed=False)


def _incident(store: Path, assets: tuple[str, ...] = (), mailings: tuple[str, ...] = ()) -> None:
    question = Question(assets=assets, mailings=mailings, known_on=KNOWN_ON)
    with Reader(store) as reader:
        scope_of(reader, question, load_policies().leak_report)


def counts(store: Path) -> dict[str, int]:
    """Return how much the store holds."""
    tables = ("asset", "part", "field", "finding", "value_key", "record", "event_day", "access", "subject")
    with Reader(store) as reader:
        return {
            table: int(reader.arrow(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py()) for table in tables
        }


def main() -> None:
    """Write the store unless it is kept from before, measure, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="directory the store is kept in and taken from")
    parser.add_argument("--scale", type=float, default=1.0, help="1: ten million findings and keys")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = given.keep or Path(scratch)
        store = layout_of(home).store
        derived = None if store.exists() else write_store(home, Size.of(given.scale))
        taken = measure(store)
        taken["answers"] |= measure_linking(home)
        result = {
            "store": counts(store),
            "megabytes": store.stat().st_size >> 20,
            "derived": derived,
            **taken,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "versions": {name: version(name) for name in ("duckdb", "pyarrow")},
        }
    if given.scale == 1:
        RESULTS.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for name, seconds in sorted(
        {**taken["reports"], **taken["answers"]}.items(), key=lambda item: -item[1]["cpu"]
    ):
        print(f"{name:40} {seconds['cpu']:7.2f} CPU s {seconds['wall']:7.2f} s")


if __name__ == "__main__":
    main()
