"""The fast path over Arrow: work proportional to distinct values that could matter, not to cells.

For each column: distinct values → fold (same length) → the gates of all recognizers over the whole column →
recognizers only on the values that passed → the resolver → spans back to rows. Two invariants hold (tested):
a finding depends only on its value, and the spans of a value equal those of ``build_analyzer(ner="off")``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.dense import Reading
from detectors.distinct import Distinct
from detectors.evidence import Column, Examined, evidence_of
from detectors.flatten import as_text, columns_of
from detectors.garbage import no_collection
from detectors.gates import fold_all
from detectors.letters import Letters, letters_of
from detectors.memory import OVERHEAD, REMEMBERED, Memory
from detectors.phrases import passing
from detectors.pieces import MANY
from detectors.recognizer import Match, Recognizer
from detectors.registry import Ner, Point, own_recognizers, recognizers
from detectors.resolver import Found, resolve
from detectors.rows import Occurrences, to_rows
from detectors.schema import EVIDENCE, FINDINGS
from detectors.spokesmen import LONGEST, by_themselves, spoken_for
from detectors.text import fold
from detectors.vote import voted

#: Letters looked at together.
_AT_ONCE = 4_000_000
#: Values among which those that are alike are looked for together; of texts so many come first.
_TOGETHER, _TEXTS_FIRST = 131_072, 8_192


@dataclass(frozen=True)
class Scan:
    """What one batch holds: `findings` and `evidence`, with the schemas of `detectors.schema`."""

    findings: pa.RecordBatch
    evidence: pa.RecordBatch


NOTHING = Examined((), ())
#: Different outcomes, and for every value which of them is its own.
Outcomes: TypeAlias = tuple[list[Examined], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Cascade:
    """The recognizers to run, the key of the distinct sketches (unkeyed ones could be guessed), and what a
    second opinion proposed, by value (`detectors.second_opinion`); `strict`: names are voted on; how many letters
    of values it has seen it remembers (`detectors.memory`).
    """

    recognizers: tuple[Recognizer, ...] = field(default_factory=recognizers)
    sketch_key: bytes = b""
    opinions: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)
    strict: bool = False
    remembered: int = REMEMBERED

    @classmethod
    def at(
        cls,
        point: Point,
        ner: Ner = "off",
        *,
        sketch_key: bytes = b"",
        opinions: Mapping[str, tuple[Found, ...]] | None = None,
        remembered: int = REMEMBERED,
    ) -> Cascade:
        """Return the cascade that equals ``build_analyzer(ner, point)``.

        `opinions`: what a second opinion said of a whole part; without them it is asked value by value.
        """
        chosen = recognizers(point, ner) if opinions is None else own_recognizers(point)
        return cls(chosen, sketch_key, opinions or {}, strict=point == "strict", remembered=remembered)

    def find(self, values: pa.Array) -> list[Sequence[Found]]:
        """Return the spans of every value of a string array without nulls."""
        return [each.spans for each in self.examine(values.to_pylist())]

    def examine(self, values: Sequence[str]) -> list[Examined]:
        """Return what every value holds; values seen lately are not looked at again."""
        if len(values) < MANY:
            return self._examine(values)
        # Not `self.outcomes`: a cascade that wraps this one may answer that by `examine`.
        outcomes, outcome = Cascade.outcomes(self, pa.array(values, pa.string()))
        return [outcomes[at] for at in outcome.tolist()]

    def outcomes(self, values: pa.Array) -> Outcomes:
        """Return what the values of a string array without nulls hold: each outcome once, and which is whose."""
        examined: list[Examined] = []
        own: list[npt.NDArray[np.int64]] = []
        for portion in _portions(values):
            spoken = self._spokesmen(portion)
            alone = np.flatnonzero(spoken == np.arange(len(portion)))
            number = np.zeros(len(portion), dtype=np.int64)
            number[alone] = np.arange(len(examined), len(examined) + len(alone))
            own.append(number[spoken])
            examined += self._examine(portion.take(pa.array(alone)).to_pylist())
        outcomes, outcome = shared(examined)
        return outcomes, np.concatenate([outcome[each] for each in own]) if own else outcome

    def _spokesmen(self, values: pa.Array) -> npt.NDArray[np.int64]:
        """Return for every value the place of the one that speaks for it, often itself."""
        speaks = spoken_for(values, self.recognizers)
        if self.opinions:
            told = np.flatnonzero(pc.is_in(values, self._told).to_numpy(zero_copy_only=False))
            speaks = by_themselves(speaks, told)
        return speaks

    def _examine(self, values: Sequence[str]) -> list[Examined]:
        """Look at each of `values` that was not seen lately."""
        with no_collection():
            examined = [known or NOTHING for known in map(self._memory.get, values)]
            for unseen in _slices(values, [at for at, known in enumerate(examined) if known is NOTHING]):
                texts = [values[at] for at in unseen]
                for at, text, found in zip(unseen, texts, self._look_at_each(texts), strict=True):
                    if found is not NOTHING:
                        examined[at] = found
                        self._memory.keep(text, found)
            return examined

    def _look_at_each(self, texts: Sequence[str]) -> list[Examined]:
        letters = Letters(texts) if len(texts) >= MANY else None
        folded = fold_all(texts, letters) if letters else list(map(fold, texts))
        reading = Reading.of(texts, folded, letters)
        passed = passing(
            [each.gate for each in self.recognizers],
            reading.texts,
            letters if reading.texts is texts else None,
        )
        proposed: list[list[tuple[Match, Recognizer]]] = [[] for _ in texts]
        for bit, each in enumerate(self.recognizers):
            if asked := _places_of(bit, passed):
                for at, matches in zip(asked, each.find_in(reading, asked), strict=True):
                    proposed[at] += [(match, each) for match in matches]
        return [
            self._decided(text, proposals) if proposals or text in self.opinions else NOTHING
            for proposals, text in zip(proposed, texts, strict=True)
        ]

    def _decided(self, text: str, proposals: list[tuple[Match, Recognizer]]) -> Examined:
        """Let what is proposed for one text meet; a cell that is one match and nothing else shares its outcome."""
        if len(proposals) == 1 and not self.strict and text not in self.opinions:
            match, recognizer = proposals[0]
            if match.start == 0 and match.end == len(text):
                return self._sole(match, recognizer)
        found = [Found.of(match, recognizer) for match, recognizer in proposals]
        found += self.opinions.get(text, ())
        spans = resolve(voted(text, found) if self.strict else found)
        return (
            Examined(spans, tuple(each for each in spans if self.is_whole(each, text))) if spans else NOTHING
        )

    def _sole(self, match: Match, recognizer: Recognizer) -> Examined:
        known = self._soles.get((recognizer.name, match))
        if known is None:
            found = (Found.of(match, recognizer),)
            known = self._soles[recognizer.name, match] = Examined(found, found)
        return known

    def is_whole(self, found: Found, value: str) -> bool:
        """Say whether a span is the cell and nothing else, apart from what its type allows around it."""
        edge = self._edges[found.entity_type]
        return all(edge.fullmatch(value, *span) for span in ((0, found.start), (found.end, len(value))))

    @cached_property
    def _memory(self) -> Memory:
        return Memory(self.remembered)

    @cached_property
    def _told(self) -> pa.Array:
        return pa.array(list(self.opinions), pa.string())

    @cached_property
    def _soles(self) -> dict[tuple[str, Match], Examined]:
        return {}

    @cached_property
    def _edges(self) -> dict[str, re.Pattern[str]]:
        return {each.entity_type: each.edge for each in self.recognizers}


def shared(examined: Sequence[Examined]) -> Outcomes:
    """Return each outcome once, and which is whose: cells that are alike share one object."""
    _, first, outcome = np.unique(
        np.fromiter(map(id, examined), np.int64, len(examined)), return_index=True, return_inverse=True
    )
    return [examined[at] for at in first.tolist()], outcome


def _portions(values: pa.Array) -> Iterator[pa.Array]:
    """Cut `values`; of many texts some come first, so that what their sentences say is known of the others."""
    are_texts = len(letters_of(values)[0]) > LONGEST // 2 * len(values)
    starts = range(_TEXTS_FIRST if are_texts else _TOGETHER, len(values), _TOGETHER)
    for start, end in pairwise([0, *starts, len(values)]):
        yield values.slice(start, end - start)


def _places_of(bit: int, passed: npt.NDArray[np.int64]) -> list[int]:
    if len(passed) == 1:
        return [0] if int(passed[0]) >> bit & 1 else []
    places: list[int] = np.flatnonzero(passed >> bit & 1).tolist()
    return places


def _slices(values: Sequence[str], places: list[int]) -> Iterator[list[int]]:
    """Cut `places` so that the values of a slice are of bounded length together."""
    letters = sum(map(len, values)) + OVERHEAD * len(places)
    if letters <= _AT_ONCE:
        yield from [places] if places else ()
        return
    slice_: list[int] = []
    letters = 0
    for at in places:
        slice_.append(at)
        letters += len(values[at]) + OVERHEAD
        if letters > _AT_ONCE:
            yield slice_
            slice_, letters = [], 0
    if slice_:
        yield slice_


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
    evidence: list[dict[str, object]] = []
    with no_collection():
        for name, values in columns_of(batch):
            column = _examine(name, values, cascade)
            findings.extend(to_rows(column, occurrences))
            evidence.extend(evidence_of(column, cascade.sketch_key))
    table = pa.Table.from_batches(findings, FINDINGS).combine_chunks()
    batches = table.to_batches() or [pa.RecordBatch.from_pylist([], FINDINGS)]
    return Scan(batches[0], pa.RecordBatch.from_pylist(evidence, EVIDENCE))


def _examine(name: str, values: pa.Array, cascade: Cascade) -> Column:
    distinct = Distinct.of(as_text(values))
    outcomes, outcome = cascade.outcomes(distinct.values)
    return Column(name, str(values.type), distinct, outcomes, outcome)
