"""GiNZA within a budget: which windows it reads does not depend on order, what it left out is counted."""

from __future__ import annotations

import pyarrow as pa
import pytest

from detectors.cascade import Cascade, scan_batch
from detectors.second_opinion import second_opinion

pytest.importorskip("ja_ginza")

MEMOS = [
    "来週は小野寺と打ち合わせ。",
    "受付は目黒が対応し、資料を送った。",
    "のし：奥野",
    "商品の在庫を確認した。",
]


def batch(values: list[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"memo": values})


def test_what_the_budget_leaves_out_is_counted_by_field() -> None:
    everything = second_opinion([batch(MEMOS)], budget=100)
    nothing = second_opinion([batch(MEMOS)], budget=0)
    assert not everything.skipped
    assert not nothing.spans
    assert nothing.skipped["memo"] > 0


def test_the_choice_does_not_depend_on_order_or_batches() -> None:
    forwards = second_opinion([batch(MEMOS)], budget=2)
    backwards = second_opinion([batch([value]) for value in reversed(MEMOS)], budget=2)
    assert forwards == backwards


def test_its_spans_stand_beside_those_of_the_rules() -> None:
    opinion = second_opinion([batch(MEMOS)], budget=100)
    scan = scan_batch(batch(MEMOS), cascade=Cascade(opinions=opinion.spans), occurrences="all")
    named = {row["recognizer"] for row in scan.findings.to_pylist() if row["entity_type"] == "PERSON"}
    assert "SpacyNerRecognizer" in named
