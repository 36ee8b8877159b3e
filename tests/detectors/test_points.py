"""Operating points: what each looks for, and that engine, cascade and one text agree at every one of them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Cascade, build_analyzer, find_entities, scan_batch
from detectors.names.spacy_ner import SpacyNerRecognizer
from detectors.registry import Point, recognizers
from detectors.resolver import REPORTED
from detectors.second_opinion import second_opinion
from detectors.vote import STRONG, UNSECONDED, needs_a_second
from pipelines.adhoc.classify import classify
from pipelines.adhoc.stream import detect_lines, detect_text
from tests.cases import CASES

POINTS: tuple[Point, ...] = get_args(Point)
#: Points that need no model; `strict` reads with GiNZA.
LIGHT: tuple[Point, ...] = ("fast", "balanced", "recall")

TEXTS = sorted({case.text for _, case in CASES})
PIECES = [
    *TEXTS[::5],
    "様",
    "さん",
    "担当:",
    "、",
    "\n",
    " ",
    "　",
    "髙橋",
    "小野寺",
    "目黒",
    "𠮷",
    "はうつ病で通院中。",
]
values = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=6).map("".join).filter(
    lambda text: not any("\ud800" <= char <= "\udfff" for char in text)
)  # fmt: skip

Spans = set[tuple[int, int, str, str, float]]


@cache
def engine(point: Point) -> Any:
    return build_analyzer(point=point)


def by_engine(value: str, point: Point) -> Spans:
    return {
        (r.start, r.end, r.entity_type, r.recognition_metadata["recognizer_name"], round(r.score, 5))
        for r in engine(point).analyze(value, language="ja")
    }


def by_text(value: str, point: Point) -> Spans:
    return {
        (each.start, each.end, each.entity_type, each.recognizer, round(each.score, 5))
        for each in find_entities(value, point)
    }


def by_cascade(cells: list[str], cascade: Cascade) -> list[Spans]:
    batch = pa.RecordBatch.from_arrays([pa.array(cells, pa.string())], names=["c"])
    found: list[Spans] = [set() for _ in cells]
    for row in scan_batch(batch, cascade=cascade, occurrences="all").findings.to_pylist():
        found[row["row"]].add(
            (row["start"], row["end"], row["entity_type"], row["recognizer"], round(row["score"], 5))
        )
    return found


def test_every_point_says_from_which_score_it_reports() -> None:
    assert set(POINTS) == set(REPORTED)


@pytest.mark.parametrize("point", LIGHT)
def test_engine_cascade_and_one_text_agree_on_every_fixture(point: Point) -> None:
    texts = [text for text in TEXTS if text]
    for text, found in zip(texts, by_cascade(texts, Cascade.at(point)), strict=True):
        assert found == by_text(text, point) == by_engine(text, point), text


@pytest.mark.parametrize("point", LIGHT)
@settings(deadline=None, max_examples=60)
@given(cells=st.lists(values, min_size=1, max_size=4))
def test_engine_and_cascade_agree_on_any_text(point: Point, cells: list[str]) -> None:
    assert by_cascade(cells, Cascade.at(point)) == [by_engine(cell, point) for cell in cells]


def test_fast_runs_no_tagger() -> None:
    # In a process of its own, whose tagger nobody else has loaded.
    code = (
        "from detectors import find_entities\n"
        "from detectors.names.tagger.decode import decoder\n"
        "text = '昨日、小野寺さんの前職は東亜商事だと伺い、田中様の妻とも話した。'\n"
        "kinds = {each.entity_type for each in find_entities(text, 'fast')}\n"
        "assert kinds >= {'PERSON', 'EMPLOYMENT_HISTORY', 'RELATIONSHIP'}, kinds\n"
        "assert decoder.cache_info().currsize == 0\n"
        "find_entities(text)\n"
        "assert decoder.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_recall_looks_as_balanced_does_and_reports_more() -> None:
    assert recognizers("recall") == recognizers("balanced")
    assert REPORTED["recall"] < REPORTED["balanced"]


def test_detect_prints_what_the_engine_finds_at_every_light_point() -> None:
    lines = b"".join(
        json.dumps({"id": index, "text": text}).encode() + b"\n" for index, text in enumerate(TEXTS)
    )
    for point in LIGHT:
        out = io.StringIO()
        assert detect_lines(io.BytesIO(lines), out, point=point) == 0
        for text, line in zip(TEXTS, out.getvalue().splitlines(), strict=True):
            printed = {
                (start, end, kind, round(score, 3)) for start, end, kind, score in json.loads(line)["spans"]
            }
            reported = {
                (r.start, r.end, r.entity_type, round(r.score, 3))
                for r in engine(point).analyze(text, language="ja")
                if r.score >= REPORTED[point]
                and r.recognition_metadata["personal"]
                and r.entity_type != "JP_CORPORATE_NUMBER"
            }
            assert printed == reported, text


class TestStrict:
    """The vote with GiNZA."""

    @pytest.fixture(autouse=True)
    def _model(self) -> None:
        pytest.importorskip("ja_ginza")

    TEXT = "昨日、田中さんと目黒を訪れた小野寺は帰った。担当：鈴木一郎様。"

    def names(self, point: Point) -> dict[str, float]:
        found = find_entities(self.TEXT, point)
        return {
            self.TEXT[each.start : each.end]: each.score for each in found if each.entity_type == "PERSON"
        }

    def test_a_name_counts_where_a_second_sees_it_or_the_evidence_is_strong(self) -> None:
        balanced, strict = self.names("balanced"), self.names("strict")
        assert strict.keys() <= balanced.keys()
        assert strict["鈴木一郎"] == balanced["鈴木一郎"] >= STRONG
        assert strict["田中"] == balanced["田中"] < STRONG

    def test_a_name_nobody_seconded_is_left_to_the_recall_point(self) -> None:
        assert self.names("balanced")["小野寺"] >= REPORTED["balanced"]
        assert self.names("strict")["小野寺"] == UNSECONDED < REPORTED["strict"]

    def test_a_name_that_is_the_whole_value_needs_no_second(self) -> None:
        assert not needs_a_second(" 田中太郎 ", 1, 5, 0.85)
        assert by_text("田中太郎", "strict") == by_text("田中太郎", "balanced")

    def test_the_second_opinion_adds_no_names(self) -> None:
        texts = [text for text in TEXTS if "様" in text][:20]
        for text in texts:
            assert not any(name == "SpacyNerRecognizer" for *_, name, _ in by_text(text, "strict"))

    def test_engine_cascade_and_one_text_agree(self) -> None:
        texts = [self.TEXT, *[case.text for name, case in CASES if name == "person"][::6]]
        for text, found in zip(texts, by_cascade(texts, Cascade.at("strict")), strict=True):
            assert found == by_text(text, "strict") == by_engine(text, "strict"), text

    def test_a_budget_for_a_whole_part_that_suffices_gives_what_the_engine_gives(self) -> None:
        texts = [self.TEXT, *[case.text for name, case in CASES if name == "person"][::6]]
        batch = pa.RecordBatch.from_pydict({"memo": texts})
        opinion = second_opinion([batch], budget=10_000, role="vote")
        assert not opinion.skipped
        cascade = Cascade.at("strict", opinions=opinion.spans)
        assert by_cascade(texts, cascade) == [by_engine(text, "strict") for text in texts]

    def test_a_window_beyond_the_budget_is_counted_and_its_name_does_not_count(self) -> None:
        batch = pa.RecordBatch.from_pydict({"memo": [self.TEXT]})
        opinion = second_opinion([batch], budget=0, role="vote")
        assert opinion.skipped["memo"] == len(
            [score for score in self.names("balanced").values() if REPORTED["strict"] <= score < STRONG]
        )
        (found,) = by_cascade([self.TEXT], Cascade.at("strict", opinions=opinion.spans))
        counted = {
            self.TEXT[start:end] for start, end, kind, _, score in found if score >= REPORTED["strict"]
        }
        assert counted == {"鈴木一郎"}

    def test_the_recognizer_says_how_many_windows_it_left_unread(self) -> None:
        recognizer = SpacyNerRecognizer(budget=1, role="vote")
        list(recognizer.find(self.TEXT, self.TEXT))
        assert recognizer.skipped >= 1


def test_classify_counts_in_every_fixture_the_rows_in_which_detect_finds_something(tmp_path: Path) -> None:
    columns: dict[str, list[str]] = {}
    for name, case in CASES:
        columns.setdefault(name, []).append(case.text)
    cascade = Cascade.at("balanced")
    for name, texts in columns.items():
        pq.write_table(pa.table({"c_01": texts}), tmp_path / f"{name}.parquet")
        counted: Counter[str] = Counter()
        for text in texts:
            # A cell that is one match as a whole is evidence for its column, not an occurrence.
            if not any(cascade.is_whole(each, text) for each in find_entities(text)):
                counted.update({each.entity_type for each in detect_text(text)})
        (column,) = classify(tmp_path / f"{name}.parquet").columns.values()
        found = {kind: rows for kind, rows in column.found.items() if kind}
        assert found == counted, name
