"""The fields of a recognised card, by their labels: what lifts recall over reading the card as running text.

A card prints ``氏名`` and, a little to the right, a name without honorific; an address wraps under itself. Each
field becomes one clean line — ``氏名: …`` — of an extra page whose characters still point into the image. The
place on the card is evidence too, so a field that looks right is a finding even where no recognizer knows the
name or a digit was misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detectors.ocr import kinds
from detectors.ocr.engine import Line
from detectors.ocr.layout import Box, Page, Piece, same_row
from detectors.text import fold

#: A stretch of one line: its number, first character, last character (exclusive).
Stretch = tuple[int, int, int]

_NAME = re.compile(r"(?:氏\s*名|名\s*前)\s*[:]?\s*")
_ADDRESS = re.compile(r"住\s*所\s*[:]?\s*")
_BIRTH = re.compile(
    r"(?:(?:明治|大正|昭和|平成|令和)\s*(?:[0-9]{1,2}|元)|[0-9]{4})\s*年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日\s*(?=生)"
)
_NUMBER = re.compile(r"(?<![0-9])[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
#: Where a value ends that shares its line with the next field.
_NEXT = re.compile(r"\s*(?:(?:明治|大正|昭和|平成|令和)\s*[0-9元]|[0-9]{4}\s*年|性\s*別|交\s*付|生年月日)")
#: What cannot continue an address: another label, a date, the words of the card.
_STOP = re.compile(
    r"交\s*付|氏\s*名|性\s*別|生年月日|まで有効|[0-9]{1,2}月|免許|条件|個人番号|番号|優良|公安|[市区町村]長$"
)
#: Between the end of a house number and a building stands a space; any other break is mid-word.
_NUMBER_ENDS, _BUILDING_STARTS = re.compile(r"[0-9号番地]$"), re.compile(r"[^-0-9番号丁地のー]")
#: The number each side of a card shows.
NUMBERS = {kinds.DRIVER_LICENSE: "JP_DRIVER_LICENSE", kinds.MY_NUMBER_BACK: "JP_MY_NUMBER"}
#: A wider gap than this, in heights of the line, parts two fields.
_GAP = 2.5
#: An address runs over at most so many lines.
_LINES = 3


@dataclass(frozen=True)
class Sheet:
    """The lines of an image, folded, with their straightened boxes."""

    lines: Sequence[Line]
    folded: tuple[str, ...]
    boxes: Sequence[Box]

    @classmethod
    def of(cls, lines: Sequence[Line], boxes: Sequence[Box]) -> Sheet:
        """Fold the lines once."""
        return cls(lines, tuple(fold(line.text) for line in lines), boxes)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a card: where its value stands on the page of fields, and the score its place gives it."""

    entity_type: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Form:
    """How a field is written out for the recognizers, and what its value has to look like."""

    label: str
    score: float
    shape: re.Pattern[str]


_FORMS = {
    "PERSON": _Form("氏名", 0.8, re.compile(r"[ぁ-ヺー一-鿿々〇𠮷A-Za-z ・･.,'-]{2,40}")),
    "DATE_OF_BIRTH": _Form("生年月日", 0.8, re.compile(r".+")),
    "JP_ADDRESS": _Form("住所", 0.7, re.compile(r".*[都道府県市区郡町村].{2,}")),
    "JP_DRIVER_LICENSE": _Form("運転免許証番号", 0.6, _NUMBER),
    "JP_MY_NUMBER": _Form("個人番号", 0.6, _NUMBER),
}


def by_fields(kind: str, lines: Sequence[Line], boxes: Sequence[Box]) -> tuple[Page, list[Field]]:
    """Arrange the fields of a card, one per line; nothing for a document that is no known card."""
    pieces: list[Piece] = []
    fields: list[Field] = []
    position = 0
    for entity_type, stretches in _fields(kind, Sheet.of(lines, boxes)):
        form = _FORMS[entity_type]
        value = list(_pieces(lines, stretches))
        start = position + len(form.label) + 2
        end = start + sum(len(piece.text) for piece in value)
        pieces += [Piece(f"{form.label}: "), *value, Piece("\n")]
        if form.shape.fullmatch(fold("".join(piece.text for piece in value))):
            fields.append(Field(entity_type, start, end, form.score))
        position = end + 1
    return Page.of(lines, pieces), fields


def _pieces(lines: Sequence[Line], stretches: Sequence[Stretch]) -> Iterator[Piece]:
    before = ""
    for number, first, last in stretches:
        text = lines[number].text[first:last]
        if _NUMBER_ENDS.search(fold(before)) and _BUILDING_STARTS.match(fold(text)):
            yield Piece(" ")
        yield Piece(text, number, first)
        before = text


def _fields(kind: str, sheet: Sheet) -> Iterator[tuple[str, list[Stretch]]]:
    if kind == kinds.OTHER:
        return
    birth = _first(_BIRTH, sheet)
    name = _labelled(_NAME, sheet) or (_beside(birth, sheet) if birth else None)
    if name:
        yield "PERSON", [name, *_beyond(name, sheet)]
    if birth:
        yield "DATE_OF_BIRTH", [birth]
    address = None if kind == kinds.MY_NUMBER_BACK else _labelled(_ADDRESS, sheet)
    if address:
        yield "JP_ADDRESS", [address, *_continued(address, sheet)]
    entity_type = NUMBERS.get(kind)
    number = _first(_NUMBER, sheet) if entity_type else None
    if entity_type and number:
        yield entity_type, [number]


def _first(pattern: re.Pattern[str], sheet: Sheet) -> Stretch | None:
    for number, text in enumerate(sheet.folded):
        if match := pattern.search(text):
            return number, match.start(), match.end()
    return None


def _labelled(label: re.Pattern[str], sheet: Sheet) -> Stretch | None:
    """Find the value of a label: the rest of its line, or the nearest line to the right of it."""
    for number, text in enumerate(sheet.folded):
        if not (match := label.match(text)):
            continue
        if match.end() < len(text):
            return _value(number, match.end(), sheet)
        right = _right_of(sheet.boxes[number], sheet)
        if right is not None:
            return _value(right.line, 0, sheet)
    return None


def _right_of(label: Box, sheet: Sheet) -> Box | None:
    beside = [
        box
        for box in sheet.boxes
        if box.line != label.line and box.left > label.left and same_row(label, box)
    ]
    return min(beside, key=lambda box: box.left, default=None)


def _beside(birth: Stretch, sheet: Sheet) -> Stretch | None:
    """Take what stands in the birth date's row, left of it, for the name: the label was not read."""
    number, first, _ = birth
    if first > 1:
        return _value(number, 0, sheet)
    own = sheet.boxes[number]
    left = [box for box in sheet.boxes if box.left < own.left and same_row(own, box) and box.line != number]
    nearest = max(left, key=lambda box: box.left, default=None)
    return _value(nearest.line, 0, sheet) if nearest else None


def _value(number: int, first: int, sheet: Sheet) -> Stretch | None:
    text = sheet.folded[number]
    cut = _NEXT.search(text, first)
    last = cut.start() if cut else len(text.rstrip())
    return (number, first, last) if last > first else None


def _continued(value: Stretch, sheet: Sheet) -> Iterator[Stretch]:
    """Yield the lines an address goes on in: in its row, then closely below, from its left edge or left of it."""
    yield from _beyond(value, sheet)
    current = sheet.boxes[value[0]]
    for _ in range(_LINES - 1):
        below = [
            box for box in sheet.boxes if _follows(current, box) and not _STOP.search(sheet.folded[box.line])
        ]
        if not below:
            return
        current = min(below, key=lambda box: (box.top, box.left))
        whole = current.line, 0, len(sheet.folded[current.line].rstrip())
        yield whole
        yield from _beyond(whole, sheet)


def _beyond(value: Stretch, sheet: Sheet) -> Iterator[Stretch]:
    """Yield what the detector cut off a line: boxes close to its right, less a character that both show."""
    current = sheet.boxes[value[0]]
    if value[2] < len(sheet.folded[value[0]].rstrip()):
        return
    while (box := _right_of(current, sheet)) is not None and box.left - current.right < _GAP * current.height:
        text, before = sheet.folded[box.line], sheet.folded[current.line]
        if _NEXT.match(text) or _STOP.search(text):
            return
        twice = box.left < current.right - 0.2 * current.height and text[0] == before.rstrip()[-1]
        yield box.line, int(twice), len(text.rstrip())
        current = box


def _follows(above: Box, below: Box) -> bool:
    gap = below.top - above.bottom
    height = min(above.height, below.height)
    return (
        below.line != above.line
        and -0.4 * height < gap < 0.9 * height
        and above.left - 4 * height < below.left < above.right
        and below.right > above.left + height
    )
