"""A sentence where it stands: the names in it, as rules, context and tagger see them, remembered.

What a passage says depends on its few fields and nothing else: it is worked out once for all texts that have it
in common. That is most of what clerks write, since digits read as 0 and names that are certain as one and the
same name of their length (`plainly`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from detectors.names.addressed import addressed
from detectors.names.alone import HOMONYM
from detectors.names.beside import REACH, in_context
from detectors.names.candidate import Candidate, Role, moved, replace
from detectors.names.gazetteer import is_given
from detectors.names.lexicon import HIRAGANA, KANJI
from detectors.names.sentence import LONGEST, Sentence, forget_sentences, read_sentences
from detectors.names.tagger.decode import Tagged, decoder
from detectors.names.tagger.doubt import is_settled
from detectors.names.tagger.verdict import REPORTED, STRONG, is_running_text, weighed
from detectors.recent import Recent

Point = Literal["fast", "balanced"]
#: What is known of a name by its shape: start and end in the sentence, score, role, checked.
Told: TypeAlias = tuple[int, int, float, Role, bool]

#: Code points of sentences worked out at once: bounds memory.
_TOGETHER = 131_072
#: Passages of each generation that are remembered at each point.
_KEPT = 32_768
#: How far left of a sentence the rules look, in code points.
_FAR = 2 * REACH
_LIST = frozenset(("、", ",", ", ", "・", "と", "や"))


class Passage(NamedTuple):
    """A `sentence` as it is read (`plainly`), what stands to its `left`, and the names `told` by their shape.

    `alone`: the text has no other sentence. `short`: it is a cell that rules may be left alone with
    (`verdict.left_to_rules`).
    """

    left: str
    sentence: str
    told: tuple[Told, ...]
    alone: bool
    short: bool


_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_CERTAIN = re.compile(f"([{KANJI}]{{1,4}})( {{1,3}})([{KANJI}{HIRAGANA}]{{1,3}})")
#: Names everybody knows for such, by the length of surname and given name.
SURNAMES = ("", "森", "山田", "佐々木", "勅使河原")
GIVEN_NAMES = ("", "誠", "太郎", "健太郎")


def plainly(text: str, told: Iterable[Candidate]) -> str:
    """Return `text` as it is read: every digit as 0, the certain ones of the names `told` as one everybody knows.

    `told`: sorted and disjoint. Numbers say nothing about names, nor does the spelling of a name about the words
    around it. Offsets stay.
    """
    plain = text.encode(errors="surrogatepass").translate(_DIGITS).decode(errors="surrogatepass")
    read: list[str] = []
    end = 0
    for name in told:
        if name.score < STRONG or not (pieces := _CERTAIN.fullmatch(text, name.start, name.end)):
            continue
        surname, space, given = pieces.groups()
        # 足利 尊|氏: how somebody is called may be the end of the name.
        if not is_given(given + text[name.end : name.end + 1]):
            read += plain[end : name.start], SURNAMES[len(surname)], space, GIVEN_NAMES[len(given)]
            end = name.end
    return "".join((*read, plain[end:])) if read else plain


def left_of(plain: str, start: int) -> str:
    """Return what stands to the left of the sentence that begins at `start`: nothing looks over a full stop."""
    low = start - _FAR if start > _FAR else 0
    stop = plain.rfind("。", low, start) - 1
    return plain[stop if stop > low else low : start]


def names_in(passages: Sequence[Passage], point: Point) -> list[Sequence[Candidate]]:
    """Return the names of every passage, sorted; their offsets count from the start of its sentence."""
    remembered = _remembered[point]
    known = [remembered.get(passage) for passage in passages]
    new = list(dict.fromkeys([each for each, names in zip(passages, known, strict=True) if names is None]))
    made: dict[Passage, Sequence[Candidate]] = {}
    for portion in _portions(new):
        made.update(zip(portion, _read(portion, point), strict=True))
    for passage, names in made.items():
        if len(passage.sentence) <= LONGEST:
            remembered.keep(passage, names)
    return [made[passage] if names is None else names for passage, names in zip(passages, known, strict=True)]


#: Sentences met lately that name nobody at a point, wherever they stand.
nobody: dict[Point, Recent[str, bool]] = {"fast": Recent(_KEPT), "balanced": Recent(_KEPT)}
_remembered: dict[Point, Recent[Passage, Sequence[Candidate]]] = {
    "fast": Recent(_KEPT),
    "balanced": Recent(_KEPT),
}


def forget() -> None:
    """Forget every passage and sentence: for measuring, and for tests."""
    forget_sentences()
    for silent in nobody.values():
        silent.clear()
    for point in _remembered.values():
        point.clear()


def said_in(passage: Passage, sentence: Sentence) -> list[Candidate]:
    """Return the names the rules see in their context: disjoint, sorted, counted from the start of `left`."""
    text, offset = passage.left + passage.sentence, len(passage.left)
    said = [
        Candidate(start + offset, end + offset, score, role, checked)
        for start, end, score, role, checked in passage.told
    ]
    said += [in_context(text, moved(found, offset)) for found in sentence.names]
    if sentence.addresses:
        said += [in_context(text, found) for found in addressed(text, offset, len(text))]
    return _enumerated(text, strongest(said)) if said else said


def strongest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep, of candidates that overlap, the stronger and then the longer; sorted by position."""
    ordered = sorted(candidates, key=lambda each: each.start)
    if len(ordered) < 2:
        return ordered
    kept: list[Candidate] = []
    cluster: list[Candidate] = []
    reach = 0
    for found in ordered:
        if cluster and found.start >= reach:
            kept.extend(_disjoint(cluster))
            cluster = []
        cluster.append(found)
        reach = max(reach, found.end)
    kept.extend(_disjoint(cluster))
    return kept


def _portions(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    """Cut `passages` so that the sentences of a portion are of bounded length together."""
    portion: list[Passage] = []
    letters = 0
    for passage in passages:
        portion.append(passage)
        letters += len(passage.sentence)
        if letters > _TOGETHER:
            yield portion
            portion, letters = [], 0
    if portion:
        yield portion


def _read(passages: Sequence[Passage], point: Point) -> list[Sequence[Candidate]]:
    """Work out the names of passages; the tagger reads those of all that are not settled at once."""
    sentences = read_sentences([each.sentence for each in passages], whole=point == "balanced")
    names: list[Sequence[Candidate]] = []
    asked: list[int] = []
    for at, (passage, sentence) in enumerate(zip(passages, sentences, strict=True)):
        if sentence.is_unnamed and (point == "fast" or not sentence.doubtful):
            _keep_silent(passage, point)
        said = said_in(passage, sentence)
        if point == "balanced" and _is_for_the_tagger(passage, sentence):
            text, offset = passage.left + passage.sentence, len(passage.left)
            if is_settled(text, said, sentence.doubtful, offset):
                said = weighed(text, said, (), alone=passage.alone)
            else:
                asked.append(at)
        names.append(_counted_from_sentence(passage, said))
    seen = decoder().names_of([(sentences[at].tokens, names[at]) for at in asked]) if asked else []
    for at, tagged in zip(asked, seen, strict=True):
        if names[at] or tagged:
            names[at] = _weighed(passages[at], names[at], tagged)
        elif not sentences[at].addresses:
            # What the tagger says rests on the sentence and the names in it; there is none by itself either.
            _keep_silent(passages[at], point)
    return names


def _keep_silent(passage: Passage, point: Point) -> None:
    if len(passage.sentence) <= LONGEST:
        nobody[point].keep(passage.sentence, True)


def _is_for_the_tagger(passage: Passage, sentence: Sentence) -> bool:
    return bool(sentence.tokens) and (not passage.short or is_running_text(sentence.tokens))


def _weighed(passage: Passage, said: Iterable[Candidate], tagged: Iterable[Tagged]) -> Sequence[Candidate]:
    text, offset = passage.left + passage.sentence, len(passage.left)
    names = weighed(
        text,
        [moved(name, offset) for name in said],
        [Tagged(name.start + offset, name.end + offset, name.sure) for name in tagged],
        alone=passage.alone,
    )
    return _counted_from_sentence(passage, names)


def _counted_from_sentence(passage: Passage, names: Sequence[Candidate]) -> Sequence[Candidate]:
    return tuple([moved(name, -len(passage.left)) for name in names])


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
