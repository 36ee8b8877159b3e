"""The fast path over Arrow: work proportional to distinct values that could matter, not to cells.

For each column: distinct values → fold (same length) → the gates of all recognizers over the whole column →
recognizers only on the values that passed → the resolver → spans back to rows. Two invariants hold (tested):
a finding depends only on its value, and the spans of a value equal those of ``build_analyzer(ner="off")``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.evidence import Column, summarise
from detectors.flatten import as_text, columns_of
from detectors.recognizer import Recognizer
from detectors.registry import find_with, recognizers
from detectors.resolver import Found, resolve
from detectors.schema import FINDINGS
from detectors.text import FOLDABLE, fold

Occurrences = Literal["text", "all"]


@dataclass(frozen=True)
class Scan:
    """What one batch holds: `findings` and `evidence`, with the schemas of `detectors.schema`."""

    findings: pa.RecordBatch
    evidence: pa.RecordBatch


@dataclass(frozen=True)
class Cascade:
    """The recognizers to run, the key of the distinct sketches (unkeyed ones could be guessed), and what a
    second opinion proposed, by value (`detectors.second_opinion`).
    """

    recognizers: tuple[Recognizer, ...] = field(default_factory=recognizers)
    sketch_key: bytes = b""
    opinions: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)

    def find(self, values: pa.Array) -> list[list[Found]]:
        """Return the spans of every value of a string array without nulls."""
        folded = fold_column(values)
        passed = np.zeros(len(values), dtype=np.int64)
        for bit, each in enumerate(self.recognizers):
            passed |= _passes(folded, each.gate).astype(np.int64) << bit
        found: list[list[Found]] = [[] for _ in range(len(values))]
        candidates = np.flatnonzero(passed)
        texts = zip(values.take(candidates).to_pylist(), folded.take(candidates).to_pylist(), strict=True)
        for index, gates, (text, plain) in zip(candidates, passed[candidates].tolist(), texts, strict=True):
            spans = find_with(self._behind(gates), text, plain)
            # Rivals were marked down already; resolving again only places what the second opinion adds.
            found[index] = resolve([*spans, *self.opinions[text]]) if text in self.opinions else spans
        return found

    def _behind(self, gates: int) -> tuple[Recognizer, ...]:
        """Return the recognizers whose bits are set in `gates`; few combinations ever occur in a column."""
        if gates not in self._combinations:
            self._combinations[gates] = tuple(
                each for bit, each in enumerate(self.recognizers) if gates >> bit & 1
            )
        return self._combinations[gates]

    def is_whole(self, found: Found, value: str) -> bool:
        """Say whether a span is the cell and nothing else, apart from what its type allows around it."""
        return self._edges[found.entity_type].fullmatch(value[: found.start] + value[found.end :]) is not None

    @cached_property
    def _combinations(self) -> dict[int, tuple[Recognizer, ...]]:
        return {}

    @cached_property
    def _edges(self) -> dict[str, re.Pattern[str]]:
        return {each.entity_type: each.edge for each in self.recognizers}


@lru_cache(maxsize=1)
def _default() -> Cascade:
    return Cascade()


def scan_batch(
    batch: pa.RecordBatch, *, cascade: Cascade | None = None, occurrences: Occurrences = "text"
) -> Scan:
    """Scan every column of a batch.

    `occurrences`: "text" leaves out the cells that are one match as a whole (they are evidence for the type of
    their column); "all" reports every occurrence. Nested columns are scanned as ``field.path``.
    """
    cascade = cascade or _default()
    findings: list[pa.RecordBatch] = []
    columns: list[Column] = []
    for name, values in columns_of(batch):
        column, codes = _examine(name, values, cascade)
        columns.append(column)
        findings.extend(_to_rows(column, codes, occurrences))
    table = pa.Table.from_batches(findings, FINDINGS).combine_chunks()
    batches = table.to_batches() or [pa.RecordBatch.from_pylist([], FINDINGS)]
    return Scan(batches[0], summarise(columns, cascade.sketch_key))


def fold_column(values: pa.Array) -> pa.Array:
    """Fold a string array; only values that hold something to fold are touched."""
    touched = pc.match_substring_regex(values, FOLDABLE)
    if not pc.any(touched).as_py():
        return values
    folded = pa.array([fold(value) for value in values.filter(touched).to_pylist()], pa.string())
    return pc.replace_with_mask(values, touched, folded)


def _passes(folded: pa.Array, gate: str) -> npt.NDArray[np.bool_]:
    passed: npt.NDArray[np.bool_] = pc.match_substring_regex(folded, gate).to_numpy(zero_copy_only=False)
    return passed


def _examine(name: str, values: pa.Array, cascade: Cascade) -> tuple[Column, pa.Array]:
    encoded = as_text(values).dictionary_encode()
    counts = np.bincount(
        encoded.indices.drop_null().to_numpy(zero_copy_only=False), minlength=len(encoded.dictionary)
    )
    found = cascade.find(encoded.dictionary)
    whole = [
        tuple(each for each in spans if cascade.is_whole(each, value)) if spans else ()
        for spans, value in zip(found, encoded.dictionary.to_pylist(), strict=True)
    ]
    column = Column(
        field=name,
        physical_type=str(values.type),
        rows=len(values),
        values=encoded.dictionary,
        counts=counts,
        found=found,
        whole=whole,
    )
    return column, encoded.indices


def _to_rows(column: Column, codes: pa.Array, occurrences: Occurrences) -> list[pa.RecordBatch]:
    shown = [
        spans if occurrences == "all" or not whole else []
        for spans, whole in zip(column.found, column.whole, strict=True)
    ]
    # The last slot stands for null cells: they have no spans.
    sizes = np.array([len(spans) for spans in shown] + [0], dtype=np.int64)
    if not sizes.any():
        return []
    starts = np.cumsum(sizes) - sizes
    per_row = codes.fill_null(len(shown)).to_numpy(zero_copy_only=False)
    repeats = sizes[per_row]
    rows = np.repeat(np.arange(len(per_row)), repeats)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    spans = _spans(column.field, [each for spans in shown for each in spans]).take(
        pa.array(starts[per_row[rows]] + within)
    )
    return [pa.RecordBatch.from_arrays([pa.array(rows, pa.int64()), *spans.columns], schema=FINDINGS)]


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
