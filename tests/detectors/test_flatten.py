"""Columns as text: numbers are their digits whatever type holds them, and no cell keeps others from being read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from detectors.cascade import scan_batch
from detectors.flatten import as_text, columns_of


def texts(column: pa.Array) -> list[str | None]:
    ((_, flat),) = columns_of(pa.RecordBatch.from_arrays([column], names=["a"]))
    found: list[str | None] = as_text(flat).to_pylist()
    return found


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        ([621498320257.0, None, 9012345678.0, -1.0, 0.0], pa.float64(),
         ["621498320257", None, "9012345678", "-1", "0"]),
        ([1.5, 1e300, float("nan"), float("inf")], pa.float64(), ["1.5", "1e+300", "nan", "inf"]),
        ([2.0, 0.5], pa.float16(), ["2", "0.5"]),
        ([4111111111111111.0, 2.0**53], pa.float64(), ["4111111111111111", "9.007199254740992e+15"]),
        ([Decimal("621498320257.0000000000"), Decimal("1.1"), None], pa.decimal128(38, 10),
         ["621498320257", "1.1000000000", None]),
        ([Decimal(100), Decimal(-20)], pa.decimal128(10, 0), ["100", "-20"]),
    ],
)  # fmt: skip
def test_a_whole_number_is_its_digits(
    values: list[Any], kind: pa.DataType, written: list[str | None]
) -> None:
    assert texts(pa.array(values, kind)) == written


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list, pa.list_view, pa.large_list_view])
def test_the_items_of_a_list_are_lines(kind: Any) -> None:
    cells = pa.array([["山田 太郎", None], None, [], ["鈴木"]], kind(pa.string()))
    assert texts(cells) == ["山田 太郎\nnull", None, "", "鈴木"]
    assert texts(cells.slice(3)) == ["鈴木"]
    assert texts(pa.array([[621498320257.0, 0.5], None], kind(pa.float64()))) == ["621498320257\n0.5", None]


def test_a_number_that_went_through_a_float_counts_as_the_number() -> None:
    cells = ["123456789018.0", "", "v2.0", "1234.0", "第1234567.0号"]
    assert as_text(pa.array(cells)).to_pylist() == ["123456789018", *cells[1:]]
    numbers = ["4539148803436467", None] * 20
    written, plain = (
        scan_batch(pa.record_batch({"支払": [number and number + end for number in numbers]})).evidence
        for end in (".0", "")
    )
    assert written == plain
    assert "CREDIT_CARD" in plain["entity_type"].to_pylist()


def test_a_moment_python_or_this_machine_does_not_know_hides_nothing() -> None:
    assert texts(pa.array([0], pa.timestamp("s", "Mars/Phobos"))) == ["1970-01-01 00:00:00"]
    ((out_of_range,),) = [texts(pa.array([[2**62]], pa.list_(pa.timestamp("s"))))]
    assert out_of_range is not None
