"""A column as a population: what the rules reason about, and how much a pass rate weighs.

Shares are of distinct values. A check digit counts by how much its pass rate exceeds the base rate: the share of
random values of the same shape that pass.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass

#: Fields of an EVIDENCE row that a `Tally` takes over.
TALLY = ("matched", "whole", "checked", "distinct_matched", "distinct_whole", "distinct_checked")


@dataclass(frozen=True, slots=True)
class Tally:
    """What the cells of a column say for one entity type (meaning of the counts: `detectors.schema`)."""

    matched: int = 0
    whole: int = 0
    checked: int = 0
    distinct_matched: int = 0
    distinct_whole: int = 0
    distinct_checked: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type the values support: `score` 0–1, a value-free `reason`, `matched` cells."""

    entity_type: str
    score: float
    reason: str
    matched: int = 0


@dataclass(frozen=True)
class Population:
    """All that is known of a column: counts without blank cells, profile, tallies by type, header, findings."""

    field: str
    physical: str
    rows: int
    values: int
    distinct: int
    estimate: int
    profile: Mapping[str, int]
    types: Mapping[str, Tally]
    header: str | None = None
    found: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def tally(self, entity_type: str) -> Tally:
        """Return the tally of a type; all zero when nothing of it was seen."""
        return self.types.get(entity_type, Tally())

    def share(self, *counters: str) -> float:
        """Return the share of the profile's sample that the counters together make up."""
        return sum(self.profile.get(each, 0) for each in counters) / max(1, self.profile.get("n", 0))

    def of_distinct(self, count: int) -> float:
        """Return `count` as a share of the distinct values."""
        return count / max(1, self.distinct)

    @property
    def few(self) -> bool:
        """A handful of values over and over: a code list, a list of shops, a small team."""
        repeated = 3 * self.estimate <= self.values
        return (repeated and self.estimate <= 12) or (
            self.values >= 100 and self.estimate <= 0.1 * self.values
        )


def evidence(passed: int, total: int, base: float) -> float:
    """Return how much better "they are of the type" explains `passed` of `total` than chance, in nats.

    Log-likelihood ratio of the observed rate against `base`; 0 when the observed rate is not above it.
    """
    rate = passed / max(1, total)
    if rate <= base:
        return 0.0
    failed = (total - passed) * math.log((1 - rate) / (1 - base)) if passed < total else 0.0
    return passed * math.log(rate / base) + failed


def score(share: float, weight: float, headed: bool) -> float:
    """Share of the values, less what few values leave open, plus the header where it agrees."""
    return min(0.99, 0.9 * share * (1 - math.exp(-weight / 2)) + (0.09 if headed else 0.0))


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{share:.0%}"
