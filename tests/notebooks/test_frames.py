"""`meibo.scan` takes any frame: what it cannot examine it says, and no fault of a frame shows what it holds."""

from __future__ import annotations

import traceback
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import meibo
from pipelines.errors import Refused

PHONE = "080-7351-9264"
PHONES = [f"090-1234-{n:04}" for n in range(30)]


class Unprintable:
    def __str__(self) -> str:
        raise ValueError(PHONE)


def found(frame: Any) -> dict[str, tuple[str | None, int]]:
    answer = meibo.scan(frame)
    assert list(answer.columns) == ["column", "entity_type", "score", "reasons", "not_examined"]
    return {
        row.column: (None if pd.isna(row.entity_type) else row.entity_type, row.not_examined)
        for row in answer.itertuples(index=False)
    }


@pytest.mark.parametrize(
    "odd",
    [1, 2.5, True, "\ud800", pd.Timestamp("2026-11-22"), PHONE.encode(), ["a", 1], {"a": {"b"}}, 10**400],
    ids=lambda odd: type(odd).__name__,
)
def test_a_column_of_mixed_values_is_examined_as_text(odd: object) -> None:
    assert found(pd.DataFrame({"a": pd.Series([odd, *PHONES], dtype=object)})) == {"a": ("PHONE_NUMBER", 0)}


def test_a_lone_surrogate_beside_a_number_hides_nothing() -> None:
    frame = pd.DataFrame({"a": pd.Series([f"\udc00 {PHONE}", *PHONES], dtype=object)})
    assert found(frame)["a"] == ("PHONE_NUMBER", 0)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[phone, phone] for phone in PHONES], columns=["a", "a"]),
        pa.table([PHONES, PHONES], names=["a", "a"]),
    ],
)
def test_columns_of_one_name_are_told_apart(table: Any) -> None:
    assert found(table) == {"a": ("PHONE_NUMBER", 0), "a#2": ("PHONE_NUMBER", 0)}


@pytest.mark.parametrize("name", [7, ("a", 1), float("nan"), "\ud800"])
def test_a_column_may_be_named_by_anything(name: object) -> None:
    frame = pd.DataFrame({"x": PHONES})
    frame.columns = pd.Index([name], dtype=object)
    ((kind, _),) = found(frame).values()
    assert kind == "PHONE_NUMBER"


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view()])
def test_bytes_that_are_text_are_examined_and_others_counted(kind: pa.DataType) -> None:
    cells = [*(phone.encode() for phone in PHONES), b"\xff\xfe", None]
    assert found(pa.table({"a": pa.array(cells, kind)})) == {"a": ("PHONE_NUMBER", 1)}
    assert found(pd.DataFrame({"a": cells})) == {"a": ("PHONE_NUMBER", 1)}


@pytest.mark.parametrize("keys", [["tel"], ["tel", "n"]])
def test_what_a_frame_is_indexed_by_is_examined(keys: list[str]) -> None:
    frame = pd.DataFrame({"tel": PHONES, "n": range(30), "x": range(30)})
    assert found(frame.set_index(keys))["tel"] == ("PHONE_NUMBER", 0)
    unnamed = pd.DataFrame({"index": range(30)}, index=pd.Index(PHONES))
    assert found(unnamed) == {"index": (None, 0), "index#2": ("PHONE_NUMBER", 0)}
    assert list(found(pd.DataFrame({"x": range(30)}))) == ["x"]


def test_integers_beside_an_empty_cell_are_examined_as_integers() -> None:
    numbers = [float(phone.replace("-", "")) for phone in PHONES]
    mixed = pd.Series(["x", *numbers], dtype=object)
    answer = found(pd.DataFrame({"電話": [None, *numbers], "mixed 電話": mixed}))
    assert answer == {"電話": ("PHONE_NUMBER", 0), "mixed 電話": ("PHONE_NUMBER", 0)}


def test_whatever_hands_itself_over_as_arrow_is_a_frame() -> None:
    table = pa.table({"tel": PHONES})
    relation = duckdb.connect().from_arrow(table)
    for frame in (relation, table.to_reader(), table.to_batches()[0]):
        assert found(frame) == {"tel": ("PHONE_NUMBER", 0)}


def test_a_frame_without_rows_has_its_columns() -> None:
    assert found(pd.DataFrame({"氏名": []})) == {"氏名": (None, 0)}
    assert found(pa.table({"a": pa.array([], pa.string())})) == {"a": (None, 0)}


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view()])
def test_one_chunk_that_is_no_text_keeps_no_other_from_being_read(kind: pa.DataType) -> None:
    raw = pa.large_binary() if pa.types.is_large_string(kind) else pa.binary_view()
    chunks = [pa.array([b"\xff"], raw).view(kind), pa.array(PHONES, kind)]
    nested = [pa.StructArray.from_arrays([each], ["x"]) for each in chunks]
    table = pa.table({"a": pa.chunked_array(chunks), "n": pa.chunked_array(nested)})
    assert found(table) == {"a": ("PHONE_NUMBER", 1), "n.x": ("PHONE_NUMBER", 0), "n": (None, 1)}


def test_a_column_of_pictures_is_said_not_to_be_examined() -> None:
    cells = [b"\x89PNG\xff"] * 3
    nested = pa.array([{"image": cell} for cell in cells])
    coded = pa.array(cells).dictionary_encode()
    assert found(pa.table({"a": cells, "b": nested, "c": coded, "n": [1, 2, 3]})) == {
        "a": (None, 3), "b": (None, 3), "c": (None, 3), "n": (None, 0),
    }  # fmt: skip


def test_strings_that_are_no_text_are_counted() -> None:
    cells = pa.array([*(phone.encode() for phone in PHONES), b"\xff" + PHONE.encode()])
    assert found(pa.table({"a": cells.view(pa.string())})) == {"a": ("PHONE_NUMBER", 1)}


def test_what_cannot_be_printed_is_counted() -> None:
    frame = pd.DataFrame({"a": pd.Series([Unprintable(), *PHONES], dtype=object)})
    assert found(frame) == {"a": ("PHONE_NUMBER", 1)}


@pytest.mark.parametrize("frame", [[PHONE], {"a": [PHONE]}, PHONE, None, pd.Series([PHONE]), pa.array([PHONE])])
def test_what_is_no_frame_is_refused_without_its_values(frame: object) -> None:
    with pytest.raises(Refused) as refusal:
        meibo.scan(frame)
    assert refusal.value.code == "frame-unknown"
    assert PHONE not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize(("sheet", "lang"), [(PHONE, "ja"), ("scope", PHONE)])
def test_a_sheet_nobody_knows_is_refused(sheet: Any, lang: Any) -> None:
    with pytest.raises(Refused) as refusal:
        meibo.draft(None, sheet, lang)  # type: ignore[arg-type]
    assert refusal.value.code == "sheet-unknown"
    assert PHONE not in "".join(traceback.format_exception(refusal.value))
