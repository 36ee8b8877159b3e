"""Peak memory of scans: a million rows and ten, ten thousand files and a hundred thousand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.speed.timing import Json

#: A scan in a process of its own: what it found, and the most memory it ever held. That is asked of the kernel's
#: `VmHWM`: `ru_maxrss` begins with what the process that started this one held.
_SCAN = """
import json, logging, re, sys, time
from pathlib import Path
from benchmarks.speed.nights import KEYS
from pipelines.config import Estate
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.scan import scan
logging.disable(logging.INFO)
home = Path(sys.argv[1])
estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": str(home / "in")}]})
summary = scan(Job(estate, Layout(home / "out"), KEYS), workers=1)
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(json.dumps({
    "rows": sum(each.rows for each in summary.sources), "assets": sum(each.assets for each in summary.sources),
    "not examined": summary.not_examined, "CPU seconds": round(time.process_time()),
    "peak MB": round(int(peak[1]) / 1024),
}))
"""

_GROUP = 100_000
_NOTES = (
    "特になし。",
    "担当の山田 太郎様より電話。",
    "折り返しは 080-1234-5678 へ。",
    "解約の相談。次回は店舗で。",
)


def peaks(home: Path) -> Json:
    """Return what scans of growing size took."""
    made: dict[str, Callable[[Path], None]] = {
        "1,000,000 rows": partial(write_rows, rows=1_000_000),
        "10,000,000 rows": partial(write_rows, rows=10_000_000),
        "10,000 files": partial(write_files, count=10_000),
        "100,000 files": partial(write_files, count=100_000),
    }
    told: Json = {}
    for number, (name, write) in enumerate(made.items()):
        write(home / str(number) / "in")
        told[name] = scanned(home / str(number))
        print(name, told[name], flush=True)
    return told


def write_rows(folder: Path, rows: int) -> None:
    """Write a Parquet table of orders: a number, a shop, an amount, a note that is sometimes about a person."""
    folder.mkdir(parents=True)
    random = Random(1)
    schema = pa.schema(
        [("id", pa.int64()), ("店舗", pa.string()), ("金額", pa.int64()), ("備考", pa.string())]
    )
    with pq.ParquetWriter(folder / "orders.parquet", schema, compression="zstd") as writer:
        for start in range(0, rows, _GROUP):
            columns = {
                "id": range(start, start + _GROUP),
                "店舗": random.choices(("千葉店", "本店", "宮崎店"), k=_GROUP),
                "金額": [random.randrange(100, 100_000) for _ in range(_GROUP)],
                "備考": random.choices(_NOTES, k=_GROUP),
            }
            writer.write_table(pa.table(columns, schema=schema))


def write_files(folder: Path, count: int) -> None:
    """Write small text files, five hundred to a directory."""
    for number in range(count):
        below = folder / f"d{number // 500:03}"
        below.mkdir(parents=True, exist_ok=True)
        text = f"担当の山田 太郎様へ 080-1234-{number % 10_000:04} から連絡。在庫 {number} を確認。\n"
        (below / f"note_{number:06}.txt").write_text(text, "utf-8")


def scanned(home: Path) -> Json:
    """Scan the files below ``in`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _SCAN, str(home)],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    told: Json = json.loads(done.stdout.splitlines()[-1])
    return told
