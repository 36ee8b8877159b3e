"""How well detection does on your own labelled sample: precision, recall and F1 per type, with intervals.

A sample is texts with the spans they are known to hold, or tables with the known type of each column. It stays
where it is: figures and differences are counts and offsets, never text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.cascade import scan_batch
from detectors.columns import ColumnType, merge_evidence, resolve_columns
from detectors.registry import Point
from pipelines.adhoc.samples import Labelled, check_type
from pipelines.adhoc.stream import detect_text
from pipelines.errors import Refused

Mode = Literal["exact", "overlap"]

#: Row of a result over all types together.
ALL = "(all)"
_DRAWS, _SEED, _BATCH = 20_000, 20_261_121, 65_536


class Difference(NamedTuple):
    """One span on which label and detection differ. `kind`: missed (labelled only) or extra (found only)."""

    text: int
    kind: Literal["missed", "extra"]
    entity_type: str
    start: int
    end: int


@dataclass
class Counts:
    """Of one type: labelled and found, found only, labelled only."""

    right: int = 0
    extra: int = 0
    missed: int = 0


@dataclass(frozen=True)
class Figure:
    """What `measure` says of one type. Each interval holds the rate with a probability of 95 %."""

    entity_type: str
    counts: Counts = field(default_factory=Counts)
    precision: tuple[float, float, float] = (0.0, 0.0, 0.0)
    recall: tuple[float, float, float] = (0.0, 0.0, 0.0)
    f1: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def row(self) -> dict[str, Any]:
        """Return it as a row of a frame: type, counts, then rate, low and high of each."""
        row: dict[str, Any] = {
            "entity_type": self.entity_type,
            "labelled": self.counts.right + self.counts.missed,
            "right": self.counts.right,
            "missed": self.counts.missed,
            "extra": self.counts.extra,
        }
        for name in ("precision", "recall", "f1"):
            value, low, high = getattr(self, name)
            row |= {name: value, f"{name}_low": low, f"{name}_high": high}
        return row


def measure(
    sample: Iterable[Labelled], *, mode: Mode = "exact", point: Point = "balanced", types: Iterable[str] = ()
) -> list[Figure]:
    """Return the figures of every type and of all together, for what ``meibo detect`` reports at `point`.

    `mode`: "exact" wants start and end as labelled, "overlap" one character in common. `types`: those that are
    labelled completely; by default those that occur. What is found of other types says nothing and is not counted.
    """
    texts = list(sample)
    wanted = _wanted(texts, types)
    counts = {entity_type: Counts() for entity_type in sorted(wanted)}
    for each in texts:
        for entity_type, (known, found) in _by_type(each, point, wanted).items():
            _count(counts[entity_type], known, found, mode)
    return _figures(counts)


def differences(
    sample: Iterable[Labelled], *, mode: Mode = "exact", point: Point = "balanced", types: Iterable[str] = ()
) -> list[Difference]:
    """Return what is missed and what is found too much, as places in the sample (texts count from 0)."""
    texts = list(sample)
    wanted = _wanted(texts, types)
    differing = []
    for number, each in enumerate(texts):
        for entity_type, (known, found) in _by_type(each, point, wanted).items():
            missed = [span for span in sorted(known) if not _met(span, found, mode)]
            extra = [span for span in sorted(found) if not _met(span, known, mode)]
            differing += [Difference(number, "missed", entity_type, *span) for span in missed]
            differing += [Difference(number, "extra", entity_type, *span) for span in extra]
    return differing


def measure_columns(tables: Iterable[tuple[pa.Table, Mapping[str, str | None]]]) -> list[Figure]:
    """Return the figures of the types decided for columns. With each table goes the known type of its columns.

    None: the column holds no personal data. Columns without a label are not counted. A wrong type is missed as
    one and extra as the other. Raises `Refused` ``sample-column``, ``sample-type``.
    """
    counts: dict[str, Counts] = defaultdict(Counts)
    for table, labels in tables:
        decided = column_types(table)
        for number, (name, known) in enumerate(labels.items(), 1):
            if name not in decided:
                raise Refused("sample-column", f"label {number}", "labels name columns of their table")
            if known is not None:
                check_type(known, "labels")
            found = decided[name].entity_type
            for entity_type in {known, found} - {None}:
                tally = counts[str(entity_type)]
                tally.right += known == found
                tally.missed += known == entity_type != found
                tally.extra += found == entity_type != known
    return _figures(dict(sorted(counts.items())))


def column_types(table: pa.Table) -> dict[str, ColumnType]:
    """Return the type of every column of a table."""
    # Of a table without rows Arrow makes no batch, and it has columns all the same.
    batches = table.to_batches(max_chunksize=_BATCH) or [pa.RecordBatch.from_pylist([], table.schema)]
    scans = [scan_batch(batch) for batch in batches]
    findings = pa.Table.from_batches([each.findings for each in scans])
    return resolve_columns(findings, merge_evidence([each.evidence for each in scans]))


def _wanted(texts: Sequence[Labelled], types: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(types) or frozenset(kind for each in texts for _, _, kind in each.spans)
    for each in wanted:
        check_type(each, "types")
    return wanted


def _by_type(
    labelled: Labelled, point: Point, wanted: frozenset[str]
) -> dict[str, tuple[set[tuple[int, int]], set[tuple[int, int]]]]:
    both: dict[str, tuple[set[tuple[int, int]], set[tuple[int, int]]]] = {}
    proposed = [(each.start, each.end, each.entity_type) for each in detect_text(labelled.text, point=point)]
    for side, spans in enumerate((labelled.spans, proposed)):
        for start, end, kind in spans:
            if kind in wanted:
                both.setdefault(kind, (set(), set()))[side].add((start, end))
    return both


def _count(tally: Counts, known: set[tuple[int, int]], found: set[tuple[int, int]], mode: Mode) -> None:
    right = sum(_met(span, found, mode) for span in known)
    tally.right += right
    tally.missed += len(known) - right
    tally.extra += sum(not _met(span, known, mode) for span in found)


def _met(span: tuple[int, int], others: set[tuple[int, int]], mode: Mode) -> bool:
    if mode == "exact":
        return span in others
    return any(span[0] < end and start < span[1] for start, end in others)


def _figures(counts: Mapping[str, Counts]) -> list[Figure]:
    together = Counts(*(sum(getattr(each, name) for each in counts.values()) for name in vars(Counts())))
    return [_figure(name, each) for name, each in (*counts.items(), (ALL, together))]


def _figure(name: str, counts: Counts) -> Figure:
    """Draw the three shares as Goutte and Gaussier do ("A probabilistic interpretation …", ECIR 2005), λ = ½.

    Unlike a bootstrap it does not take ten right out of ten for certainty.
    """
    shares = np.random.default_rng(_SEED).gamma(
        np.array([counts.right, counts.extra, counts.missed]) + 0.5, size=(_DRAWS, 3)
    )
    seen = np.array([[counts.right, counts.extra, counts.missed]], dtype=np.float64)
    intervals = np.percentile(_rates(shares), (2.5, 97.5), axis=1)
    rates = [
        (float(value), float(low), float(high))
        for value, low, high in zip(_rates(seen)[:, 0], *intervals, strict=True)
    ]
    return Figure(name, counts, *rates)


def _rates(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return precision, recall and F1, a row each; NaN where nothing was found, labelled, or either."""
    right, extra, missed = shares.T
    with np.errstate(invalid="ignore"):
        return np.stack(
            [right / (right + extra), right / (right + missed), 2 * right / (2 * right + extra + missed)]
        )
