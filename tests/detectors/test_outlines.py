"""Outlines rule out no value that a pattern matches, and what they rule in is looked at."""

from __future__ import annotations

from random import Random

import numpy as np
import pyarrow as pa
import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from detectors.gates import matching
from detectors.letters import Letters
from detectors.outlines import Outlines, loose
from detectors.registry import recognizers

PATTERNS = [each.gate for each in recognizers()] + [
    f"^(?:{form.pattern})$" for each in recognizers() for form in each.forms
]
#: Beginnings that the patterns ask for, with digits that matter and others.
STARTS = [
    "M",
    "0",
    "090-",
    "(03)",
    "+81 ",
    "1985/",
    "S60.1",
    "平5-",
    "〒1",
    "e5489",
    "110番",
    "8981",
    "東京都港区芝",
    "x",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_matches_the_same_values_by_their_outlines(pattern: str) -> None:
    random = Random(len(pattern))
    values = pa.array(
        [
            random.choice(STARTS) + "".join(random.choices("0123456789- ./:", [3] * 10 + [1] * 5, k=size))
            for size in range(4, 14)
            for _ in range(60)
        ]
    )
    assert Outlines.of(values).matching(pattern).tolist() == matching(values, pattern).tolist()


@given(st.lists(st.text("0159", max_size=6) | st.text("0159x-年（\ud83d\ude00", max_size=6), max_size=20))
def test_values_are_put_together_by_their_outlines(values: list[str]) -> None:
    values = [value.encode("utf-8", "ignore").decode() for value in values]
    outlines = Outlines.of(pa.array(values, pa.string()))
    texts = outlines.texts.to_pylist()
    for value, own in zip(values, outlines.own.tolist(), strict=True):
        assert texts[own] == "".join("0" if char in "123456789" else char for char in value)


@given(st.lists(st.text("0159x-", max_size=6), min_size=1, max_size=20))
def test_the_letters_of_values_are_among_those_their_outlines_tell(values: list[str]) -> None:
    said, letters = Outlines.of(pa.array(values)).of_values(), Letters(pa.array(values))
    assert {*letters.codes} <= {*said.codes}
    assert (said.longest, said.digits) == (letters.longest, letters.digits)


@pytest.mark.parametrize(
    ("pattern", "loosened"),
    [
        (r"[0-9]{3}-\x30?x{2,4}", r"[0-9]{3}-(?:\x30|[0-9])?x{2,4}"),
        (r"(?P<n1>[^0-9]7)", r"(?P<n1>[^0-9][0-9])"),
        (r"[\]5x]|\p{Han}1", r"(?:[\]5x]|[0-9])|\p{Han}[0-9]"),
        (r"[^]1]", r"(?:[^]1]|[0-9])"),
    ],
)
def test_only_digits_are_loosened(pattern: str, loosened: str) -> None:
    assert loose(pattern) == loosened
    re2.compile(loosened)


def test_values_of_their_own_kind_have_no_outlines_worth_it() -> None:
    words = pa.array([f"{chr(0x4E00 + at)}{at}" for at in range(2000)])
    assert Outlines.shared(words) is None
    assert Outlines.shared(pa.concat_arrays([pa.array(["1"] * 1024), words])) is None
    codes = Outlines.shared(pa.array([f"M{at:06}" for at in range(2000)]))
    assert codes is not None
    assert codes.at(np.arange(5, dtype=np.int64)).passing(["M00", "^M", "x"]).tolist() == [3] * 5
