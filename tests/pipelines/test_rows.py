"""Rows of a report: columns that read as the list of dictionaries they stand for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.reports.rows import Packed, Rows

ROW = st.fixed_dictionaries(
    {
        "text": st.none() | st.sampled_from(["要確認", "", "k:0123"]),
        "number": st.none() | st.integers(-5, 5),
        "share": st.none() | st.floats(0, 1),
        "flag": st.none() | st.booleans(),
        "day": st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)),
        "moment": st.none()
        | st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        "words": st.none() | st.lists(st.none() | st.sampled_from(["一", "二"]), max_size=3),
    }
)
SCHEMA = pa.schema(
    {
        "text": pa.string(),
        "number": pa.int64(),
        "share": pa.float64(),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "moment": pa.timestamp("us", "UTC"),
        "words": pa.list_(pa.string()),
    }
)


@settings(deadline=None)
@given(st.lists(ROW, max_size=12), st.sampled_from(["as they are", "packed", "in a file"]), st.data())
def test_rows_read_as_the_list_they_stand_for_packed_or_not(
    listed: list[dict[str, object]], how: str, data: st.DataObject
) -> None:
    table = pa.Table.from_pylist(listed, schema=SCHEMA)
    with NamedTemporaryFile() as file:
        path = Path(file.name) if how == "in a file" else None
        # Batches of three: what is asked for lies in several.
        rows = Rows(table) if how == "as they are" else Packed(table.to_reader(max_chunksize=3), path)
        check(rows, listed, data)


def check(rows: Rows, listed: list[dict[str, object]], data: st.DataObject) -> None:
    assert rows == listed and listed == rows and list(rows) == listed and len(rows) == len(listed)
    start, end = data.draw(st.integers(0, 12)), data.draw(st.integers(0, 12))
    assert rows[start:end] == listed[start:end]
    for name in SCHEMA.names:
        assert rows.column(name) == [row[name] for row in listed]
        assert rows.filled(name) == any(row[name] not in (None, []) for row in listed)
    if listed:
        assert rows[-1] == listed[-1]
        places = data.draw(st.lists(st.integers(0, len(listed) - 1)))
        assert rows.take(places) == [listed[place] for place in places]


def test_columns_of_several_pieces_and_of_a_part_of_a_table_are_read_whole() -> None:
    piece = pa.table({"words": pa.array([["a"], ["b", "c"], None]), "code": ["x", "y", None]})
    rows = Rows(pa.concat_tables([piece.slice(1), piece.slice(0, 2)]))
    assert rows.column("words") == [["b", "c"], None, ["a"], ["b", "c"]]
    assert rows.column("code") == ["y", None, "x", "y"]
