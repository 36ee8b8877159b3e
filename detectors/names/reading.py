"""Names as dense folded text gives them away, sentence by sentence: what rules, context and tagger say of it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from detectors.names import cell
from detectors.names.addressed import addressed
from detectors.names.alone import HOMONYM
from detectors.names.beside import in_context
from detectors.names.candidate import Candidate, moved, replace
from detectors.names.sentence import Sentence, names_in, read_sentence
from detectors.names.shapes import possible_shapes, shaped
from detectors.names.tagger.decode import Tagged
from detectors.names.tagger.doubt import is_settled
from detectors.names.tagger.verdict import left_to_rules, weighed
from detectors.names.tokens import Morpheme

Point = Literal["fast", "balanced"]
#: Score from which names are reported.
REPORTED = 0.4
#: Morphemes the tagger is given at once.
_WAITING = 16_384

#: A sentence or a line; one without end is cut, so that memory stays bounded.
_SENTENCE = re.compile(r"[^。\n\r!?]{1,4000}[。\n\r!?]*")
_LIST = frozenset(("、", ",", ", ", "・", "と", "や"))


class Read(NamedTuple):
    """A sentence of a text: the `start` of it, how it reads, and the names the rules see in their context.

    The names are disjoint and sorted; their offsets count from the start of the text.
    """

    start: int
    sentence: Sentence
    said: list[Candidate]


def names_of(texts: Sequence[str], point: Point) -> list[list[Candidate]]:
    """Return the names of every text; those of one text may overlap no other, and are sorted by sentence."""
    at_a_glance = [cell.read(text) for text in texts]
    found = [names or [] for names in at_a_glance]
    read = [at for at, names in enumerate(at_a_glance) if names is None]
    asked: list[tuple[int, Read]] = []
    waiting = 0
    for at, shapes in zip(read, possible_shapes([texts[at] for at in read]), strict=True):
        for each in _sentences(texts[at], shapes):
            tokens = each.sentence.tokens
            if point == "fast" or not tokens or left_to_rules(texts[at], tokens):
                found[at] += each.said
            elif is_settled(texts[at], each.said, each.sentence.doubtful, each.start):
                found[at] += weighed(texts[at], each.said, ())
            elif each.said or each.sentence.tagged.get(()) != ():
                asked.append((at, each))
                waiting += len(tokens)
                if waiting > _WAITING:
                    _ask(texts, asked, found)
                    asked, waiting = [], 0
    _ask(texts, asked, found)
    return found


def sentences(text: str) -> Iterator[tuple[list[Morpheme], list[Candidate]]]:
    """Yield, sentence by sentence, the morphemes and what the rules say: disjoint candidates, sorted.

    No morphemes where no name in Japanese letters can stand.
    """
    for start, sentence, said in _sentences(text, *possible_shapes([text])):
        yield (
            [token._replace(start=token.start + start, end=token.end + start) for token in sentence.tokens],
            said,
        )


def strongest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep, of candidates that overlap, the stronger and then the longer; sorted by position."""
    kept: list[Candidate] = []
    cluster: list[Candidate] = []
    reach = 0
    for found in sorted(candidates, key=lambda each: each.start):
        if cluster and found.start >= reach:
            kept.extend(_disjoint(cluster))
            cluster = []
        cluster.append(found)
        reach = max(reach, found.end)
    kept.extend(_disjoint(cluster))
    return kept


def _sentences(text: str, shapes: int) -> Iterator[Read]:
    """Yield the sentences in which a name is or may be; `shapes` as `possible_shapes` says."""
    whole = deque(strongest(in_context(text, found) for found in shaped(text, shapes)))
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        said = []
        while whole and whole[0].start < end:
            said.append(whole.popleft())
        sentence = read_sentence(match[0])
        said += [in_context(text, moved(found, start)) for found in sentence.names]
        if sentence.addresses:
            said += [in_context(text, found) for found in addressed(text, start, end)]
        if said:
            yield Read(start, sentence, _enumerated(text, strongest(said)))
        elif sentence.tokens:
            yield Read(start, sentence, said)


def _ask(texts: Sequence[str], asked: Sequence[tuple[int, Read]], found: list[list[Candidate]]) -> None:
    """Let the tagger read sentences and add the names of each to those of its text."""
    relative = [(each.sentence, [moved(name, -each.start) for name in each.said]) for _, each in asked]
    for (at, each), tagged in zip(asked, names_in(relative), strict=True):
        if each.said or tagged:
            seen = [Tagged(name.start + each.start, name.end + each.start, name.sure) for name in tagged]
            found[at] += weighed(texts[at], each.said, seen)


def _disjoint(cluster: list[Candidate]) -> list[Candidate]:
    if len(cluster) < 2:
        return cluster
    kept: list[Candidate] = []
    for found in sorted(cluster, key=lambda each: (-each.score, each.start - each.end, each.start)):
        if all(found.end <= other.start or other.end <= found.start for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda each: each.start)


def _enumerated(text: str, found: list[Candidate]) -> list[Candidate]:
    """Raise what stands in a list beside a person: 宮坂、福島の二名."""
    raised = list(found)
    for order in (range(1, len(raised)), range(len(raised) - 2, -1, -1)):
        step = -1 if order.step > 0 else 1
        for index in order:
            here, there = raised[index], raised[index + step]
            left, right = (there, here) if step < 0 else (here, there)
            weak = here.role == "surname" and HOMONYM <= here.score < REPORTED
            strong = there.role in ("surname", "full") and there.score >= REPORTED
            if weak and strong and text[left.end : right.start] in _LIST:
                raised[index] = replace(here, score=0.45)
    return raised
