"""Precision, recall and F1 by exact span, by overlap and by character, with confidence intervals.

Everything is counted per document, so that an interval can be drawn by taking documents again and again with
replacement (bootstrap). Nothing here knows what proposed the spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.quality.documents import Span

MODES = ("exact", "overlap", "char")
RESAMPLES = 1_000
SEED = 20_261_121
DIGITS = 4

#: Per document and mode: proposals that are right, proposals, expected ones that were met, expected ones.
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Figure:
    """`low` and `high`: bounds of the 95 % interval of `f1`."""

    p: float
    r: float
    f1: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        return {name: round(getattr(self, name), DIGITS) for name in ("p", "r", "f1", "low", "high")}


def count(expected: Sequence[Span], proposed: Sequence[Span], entity_type: str) -> Counts:
    """Return the counts of one document and one entity type: one row per mode of `MODES`."""
    truth = [(start, end) for start, end, kind in expected if kind == entity_type]
    found = [(start, end) for start, end, kind in proposed if kind == entity_type]
    right = len(set(truth) & set(found))
    touched = sum(any(_overlap(each, other) for other in truth) for each in found)
    met = sum(any(_overlap(each, other) for other in found) for each in truth)
    inside, covered = _characters(truth), _characters(found)
    common = len(inside & covered)
    return np.array(
        [
            [right, len(set(found)), right, len(truth)],
            [touched, len(found), met, len(truth)],
            [common, len(covered), common, len(inside)],
        ],
        dtype=np.int64,
    )


def verdict(expected: bool, found: bool) -> Counts:
    """Return the counts of one yes-or-no question, as `count` does: all modes are the same."""
    right = int(expected and found)
    return np.array([[right, int(found), right, int(expected)]] * len(MODES), dtype=np.int64)


def total(counts: Sequence[Counts]) -> Counts:
    """Return the sum of counts, of documents or of types."""
    summed: Counts = np.sum(np.stack(counts), axis=0)
    return summed


def figures(counts: Sequence[Counts]) -> dict[str, Figure]:
    """Return the figure of every mode over the documents' counts, with a seeded bootstrap over documents."""
    table = np.stack(counts).astype(np.float64)
    drawn = _resampled(table.reshape(len(table), -1)).reshape(-1, *table.shape[1:])
    low, high = np.percentile(_rates(drawn)[2], (2.5, 97.5), axis=0)
    precision, recall, f1 = _rates(table.sum(axis=0))
    return {
        mode: Figure(*(float(each[row]) for each in (precision, recall, f1, low, high)))
        for row, mode in enumerate(MODES)
    }


def rate(numerators: Sequence[int], denominators: Sequence[int], per: int) -> tuple[float, float, float]:
    """Return a rate per `per` of the denominator, and its 95 % interval over documents."""
    table = np.array([numerators, denominators], dtype=np.float64).T
    drawn = _resampled(table)
    rates = per * drawn[:, 0] / np.maximum(drawn[:, 1], 1)
    low, high = np.percentile(rates, (2.5, 97.5))
    return per * table[:, 0].sum() / max(table[:, 1].sum(), 1), float(low), float(high)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _characters(spans: Sequence[tuple[int, int]]) -> set[int]:
    return {offset for start, end in spans for offset in range(start, end)}


def _resampled(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the column sums of `RESAMPLES` tables whose rows are drawn from `table` with replacement."""
    size = len(table)
    weights = np.random.default_rng(SEED).multinomial(size, np.full(size, 1 / size), RESAMPLES)
    return weights @ table


def _rates(sums: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], ...]:
    """Return precision, recall and F1 of ``[…, 4]`` sums. Nothing proposed and nothing expected is perfect."""
    right, proposed, met, expected = np.moveaxis(sums, -1, 0)
    precision, recall = right / np.maximum(proposed, 1), met / np.maximum(expected, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    idle = (proposed == 0) & (expected == 0)
    return np.where(idle, 1.0, precision), np.where(idle, 1.0, recall), np.where(idle, 1.0, f1)
