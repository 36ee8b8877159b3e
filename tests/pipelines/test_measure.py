"""Measuring detection on a labelled sample: the counts are right, the intervals honest, bad samples refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import meibo
from pipelines.adhoc.measure import ALL, Counts, _figure, measure
from pipelines.adhoc.samples import Labelled, labelled, read_sample
from pipelines.errors import Refused

TEXT = "担当は佐藤 花子、電話は090-1234-5678です"
NAME, PHONE = (3, 8, "PERSON"), (12, 25, "PHONE_NUMBER")
MARKED = "担当は⟦PERSON:佐藤 花子⟧、電話は⟦PHONE_NUMBER:090-1234-5678⟧です"


def by_type(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index("entity_type")


def test_marks_are_spans_of_the_text_without_them() -> None:
    assert labelled(MARKED) == Labelled(TEXT, (NAME, PHONE))
    assert labelled("印のない文章") == Labelled("印のない文章")


def test_every_kind_of_file_holds_the_same_sample(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{MARKED}\n\nこの文章には何もない\n", "utf-8")
    rows = [{"text": TEXT, "spans": [NAME, PHONE]}, {"text": "この文章には何もない", "label": []}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    table = [(TEXT, *map(str, NAME)), (TEXT, *map(str, PHONE)), ("この文章には何もない", "", "", "")]
    frame = pd.DataFrame(table, columns=["text", "start", "end", "entity_type"])
    frame.to_csv(tmp_path / "a.csv", index=False, encoding="utf-8-sig")
    expected = [Labelled(TEXT, (NAME, PHONE)), Labelled("この文章には何もない")]
    assert [read_sample(tmp_path / f"a.{kind}") for kind in ("txt", "jsonl", "csv")] == [expected] * 3


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.txt", "よい\n⟦佐藤⟧です", "line 2"),
        ("a.jsonl", "{}", "line 1"),
        ("a.jsonl", '{"text": "佐藤", "spans": [[0, 3, "PERSON"]]}', "line 1"),
        ("a.jsonl", '{"text": "佐藤", "spans": [["0", 2, "PERSON"]]}', "line 1"),
        ("a.jsonl", '{"text": "佐藤"}\n佐藤', "line 2"),
        ("a.jsonl", '"佐藤"', "line 1"),
        ("a.csv", "text,start,end,entity_type\n佐藤,0,x,PERSON\n", "line 2"),
        ("a.csv", "本文\n佐藤\n", "line 2"),
        ("a.csv", "text,start,end,entity_type\n佐藤,,,\n佐藤様,2,1,PERSON\n", "line 3"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_never_quoted(
    tmp_path: Path, name: str, content: str, place: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(Refused) as refused:
        read_sample(tmp_path / name)
    assert refused.value.code == "sample-line"
    assert place in str(refused.value) and "佐藤" not in str(refused.value)


def test_a_type_nobody_knows_is_refused_rather_than_never_found(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "佐藤", "spans": [[0, 2, "PERSONN"]]}', "utf-8")
    with pytest.raises(Refused) as refused:
        read_sample(tmp_path / "a.jsonl")
    assert refused.value.code == "sample-type"
    with pytest.raises(Refused):
        measure([Labelled(TEXT)], types=["NAME"])


@pytest.mark.parametrize("name", ["山田太郎.jsonl", "sample.xlsx"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "sample.xlsx").write_bytes(b"PK")
    with pytest.raises(Refused) as refused:
        read_sample(tmp_path / name)
    assert (refused.value.code, refused.value.place) == ("sample-unreadable", "sample")


def test_right_missed_and_extra_are_counted_by_type() -> None:
    wrong = Labelled("品番は12-3456です", ((3, 10, "PHONE_NUMBER"),))
    found = by_type(meibo.measure([MARKED, wrong, Labelled("佐藤 花子様")], types=["PERSON", "PHONE_NUMBER"]))
    assert found.loc["PERSON", ["right", "missed", "extra"]].tolist() == [1, 0, 1]
    assert found.loc["PHONE_NUMBER", ["right", "missed", "extra"]].tolist() == [1, 1, 0]
    assert found.loc[ALL, ["labelled", "right", "missed", "extra"]].tolist() == [3, 2, 1, 1]
    assert found.loc["PERSON", "precision"] == 0.5 and found.loc["PERSON", "recall"] == 1.0


def test_overlap_forgives_borders_and_exact_does_not() -> None:
    wide = [Labelled(TEXT, ((0, 8, "PERSON"),))]
    assert by_type(meibo.measure(wide)).loc["PERSON", "f1"] == 0.0
    assert by_type(meibo.measure(wide, mode="overlap")).loc["PERSON", "f1"] == 1.0
    assert set(meibo.differences(wide).kind) == {"missed", "extra"}
    assert meibo.differences(wide, mode="overlap").empty


def test_what_is_not_labelled_says_nothing() -> None:
    found = meibo.measure([Labelled(TEXT, (NAME,))])
    assert found.entity_type.tolist() == ["PERSON", ALL]
    assert meibo.measure([]).entity_type.tolist() == [ALL]


def test_differences_are_places_and_hold_no_text() -> None:
    found = meibo.differences(["何もない", Labelled(TEXT, (NAME, (0, 2, "PERSON")))])
    assert found.values.tolist() == [[1, "missed", "PERSON", 0, 2]]


def test_ten_right_out_of_ten_are_no_certainty() -> None:
    few, many = _figure("PERSON", Counts(right=10)), _figure("PERSON", Counts(right=1000))
    assert few.precision[0] == few.recall[0] == few.f1[0] == 1.0
    assert few.recall[1] < 0.85 < 0.99 < many.recall[1]


@given(st.builds(Counts, *[st.integers(0, 500)] * 3))
def test_an_interval_lies_within_0_and_1_and_near_its_rate(counts: Counts) -> None:
    figure = _figure("PERSON", counts)
    for value, low, high in (figure.precision, figure.recall, figure.f1):
        assert 0 <= low < high <= 1
        # NaN where there is nothing to divide by; at the very ends the rate itself is the bound.
        assert value != value or low - 0.15 <= value <= high + 0.15


def test_columns_are_measured_by_their_type() -> None:
    frame = pd.DataFrame(
        {
            "連絡先": [f"090-1234-{n:04}" for n in range(30)],
            "数量": range(30),
            "番号": [f"080-1234-{n:04}" for n in range(30)],
        }
    )
    found = by_type(
        meibo.measure_columns([(frame, {"連絡先": "PHONE_NUMBER", "数量": None, "番号": "PERSONAL_ID"})])
    )
    assert found.loc["PHONE_NUMBER", ["right", "missed", "extra"]].tolist() == [1, 0, 1]
    assert found.loc["PERSONAL_ID", ["right", "missed", "extra"]].tolist() == [0, 1, 0]
    with pytest.raises(Refused):
        meibo.measure_columns([(frame, {"ない列": "PERSON"})])
