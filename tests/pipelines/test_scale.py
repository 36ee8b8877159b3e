"""Scale: memory that stays flat from a million rows to ten, over a hundred thousand files, over skewed data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.speed.memory import scanned, write_files, write_rows
from pipelines.sources.parquet import BATCH_BYTES, read_parquet, slice_parquet

#: Megabytes a worker may hold.
MOST = 1_536


@pytest.mark.slow
def test_ten_million_rows_take_the_memory_of_one_million(tmp_path: Path) -> None:
    write_rows(tmp_path / "one/in", 1_000_000)
    write_rows(tmp_path / "ten/in", 10_000_000)
    one, ten = scanned(tmp_path / "one"), scanned(tmp_path / "ten")
    assert (one["rows"], ten["rows"]) == (1_000_000, 10_000_000)
    assert ten["peak MB"] <= MOST
    assert ten["peak MB"] <= 1.1 * one["peak MB"]


@pytest.mark.slow
def test_a_hundred_thousand_small_files_take_the_memory_of_ten_thousand(tmp_path: Path) -> None:
    for name, count in (("few", 10_000), ("many", 100_000)):
        write_files(tmp_path / name / "in", count)
    few, many = scanned(tmp_path / "few"), scanned(tmp_path / "many")
    assert (few["assets"], many["assets"]) == (10_000, 100_000)
    assert many["not examined"] == 0
    assert many["peak MB"] <= MOST
    # The plan, what is found and what the page says lie on disk; of a file a name and its grants are held, and
    # DuckDB fills what it may hold: 1.2 kB.
    assert many["peak MB"] <= few["peak MB"] + 90_000 * 1.2 / 1024


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
