"""Every recognizer's fixture, one case per line: spans exact, negatives silent, gates necessary."""

from __future__ import annotations

import pytest
import re2

from detectors.entities import load_entities
from detectors.registry import find_entities, recognizer_for, recognizers
from detectors.resolver import REPORTED
from detectors.text import fold
from tests.cases import CASES, Case


@pytest.mark.parametrize(
    "case", [case for _, case in CASES], ids=[f"{name}-{index}" for index, (name, _) in enumerate(CASES)]
)
def test_the_engine_finds_exactly_what_the_fixture_marks(case: Case) -> None:
    # What is recognised in order to be ruled out is never personal.
    personal = load_entities()[case.entity_type].personal
    found = tuple(
        (each.start, each.end)
        for each in find_entities(case.text)
        if each.entity_type == case.entity_type
        and each.score >= REPORTED["balanced"]
        and each.personal is personal
    )
    assert case.ambiguous or found == case.spans, case.text


@pytest.mark.parametrize("entity_type", sorted({case.entity_type for _, case in CASES}))
def test_a_gate_passes_every_text_its_recognizer_matches(entity_type: str) -> None:
    recognizer = recognizer_for(entity_type)
    assert recognizer is not None
    gate = re2.compile(recognizer.gate)
    for _, case in CASES:
        folded = fold(case.text)
        if list(recognizer.find(case.text, folded)):
            assert gate.search(folded), case.text


def test_every_recognizer_has_a_fixture_with_positives_and_negatives() -> None:
    for recognizer in recognizers():
        clear = [
            case for _, case in CASES if case.entity_type == recognizer.entity_type and not case.ambiguous
        ]
        assert any(case.spans for case in clear), recognizer.entity_type
        assert any(not case.spans for case in clear), recognizer.entity_type
