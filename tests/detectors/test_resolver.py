"""Where proposals meet: the stronger of one type, rivals marked down, containers first, statements apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.recognizer import to_result
from detectors.resolver import CONTAINERS, REPORTED, RIVAL, STATEMENTS, Found, from_result, resolve


def found(entity_type: str, start: int, end: int, score: float) -> Found:
    return Found(start, end, score, entity_type, recognizer=f"{entity_type}Recognizer")


IDENTIFIERS = ("PERSON", "PHONE_NUMBER", "JP_MY_NUMBER", *CONTAINERS)
proposals = st.lists(
    st.builds(
        lambda entity_type, start, length, score: found(entity_type, start, start + length, score / 100),
        st.sampled_from((*IDENTIFIERS, *sorted(STATEMENTS))),
        st.integers(0, 30),
        st.integers(1, 12),
        st.integers(1, 100),
    ),
    max_size=12,
)


def overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def test_of_two_overlapping_spans_of_one_type_the_stronger_stays() -> None:
    weak, strong = found("PERSON", 0, 6, 0.5), found("PERSON", 2, 4, 0.8)
    assert resolve([weak, strong]) == [strong]


def test_of_two_equally_strong_spans_of_one_type_the_longer_stays() -> None:
    short, long = found("PERSON", 2, 4, 0.8), found("PERSON", 0, 6, 0.8)
    assert resolve([short, long]) == [long]


def test_spans_that_only_touch_both_stay() -> None:
    both = [found("PERSON", 0, 2, 0.8), found("PERSON", 2, 4, 0.5)]
    assert resolve(both) == both


def test_the_weaker_of_two_types_stays_as_a_rival() -> None:
    number, parcel = found("JP_MY_NUMBER", 0, 12, 0.9), found("PHONE_NUMBER", 0, 12, 0.6)
    assert resolve([parcel, number]) == [number, replace(parcel, score=RIVAL)]


def test_a_rival_that_is_weak_already_keeps_its_score() -> None:
    weak = found("PHONE_NUMBER", 0, 12, 0.1)
    assert weak in resolve([found("JP_MY_NUMBER", 0, 12, 0.9), weak])


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_reported_container_explains_stronger_spans_inside(container: str) -> None:
    outside, inside = found(container, 0, 20, REPORTED["balanced"]), found("PERSON", 3, 5, 0.95)
    assert resolve([inside, outside]) == [outside, replace(inside, score=RIVAL)]


def test_a_container_too_weak_to_be_reported_is_a_rival_like_others() -> None:
    outside, inside = found("JP_ADDRESS", 0, 20, 0.3), found("PERSON", 3, 5, 0.95)
    assert resolve([inside, outside]) == [replace(outside, score=RIVAL), inside]


@pytest.mark.parametrize("statement", sorted(STATEMENTS))
@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_a_statement_and_what_it_holds_both_keep_their_score(statement: str, identifier: str) -> None:
    said, inside = found(statement, 0, 12, 0.7), found(identifier, 4, 8, 0.6)
    assert resolve([said, inside]) == [said, inside]
    weak = replace(said, score=0.25)
    assert resolve([weak, inside]) == [weak, inside]


def test_statements_of_two_types_over_the_same_words_both_stay() -> None:
    both = [found("JP_SPECIAL_CARE", 0, 8, 0.7), found("RELATIONSHIP", 2, 4, 0.7)]
    assert resolve(both) == both


@settings(deadline=None)
@given(proposals, st.randoms())
def test_the_order_of_the_proposals_does_not_matter(made: list[Found], random: Any) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)
    assert resolve(shuffled) == resolve(made)


@settings(deadline=None)
@given(proposals)
def test_resolving_what_is_resolved_changes_nothing(made: list[Found]) -> None:
    once = resolve(made)
    again = resolve(once)
    assert {(each.start, each.end, each.entity_type) for each in again} == {
        (each.start, each.end, each.entity_type) for each in once
    }


@settings(deadline=None)
@given(proposals)
def test_no_two_identifiers_are_reported_over_the_same_characters(made: list[Found]) -> None:
    reported = [each for each in resolve(made) if each.score > RIVAL and each.entity_type not in STATEMENTS]
    assert not any(overlap(one, other) for at, one in enumerate(reported) for other in reported[:at])


@settings(deadline=None)
@given(proposals)
def test_statements_change_nothing_about_identifiers(made: list[Found]) -> None:
    identifiers = [each for each in made if each.entity_type not in STATEMENTS]
    assert [each for each in resolve(made) if each.entity_type not in STATEMENTS] == resolve(identifiers)


def test_a_span_survives_the_way_through_presidios_result() -> None:
    span = replace(found("PHONE_NUMBER", 3, 14, 0.9), version="2", checked=True, personal=False)
    assert from_result(to_result(span, span.recognizer, span.version, span.recognizer)) == span
