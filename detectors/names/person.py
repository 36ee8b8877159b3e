"""PERSON: names of people in Japanese text, in kanji, kana and Latin letters.

Dictionaries and rules propose (`rules`, `shapes`), the context moves scores, a small learned tagger decides in
running text (`tagger.verdict`), names given in full are found again by surname or given name further on in the
same text. Spans hold inner spaces and ・ and leave honorifics and labels out. Score: full name of the dictionaries
.85, with honorific or label .9 and more, surname with honorific .7, seen by the tagger alone up to .75; a bare
surname or given name ≤ .3, for column statistics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

import ahocorasick_rs

from detectors.answers import Answers
from detectors.gates import Mask
from detectors.jp import address_cell
from detectors.names import cell, gazetteer
from detectors.names.born import GATE as BORN
from detectors.names.born import born
from detectors.names.candidate import Candidate
from detectors.names.latin import KEYED
from detectors.names.lexicon import (
    EDGE,
    HIRAGANA,
    HONORIFIC,
    KANA_RUN,
    KANJI,
    KATAKANA,
    NOT_A_PERSON,
    TITLE,
    trimmed,
)
from detectors.names.passage import Point, strongest
from detectors.names.reading import names_of, telling
from detectors.names.tagger.verdict import REPORTED
from detectors.phrases import Phrases
from detectors.pieces import Form, Ints, Pieces
from detectors.recognizer import Match, Recognizer
from detectors.text import LOOSE, SURROGATE, condense, fold

#: Score of a surname or given name alone whose bearer was named in full earlier in the text.
NAMED_BEFORE = 0.6

#: Least score of a name in full.
IN_FULL = 0.8

#: Start, end (exclusive) and score of a name; start, end and all that is known of it.
Span = tuple[int, int, float]
Placed = tuple[int, int, Candidate]


class PersonRecognizer(Recognizer):
    """Names of people; see the module for scores and spans.

    `point`: "fast" for the rules alone, "balanced" for the rules and the tagger (`tagger.verdict`).
    """

    entity_type: ClassVar[str] = "PERSON"
    version: ClassVar[str] = "11"
    gate: ClassVar[str] = (
        r"\p{Han}|[ぁ-ゖァ-ヺｦ-ﾟ]{2}|[A-Za-z]{2,},? [A-Za-z]|[A-Z]\. ?[A-Z][a-z]|[A-Z][a-z]+, ?[A-Z]\."
        r"|(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? [A-Z]|[a-z][- ]sa(?:n|ma)"
        rf"|{KEYED}"
    )

    forms: ClassVar[tuple[Form, ...]] = (cell.TWO_PIECES,)

    def __init__(self, point: Point = "balanced", **options: Any) -> None:
        super().__init__(**options)
        self.point: Point = point

    def find(self, text: str, folded: str) -> Iterable[Match]:
        """Return the names of `text`, strongest reading only where readings overlap."""
        return self.find_all([text], [folded])[0]

    def find_all(self, texts: Sequence[str], folded: Sequence[str]) -> list[list[Match]]:
        """Return what `find` returns for every text; the tagger reads the sentences of all at once."""
        return [
            [Match(start, end, name.score, self.entity_type, name.checked) for start, end, name in placed]
            for placed in _read(folded, self.point)
        ]

    def alike(self, cells: Pieces) -> Ints | None:
        """The score of a name in two pieces; that an address names nobody."""
        if cells.form is cell.TWO_PIECES:
            return cell.score_pairs(cells)
        if cells.form is address_cell.NUMBERED:
            return cells.answered(cells.nothing - 1, self._answers)
        if cells.form is address_cell.FORM:
            return cells.answered(cell.score_addresses(cells), self._answers)
        return None

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self.find_all, cell.less_digits)

    def silent(self, phrases: Phrases) -> Mask | None:
        """Say so of texts of no shape a name has, of which every sentence is known to name nobody."""
        shapes, unknown = telling(phrases, self.point)
        return ~(unknown | (shapes | phrases.passing([BORN]) > 0))

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """Return the folded name without spaces and variants, and its reading in katakana where it is certain.

        Kana names are their own reading; Latin names are keyed surname first in one spelling of romaji.
        """
        return self.keys_of(value)

    @staticmethod
    def keys_of(value: str) -> tuple[str | None, str | None]:
        """`keys` without an instance."""
        dense = condense(fold(value))[0].strip(EDGE)
        pieces = [piece for piece in _BETWEEN.split(dense) if piece]
        name = "".join(pieces)
        if not name:
            return None, None
        if name.isascii():
            return _latin_key(pieces), None
        if KANA_RUN.fullmatch(name):
            reading = gazetteer.katakana(name)
            return reading, reading
        return name, _reading(pieces)


def propose(folded: str, point: Point = "balanced") -> Iterator[Span]:
    """Yield (start, end, score) of every name `PersonRecognizer` would yield."""
    yield from spans_of([folded], point)[0]


def name_at_end(left: str) -> int | None:
    """Return where the name in full begins that folded text ends with, by the rules alone; None without one."""
    names = propose(left, "fast")
    return next((start for start, until, score in names if until == len(left) and score >= IN_FULL), None)


def spans_of(folded: Sequence[str], point: Point) -> list[tuple[Span, ...]]:
    """Return what `propose` yields for every text; those the recognizer has just read are not read again."""
    lately = _lately
    known = [lately.get((text, point)) for text in folded]
    read = iter(_read([text for text, placed in zip(folded, known, strict=True) if placed is None], point))
    return [
        tuple((start, end, name.score) for start, end, name in (next(read) if placed is None else placed))
        for placed in known
    ]


#: The texts read last: whoever asks for their names beside `PersonRecognizer` asks right after it.
_lately: dict[tuple[str, Point], list[Placed]] = {}


def _read(folded: Sequence[str], point: Point) -> list[list[Placed]]:
    global _lately
    read = list(_placed(folded, point))
    if read:
        _lately = {(text, point): placed for text, placed in zip(folded, read, strict=True)}
    return read


def _placed(folded: Sequence[str], point: Point) -> Iterator[list[Placed]]:
    """Yield the names of every folded text, placed in it."""
    dense, moved = _condensed(folded)
    for at, (text, names) in enumerate(zip(dense, names_of(dense, point), strict=True)):
        known = _with_echoes(text, names)
        offsets = moved.get(at) if known else None
        placed: list[Placed] = []
        for found in known:
            start, end = _edged(text, found.start, found.end)
            if start < end:
                placed.append(
                    (start, end, found) if offsets is None else (offsets[start], offsets[end], found)
                )
        yield placed


def _condensed(folded: Sequence[str]) -> tuple[Sequence[str], dict[int, list[int]]]:
    """Return texts condensed; of those this changed, by their place, where each letter stood."""
    if not _TO_CONDENSE.search("".join(folded)):
        return folded, {}
    condensed = [condense(SURROGATE.sub("\ufffd", each)) for each in folded]
    moved = {at: offsets for at, (_, offsets) in enumerate(condensed) if offsets is not None}
    return [text for text, _ in condensed], moved


_TO_CONDENSE = re.compile(f"{LOOSE.pattern}|{SURROGATE.pattern}")


def _with_echoes(dense: str, found: list[Candidate]) -> list[Candidate]:
    """Return `found` with the names that birth dates tell, and where those in full are named again."""
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(dense):
        return found
    known = strongest((*found, *recorded)) if (recorded := born(dense)) else found
    again = list(_named_again(dense, known)) if known else []
    return strongest((*known, *again)) if again else known


def _named_again(dense: str, found: list[Candidate]) -> Iterator[Candidate]:
    """Yield the parts of reported names that stand alone after the name in full."""
    first: dict[str, int] = {}
    for each in found:
        if each.score >= REPORTED and (each.role in ("full", "foreign") or each.checked):
            for part in each.parts:
                if _PART.fullmatch(part):
                    first.setdefault(part, each.end)
    if not any(dense.find(name, after) >= 0 for name, after in first.items()):
        return
    names = sorted(first)
    matcher = ahocorasick_rs.AhoCorasick(names, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    for index, start, end in matcher.find_matches_as_indexes(dense):
        if start >= first[names[index]] and _free(dense, start, end):
            yield Candidate(start, end, NAMED_BEFORE, "surname", True, (names[index],))


_PART = re.compile(f"[{KANJI}]{{2,4}}|[{KATAKANA}]{{3,}}")
_KANJI_CHAR = re.compile(f"[{KANJI}]")
_KATAKANA_CHAR = re.compile(f"[{KATAKANA}・=]")
_BETWEEN = re.compile("[ ・=,.]+")
_IN_HIRAGANA = re.compile(f"(?<![{HIRAGANA}])[{HIRAGANA}]{{1,3}}$")
_RUNS_ON = re.compile(f"[{HIRAGANA}](?={HONORIFIC.pattern}|[ \t]*(?:[()'\"」|\n\r]|$))")


def _free(dense: str, start: int, end: int) -> bool:
    """Whether ``dense[start:end]`` is a word of its own, as far as script tells."""
    script = _KANJI_CHAR if _KANJI_CHAR.match(dense, start) else _KATAKANA_CHAR
    if start and script.match(dense, start - 1):
        return False
    if HONORIFIC.match(dense, end) or TITLE.match(dense, end):
        return True
    return not script.match(dense, end) and not NOT_A_PERSON.match(dense, end)


def _edged(dense: str, start: int, end: int) -> tuple[int, int]:
    start, end = trimmed(dense, start, end)
    # No name ends in 様: a tokenizer took it in (央絵様).
    if end - start > 2 and dense[end - 1] == "様":
        end -= 1
    elif end - start > 3 and dense.startswith("様方", end - 2):
        end -= 2
    # 大橋はる|と: no particle stands before an honorific, a bracket or the end.
    elif (run := _IN_HIRAGANA.search(dense, start, end)) and _RUNS_ON.match(dense, end):
        end += gazetteer.is_kana_given(run[0] + dense[end])
    return start, end


def _latin_key(pieces: list[str]) -> str:
    keys = [gazetteer.romaji_key(piece) for piece in pieces]
    if (
        len(keys) > 1
        and gazetteer.is_romaji_surname(pieces[-1])
        and not gazetteer.is_romaji_surname(pieces[0])
    ):
        keys = [keys[-1], *keys[:-1]]
    return "".join(keys)


def _reading(pieces: list[str]) -> str | None:
    if len(pieces) == 1:
        pieces = list(_parted(pieces[0]))
    known = [gazetteer.readings(piece) for piece in pieces]
    if not all(len(readings) == 1 for readings in known):
        return None
    return "".join(next(iter(readings)) for readings in known)


def _parted(name: str) -> tuple[str, ...]:
    cuts = [
        cut
        for cut in range(1, len(name))
        if gazetteer.is_surname(name[:cut]) and gazetteer.is_given(name[cut:])
    ]
    if not cuts:
        return (name,)
    cut = max(cuts, key=lambda each: gazetteer.surname_count(name[:each]))
    return name[:cut], name[cut:]
