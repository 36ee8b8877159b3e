"""Evidence: what one batch says about the type of a column, in numbers that add up across batches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.distinct import Distinct
from detectors.profile import profile
from detectors.resolver import REPORTED, Found
from detectors.sketch import Sketch

#: Spans below this score are no sign of personal data inside a cell, only of a cell that is one (`whole`).
MATCHED = REPORTED["recall"]
#: Prefix of the profile's counters of whole cells that are recognised not to be personal, by type.
IMPERSONAL = "impersonal "


class Examined(NamedTuple):
    """What one value holds: its spans, and those of them that are the value as a whole."""

    spans: Sequence[Found]
    whole: Sequence[Found]


@dataclass(frozen=True)
class Column:
    """The distinct values of one column in one batch, and what they hold.

    `outcome`: for every value, which of the `outcomes` is its own.
    """

    field: str
    physical_type: str
    distinct: Distinct
    outcomes: list[Examined]
    outcome: npt.NDArray[np.int64]


#: An outcome with spans, the cells and the distinct values that have it.
_Tallied = tuple[Examined, int, int]


@dataclass
class _Tally:
    matched: int = 0
    whole: int = 0
    checked: int = 0
    distinct_matched: int = 0
    distinct_whole: int = 0
    distinct_checked: int = 0
    score: float = 0.0


def evidence_of(column: Column, key: bytes) -> Iterator[dict[str, object]]:
    """Yield the rows of one column of one batch, schema `EVIDENCE`; `key`: that of the sketch."""
    distinct = column.distinct
    counts = distinct.counts
    tallied = list(_tallied(column, counts))
    tallies = {"": _Tally(), **_tally(tallied)}
    sketch = Sketch.of_digests(distinct.digests, key).to_bytes()
    numbers = profile(distinct.values, counts, distinct.digests) | _impersonal(tallied)
    for entity_type, tally in sorted(tallies.items()):
        yield {
            "field": column.field,
            "entity_type": entity_type,
            "physical_type": column.physical_type,
            "rows": len(distinct.codes),
            "values": int(counts.sum()),
            "distinct": len(distinct.values),
            "sketch": b"" if entity_type else sketch,
            "profile": "" if entity_type else json.dumps(numbers, sort_keys=True),
            **vars(tally),
        }


def _tallied(column: Column, counts: npt.NDArray[np.int64]) -> Iterator[_Tallied]:
    values = np.bincount(column.outcome, minlength=len(column.outcomes))
    again = np.flatnonzero(counts > 1)
    more = np.bincount(column.outcome[again], counts[again] - 1, len(column.outcomes))
    cells = values + more.astype(np.int64)
    for each, in_cells, in_values in zip(column.outcomes, cells.tolist(), values.tolist(), strict=True):
        if each.spans:
            yield each, in_cells, in_values


def _impersonal(tallied: Iterable[_Tallied]) -> dict[str, int]:
    """Count the distinct cells that are recognised as no person's: toll-free numbers, say."""
    counted: Counter[str] = Counter()
    for examined, _, values in tallied:
        for entity_type in {each.entity_type for each in examined.whole if not each.personal}:
            counted[f"{IMPERSONAL}{entity_type}"] += values
    return dict(counted)


def _tally(tallied: Iterable[_Tallied]) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for examined, cells, values in tallied:
        for entity_type in {each.entity_type for each in examined.spans if each.score >= MATCHED}:
            tally = tallies.setdefault(entity_type, _Tally())
            tally.matched += cells
            tally.distinct_matched += values
        for each in examined.whole:
            tally = tallies.setdefault(each.entity_type, _Tally())
            tally.whole += cells
            tally.distinct_whole += values
            tally.checked += cells * each.checked
            tally.distinct_checked += values * each.checked
            tally.score = max(tally.score, each.score)
    return tallies
