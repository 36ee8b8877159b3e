"""Cells that are one match: what the first look found is what looking again would find. All is invented."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cascade import Cascade, scan_batch
from pipelines.examine.cells import CELLS, Known, Recorder
from pipelines.examine.join_keys import KEY_TYPES, Span, key_rows
from pipelines.keys import KeyRing
from pipelines.seal import Sealer

KEYS = KeyRing(b"a secret of the tests only")
FLOOR = 0.4
PHONES = [
    "090-1234-5678",
    "03-1234-5670",
    "090-1234-5678",
    None,
    "なし",
    "０８０－１２３４－５６７８",
    " 090-1111-2222 ",
]
NAMES = ["山田 太郎", "佐藤花子", "山田 太郎", "担当の鈴木 一郎様", "", None, "ｻﾄｳ ﾊﾅｺ"]
CELLS_OF_A_ROW = st.tuples(st.sampled_from(PHONES), st.sampled_from(NAMES))


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.at("fast", opinions={})


def table(rows: list[tuple[str | None, str | None]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array([row[at] for row in rows], pa.string()) for at in (0, 1)], names=["電話", "氏名"]
    )


def batches(whole: pa.RecordBatch, size: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    for start in range(0, whole.num_rows, size):
        yield start, whole.slice(start, size)


def recorded(cascade: Cascade, whole: pa.RecordBatch, size: int) -> pa.Table:
    """What a first look at batches of `size` rows leaves."""
    recorder, cells = Recorder.over(cascade, KEY_TYPES, FLOOR), [CELLS.empty_table()]
    for start, batch in batches(whole, size):
        scan_batch(batch, cascade=recorder)
        cells.append(recorder.cells(batch, start))
    return pa.concat_tables(cells)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(CELLS_OF_A_ROW, min_size=1, max_size=12), first=st.integers(1, 5), second=st.integers(1, 5)
)
def test_whole_cells_come_out_as_if_they_were_examined_again(
    cascade: Cascade, rows: list[tuple[str | None, str | None]], first: int, second: int
) -> None:
    whole = table(rows)
    cells = recorded(cascade, whole, first)
    inside = scan_batch(whole, cascade=cascade).findings
    everything = scan_batch(whole, cascade=cascade, occurrences="all").findings
    for name in whole.schema.names:
        known = Known(cells.filter((pc.field("field") == name) & (pc.field("score") >= FLOOR)))
        found = [
            {**each, "row": start + each["row"]}
            for start, batch in batches(whole, second)
            for each in known.occurrences(batch.column(name), start).to_pylist()
        ]
        left_out = {row["row"] for row in everything.to_pylist() if row["field"] == name} - {
            row["row"] for row in inside.to_pylist() if row["field"] == name
        }
        expected = [
            row
            for row in everything.to_pylist()
            if row["field"] == name and row["row"] in left_out and row["score"] >= FLOOR
        ]
        assert sorted(found, key=str) == sorted(expected, key=str)


def test_keys_of_known_spans_are_those_of_values_looked_at_again(cascade: Cascade) -> None:
    whole = table([(phone, name) for phone in PHONES for name in NAMES])
    cells = recorded(cascade, whole, 9)
    for name, entity_type in (("電話", "PHONE_NUMBER"), ("氏名", "PERSON")):
        of_type = (pc.field("field") == name) & (pc.field("entity_type") == entity_type)
        known = Known(cells.filter(of_type & pc.field("is_whole")))
        column = whole.column(name)
        spans = {
            value: Span(*(known.cells[each][places[0]].as_py() for each in ("start", "end", "score")))
            for value, places in known.places(column, 0).items()
        }
        assert spans
        again, once = (
            key_rows(name, entity_type, column, [None] * len(column), 0, Sealer(KEYS), each)
            for each in ({}, spans)
        )
        assert once.equals(again)


def test_nothing_kept_of_a_cell_holds_its_value(cascade: Cascade) -> None:
    cells = recorded(cascade, table([("090-1234-5678", "山田 太郎")]), 1)
    assert cells.num_rows == 2
    assert not {"090-1234-5678", "山田 太郎"} & {
        str(value) for row in cells.to_pylist() for value in row.values()
    }
