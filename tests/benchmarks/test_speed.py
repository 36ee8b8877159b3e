"""The table the speed benchmarks scan says of itself what is true. All persons are invented."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from benchmarks.speed.table import TEXT, customers, given_names, surnames, texts
from benchmarks.speed.timing import ratio, short
from detectors.names import gazetteer
from detectors.text import fold


def test_the_table_comes_out_of_its_seed() -> None:
    made = customers(200)
    assert made.rows.equals(customers(200).rows) and made.rows.num_columns == 17
    assert not made.rows.equals(customers(200, seed=2).rows)
    assert all(customers(rows).rows.num_rows == rows for rows in (1, 16))


def test_the_truth_says_where_in_a_note_what_stands() -> None:
    made = customers(200)
    rows = made.rows.to_pylist()
    column = {"PERSON": "氏名", "PHONE_NUMBER": "電話番号", "JP_ADDRESS": "住所", "EMAIL_ADDRESS": "メール"}
    told = made.truth.to_pylist()
    assert {each["entity_type"] for each in told} == set(column)
    for each in told:
        row = rows[each["row"]]
        assert row[TEXT][each["start"] : each["end"]] == row[column[each["entity_type"]]]


def test_a_fifth_of_the_names_stands_in_no_dictionary() -> None:
    for names, known in ((surnames(), gazetteer.is_surname), (given_names(), gazetteer.is_given)):
        assert names.known.mean() == pytest.approx(0.8, abs=0.01)
        held_out = [
            name for name, kept in zip(names.written.to_pylist(), names.known, strict=True) if not kept
        ]
        assert not any(known(fold(name)) for name in held_out)


def test_letters_are_as_long_as_asked_for() -> None:
    assert pc.sum(pc.utf8_length(texts(20_000))).as_py() == pytest.approx(20_000, rel=0.15)


def test_a_ratio_is_that_of_paired_rounds() -> None:
    assert ratio([10.0, 20.0, 60.0], [1.0, 4.0, 6.0]) == {"ratio": 10.0, "range": [5.0, 10.0]}
    assert short(1234.5) == 1230.0
