"""Candidates are looked for where one may begin, and nowhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.jp import date_of_birth, phone, postal_code
from detectors.jp.candidates import DIGITS, candidates
from detectors.names import spaced
from detectors.text import fold
from tests.cases import CASES

PATTERNS = [
    pytest.param(phone._CANDIDATE, phone._STARTS, id="phone"),
    pytest.param(phone._FOREIGN, phone._PLUS, id="foreign phone"),
    pytest.param(postal_code._CANDIDATE, DIGITS, id="postal code"),
    pytest.param(date_of_birth._DATE, date_of_birth._STARTS, id="date"),
]


def spans(found: object) -> list[tuple[int, int]]:
    return [each.span() for each in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("pattern", "starts"), PATTERNS)
def test_no_candidate_of_a_fixture_begins_elsewhere(
    pattern: re.Pattern[str], starts: re.Pattern[str]
) -> None:
    found = 0
    for _, case in CASES:
        text = fold(case.text)
        expected = spans(pattern.finditer(text))
        assert spans(candidates(pattern, starts, text)) == expected
        found += len(expected)
    assert found


@pytest.mark.parametrize(("pattern", "starts"), PATTERNS)
@given(st.text(alphabet="0189+-( )年月日昭和平TELtelMay〇一.の", max_size=30))
def test_no_candidate_begins_elsewhere(pattern: re.Pattern[str], starts: re.Pattern[str], text: str) -> None:
    assert spans(candidates(pattern, starts, text)) == spans(pattern.finditer(text))


@given(st.text(alphabet="山田太郎ヶノあいうカナ 　、a1\n", max_size=40))
def test_pieces_with_a_space_between_are_found_by_the_space(text: str) -> None:
    assert spans(spaced._runs(text)) == spans(spaced._SPACED.finditer(text))
