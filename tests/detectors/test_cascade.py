"""The two invariants of the cascade: a finding depends only on its value, and equals what the engine says."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import build_analyzer, scan_batch
from detectors.registry import find_entities
from tests.cases import CASES

#: Pieces a value is put together from: what recognizers look for, what surrounds it, what breaks it.
PIECES = [
    *sorted({case.text for _, case in CASES})[::7],
    "様", "さん", "担当:", "電話", "〒", "-", "－", "ー", " ", "　", "\n", "、", "(", "）", "0", "９", "12",
    "山田", "太郎", "髙橋", "東京都", "千代田区", "丸の内", "1-1-1", "090", "@", "example.jp", "🍣", "\u202e",
    "𠮷", "a\u0301", "\x00", "ｶｰﾄﾞ番号", "ﾊﾟ", "ﾔﾏﾀﾞ ﾀﾛｳ", "葛\U000e0100飾区", "か\u3099", "\u200b",
]  # fmt: skip

values = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=8)
    .map("".join)
    .filter(encodable := (lambda text: not any("\ud800" <= char <= "\udfff" for char in text)))
)


@lru_cache(maxsize=1)
def engine() -> Any:
    return build_analyzer(ner="off")


def spans_of_engine(value: str) -> set[tuple[Any, ...]]:
    return {
        (r.start, r.end, r.entity_type, r.recognition_metadata["recognizer_name"], round(r.score, 5))
        for r in engine().analyze(value, language="ja")
    }


def spans_of_cascade(cells: list[str | None]) -> list[set[tuple[Any, ...]]]:
    batch = pa.RecordBatch.from_arrays([pa.array(cells, pa.string())], names=["c"])
    found: list[set[tuple[Any, ...]]] = [set() for _ in cells]
    for row in scan_batch(batch, occurrences="all").findings.to_pylist():
        found[row["row"]].add(
            (row["start"], row["end"], row["entity_type"], row["recognizer"], round(row["score"], 5))
        )
    return found


@settings(deadline=None, max_examples=150)
@given(st.lists(values | st.none(), min_size=1, max_size=6))
def test_the_cascade_finds_what_the_engine_finds_in_every_cell(cells: list[str | None]) -> None:
    assert spans_of_cascade(cells) == [set() if cell is None else spans_of_engine(cell) for cell in cells]


@settings(deadline=None, max_examples=50)
@given(st.lists(values, min_size=2, max_size=6), st.randoms())
def test_a_finding_does_not_depend_on_its_neighbours(cells: list[str], random: Any) -> None:
    alone = {cell: spans_of_cascade([cell])[0] for cell in cells}
    random.shuffle(cells)
    assert spans_of_cascade(cells) == [alone[cell] for cell in cells]


def test_the_cascade_equals_the_engine_on_real_text(corpora: Path) -> None:
    rows = [
        json.loads(line) for line in (corpora / "biz_templated.jsonl").read_text("utf-8").splitlines()[::10]
    ]
    texts = [row["text"] for row in rows]
    assert spans_of_cascade(texts) == [spans_of_engine(text) for text in texts]


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800", "電話\udfff090-1234-5678", "\x00\x01", "\u200f090-1234-5678"]
)
def test_odd_text_raises_nothing_and_offsets_stay(text: str) -> None:
    for found in find_entities(text):
        assert 0 <= found.start < found.end <= len(text)


def test_occurrences_text_leaves_whole_cells_to_evidence() -> None:
    batch = pa.RecordBatch.from_pydict({"tel": ["090-1234-5678", "自宅 090-1234-5678", None]})
    scan = scan_batch(batch)
    assert [row["row"] for row in scan.findings.to_pylist() if row["entity_type"] == "PHONE_NUMBER"] == [1]
    phone = next(row for row in scan.evidence.to_pylist() if row["entity_type"] == "PHONE_NUMBER")
    assert (phone["rows"], phone["values"], phone["whole"], phone["matched"]) == (3, 2, 1, 2)


def test_nested_columns_are_scanned_by_path() -> None:
    cells = [{"contact": {"mail": "taro@example.jp"}, "tags": ["x", "mail hanako@example.jp"]}]
    scan = scan_batch(pa.RecordBatch.from_pylist([{"person": cell} for cell in cells]), occurrences="all")
    assert {row["field"] for row in scan.findings.to_pylist()} >= {"person.contact.mail", "person.tags"}
