"""``make bench``: Meibo's cascade against Presidio's batch engine with the same recognizers, in one run.

CPU time of one process, interleaved pairs, medians: trust the ratio, not the seconds. The result is written to
``benchmarks/results/presidio.json`` with machine and versions.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "ARROW_NUM_THREADS"):
    os.environ[threads] = "1"

import pyarrow as pa
from presidio_analyzer import BatchAnalyzerEngine

from benchmarks.table import customers
from detectors import build_analyzer, scan_batch

ROWS = 65_536
#: Presidio is given fewer rows: it takes every cell one by one, so its rate does not depend on their number.
PRESIDIO_ROWS = 512
PAIRS = 3
RESULTS = Path(__file__).parent / "results" / "presidio.json"


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds `work` takes in this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Run the pairs, print the table, write the results."""
    batch = customers(ROWS).combine_chunks().to_batches()[0]
    rows = batch.slice(0, PRESIDIO_ROWS)
    cells = {name: [str(value) for value in rows.column(name).to_pylist()] for name in rows.schema.names}
    engine = BatchAnalyzerEngine(build_analyzer(ner="off"))

    def meibo() -> object:
        return scan_batch(batch, occurrences="all")

    def presidio() -> object:
        return list(engine.analyze_dict(cells, language="ja", batch_size=64))

    scan_batch(rows)
    presidio()  # dictionaries are loaded, pages are warm
    pairs = [(ROWS / cpu_seconds(meibo), PRESIDIO_ROWS / cpu_seconds(presidio)) for _ in range(PAIRS)]
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    result = {
        "table": f"{ROWS:,} rows x {batch.num_columns} columns",
        "meibo_rows_per_cpu_second": round(statistics.median(ours for ours, _ in pairs)),
        "presidio_rows_per_cpu_second": round(statistics.median(theirs for _, theirs in pairs)),
        "ratio": round(statistics.median(ratios), 1),
        "ratio_range": [round(ratios[0], 1), round(ratios[-1], 1)],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("presidio-analyzer", "pyarrow", "sudachipy")},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for name, value in result.items():
        print(f"{name:30} {value}")


if __name__ == "__main__":
    pa.set_cpu_count(1)
    main()
