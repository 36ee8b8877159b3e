"""Scale: memory that stays flat from a million rows to ten, over a hundred thousand files, over skewed data."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sources.parquet import BATCH_BYTES, read_parquet, slice_parquet
from tests.commands import environment

#: Bytes a worker may hold (issue 4).
MOST = 1.5 * 1024**3

#: A scan in a process of its own: what it found, and the most memory it ever held.
SCAN = """
import json, logging, resource, sys, time
from pathlib import Path
from pipelines.config import load_estate
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.scan import scan
logging.basicConfig(level=logging.WARNING)
home = Path(sys.argv[1])
began = time.process_time()
job = Job(load_estate(home / "estate.yaml"), Layout(home / "out"), KeyRing.from_environment())
summary = scan(job, workers=1)
print(json.dumps({
    "rows": sum(each.rows for each in summary.sources), "assets": sum(each.assets for each in summary.sources),
    "not_examined": summary.not_examined, "seconds": time.process_time() - began,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""

GROUP = 100_000
NOTES = (
    "特になし。",
    "担当の山田 太郎様より電話。",
    "折り返しは 080-1234-5678 へ。",
    "解約の相談。次回は店舗で。",
)


def scanned(home: Path) -> dict[str, Any]:
    (home / "estate.yaml").write_text("sources: [{name: share, kind: files, path: in}]\n")
    done = subprocess.run(
        [sys.executable, "-c", SCAN, home],
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=7_200,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(home.name, told)
    return told


def write_rows(path: Path, rows: int) -> None:
    """Write a Parquet table of orders: a number, a shop, an amount, a note that is sometimes about a person."""
    path.parent.mkdir(parents=True)
    random = Random(1)
    schema = pa.schema(
        [("id", pa.int64()), ("店舗", pa.string()), ("金額", pa.int64()), ("備考", pa.string())]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, rows, GROUP):
            columns = {
                "id": range(start, start + GROUP),
                "店舗": random.choices(("千葉店", "本店", "宮崎店"), k=GROUP),
                "金額": [random.randrange(100, 100_000) for _ in range(GROUP)],
                "備考": random.choices(NOTES, k=GROUP),
            }
            writer.write_table(pa.table(columns, schema=schema))


@pytest.mark.slow
@pytest.mark.scale
def test_ten_million_rows_take_the_memory_of_one_million(tmp_path: Path) -> None:
    write_rows(tmp_path / "one/in/orders.parquet", 1_000_000)
    write_rows(tmp_path / "ten/in/orders.parquet", 10_000_000)
    one, ten = scanned(tmp_path / "one"), scanned(tmp_path / "ten")
    assert (one["rows"], ten["rows"]) == (1_000_000, 10_000_000)
    assert ten["peak"] <= MOST
    # DuckDB may hold 512 MB while it loads (`pipelines.store.database.MEMORY`); a million rows do not fill them.
    assert ten["peak"] <= one["peak"] + (512 << 20)


@pytest.mark.slow
@pytest.mark.scale
def test_a_hundred_thousand_small_files_take_the_memory_of_ten_thousand(tmp_path: Path) -> None:
    for name, count in (("few", 10_000), ("many", 100_000)):
        for number in range(count):
            folder = tmp_path / name / "in" / f"d{number // 500:03}"
            folder.mkdir(parents=True, exist_ok=True)
            text = f"担当の山田 太郎様へ 080-1234-{number % 10_000:04} から連絡。在庫 {number} を確認。\n"
            (folder / f"note_{number:06}.txt").write_text(text, "utf-8")
    few, many = scanned(tmp_path / "few"), scanned(tmp_path / "many")
    assert (few["assets"], many["assets"]) == (10_000, 100_000)
    assert many["not_examined"] == 0
    # Here one process does all: what is planned, granted and found of a file is held until the load, about 14 kB.
    assert many["peak"] <= few["peak"] + 90_000 * 16_000
    assert many["seconds"] <= 15 * few["seconds"]


def skewed(path: Path, make: Callable[[int], str], rows: int, **options: Any) -> None:
    table = pa.table({"memo": [make(number) for number in range(rows)]})
    pq.write_table(table, path, row_group_size=rows, **options)


def test_one_large_row_group_is_read_in_small_batches(tmp_path: Path) -> None:
    # Ten long texts, repeated: a few pages on disk, four hundred megabytes in memory.
    texts = [str(number) * 4_000 for number in range(10)]
    skewed(tmp_path / "a.parquet", lambda number: texts[number % 10], 100_000)
    assert (tmp_path / "a.parquet").stat().st_size < 1_000_000
    sizes = [
        batch.nbytes for batch in read_parquet(tmp_path / "a.parquet") if isinstance(batch, pa.RecordBatch)
    ]
    assert sum(sizes) > 400_000_000 and max(sizes) <= 1.2 * BATCH_BYTES


def test_a_row_group_is_named_by_what_it_holds_and_not_by_where_it_lies(tmp_path: Path) -> None:
    schema = pa.schema([("memo", pa.string())])
    groups = [pa.table({"memo": [f"{n} {k}" for k in range(2_000)]}, schema=schema) for n in range(4)]

    def digests(path: Path, order: list[int]) -> list[str]:
        with pq.ParquetWriter(path, schema) as writer:
            for number in order:
                writer.write_table(groups[number])
        return [each.digest for each in slice_parquet(path)]

    first = digests(tmp_path / "a.parquet", [0, 1, 2])
    assert len(set(first)) == 3
    assert digests(tmp_path / "b.parquet", [3, 2, 0, 1])[1:] == [first[2], first[0], first[1]]


def test_many_small_row_groups_are_put_together(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": range(300_000)}), tmp_path / "a.parquet", row_group_size=100)
    slices = list(slice_parquet(tmp_path / "a.parquet"))
    assert sum(each.rows for each in slices) == 300_000
    assert len(slices) < 100
