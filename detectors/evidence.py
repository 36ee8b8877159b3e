"""Evidence: what one batch says about the type of a column, in numbers that add up across batches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.profile import profile
from detectors.resolver import REPORTED, Found
from detectors.schema import EVIDENCE
from detectors.sketch import Sketch

#: Spans below this score are no sign of personal data inside a cell, only of a cell that is one (`whole`).
MATCHED = REPORTED["recall"]
#: Prefix of the profile's counters of whole cells that are recognised not to be personal, by type.
IMPERSONAL = "impersonal "


@dataclass(frozen=True)
class Column:
    """The distinct values of one column in one batch (`texts` in Python), with the spans found in each."""

    field: str
    physical_type: str
    rows: int
    values: pa.Array
    texts: list[str]
    counts: npt.NDArray[np.int64]
    found: list[Sequence[Found]]
    whole: list[Sequence[Found]]


@dataclass
class _Tally:
    matched: int = 0
    whole: int = 0
    checked: int = 0
    distinct_matched: int = 0
    distinct_whole: int = 0
    distinct_checked: int = 0
    score: float = 0.0


def summarise(columns: Iterable[Column], sketch_key: bytes) -> pa.RecordBatch:
    """Return the EVIDENCE rows of the columns of one batch."""
    rows = [row for column in columns for row in _rows(column, sketch_key)]
    return pa.RecordBatch.from_pylist(rows, EVIDENCE)


def _rows(column: Column, sketch_key: bytes) -> Iterable[dict[str, object]]:
    tallies = {"": _Tally(), **_tally(column)}
    sketch = Sketch.of(column.values, sketch_key).to_bytes()
    numbers = profile(column.texts, column.counts.tolist()) | _impersonal(column)
    for entity_type, tally in sorted(tallies.items()):
        yield {
            "field": column.field,
            "entity_type": entity_type,
            "physical_type": column.physical_type,
            "rows": column.rows,
            "values": int(column.counts.sum()),
            "distinct": len(column.values),
            "sketch": b"" if entity_type else sketch,
            "profile": "" if entity_type else json.dumps(numbers, sort_keys=True),
            **vars(tally),
        }


def _impersonal(column: Column) -> dict[str, int]:
    """Count the distinct cells that are recognised as no person's: toll-free numbers, say."""
    counted = Counter(
        f"{IMPERSONAL}{each.entity_type}" for whole in column.whole for each in whole if not each.personal
    )
    return dict(counted)


def _tally(column: Column) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for spans, whole, count in zip(column.found, column.whole, column.counts.tolist(), strict=True):
        if not spans:
            continue
        for entity_type in {each.entity_type for each in spans if each.score >= MATCHED}:
            tally = tallies.setdefault(entity_type, _Tally())
            tally.matched += count
            tally.distinct_matched += 1
        for each in whole:
            tally = tallies.setdefault(each.entity_type, _Tally())
            tally.whole += count
            tally.distinct_whole += 1
            tally.checked += count * each.checked
            tally.distinct_checked += each.checked
            tally.score = max(tally.score, each.score)
    return tallies
