"""From morphemes and the rules' candidates to names: sums of weights, and Viterbi where there is a doubt.

What a word adds to the morphemes round it depends on the word alone: it is summed once and kept as a row of a
matrix, so that the weights of a thousand sentences are gathered and added in a dozen array operations. Most
morphemes are outside every name by a wide margin; the best path is searched only through the stretches between
them, through all stretches at once.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from detectors.names.candidate import Candidate
from detectors.names.tagger.features import (
    BESIDE,
    END,
    OFFSETS,
    PAIRS,
    START,
    Features,
    features,
    pair,
    pair_feature,
    said_by_rules,
)
from detectors.names.tagger.model import BEGIN, INSIDE, LABELS, OUTSIDE, Model, Row, load
from detectors.names.tagger.tables import Table
from detectors.names.tokens import Morpheme
from detectors.names.words import Word

#: How far the labels of names may lie behind the best for a morpheme to be searched; how many beside it are too.
DOUBT, REACH = 3.0, 2

_NAME = (BEGIN, INSIDE)
_COUNT = len(LABELS)
#: Words, and pairs of classes, whose sums are kept; beyond it they are summed anew.
_KEPT = 65_536
#: Two classes as one number: left * _PAIR + right.
_PAIR = 1 << 32
#: Morphemes of stretches searched together: bounds memory.
_TOGETHER = 32_768

Sentence = tuple[Sequence[Morpheme], Sequence[Candidate]]
#: A word; its features where none stands, before and after a sentence.
Seen = Word | Features
_BEFORE: list[Seen] = [START, START]
_AFTER: list[Seen] = [END, END]

Key = TypeVar("Key", Seen, int)


class Tagged(NamedTuple):
    """A name: code points `start` to `end` (exclusive) of the text, and how sure the tagger is, 0–1."""

    start: int
    end: int
    sure: float


class _Places(dict[Key, int]):
    """Where in a matrix the weights of a key stand, in the order of first sight."""

    def __init__(self, meet: Callable[[Sequence[Key]], Iterable[int]]) -> None:
        self._meet: Callable[[Sequence[Key]], Iterable[int]] = meet

    def of(self, keys: Sequence[Key]) -> npt.NDArray[np.int64]:
        """Return the place of every key; those met for the first time are given one together."""
        try:
            return np.array(list(map(self.__getitem__, keys)), dtype=np.int64)
        except KeyError:
            new = [key for key in dict.fromkeys(keys) if key not in self]
            self.update(zip(new, self._meet(new), strict=True))
        return np.array(list(map(self.__getitem__, keys)), dtype=np.int64)


class Decoder:
    """Reads sentences with the weights of one model; safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self._weights = model.rows
        self._zero = np.zeros(_COUNT, dtype=np.float32)
        self._of_word = Table(model.rows, [str(offset) for offset in OFFSETS])
        self._of_pair = Table(model.rows, [pair_feature(place, "") for place in (*PAIRS, BESIDE)])
        # Transitions by the label they lead to.
        self._into = [[float(weight) for weight in column] for column in model.transitions.T]
        self._moves = np.array(self._into, dtype=np.float64)
        self._lock = threading.Lock()
        self._forget()

    def names(self, tokens: Sequence[Morpheme], candidates: Sequence[Candidate]) -> list[Tagged]:
        """Return the names of one sentence, given the rules' `candidates` in it (disjoint, sorted)."""
        return self.names_of([(tokens, candidates)])[0]

    def names_of(self, sentences: Sequence[Sentence]) -> list[list[Tagged]]:
        """Return the names of every sentence: what `names` returns for it, for many at once."""
        found: list[list[Tagged]] = [[] for _ in sentences]
        weights, ends = self.emissions(sentences)
        stretches = _stretches(weights, ends)
        paths = self.best_paths([weights[start:end] for _, start, end in stretches])
        for (which, start, end), path in zip(stretches, paths, strict=True):
            tokens = sentences[which][0]
            first_token = start - (ends[which] - len(tokens))
            for first, last in _runs(path):
                sure = self._sure(weights[start:end], path, first, last)
                begins, stops = tokens[first_token + first], tokens[first_token + last - 1]
                found[which].append(Tagged(begins.start, stops.end, sure))
        return found

    def emissions(self, sentences: Sequence[Sentence]) -> tuple[Row, list[int]]:
        """Return the weights of all labels for all morphemes of all sentences, and where each sentence ends."""
        words: list[Seen] = []
        firsts: list[int] = []
        ends: list[int] = []
        for tokens, _ in sentences:
            firsts.extend(range(len(words), len(words) + len(tokens)))
            ends.append(len(firsts))
            words += _BEFORE
            words += [token.word for token in tokens]
            words += _AFTER
        with self._lock:
            weights = self._summed(words, np.array(firsts, dtype=np.int64))
        for (tokens, candidates), end in zip(sentences, ends, strict=True):
            if candidates:
                start = end - len(tokens)
                for at, features in said_by_rules(tokens, candidates).items():
                    for feature in features:
                        weights[start + at] += self._weights.get(feature, self._zero)
        return weights, ends

    def best_paths(self, stretches: Sequence[Row]) -> list[list[int]]:
        """Return the labels of greatest total weight (Viterbi) for each stretch."""
        paths: list[list[int]] = [[] for _ in stretches]
        order = sorted(range(len(stretches)), key=lambda index: -len(stretches[index]))
        at = 0
        while at < len(order):
            together = order[at : at + max(1, _TOGETHER // len(stretches[order[at]]))]
            for index, path in zip(
                together, self._paths([stretches[each] for each in together]), strict=True
            ):
                paths[index] = path
            at += len(together)
        return paths

    def _summed(self, words: Sequence[Seen], firsts: npt.NDArray[np.int64]) -> Row:
        """Return what words, pairs and neighbours add to the morphemes two behind `firsts`."""
        if max(len(self._words), len(self._pairs)) > _KEPT:
            self._forget()
        places = self._words.of(words)
        kinds = self._kind_of[places]
        pairs = self._pairs.of((kinds[:-1] * _PAIR + kinds[1:]).tolist())
        beside = self._pairs.of((kinds[firsts + 1] * _PAIR + kinds[firsts + 3]).tolist())
        weights: Row = self._of_pair.rows[beside, len(PAIRS)]
        for at in range(len(OFFSETS)):
            weights += self._sums[places[firsts + at], at]
        for at in range(len(PAIRS)):
            weights += self._of_pair.rows[pairs[firsts + at], at]
        return weights

    def _forget(self) -> None:
        """Begin anew with no sums kept."""
        self._kinds: dict[str, int] = {}
        self._spelled: list[str] = []
        self._kind_of = np.zeros(1_024, dtype=np.int64)
        self._sums = np.zeros((1_024, len(OFFSETS), _COUNT), dtype=np.float32)
        self._words: _Places[Seen] = _Places(self._meet_words)
        self._pairs: _Places[int] = _Places(self._find_pairs)

    def _paths(self, stretches: Sequence[Row]) -> Iterator[list[int]]:
        """Search stretches, the longest first; those still going on take a step together."""
        lengths = [len(stretch) for stretch in stretches]
        padded = np.zeros((len(stretches), lengths[0], _COUNT), dtype=np.float64)
        for row, stretch in enumerate(stretches):
            padded[row, : lengths[row]] = stretch
        scores = padded[:, 0].copy()
        going = [len(stretches)] * lengths[0]
        steps: list[npt.NDArray[np.int64]] = []
        for at in range(1, lengths[0]):
            on = going[at - 1]
            while lengths[on - 1] <= at:
                on -= 1
            going[at] = on
            ways = scores[:on, None, :] + self._moves
            # Of equals the last, as a comparison of (weight, label) has it.
            best = _COUNT - 1 - ways[:, :, ::-1].argmax(axis=2)
            steps.append(best)
            scores[:on] = np.take_along_axis(ways, best[:, :, None], 2)[:, :, 0] + padded[:on, at]
        labels = scores.argmax(axis=1)
        found = np.zeros(padded.shape[:2], dtype=np.int64)
        for at in range(lengths[0] - 1, 0, -1):
            on = going[at]
            found[:on, at] = labels[:on]
            labels[:on] = steps[at - 1][np.arange(on), labels[:on]]
        found[:, 0] = labels
        for path, length in zip(found.tolist(), lengths, strict=True):
            yield path[:length]

    def _meet_words(self, new: Sequence[Seen]) -> Iterable[int]:
        """Sum what words add to themselves and to others, one row of labels per offset; return their places."""
        kinds: list[int] = []
        known = [features(each.surface, each.tag) if isinstance(each, Word) else each for each in new]
        for each in known:
            kind = self._kinds.setdefault(each.kind, len(self._kinds))
            if kind == len(self._spelled):
                self._spelled.append(each.kind)
            kinds.append(kind)
        first = len(self._words)
        last = first + len(new)
        while last > len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._kind_of = np.concatenate([self._kind_of, np.zeros_like(self._kind_of)])
        self._kind_of[first:last] = kinds
        self._sums[first:last] = self._of_word.summed([each.attributes for each in known])
        return range(first, last)

    def _find_pairs(self, new: Sequence[int]) -> Iterable[int]:
        spelled = self._spelled
        return self._of_pair.rows_of(
            [pair(spelled[left], spelled[right]) for left, right in (divmod(key, _PAIR) for key in new)]
        )

    def _sure(self, weights: Row, path: Sequence[int], first: int, last: int) -> float:
        """The logistic of what the path gains by the name, against leaving its morphemes outside."""
        plain = [*path[:first], *(OUTSIDE for _ in range(first, last)), *path[last:]]
        gain = self._weight(weights, path, first, last) - self._weight(weights, plain, first, last)
        return 1 / (1 + math.exp(-max(min(gain, 30.0), -30.0)))

    def _weight(self, weights: Row, path: Sequence[int], first: int, last: int) -> float:
        steps = range(max(first, 1), min(last + 1, len(path)))
        moves = sum(self._into[path[at]][path[at - 1]] for at in steps)
        return moves + sum(float(weights[at, path[at]]) for at in range(first, last))


def _stretches(weights: Row, ends: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the runs of morphemes that may be names, with `REACH` morphemes of the sentence on either side.

    Each as (number of the sentence, start, end).
    """
    lead = weights[:, _NAME].max(axis=1) - weights.max(axis=1)
    places = np.flatnonzero(lead > -DOUBT)
    found: list[tuple[int, int, int]] = []
    for place, which in zip(places.tolist(), np.searchsorted(ends, places, "right").tolist(), strict=True):
        start = max(place - REACH, ends[which - 1] if which else 0)
        end = min(place + REACH + 1, ends[which])
        if found and found[-1][0] == which and start <= found[-1][2]:
            found[-1] = (which, found[-1][1], end)
        else:
            found.append((which, start, end))
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
