"""A pattern behind its guard finds what it finds without it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import detectors
from detectors.ahead import ahead
from detectors.names import spaced
from detectors.text import fold
from tests.cases import CASES

_GUARD = re.compile(r"\(\?=\[(?:\\.|[^\]\\])*\]\)\(\?:")


def guarded() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the patterns of our modules that `ahead` guards, by name."""
    for module in pkgutil.walk_packages(detectors.__path__, "detectors."):
        if module.name.startswith(("detectors.jp.", "detectors.names.", "detectors.context.")):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and (inside := unguarded(value.pattern)):
                    yield f"{module.name}.{name}", re.compile(inside)


def unguarded(pattern: str) -> str | None:
    guard = _GUARD.match(pattern)
    inside = pattern[guard.end() : -1] if guard else ""
    try:
        return inside if ahead(inside) == pattern else None
    except re.error:
        return None


PLAIN = dict(guarded())


def spans(found: object) -> list[tuple[int, int]]:
    return [each.span() for each in found]  # type: ignore[attr-defined]


def test_many_patterns_are_guarded() -> None:
    assert {"detectors.jp.phone._CANDIDATE", "detectors.names.lexicon.TITLE"} < PLAIN.keys()


@pytest.mark.parametrize("name", PLAIN)
def test_a_guarded_pattern_finds_in_the_fixtures_what_it_finds_without_its_guard(name: str) -> None:
    pattern = re.compile(ahead(PLAIN[name].pattern))
    for text in {fold(case.text) for _, case in CASES}:
        assert spans(pattern.finditer(text)) == spans(PLAIN[name].finditer(text))


_PIECES = [
    "a",
    "b",
    "[ab]",
    "(?i:k)",
    "(?<![a-z])",
    "(?!b)",
    "(?:a|bc)",
    "c?",
    "(?:ba)*",
    "^",
    "$",
    "|",
    "-",
    "[^a]",
    ".",
]


@given(
    st.lists(st.sampled_from(_PIECES), max_size=6).map("".join),
    st.text(alphabet="abckK\u212a- ", max_size=12),
)
def test_a_guard_changes_nothing(pattern: str, text: str) -> None:
    assert spans(re.finditer(ahead(pattern), text)) == spans(re.finditer(pattern, text))


@given(st.text(alphabet="山田太郎ヶノあいうカナ 　、a1\n", max_size=40))
def test_pieces_with_a_space_between_are_found_by_the_space(text: str) -> None:
    assert spans(spaced._runs(text)) == spans(spaced._SPACED.finditer(text))
