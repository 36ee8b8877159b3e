"""Linking what changed gives what linking from scratch gives. Nobody is real."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.store.database import migrate
from pipelines.subject.linking import build_subjects
from tests.pipelines.keyed import ASSETS, READINGS, Night, Part, Store, clear, contents, fill, show

UNHEALTHY = [HealthCheck.too_slow, HealthCheck.data_too_large]


def drawn(number: int, text: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *(f"{text}{each}" for each in range(number))])


ROWS = st.fixed_dictionaries(
    {
        "会員番号": drawn(4, "M"), "旧会員番号": st.sampled_from([None, None, None, "M0", "M1"]),
        "氏名": st.sampled_from([None, *READINGS]), "カナ": st.sampled_from([None, None, "サトウ ケン"]),
        "電話": drawn(3, "0"), "メール": drawn(3, "m"), "住所": drawn(2, "a"), "生年月日": drawn(2, "b"),
    }
).map(lambda row: {field: text for field, text in row.items() if text is not None})  # fmt: skip
PARTS = st.lists(
    st.builds(Part, st.lists(ROWS, min_size=1, max_size=4), st.sampled_from([False, False, True])),
    min_size=2,
    max_size=6,
)


WHERE = st.sampled_from([frozenset[int](), frozenset({0}), frozenset({1}), frozenset({2}), frozenset({0, 2})])
KEYED = st.sampled_from([ASSETS, ASSETS, ASSETS, ASSETS - {1}])


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[Part], list[Night]]:
    """Parts, and where they stand from night to night: a few others each."""
    parts = draw(PARTS)
    each = st.integers(0, len(parts) - 1)
    places = draw(st.fixed_dictionaries(dict.fromkeys(range(len(parts)), WHERE)))
    those = [Night(places, ASSETS)]
    for changed in draw(
        st.lists(st.dictionaries(each, WHERE, min_size=1, max_size=2), min_size=1, max_size=3)
    ):
        places = {**places, **changed}
        those.append(Night(places, draw(KEYED)))
    return parts, those


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with duckdb.connect(config={"threads": 1}) as connection:
        migrate(connection)
        yield connection


def link_each_night(store: Store, parts: list[Part], those: list[Night]) -> None:
    clear(store)
    fill(store, parts)
    for night in those:
        show(store, night)
        build_subjects(store, share=1e9, small=0)
        found = contents(store)
        store.execute("DELETE FROM subject_state")
        assert build_subjects(store)
        assert found == contents(store)


@settings(deadline=None, max_examples=3, suppress_health_check=UNHEALTHY)
@given(nights())
def test_linking_what_changed_gives_what_linking_from_scratch_gives(
    store: Store, estate: tuple[list[Part], list[Night]]
) -> None:
    link_each_night(store, *estate)


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=UNHEALTHY)
@given(nights())
def test_linking_what_changed_gives_what_linking_from_scratch_gives_in_many_stores(
    store: Store, estate: tuple[list[Part], list[Night]]
) -> None:
    link_each_night(store, *estate)


def test_a_row_that_met_a_number_goes_its_own_way_once_a_name_has_its_address_too(store: Store) -> None:
    named = Part([{"カナ": "サトウ ケン", "メール": "m1"}], register=False)
    nameless = Part([{"メール": "m1"}, {"会員番号": "M0", "メール": "m1"}], register=False)
    one = {1: frozenset({0})}
    link_each_night(store, [named, nameless], [Night(one, ASSETS), Night({0: frozenset({0}), **one}, ASSETS)])


def test_only_the_persons_a_new_part_touches_are_written_anew(store: Store) -> None:
    rows = [{"会員番号": f"N{number}", "氏名": "山田 花子"} for number in range(6)]
    parts = [Part(rows, register=False), Part([rows[0]], register=False)]
    clear(store)
    fill(store, parts)
    show(store, Night({0: frozenset({0})}, ASSETS))
    assert build_subjects(store)
    before = dict(store.execute("SELECT row, rowid FROM subject_link").fetchall())
    show(store, Night({0: frozenset({0}), 1: frozenset({1})}, ASSETS))
    assert build_subjects(store, share=0.5, small=0)
    after = store.execute("SELECT row, rowid FROM subject_link WHERE part_id = 'p0'").fetchall()
    assert {row for row, at in after if before[row] != at} == {0}
    assert store.execute("SELECT max(records) FROM subject").fetchone() == (2,)


def test_a_part_of_which_nothing_is_left_has_all_linked_from_scratch(store: Store) -> None:
    parts = [Part([{"会員番号": "N1", "氏名": "山田 花子"}], register=False)] * 2
    clear(store)
    fill(store, parts)
    show(store, Night({0: frozenset({0}), 1: frozenset({1})}, ASSETS))
    build_subjects(store)
    show(store, Night({0: frozenset({0})}, ASSETS))
    for table in ("part", "value_key"):
        store.execute(f"DELETE FROM {table} WHERE part_id = 'p1'")
    assert build_subjects(store, share=1e9, small=0)
    assert store.execute("SELECT records, assets FROM subject").fetchall() == [(1, 1)]


def test_a_row_without_a_name_holds_no_two_persons_together(store: Store) -> None:
    rows = [
        {"会員番号": "N1", "氏名": "佐藤 健", "生年月日": "b0"},
        {"会員番号": "N2", "氏名": "山田 花子", "生年月日": "b0"},
        {"会員番号": "N1", "旧会員番号": "N2", "生年月日": "b0"},
    ]
    clear(store)
    fill(store, [Part(rows, register=False)])
    show(store, Night({0: frozenset({0})}, ASSETS))
    build_subjects(store)
    assert store.execute("SELECT records FROM subject WHERE named ORDER BY 1").fetchall() == [(1,), (2,)]
