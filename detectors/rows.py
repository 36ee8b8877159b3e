"""From the outcomes of a column's values to the findings of its rows, without a Python object per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.evidence import Column
from detectors.resolver import Found
from detectors.schema import FINDINGS

Ints = npt.NDArray[np.int64]
Occurrences = Literal["text", "all"]


def to_rows(column: Column, occurrences: Occurrences) -> list[pa.RecordBatch]:
    """Return the findings of a column, schema `FINDINGS`: one batch, or none.

    `occurrences`: "text" leaves out the cells that are one match as a whole.
    """
    shown = [each.spans if occurrences == "all" or not each.whole else () for each in column.outcomes]
    # The last slot stands for null cells: they have no spans.
    sizes = np.array([len(spans) for spans in shown] + [0], dtype=np.int64)
    if not sizes.any():
        return []
    of_value = np.append(column.outcome, len(shown))
    chosen, rows = spans_of(sizes, of_value[column.distinct.codes])
    spans = _spans(column.field, [each for spans in shown for each in spans]).take(pa.array(chosen))
    return [pa.RecordBatch.from_arrays([pa.array(rows, pa.int64()), *spans.columns], schema=FINDINGS)]


def spans_of(sizes: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Return the places of all spans of the `chosen` groups, group by group, and of every span whose it is.

    `sizes`: spans of every group; the groups lie one after the other.

    >>> spans_of(np.array([2, 0, 1]), np.array([2, 0, 1]))
    (array([2, 0, 1]), array([0, 1, 1]))
    """
    starts = np.cumsum(sizes) - sizes
    repeats = sizes[chosen]
    whose = np.repeat(np.arange(len(chosen)), repeats)
    within = np.arange(len(whose)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return starts[chosen[whose]] + within, whose


def _spans(name: str, flat: Sequence[Found]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            pa.array([name] * len(flat), pa.string()),
            pa.array([each.start for each in flat], pa.int32()),
            pa.array([each.end for each in flat], pa.int32()),
            pa.array([each.entity_type for each in flat], pa.string()),
            pa.array([each.score for each in flat], pa.float32()),
            pa.array([each.recognizer for each in flat], pa.string()),
            pa.array([each.version for each in flat], pa.string()),
            pa.array([each.personal for each in flat], pa.bool_()),
        ],
        names=FINDINGS.names[1:],
    )
