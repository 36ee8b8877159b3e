"""Gates lose nothing and keep most of the work away; what reads a column at once says what one value would."""

from __future__ import annotations

import random
import string
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cascade import Cascade
from detectors.gates import fold_all, fold_column, passing, rarely_passing
from detectors.letters import Letters
from detectors.lines import Lines, stays_in_line
from detectors.names.morphology import Tag
from detectors.names.person import PersonRecognizer
from detectors.names.shapes import GATES as SHAPES
from detectors.names.tagger.decode import decoder
from detectors.names.tokens import Morpheme, tokenize
from detectors.patterns import possible
from detectors.phrases import Phrases
from detectors.recognizer import Recognizer
from detectors.registry import RECOGNIZERS, find_entities, recognizers
from detectors.text import fold
from tests.cases import CASES

GATES = [each.gate for each in recognizers()]
TEXTS = sorted({case.text for _, case in CASES})
NAMES = [entry.split(":")[1] for entry in RECOGNIZERS]

cells = st.lists(
    st.lists(
        st.sampled_from(
            [*TEXTS[::5], "様", "　", "－", "0", "12", "-", "\n", "。", "！", "?\r\n", "\x00", "K", "ſ", "髙"]
        )
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        max_size=4,
    ).map("".join),
    min_size=1,
    max_size=6,
)


@cache
def by_name() -> dict[str, Recognizer]:
    return {each.name: each for each in recognizers()}


def neutral() -> list[str]:
    """Values no recognizer is made for, as tables are full of them."""
    draw = random.Random(20261121)
    return [
        make()
        for make in (
            lambda: str(draw.randrange(100_000)),
            lambda: f"{draw.randrange(10_000) / 100:.2f}",
            lambda: draw.choice(["active", "closed", "TRUE", "pending", "blue", "size L", "n/a"]),
            lambda: f"{draw.choice('ABCDEF')}-{draw.randrange(1000):03}",
            lambda: draw.choice(["はい", "いいえ", "あり", "なし", "キャンセル", "ブルー", "グリーン"]),
            lambda: f"{draw.randrange(100)}%",
            lambda: f"{draw.randrange(24):02}:{draw.randrange(60):02}",
            lambda: draw.choice(["https://example.jp/a", "image.png", "/index.html", "ok", "-"]),
        )
        for _ in range(250)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_recognizer_finds_in_a_fixture_passes_its_gate(name: str) -> None:
    recognizer, found = by_name()[name], 0
    for text in TEXTS:
        folded = fold(text)
        if any(True for _ in recognizer.find(text, folded)):
            found += 1
            assert re2.search(recognizer.gate, folded), text
    assert found, "no fixture has a positive"


@pytest.mark.parametrize("name", NAMES)
def test_a_gate_keeps_neutral_values_out(name: str) -> None:
    values = neutral()
    passed = sum(re2.search(by_name()[name].gate, value) is not None for value in values)
    # Kana alone may be a name.
    assert passed <= (0.15 if name == "PersonRecognizer" else 0.02) * len(values)


@settings(deadline=None, max_examples=200)
@given(cells)
def test_a_column_passes_the_gates_its_values_pass(values: list[str]) -> None:
    folded = [fold(value) for value in values]
    expected = [
        sum(1 << bit for bit, gate in enumerate(GATES) if re2.search(gate, value)) for value in folded
    ]
    assert passing(GATES, folded).tolist() == expected
    assert passing(GATES, folded * 400).tolist() == expected * 400
    assert rarely_passing(GATES, pa.array(folded * 400, pa.string())).tolist() == expected * 400


@settings(deadline=None, max_examples=200)
@given(cells)
def test_texts_one_below_the_other_hold_what_each_holds(values: list[str]) -> None:
    lines = Lines(values)
    for pattern in (
        *GATES,
        *SHAPES,
        "^[0-9]",
        "[0-9]$",
        r"\A0",
        "[^0-9]",
        r"(?:^|[^0-9])0[^0-9]",
        ".{3}",
        "",
    ):
        expected = [re2.search(pattern, value) is not None for value in values]
        assert lines.matching(pattern).tolist() == expected, pattern


@settings(deadline=None, max_examples=50)
@given(cells, st.lists(st.sampled_from([*GATES, *SHAPES]), min_size=1, max_size=4))
def test_a_column_one_value_below_the_other_holds_what_each_value_holds(
    values: list[str], patterns: list[str]
) -> None:
    column = [*40 * values, *4_000 * ["特になし"]]
    lines = Lines(pa.array(["x", *column], pa.string()).slice(1))
    holding = {each: {value for value in {*column} if re2.search(each, value)} for each in patterns}
    for pattern in patterns:
        assert lines.matching(pattern).tolist() == [value in holding[pattern] for value in column]
    any_of_them = set().union(*holding.values())
    rarely = lines.rarely_matching(*patterns)
    if rarely is None:
        assert any_of_them or not all(map(stays_in_line, patterns))
    else:
        assert rarely.tolist() == [value in any_of_them for value in column]


def test_matches_are_rare_until_finding_them_takes_longer_than_looking_at_each_value() -> None:
    texts = [f"{number:05} 東京" for number in range(50_000)]
    lines = Lines(pa.array(texts))
    some = lines.rarely_matching("^000[0-9]{2}", "9999 東")
    assert some is not None and some.sum() == 105
    assert lines.rarely_matching("東京") is None
    assert lines.rarely_matching("[0-9]\\s") is None


@settings(deadline=None, max_examples=200)
@given(cells)
def test_texts_pass_the_gates_their_sentences_pass(values: list[str]) -> None:
    folded = pa.array([fold(value) for value in values], pa.string())
    gates = [*GATES, *SHAPES]
    phrases = Phrases.of(folded)
    assert phrases.passing(gates).tolist() == passing(gates, folded).tolist()


def test_sentences_are_cut_behind_what_ends_them_and_never_beyond_a_text() -> None:
    phrases = Phrases.of(pa.array(["", "1個。\r\n!?2個", "。", "3個。1個。", ""]).slice(0, 4))
    sentences = [phrases.texts[at].as_py() for at in phrases.own.tolist()]
    assert sentences == ["0個。\r\n!?", "0個", "。", "0個。", "0個。"]
    assert phrases.first.tolist() == [0, 0, 2, 3, 5]
    assert phrases.anywhere(np.array([1, 2, 4, 8])).tolist() == [0, 3, 4, 8]


@pytest.mark.parametrize(
    ("gate", "values", "expected"),
    [
        ("[0-9]{11}", ["1234567890", "12"], False),
        ("[0-9]{11}", ["12345678901"], True),
        ("保険者|記号", ["保険", "者"], True),
        ("保険者|記号", ["保険", "記録"], False),
        ("(?i:insur)", ["INſUR"], True),
        (r"\p{Han}", ["abc"], False),
        (r"\p{Han}", ["漢"], True),
        ("[ab]?c*", [""], True),
        ("[^0-9]{2}", ["1"], False),
        (r"[\pL]", ["1"], False),
        (r"[^\p{Han}]", ["漢"], True),
        (r"[\p{Greek}]", ["1"], True),  # not read: never ruled out
    ],
)
def test_a_gate_is_ruled_out_by_letters_and_length_only(gate: str, values: list[str], expected: bool) -> None:
    assert possible(gate, Letters(values)) is expected


@settings(deadline=None)
@given(cells)
def test_folding_a_column_folds_every_value(values: list[str]) -> None:
    folded = [fold(value) for value in values]
    assert list(fold_all(values, Letters(values))) == folded
    column = pa.array(values, pa.string())
    assert fold_column(column, Letters(column)).to_pylist() == folded
    assert Letters(column).codes == Letters(["".join(values)]).codes
    assert Letters(column).longest == Letters(values).longest
    assert Letters(column).digits == max(sum(char in string.digits for char in value) for value in values)


def test_many_kinds_of_letters_are_folded_as_one_by_one() -> None:
    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    texts = ["".join(letters[start : start + 4_096]) for start in range(0, len(letters), 4_096)]
    assert list(fold_all(texts, Letters(texts))) == [fold(each) for each in texts]


@settings(deadline=None, max_examples=60)
@given(cells, st.sampled_from(["fast", "balanced"]))
def test_names_of_many_texts_are_the_names_of_each(values: list[str], point: Any) -> None:
    recognizer = PersonRecognizer(point)
    folded = [fold(value) for value in values]
    alone = [list(recognizer.find(*both)) for both in zip(values, folded, strict=True)]
    assert recognizer.find_all(values, folded) == alone


@settings(deadline=None, max_examples=60)
@given(cells)
def test_the_tagger_reads_many_sentences_as_it_reads_each(values: list[str]) -> None:
    read: list[tuple[list[Morpheme], list[Any]]] = [(tokenize(fold(value)), []) for value in values]
    assert decoder().names_of(read) == [decoder().names(*each) for each in read]


def test_morphemes_cover_their_text() -> None:
    for text in TEXTS:
        made = tokenize(fold(text))
        assert "".join(each.surface for each in made) == fold(text)
        assert all(fold(text)[each.start : each.end] == each.surface for each in made)
        assert all(isinstance(each.tag, Tag) for each in made)


def test_a_value_seen_before_holds_what_it_held_and_memory_stays_bounded() -> None:
    cascade = Cascade(remembered=2_000)
    texts = [*TEXTS[:200], *TEXTS[:20]]
    first = cascade.find(pa.array(texts))
    assert [list(spans) for spans in first] == [find_entities(text) for text in texts]
    assert list(cascade.find(pa.array(texts))) == list(first)
    assert len(cascade._memory._young) + len(cascade._memory._old) < 60
