"""What is found where: the numbers the loader counts are those of the findings themselves."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.layout import Layout
from pipelines.loading import occurrences
from pipelines.store.database import open_writer

#: The same, said as plainly as SQL can.
PLAINLY = """
    WITH met AS (FROM finding JOIN scan_part USING (part_id) WHERE personal AND scan_id = 'now')
    SELECT asset_id, field, entity_type, count(DISTINCT ("index", row)) AS rows, count(*) AS occurrences,
           count(DISTINCT value_key) AS "distinct", max(score) AS score,
           list_sort(list(DISTINCT masked) FILTER (masked IS NOT NULL))[:3] AS samples
    FROM met GROUP BY ALL ORDER BY ALL
"""
COUNTED = """
    SELECT asset_id, field, entity_type, rows, occurrences, "distinct", score, samples
    FROM occurrence WHERE scan_id = 'now' ORDER BY ALL
"""
FINDING = st.tuples(
    st.sampled_from(["p1", "p2", "p3"]),
    st.sampled_from(["memo", "name"]),
    st.sampled_from([0, 1, 63, 64, 127, 262_143]),
    st.sampled_from(["PERSON", "PHONE_NUMBER"]),
    st.sampled_from([0.5, 0.75]),
    st.sampled_from(["one", "other"]),
    st.booleans(),
    st.none() | st.sampled_from([b"0123456789abcdef", b"fedcba9876543210"]),
    st.none() | st.sampled_from(["山* 太*", "090****", "a*", "b*"]),
)
#: Part p1 stands twice in asset a, then once; p3 belongs to an earlier scan alone; c and d are as they were then.
PARTS = [
    *(("now", "a", 0, "p1"), ("now", "a", 1, "p1"), ("now", "b", 0, "p2"), ("now", "c", 0, "p1")),
    *(("now", "d", 0, "p2"), ("now", "d", 1, "p1"), ("then", "d", 0, "p1"), ("then", "d", 1, "p2")),
    *(("then", "a", 0, "p1"), ("then", "b", 0, "p3"), ("then", "c", 0, "p1"), ("long ago", "b", 0, "p2")),
]
SCANS = [("now", 3), ("then", 2), ("long ago", 1)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(Layout(tmp_path_factory.mktemp("counted")).create()) as store:
        store.executemany("INSERT INTO scan_part VALUES (?, ?, ?, ?, '', FALSE, NULL)", PARTS)
        store.executemany(
            "INSERT INTO scan VALUES"
            " (?, now(), make_date(2026, 1, ?), '', '', '', '', '', 'passed', '', FALSE, NULL)",
            SCANS,
        )
        yield store


@settings(deadline=None, max_examples=15)
@given(st.lists(FINDING, max_size=30), st.integers(1, 4))
def test_findings_are_counted_as_plain_sql_would_in_any_number_of_portions(
    store: duckdb.DuckDBPyConnection, found: list[tuple[object, ...]], at_once: int
) -> None:
    for table in ("finding", "occurrence"):
        store.execute(f"DELETE FROM {table}")
    if found:
        store.executemany(
            "INSERT INTO finding (part_id, field, row, entity_type, score, recognizer, recognizer_version,"
            " personal, value_key, masked) VALUES (?, ?, ?, ?, ?, ?, '1', ?, ?, ?)",
            found,
        )
    for scan, _ in reversed(SCANS):
        occurrences.count(store, scan, at_once)
    assert store.execute(COUNTED).fetchall() == store.execute(PLAINLY).fetchall()


def test_of_an_asset_as_it_was_in_the_scan_before_nothing_is_counted_again(
    store: duckdb.DuckDBPyConnection,
) -> None:
    for table in ("finding", "occurrence"):
        store.execute(f"DELETE FROM {table}")
    store.execute(
        "INSERT INTO finding (part_id, field, row, entity_type, score, recognizer, recognizer_version, personal)"
        " SELECT unnest(['p1', 'p2']), 'memo', 0, 'PERSON', 0.5, 'one', '1', TRUE"
    )
    occurrences.count(store, "then")
    store.execute("UPDATE occurrence SET rows = 7")
    occurrences.count(store, "now")
    told = store.execute(
        "SELECT asset_id, rows FROM occurrence WHERE scan_id = 'now' ORDER BY ALL"
    ).fetchall()
    assert told == [("a", 2), ("b", 1), ("c", 7), ("d", 7)]
