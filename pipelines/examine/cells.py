"""Cells that are one match as a whole: what the first look found in them, kept for the second.

`detect` leaves them out of the findings until the type of their column is known. So that nothing is found twice,
what they hold is kept beside the findings: places without values, once per distinct value of a batch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.cascade import Cascade, Outcomes
from detectors.evidence import Examined
from detectors.flatten import as_text
from detectors.resolver import RIVAL, Found
from detectors.rows import spans_of
from detectors.schema import FINDINGS

Numbers: TypeAlias = npt.NDArray[np.int64]
#: What is kept of a value: its spans, each with whether it is the value as a whole.
Kept: TypeAlias = tuple[tuple[Found, bool], ...]

#: File of a piece of work.
CELLS_FILE = "cells.parquet"

#: One row per span worth keeping; `row`: where in the part a cell with this value stands first; `is_whole`: the
#: span is the cell, apart from what its type allows around it.
CELLS = pa.schema([*FINDINGS, pa.field("is_whole", pa.bool_(), nullable=False)])


@dataclasses.dataclass(frozen=True)
class Recorder(Cascade):
    """Finds what the cascade `within` finds, and notes which values are one match as a whole.

    Worth keeping are spans of `types` that are no mere rivals, and any that score at least `floor`.
    """

    within: Cascade = dataclasses.field(default_factory=Cascade)
    types: frozenset[str] = frozenset()
    floor: float = 0.0

    @classmethod
    def over(cls, cascade: Cascade, types: frozenset[str], floor: float) -> Recorder:
        """Return a recorder over `cascade`."""
        same = {each.name: getattr(cascade, each.name) for each in dataclasses.fields(Cascade)}
        return cls(**same, within=cascade, types=types, floor=floor)

    def examine(self, values: Sequence[str]) -> list[Examined]:
        """Return what every value of a document holds; nothing is noted."""
        return self.within.examine(values)

    def outcomes(self, values: pa.Array) -> Outcomes:
        """Return what the values of a column hold."""
        outcomes, outcome = self.within.outcomes(values)
        place = np.full(len(outcomes), -1, dtype=np.int64)
        for at, each in enumerate(outcomes):
            if each.whole and (spans := self._worth_keeping(each)):
                place[at] = len(self._kept)
                self._kept.append(spans)
        noted = np.flatnonzero(place[outcome] >= 0)
        self._met.update(
            zip(values.take(pa.array(noted)).to_pylist(), place[outcome[noted]].tolist(), strict=True)
        )
        return outcomes, outcome

    def _worth_keeping(self, examined: Examined) -> Kept:
        return tuple(
            (span, any(span is each for each in examined.whole))
            for span in examined.spans
            if span.score >= self.floor or (span.score > RIVAL and span.entity_type in self.types)
        )

    @cached_property
    def _met(self) -> dict[str, int]:
        return {}

    @cached_property
    def _kept(self) -> list[Kept]:
        return []

    def cells(self, batch: pa.RecordBatch, first_row: int) -> pa.Table:
        """Return CELLS of a batch that was examined since the last call; its rows count from `first_row`."""
        sizes = np.array([len(spans) for spans in self._kept], dtype=np.int64)
        spans = _spans([each for spans in self._kept for each in spans])
        tables = [CELLS.empty_table()]
        for name, column in zip(batch.schema.names, batch.columns, strict=True) if self._met else ():
            encoded = as_text(column).dictionary_encode()
            met = np.array([self._met.get(value, -1) for value in encoded.dictionary.to_pylist()], np.int64)
            codes = np.flatnonzero(met >= 0)
            chosen, repeated = spans_of(sizes, met[codes])
            rows = first_rows(encoded)[codes[repeated]] + first_row
            taken = spans.take(pa.array(chosen))
            columns = [pa.array(rows), pa.repeat(pa.scalar(name), len(rows)), *taken.columns]
            tables.append(pa.table(columns, schema=CELLS))
        self._met.clear()
        self._kept.clear()
        return pa.concat_tables(tables)


def _spans(found: Sequence[tuple[Found, bool]]) -> pa.Table:
    return pa.table(
        {
            "start": [each.start for each, _ in found],
            "end": [each.end for each, _ in found],
            "entity_type": [each.entity_type for each, _ in found],
            "score": [each.score for each, _ in found],
            "recognizer": [each.recognizer for each, _ in found],
            "recognizer_version": [each.version for each, _ in found],
            "personal": [each.personal for each, _ in found],
            "is_whole": [whole for _, whole in found],
        },
        schema=pa.schema(list(CELLS)[2:]),
    )


def first_rows(encoded: pa.DictionaryArray) -> Numbers:
    """Return for every code the first row it stands in."""
    rows = np.flatnonzero(encoded.is_valid().to_numpy(zero_copy_only=False))[::-1]
    first = np.zeros(len(encoded.dictionary), dtype=np.int64)
    # Of several assignments to one place the last one counts.
    first[encoded.indices.drop_null().to_numpy(zero_copy_only=False)[::-1]] = rows
    return first


class Known:
    """The cells of one field of a part, found again by their value while the batches of the part go by."""

    def __init__(self, cells: pa.Table) -> None:
        self.cells: pa.Table = cells.sort_by([("row", "ascending"), ("start", "ascending")]).combine_chunks()
        self._rows: Numbers = self.cells["row"].to_numpy()
        self._taken = 0
        self._places: dict[str, list[int]] = {}

    def places(self, texts: pa.Array, first_row: int) -> Mapping[str, Sequence[int]]:
        """Return, by value, which rows of `cells` tell of it; `texts` begins at `first_row` of the part.

        A value that is not among them was no whole match.
        """
        end = int(np.searchsorted(self._rows, first_row + len(texts)))
        places = np.arange(self._taken, end)
        values = texts.take(pa.array(self._rows[places] - first_row)).to_pylist()
        self._taken = end
        for value, place in zip(values, places.tolist(), strict=True):
            known = self._places.setdefault(value, [])
            # A value is kept once per batch of the first look; batches may have been cut otherwise since.
            if not known or self._rows[known[0]] == self._rows[place]:
                known.append(place)
        return self._places

    def occurrences(self, texts: pa.Array, first_row: int) -> pa.RecordBatch:
        """Return FINDINGS of the cells of a batch; rows count from its start."""
        encoded = texts.dictionary_encode()
        known = self.places(texts, first_row)
        of_code = [known.get(value, ()) for value in encoded.dictionary.to_pylist()]
        # The last code stands for null cells, which hold nothing.
        sizes = np.array([*map(len, of_code), 0], dtype=np.int64)
        codes = encoded.indices.fill_null(len(of_code)).to_numpy(zero_copy_only=False)
        chosen, rows = spans_of(sizes, codes)
        flat = np.array([place for places in of_code for place in places], dtype=np.int64)
        taken = self.cells.take(pa.array(flat[chosen])).combine_chunks()
        columns = [taken[name].combine_chunks() for name in FINDINGS.names[1:]]
        return pa.RecordBatch.from_arrays([pa.array(rows, pa.int64()), *columns], schema=FINDINGS)
