"""Names as dense folded text gives them away, sentence by sentence: what rules, context and tagger say of it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from detectors.gates import Mask
from detectors.names import cell
from detectors.names.beside import in_context
from detectors.names.candidate import Candidate, moved
from detectors.names.lexicon import EDGE
from detectors.names.passage import (
    Passage,
    Point,
    Told,
    left_of,
    names_in,
    nobody,
    plainly,
    said_in,
    strongest,
)
from detectors.names.sentence import read_sentences
from detectors.names.shapes import GATES as SHAPE_GATES
from detectors.names.shapes import possible_shapes, shaped
from detectors.names.tagger.verdict import SHORT
from detectors.names.tokens import Morpheme
from detectors.outlines import Ints
from detectors.phrases import Phrases
from detectors.recent import Recent

#: Code points of texts whose passages are held at once: bounds memory.
_TOGETHER = 1_000_000

#: A sentence or a line; one without end is cut, so that memory stays bounded.
_SENTENCE = re.compile(r"[^。\n\r!?]{1,4000}[。\n\r!?]*")


class Placed(NamedTuple):
    """A passage, where its sentence starts in its text, and the names told by their shape as the text has them."""

    start: int
    passage: Passage
    told: Sequence[Candidate]


#: `_make` without its check of the length: a text has several passages.
_passage: Callable[[tuple[str, str, tuple[Told, ...], bool, bool]], Passage] = partial(tuple.__new__, Passage)
_placed: Callable[[tuple[int, Passage, Sequence[Candidate]]], Placed] = partial(tuple.__new__, Placed)


def names_of(texts: Sequence[str], point: Point) -> list[list[Candidate]]:
    """Return the names of every text; those of one text may overlap no other, and are sorted by sentence."""
    found: list[list[Candidate]] = [[] for _ in texts]
    waiting: list[tuple[int, Placed]] = []
    letters = 0
    for at, shapes in _worth_reading(texts, point):
        text = texts[at]
        if (at_a_glance := cell.read(text)) is not None:
            found[at] = at_a_glance
            continue
        waiting += [(at, placed) for placed in passages(text, shapes, nobody[point])]
        letters += len(text)
        if letters > _TOGETHER:
            _answer(waiting, point, found)
            waiting, letters = [], 0
    _answer(waiting, point, found)
    return found


def _worth_reading(texts: Sequence[str], point: Point) -> Iterator[tuple[int, int]]:
    """Yield the place of every text that may name somebody, and the shapes it may hold."""
    phrases = Phrases.shared(pa.array(texts, pa.string()))
    if phrases is None:
        yield from enumerate(possible_shapes(texts))
        return
    shapes, unknown = telling(phrases, point)
    some = np.flatnonzero((shapes > 0) | unknown)
    yield from zip(some.tolist(), shapes[some].tolist(), strict=True)


def telling(phrases: Phrases, point: Point) -> tuple[Ints, Mask]:
    """Return for dense folded texts which shapes each may hold, and whether a sentence of it may name somebody."""
    known = nobody[point]
    unknown = [known.get(sentence) is None for sentence in phrases.texts.to_pylist()]
    said = phrases.anywhere(np.array(unknown, dtype=np.int64))
    return phrases.passing(SHAPE_GATES), said > 0


def sentences(text: str) -> Iterator[tuple[list[Morpheme], list[Candidate]]]:
    """Yield, sentence by sentence, the morphemes as they are read and what the rules say of it.

    Disjoint candidates, sorted. No morphemes where no name in Japanese letters can stand.
    """
    placed = list(passages(text, possible_shapes([text])[0]))
    read = read_sentences([each.passage.sentence for each in placed])
    for (start, passage, told), sentence in zip(placed, read, strict=True):
        said = [moved(found, -len(passage.left)) for found in said_in(passage, sentence)]
        yield (
            [token._replace(start=token.start + start, end=token.end + start) for token in sentence.tokens],
            _in_text(said, start, told),
        )


def passages(text: str, shapes: int, silent: Recent[str, bool] | None = None) -> Iterator[Placed]:
    """Yield the sentences of dense folded `text` where they stand.

    `shapes` as `possible_shapes` says; `silent`: sentences known to name nobody, which are left out.
    """
    told = strongest([in_context(text, found) for found in shaped(text, shapes)]) if shapes else []
    plain = plainly(text, told)
    short = len(text) <= SHORT
    waiting = deque(told)
    others = False
    for match in _SENTENCE.finditer(plain):
        start, end = match.span()
        mine: list[Candidate] = []
        while waiting and waiting[0].start < end:
            mine.append(waiting.popleft())
        if silent is not None and not mine and silent.get(match[0]):
            others = True
            continue
        alone = not (others or plain[:start].strip(EDGE) or plain[end:].strip(EDGE))
        others = True
        known = tuple([_told(each, start) for each in mine]) if mine else ()
        yield _placed((start, _passage((left_of(plain, start), match[0], known, alone, short)), mine))


def _told(name: Candidate, start: int) -> Told:
    return name.start - start, name.end - start, name.score, name.role, name.checked


def _answer(waiting: Sequence[tuple[int, Placed]], point: Point, found: list[list[Candidate]]) -> None:
    """Add the names of passages to those of their texts."""
    names = names_in([placed.passage for _, placed in waiting], point)
    for (at, (start, _, told)), said in zip(waiting, names, strict=True):
        if said:
            found[at] += _in_text(said, start, told)


def _in_text(names: Sequence[Candidate], start: int, told: Sequence[Candidate]) -> list[Candidate]:
    """Return the `names` of a sentence where they stand in the text, those of a certain name by its own parts."""
    own = {(each.start, each.end): each.parts for each in told}
    placed = [moved(name, start) for name in names]
    return [
        Candidate(name.start, name.end, name.score, name.role, name.checked, own[name.start, name.end])
        if (name.start, name.end) in own
        else name
        for name in placed
    ]
