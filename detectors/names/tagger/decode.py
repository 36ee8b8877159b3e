"""From morphemes and the rules' candidates to names: sums of weights, and Viterbi where there is a doubt.

What a word adds to the morphemes round it depends on the word alone and is summed once. Most morphemes are
outside every name by a wide margin; the best path is searched only through the stretches between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from detectors.names.candidate import Candidate
from detectors.names.morphology import Morpheme, Tag
from detectors.names.tagger.features import (
    BESIDE,
    END,
    OFFSETS,
    PAIRS,
    START,
    pair_feature,
    said_by_rules,
    word,
)
from detectors.names.tagger.model import BEGIN, INSIDE, LABELS, OUTSIDE, Model, Row, load

#: How far the labels of names may lie behind the best for a morpheme to be searched; how many beside it are too.
DOUBT, REACH = 3.0, 2

_NAME = (BEGIN, INSIDE)
_LABELS = tuple(range(len(LABELS)))
#: Words and pairs whose sums are kept.
_KEPT = 16_384
_COUNT = len(LABELS)


class Tagged(NamedTuple):
    """A name: code points `start` to `end` (exclusive) of the text, and how sure the tagger is, 0–1."""

    start: int
    end: int
    sure: float


class Decoder:
    """Reads sentences with the weights of one model; safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self._rows = model.rows
        self._zero = np.zeros(_COUNT, dtype=np.float32)
        # Transitions by the label they lead to.
        self._into = [[float(weight) for weight in column] for column in model.transitions.T]
        self._word = lru_cache(_KEPT)(self._sum_word)
        self._pair = lru_cache(_KEPT)(self._sum_pair)
        self._beside = lru_cache(_KEPT)(self._sum_beside)
        self._start = (self._summed(START.attributes), START.kind)
        self._end = (self._summed(END.attributes), END.kind)

    def names(self, tokens: Sequence[Morpheme], candidates: Sequence[Candidate]) -> Iterator[Tagged]:
        """Yield the names of one sentence, given the rules' `candidates` in it (disjoint, sorted)."""
        weights = self.emissions(tokens, candidates)
        for start, end in _stretches(weights):
            path = self.best_path(weights[start:end])
            for first, last in _runs(path):
                sure = self._sure(weights[start:end], path, first, last)
                yield Tagged(tokens[start + first].start, tokens[start + last - 1].end, sure)

    def emissions(self, tokens: Sequence[Morpheme], candidates: Sequence[Candidate]) -> Row:
        """Return the weight of every label for every morpheme, shape (morphemes, labels)."""
        edges = (self._start, self._start), (self._end, self._end)
        known = [*edges[0], *(self._word(token.surface, token.tag) for token in tokens), *edges[1]]
        count = len(tokens)
        kinds = [each[1] for each in known]
        words = np.concatenate([each[0] for each in known]).reshape(-1, len(OFFSETS), _COUNT)
        pairs = np.concatenate(list(map(self._pair, kinds, kinds[1:]))).reshape(-1, len(PAIRS), _COUNT)
        weights: Row = np.concatenate(list(map(self._beside, kinds[1:-3], kinds[3:-1]))).reshape(-1, _COUNT)
        for at in range(len(OFFSETS)):
            weights += words[at : at + count, at]
        for at in range(len(PAIRS)):
            weights += pairs[at : at + count, at]
        for at, features in said_by_rules(tokens, candidates).items():
            for feature in features:
                weights[at] += self._rows.get(feature, self._zero)
        return weights

    def best_path(self, weights: Row) -> list[int]:
        """Return the labels of greatest total weight (Viterbi)."""
        scores: list[float] = weights[0].tolist()
        steps: list[list[int]] = []
        for row in weights[1:].tolist():
            step: list[int] = []
            following: list[float] = []
            for own, into in zip(row, self._into, strict=True):
                weight, best = max(zip(map(float.__add__, scores, into), _LABELS, strict=True))
                step.append(best)
                following.append(weight + own)
            steps.append(step)
            scores = following
        path = [scores.index(max(scores))]
        for step in reversed(steps):
            path.append(step[path[-1]])
        return path[::-1]

    def _sum_word(self, surface: str, tag: Tag) -> tuple[Row, str]:
        known = word(surface, tag)
        return self._summed(known.attributes), known.kind

    def _summed(self, attributes: Sequence[str]) -> Row:
        """What a word adds to its neighbours and itself, one row of labels per offset, flat."""
        names = ([f"{offset}{each}" for each in attributes] for offset in OFFSETS)
        return np.concatenate([sum(map(self._row, each), self._zero) for each in names])

    def _sum_pair(self, left: str, right: str) -> Row:
        return np.concatenate([self._row(pair_feature(offset, left, right)) for offset in PAIRS])

    def _sum_beside(self, left: str, right: str) -> Row:
        return self._row(pair_feature(BESIDE, left, right))

    def _row(self, feature: str) -> Row:
        return self._rows.get(feature, self._zero)

    def _sure(self, weights: Row, path: Sequence[int], first: int, last: int) -> float:
        """The logistic of what the path gains by the name, against leaving its morphemes outside."""
        plain = [*path[:first], *(OUTSIDE for _ in range(first, last)), *path[last:]]
        gain = self._weight(weights, path, first, last) - self._weight(weights, plain, first, last)
        return 1 / (1 + math.exp(-max(min(gain, 30.0), -30.0)))

    def _weight(self, weights: Row, path: Sequence[int], first: int, last: int) -> float:
        steps = range(max(first, 1), min(last + 1, len(path)))
        moves = sum(self._into[path[at]][path[at - 1]] for at in steps)
        return moves + sum(float(weights[at, path[at]]) for at in range(first, last))


def _stretches(weights: Row) -> list[tuple[int, int]]:
    """Return the runs of morphemes that may be names, with `REACH` morphemes on either side."""
    lead = weights[:, _NAME].max(axis=1) - weights.max(axis=1)
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(lead > -DOUBT).tolist():
        start, end = max(place - REACH, 0), min(place + REACH + 1, len(weights))
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _runs(path: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and one past last of every run of a beginning and what goes on from it."""
    start = -1
    for at, label in enumerate((*path, OUTSIDE)):
        if label == INSIDE and start >= 0:
            continue
        if start >= 0:
            yield start, at
        start = at if label in _NAME else -1


@cache
def decoder() -> Decoder:
    """Return the decoder of the weights that come with the package."""
    return Decoder(load())
