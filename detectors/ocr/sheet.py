"""The lines of a card with their places, and how a field is found among them: by label, by form, by place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from detectors.ocr.engine import Line
from detectors.ocr.layout import Box, same_row
from detectors.text import fold

#: A stretch of one line: its number, first character, last character (exclusive).
Stretch: TypeAlias = tuple[int, int, int]

#: Where a value ends that shares its line with the next field.
_NEXT = re.compile(
    r"\s*(?:(?:明治|大正|昭和|平成|令和)\s*(?:元|[0-9]{1,2}(?![0-9-]))|[0-9]{4}\s*年|性\s*別|交\s*付|生年月日)"
)
#: What cannot continue an address: another label, a date, the words of the card.
_STOP = re.compile(
    r"交\s*付|氏\s*名|性\s*別|生年月日|まで有効|[0-9]{1,2}月|免許|条件|個人番号|番号|優良|公安|[市区町村]長$"
    r"|在留|国籍|世帯主|発効|負担金|保険者|資格"
)
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


#: Finds the stretches of a field's value on a sheet, in the order they are read; none where it is not there.
Finder: TypeAlias = Callable[[Sheet], list[Stretch]]


def matching(pattern: str, *, last: bool = False) -> Finder:
    """Find the first match of `pattern`, or the last; its group ``value``, where it has one."""
    compiled = re.compile(pattern)

    def find(sheet: Sheet) -> list[Stretch]:
        numbers = range(len(sheet.folded))
        for number in reversed(numbers) if last else numbers:
            if stretch := _match(compiled, number, 0, sheet):
                return [stretch]
        return []

    return find


def labelled(label: str, value: str, *, below: bool = False) -> Finder:
    """Find `value` behind `label`: in the rest of its line, right of it or, if `below`, closely below it."""
    of_label, of_value = re.compile(label), re.compile(value)

    def find(sheet: Sheet) -> list[Stretch]:
        for number, text in enumerate(sheet.folded):
            if not (match := of_label.search(text)):
                continue
            if stretch := _match(of_value, number, match.end(), sheet):
                return [stretch]
            own = sheet.boxes[number]
            for box in [*_rightwards(own, sheet), *(_downwards(own, sheet) if below else ())]:
                if stretch := _match(of_value, box.line, 0, sheet):
                    return [stretch]
        return []

    return find


def name_of(label: str, beside: str = "") -> Finder:
    """Find a name behind `label`, or left of what matches `beside`, where the label was not read."""
    of_label, of_beside = re.compile(label), re.compile(beside) if beside else None

    def find(sheet: Sheet) -> list[Stretch]:
        name = _value_of(of_label, sheet)
        if name is None and of_beside is not None:
            anchor = next(
                (_match(of_beside, number, 0, sheet) for number in _lines_with(of_beside, sheet)), None
            )
            name = _left_of(anchor, sheet) if anchor else None
        return [name, *_beyond(name, sheet)] if name else []

    return find


def address_of(label: str) -> Finder:
    """Find an address behind `label`, over several lines."""
    compiled = re.compile(label)

    def find(sheet: Sheet) -> list[Stretch]:
        value = _value_of(compiled, sheet)
        return [value, *_continued(value, sheet)] if value else []

    return find


def both(first: Finder, second: Finder) -> Finder:
    """Find a value in two pieces, such as surname and given name; nothing unless both are there."""

    def find(sheet: Sheet) -> list[Stretch]:
        one, other = first(sheet), second(sheet)
        return [*one, *other] if one and other else []

    return find


def _match(pattern: re.Pattern[str], number: int, start: int, sheet: Sheet) -> Stretch | None:
    match = pattern.search(sheet.folded[number], start)
    if not match:
        return None
    first, last = match.span("value" if "value" in pattern.groupindex else 0)
    return (number, first, last) if last > first else None


def _lines_with(pattern: re.Pattern[str], sheet: Sheet) -> Iterator[int]:
    return (number for number, text in enumerate(sheet.folded) if pattern.search(text))


def _value_of(label: re.Pattern[str], sheet: Sheet) -> Stretch | None:
    """Find the value of a label: the rest of its line, or the nearest line to the right of it."""
    for number, text in enumerate(sheet.folded):
        if not (match := label.match(text)):
            continue
        if match.end() < len(text):
            return _value(number, match.end(), sheet)
        right = next(_rightwards(sheet.boxes[number], sheet), None)
        if right is not None:
            return _value(right.line, 0, sheet)
    return None


def _rightwards(label: Box, sheet: Sheet) -> Iterator[Box]:
    """Yield what stands in the row of a box, right of it, the nearest first."""
    beside = (
        box
        for box in sheet.boxes
        if box.line != label.line and box.left > label.left and same_row(label, box)
    )
    yield from sorted(beside, key=lambda box: (box.left, box.line))


def _downwards(label: Box, sheet: Sheet) -> Iterator[Box]:
    """Yield what stands closely below a box, the nearest first."""
    under = (
        box
        for box in sheet.boxes
        if 0 < box.middle - label.middle < 4 * label.height
        and box.left < label.right
        and box.right > label.left
        and abs(box.left - label.left) < 4 * label.height
        and not same_row(label, box)
    )
    yield from sorted(under, key=lambda box: (box.top, box.line))


def _left_of(anchor: Stretch, sheet: Sheet) -> Stretch | None:
    """Take what stands in the row of `anchor`, left of it."""
    number, first, _ = anchor
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
        below = [box for box in sheet.boxes if _follows(current, box) and not _is_next_field(box, sheet)]
        if not below:
            return
        current = min(below, key=lambda box: (box.top, box.left))
        whole = current.line, 0, len(sheet.folded[current.line].rstrip())
        yield whole
        yield from _beyond(whole, sheet)


def _is_next_field(box: Box, sheet: Sheet) -> bool:
    """Say whether a line is a label or stands right of one."""
    return any(
        _STOP.search(sheet.folded[each.line])
        for each in sheet.boxes
        if each.line == box.line or (each.left < box.left and same_row(each, box))
    )


def _beyond(value: Stretch, sheet: Sheet) -> Iterator[Stretch]:
    """Yield what the detector cut off a line: boxes close to its right, less a character that both show."""
    current = sheet.boxes[value[0]]
    if value[2] < len(sheet.folded[value[0]].rstrip()):
        return
    while (box := next(_rightwards(current, sheet), None)) is not None:
        if box.left - current.right >= _GAP * current.height:
            return
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
