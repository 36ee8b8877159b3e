"""Rivals meet here: every recognizer proposes, one place decides.

The same characters are often proposed as several things (12 digits: My Number, licence, parcel slip; 山田 in
an address: a person). All proposals are kept; of those that overlap, the strongest stands and the others stay
as rivals with a score of at most `RIVAL`, so that a column or a reader can still ask for them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from presidio_analyzer import RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer

from detectors.recognizer import Match, Recognizer, to_result

#: Ceiling of a proposal that lost against a stronger one over the same characters.
RIVAL = 0.19
#: Score from which a span is reported, by operating point.
REPORTED = {"fast": 0.4, "balanced": 0.4, "recall": 0.2, "strict": 0.4}
#: Types whose span explains everything inside it: a name in a mail address or a street is no separate person.
CONTAINERS = ("EMAIL_ADDRESS", "JP_ADDRESS")
#: Types that say something of a person: a name or number inside one is no rival of it, nor it of them.
STATEMENTS = frozenset({"EMPLOYMENT_HISTORY", "RELATIONSHIP", "JP_SPECIAL_CARE"})


@dataclass(slots=True, unsafe_hash=True)
class Found(Match):
    """A match after resolution, with the recognizer that proposed it."""

    recognizer: str = ""
    version: str = "1"

    @classmethod
    def of(cls, match: Match, recognizer: Recognizer) -> Found:
        """Return the match as proposed by `recognizer`."""
        return cls(
            match.start,
            match.end,
            match.score,
            match.entity_type,
            match.checked,
            match.personal,
            recognizer.name,
            recognizer.version,
        )


def resolve(proposals: Iterable[Found]) -> list[Found]:
    """Return the proposals with rivals marked down, sorted by position.

    Of two overlapping proposals of one type only the stronger is kept. Statements overlap what they like.
    Depends on nothing but the proposals.
    """
    placed = sorted(proposals, key=_place)
    if all(before.end <= after.start for before, after in pairwise(placed)):
        return placed
    ranked = sorted(placed, key=_strength)
    standing = _Intervals()
    by_type: dict[str, _Intervals] = {}
    resolved: list[Found] = []
    for found in ranked:
        same = by_type.setdefault(found.entity_type, _Intervals())
        if same.overlaps(found.start, found.end):
            continue
        same.add(found.start, found.end)
        if found.entity_type in STATEMENTS:
            resolved.append(found)
            continue
        if not standing.overlaps(found.start, found.end):
            standing.add(found.start, found.end)
        elif found.score > RIVAL:
            found = replace(found, score=RIVAL)
        resolved.append(found)
    return sorted(resolved, key=_place)


def _place(found: Found) -> tuple[int, int, str, str]:
    return found.start, found.end, found.entity_type, found.recognizer


def _strength(found: Found) -> tuple[int, float, int, str, int, str]:
    contains = found.score >= REPORTED["balanced"] and found.entity_type in CONTAINERS
    rank = CONTAINERS.index(found.entity_type) if contains else len(CONTAINERS)
    return (rank, -found.score, found.start - found.end, found.entity_type, found.start, found.recognizer)


class _Intervals:
    """Disjoint intervals kept sorted, so that a text with many findings stays near linear."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def overlaps(self, start: int, end: int) -> bool:
        after = bisect_left(self._starts, end)
        return after > 0 and self._ends[after - 1] > start

    def add(self, start: int, end: int) -> None:
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self._ends.insert(at, end)


class Resolver(ContextAwareEnhancer):
    """`resolve` as Presidio's context-aware enhancer: the engine calls it once per text.

    `before`: what is done to the proposals for a text before they meet (`detectors.vote.voted`).
    """

    def __init__(self, before: Callable[[str, Iterable[Found]], Iterable[Found]] | None = None) -> None:
        super().__init__(0, 0, 0, 0)
        self._before = before

    def enhance_using_context(
        self, text: str, raw_results: list[RecognizerResult], *_: Any, **__: Any
    ) -> list[RecognizerResult]:
        """Resolve Presidio's results; those of foreign recognizers take part like ours."""
        proposals: Iterable[Found] = map(from_result, raw_results)
        if self._before:
            proposals = self._before(text, proposals)
        return [
            to_result(found, found.recognizer, found.version, found.recognizer)
            for found in resolve(proposals)
        ]


def from_result(result: RecognizerResult) -> Found:
    """Read a Presidio result, ours or a foreign recognizer's."""
    metadata = result.recognition_metadata or {}
    return Found(
        start=result.start,
        end=result.end,
        entity_type=result.entity_type,
        score=result.score,
        recognizer=metadata.get(RecognizerResult.RECOGNIZER_NAME_KEY, ""),
        version=metadata.get("version", ""),
        checked=metadata.get("checked", False),
        personal=metadata.get("personal", True),
    )
