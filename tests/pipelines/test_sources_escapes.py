"""Letters written as numbers, and tags within words, in whatever type of column. Persons are invented."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.sources.escapes import letters, unescaped


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ([[r"\u5c71\u7530", None], None, []], pa.list_(pa.string())),
        ([[r"\u5c71\u7530"], None, []], pa.large_list(pa.large_string())),
        ([{"name": r"\u5c71\u7530", "n": 1}, None], pa.struct({"name": pa.string(), "n": pa.int64()})),
        ([[{"name": [r"\u5c71\u7530"]}], [None]], pa.list_(pa.struct({"name": pa.list_(pa.string())}))),
        ([[("k", r"\u5c71\u7530")], None], pa.map_(pa.string(), pa.string())),
        ([r"\u5c71\u7530", None, r"\u5c71\u7530"], pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_letters_written_as_numbers_are_read_in_lists_structures_and_dictionaries(
    given: list[object], kind: pa.DataType
) -> None:
    batch = pa.record_batch({"n": pa.array(range(len(given) + 1)), "a": pa.array([*given, given[0]], kind)})
    (told,) = unescaped(iter([batch.slice(1)]))
    assert isinstance(told, pa.RecordBatch) and told.schema == batch.schema
    assert "山田" in str(told.column("a").to_pylist())
    assert (
        told.num_rows == len(given) and told.column("a").null_count == batch.slice(1).column("a").null_count
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("090-<b>1234</b>-5678", "090-1234-5678"),
        ('<td>山<span style="color:#f00">田</span>&nbsp;太郎</td>', "<td>山田 太郎</td>"),
        ('山<text:span text:style-name="T1">田</text:span><text:s/>太郎', "山田 太郎"),
        ("<span title='佐藤 花子'>担当</span>", "<span title='佐藤 花子'>担当"),
        (r"山田\t太郎\n090-1234-5678", "山田 太郎 090-1234-5678"),
        (r"C:\users\tanaka\new", r"C:\users\tanaka\new"),
        ("a < b > c &lt;b&gt; &nosuch; AT&T;", "a < b > c &lt;b&gt; &nosuch; AT&T;"),
    ],
)
def test_what_only_says_how_letters_look_does_not_part_them(written: str, read: str) -> None:
    (told,) = unescaped(iter([pa.record_batch({"a": [written]})]))
    assert isinstance(told, pa.RecordBatch)
    assert told.column("a").to_pylist() == [read]


@pytest.mark.parametrize("piece", ["<b ", "<span class=", "<span class='", "&", "\\", "\\n", "<b"])
def test_markup_without_end_takes_no_longer_than_its_length(piece: str) -> None:
    assert letters(piece * 50_000)
