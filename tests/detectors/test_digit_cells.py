"""Of cells of digits that are alike one speaks for all: nothing may be lost or made up by that."""

from __future__ import annotations

from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from detectors.alike import spokesmen
from detectors.cascade import Cascade
from detectors.digit_cells import MANY, cells_of_digits
from detectors.jp.digits import is_trivial, weigh
from detectors.jp.phone_plan import LEAD, area_lengths, kinds, plans
from detectors.recognizer import Recognizer
from detectors.registry import find_entities, recognizers

#: Digits between hyphens: every form a recognizer knows, and forms that none does.
SHAPES = [
    (7,), (8,), (9,), (10,), (11,), (12,), (13,), (14,), (15,), (16,), (17,), (19,), (20,),
    (3, 4), (4, 4), (3, 7), (4, 6), (4, 2, 2), (4, 1, 2), (4, 2, 1), (4, 1, 1), (3, 4, 4), (2, 4, 4), (4, 2, 4),
    (3, 3, 4), (5, 1, 4), (4, 5), (2, 8), (6, 4), (4, 4, 4), (1, 4, 4, 4), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4),
    (2, 6, 6, 1), (6, 2, 6, 1), (8, 6, 1), (4, 4, 4, 4, 3), (4, 6, 1), (4, 3, 7), (5, 1, 6), (2, 1, 4, 4), (2, 9),
    (1, 1, 9),
]  # fmt: skip
#: What numbers begin with that recognizers know, so that rare outcomes are not left to chance.
STARTS = [
    "", "0", "00", "090", "080-", "03", "0120", "0800", "0570", "0154", "04992", "81", "0081", "45", "49", "4",
    "51", "35", "62", "8981", "89", "44", "01", "30", "19", "20", "1985", "2024", "1", "10530", "0001", "150",
    "100", "999",
]  # fmt: skip
READERS = [each for each in recognizers() if type(each).traits is not Recognizer.traits]


def made(groups: tuple[int, ...], start: str, random: Random) -> str:
    digits = "".join(random.choices("0123456789", k=sum(groups)))
    if random.random() < 0.05:
        digits = random.choice("0123456789") * len(digits)
    elif random.random() < 0.05:
        digits = ("0123456789" * 4)[random.randrange(10) :][:: random.choice((1, -1))][: len(digits)]
    digits = (start.replace("-", "") + digits)[: len(digits)]
    pieces, at = [], 0
    for size in groups:
        pieces.append(digits[at : at + size])
        at += size
    return "-".join(pieces)


def column(groups: tuple[int, ...], seed: int, size: int = 400) -> list[str]:
    random = Random(seed)
    return sorted({made(groups, random.choice(STARTS), random) for _ in range(size)})


def said(recognizer: Recognizer, value: str) -> list[tuple[object, ...]]:
    return [
        (each.start, each.end, each.score, each.checked, each.personal)
        for each in recognizer.find(value, value)
    ]


@pytest.mark.parametrize("recognizer", READERS, ids=lambda each: each.entity_type)
@pytest.mark.parametrize("groups", SHAPES, ids=lambda each: "-".join(map(str, each)))
def test_a_recognizer_says_the_same_of_cells_with_equal_traits(
    recognizer: Recognizer, groups: tuple[int, ...]
) -> None:
    values = column(groups, seed=sum(groups))
    for places, cells in cells_of_digits(pa.array(values, pa.string())):
        traits = recognizer.traits(cells)
        assert traits is not None
        outcomes: dict[int, list[tuple[object, ...]]] = {}
        for value, trait in zip([values[at] for at in places], traits.tolist(), strict=True):
            if trait >= 0:
                assert outcomes.setdefault(trait, said(recognizer, value)) == said(recognizer, value)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3), st.integers(0, 10_000))
def test_a_column_of_digits_is_found_as_its_cells_are_one_by_one(
    shapes: list[tuple[int, ...]], seed: int
) -> None:
    values = [value for groups in shapes for value in column(groups, seed, 60)]
    found = [list(each.spans) for each in Cascade().examine(values)]
    assert found == [find_entities(value) for value in values]


def asked(values: list[str]) -> int:
    """How many of the values are looked at."""
    return len(np.unique(spokesmen(pa.array(values), recognizers())))


def test_a_million_numbers_have_a_handful_of_outcomes() -> None:
    assert asked([f"{number:012}" for number in range(10**11, 10**11 + 40_000_000, 4_001)]) < 12


def test_where_a_recognizer_without_traits_finds_something_a_cell_speaks_for_itself() -> None:
    pensions = [f"{number:04}-{number:06}" for number in range(1_000, 1_000 + 2 * MANY)]
    assert asked(pensions) == len(pensions)


def test_few_cells_speak_for_themselves() -> None:
    assert asked(["621498320257"] * (MANY - 1)) == MANY - 1


@settings(deadline=None)
@given(st.lists(st.from_regex("[0-9]{11}", fullmatch=True), min_size=MANY, max_size=2 * MANY))
@example(["99999999999", "00000000000"] * MANY)
def test_check_digits_are_those_of_one_number(values: list[str]) -> None:
    ((_, cells),) = cells_of_digits(pa.array(values, pa.string()))
    assert cells.runs.to_pylist() == values
    assert cells.luhn().tolist() == [luhn.is_valid(value) for value in values]
    assert cells.trivial.tolist() == [is_trivial(value) for value in values]
    assert cells.repeated().tolist() == [len(set(value)) == 1 for value in values]
    for start, end in ((0, 2), (7, 11), (0, 11)):
        assert cells.number(start, end).tolist() == [int(value[start:end]) for value in values]
    weights = tuple(range(40, 51))
    assert cells.weigh(weights).tolist() == [weigh(value, weights) for value in values]


@settings(deadline=None)
@given(
    st.lists(st.from_regex("[0-9]{10}", fullmatch=True), min_size=1, max_size=64), st.sampled_from([9, 10])
)
def test_the_first_digits_of_a_number_tell_its_plan(values: list[str], size: int) -> None:
    nationals = pa.array([value[:size] for value in values])
    told = plans(np.array([int(value[:LEAD]) for value in values]), size)
    assert told.tolist() == (kinds(nationals) * 16 + area_lengths(nationals, size)).tolist()
