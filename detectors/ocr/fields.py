"""The fields of a recognised card, by their labels: what lifts recall over reading the card as running text.

A card prints ``氏名`` and, a little to the right, a name without honorific; an address wraps under itself. Each
field becomes one clean line — ``氏名: …`` — of an extra page whose characters still point into the image. The
place on the card is evidence too, so a field that looks right is a finding even where no recognizer knows the
name or a digit was misread. Which fields a card has is told by its kind (`detectors.ocr.kinds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detectors.ocr import kinds
from detectors.ocr.engine import Line
from detectors.ocr.layout import Box, Page, Piece
from detectors.ocr.sheet import Sheet, Stretch
from detectors.text import fold

#: Between the end of a house number and a building stands a space; any other break is mid-word.
_NUMBER_ENDS, _BUILDING_STARTS = re.compile(r"[0-9号番地]$"), re.compile(r"[^-0-9番号丁地のー]")
#: Between two pieces of a name in Latin letters, too.
_LATIN_ENDS, _LATIN_STARTS = re.compile(r"[A-Za-z]$"), re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a card: where its value stands on the page of fields, and the score its place gives it."""

    entity_type: str
    start: int
    end: int
    score: float


def by_fields(kind: str, lines: Sequence[Line], boxes: Sequence[Box]) -> tuple[Page, list[Field]]:
    """Arrange the fields of a card, one per line; nothing for a document that is no known card."""
    pieces: list[Piece] = []
    fields: list[Field] = []
    position = 0
    sheet = Sheet.of(lines, boxes)
    known = kinds.of_name(kind)
    for form in known.forms if known else ():
        stretches = form.find(sheet)
        if not stretches:
            continue
        value = list(_pieces(lines, stretches))
        start = position + len(form.label) + 2
        end = start + sum(len(piece.text) for piece in value)
        pieces += [Piece(f"{form.label}: "), *value, Piece("\n")]
        if form.shape.fullmatch(fold("".join(piece.text for piece in value))):
            fields.append(Field(form.entity_type, start, end, form.score))
        position = end + 1
    return Page.of(lines, pieces), fields


def _pieces(lines: Sequence[Line], stretches: Sequence[Stretch]) -> Iterator[Piece]:
    before = ""
    for number, first, last in stretches:
        text = lines[number].text[first:last]
        if _parted(fold(before), fold(text)):
            yield Piece(" ")
        yield Piece(text, number, first)
        before = text


def _parted(before: str, after: str) -> bool:
    return bool(
        (_NUMBER_ENDS.search(before) and _BUILDING_STARTS.match(after))
        or (_LATIN_ENDS.search(before) and _LATIN_STARTS.match(after))
    )
