r"""Content lines: what vCard, iCalendar and their forerunners are written in (``TEL;TYPE=CELL:090…``).

Read as phones write them, not only as RFC 6350, RFC 5545 and vCard 2.1 (versit, 1996) want it: quoted-printable in
a character set of each line's own, parameters without a name, folds without a space, components that do not end.
Python's libraries for them end at such a line or lose what it says; hence this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.sources.base import Gap
from pipelines.sources.content_values import DATA_URI, Parameters, Property, codecs_of, value_of
from pipelines.sources.encoding import detect_encoding, utf8_blocks

#: Characters of a value, the rest of which is a gap ``cell-too-long``; of a component, which ends there; and what
#: a line counts beside its value.
LONGEST_VALUE, LARGEST, LINE = 4 << 20, 32 << 20, 200
#: Components within components.
DEEPEST = 16

_NAME = re.compile(r"(?:[\w-]+\.)*([A-Z][\w-]*)(?=[;:])", re.ASCII | re.IGNORECASE)
_PARAMETER = re.compile(r";([^=\";:]*)(?:=((?:\"[^\"]*\"|[^\";:])*))?")
_QUOTED, _BASE64 = frozenset({"QUOTED-PRINTABLE", "Q"}), frozenset({"BASE64", "B"})
#: Components whose lines are a text: the mail inside a message of a phone (vMessage).
_TEXTS = frozenset({"VBODY"})
#: Components that are of the one they stand in: what an alarm says, and whom it reminds.
_JOINED = frozenset({"VALARM"})
_CARD = "VCARD"


@dataclass
class Component:
    """What stands between ``BEGIN:kind`` and ``END:kind``; `whole` unless either is missing."""

    kind: str
    properties: list[Property] = field(default_factory=list)
    whole: bool = True
    size: int = 0


def begins(head: bytes, *kinds: str) -> bool:
    r"""Say whether a file begins with a component of one of these kinds.

    >>> begins(b"\xef\xbb\xbfbegin:vcard\r\n", "VCARD"), begins(b"BEGIN:VCARDS\n", "VCARD")
    (True, False)
    """
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:100].split(b"\n", 1)[0].strip().upper()
    return first in [f"BEGIN:{kind}".encode() for kind in kinds]


def components(path: Path) -> Iterator[Component | Gap]:
    """Yield the components of a file, inner ones before those they stand in.

    Gaps: ``encoding-broken``, ``cell-too-long``. Raises `NotExamined` ``encoding-unknown``.
    """
    opened: list[Component] = []
    for line in _logical(_lines(path)):
        if isinstance(line, Gap):
            yield line
        elif line.name == "BEGIN":
            if (opened and _is_over(opened[-1], line.kind)) or len(opened) == DEEPEST:
                yield _broken(opened.pop())
            opened.append(Component(line.kind))
        elif line.name == "END":
            yield from _closed(opened, line.kind)
        else:
            yield from _put(opened, line)
    yield from map(_broken, reversed(opened))


def _closed(opened: list[Component], kind: str) -> Iterator[Component]:
    """Close the innermost component of this kind and, as broken, those that stand in it."""
    if kind in [each.kind for each in opened]:
        while (inner := opened.pop()).kind != kind:
            yield _broken(inner)
        if opened and kind in _JOINED:
            opened[-1].properties += inner.properties
        else:
            yield inner


def _put(opened: list[Component], line: _Line) -> Iterator[Component]:
    if not opened:
        opened.append(Component("", whole=False))
    opened[-1].properties.append(line.property())
    opened[-1].size += line.size + LINE
    if opened[-1].size > LARGEST:
        full = opened.pop()
        opened.append(Component(full.kind, whole=False))
        yield _broken(full)


def _is_over(component: Component, kind: str) -> bool:
    """Say whether a component must have ended where another begins: a card stands in a card as its AGENT only."""
    is_agent = bool(component.properties) and component.properties[-1].name == "AGENT"
    return not component.kind or (kind == _CARD == component.kind and not is_agent)


def _broken(component: Component) -> Component:
    component.whole = False
    return component


class _Line:
    """A logical line while it is put together."""

    def __init__(self, name: str, parameters: Parameters, rest: str) -> None:
        self.name = name
        self._parameters = parameters
        self._pieces = [rest]
        self.size = len(rest)
        encoding = next(iter(parameters.get("ENCODING", [])), "").upper()
        self._quoted = encoding in _QUOTED
        self._base64 = encoding in _BASE64
        #: The value is a file: it is not held, however long it is.
        self.is_file = self._base64 or bool(DATA_URI.match(rest))

    @classmethod
    def of(cls, line: str) -> _Line:
        """Begin with a physical line; one that is no content line is a property ``TEXT``."""
        name = _NAME.match(line)
        parameters: Parameters = {}
        place = name.end() if name else 0
        while name and (found := _PARAMETER.match(line, place)):
            _add(parameters, found[1].strip().upper(), found[2])
            place = found.end()
        if name is None or line[place : place + 1] != ":":
            return cls("TEXT", {}, line)
        return cls(name[1].upper(), parameters, line[place + 1 :])

    @property
    def kind(self) -> str:
        """The kind of component a ``BEGIN`` or ``END`` names."""
        return self._pieces[0].strip().upper()

    @property
    def is_text(self) -> bool:
        return self.name == "BEGIN" and self.kind in _TEXTS

    @property
    def is_too_long(self) -> bool:
        return self.size > LONGEST_VALUE

    def takes(self, line: str) -> bool:
        """Take a physical line that belongs to this one; say whether it does."""
        last = self._pieces[-1]
        if self._quoted and last.endswith("="):
            self._pieces[-1] = last[:-1]
            self.take(line)
        elif line.startswith((" ", "\t")):
            self.take(line[1:])
        elif self._base64 and ":" not in line:
            self.take(line)
        elif not _NAME.match(line):
            # A note over several lines, as old phones write it.
            self.take(f"=0A{line}" if self._quoted else f"\n{line}")
        else:
            return False
        return True

    def take(self, text: str) -> None:
        self.size += len(text)
        if not self.is_too_long:
            self._pieces.append(text)

    def property(self) -> Property:
        if self.is_file and self.is_too_long:
            # Half a photo is none.
            return Property(self.name, self._parameters, (), is_file=True)
        whole = "".join(self._pieces)
        codecs = codecs_of(self._parameters)
        return value_of(self.name, self._parameters, whole, codecs, quoted=self._quoted, packed=self.is_file)


def _add(parameters: Parameters, name: str, values: str | None) -> None:
    """Add a parameter; one without a name (``TEL;CELL``) is a type or, by its value, an encoding."""
    if values is None:
        values, name = name, "ENCODING" if name in _QUOTED | _BASE64 else "TYPE"
    parameters.setdefault(name, []).append(values.strip().strip('"'))


def _lines(path: Path) -> Iterator[str | Gap]:
    for block in utf8_blocks(path, detect_encoding(path)):
        if isinstance(block, Gap):
            yield block
        else:
            yield from block.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")


def _logical(lines: Iterator[str | Gap]) -> Iterator[_Line | Gap]:
    """Put physical lines together; an empty one ends a value."""
    line: _Line | None = None
    within = ""
    for each in lines:
        if isinstance(each, Gap):
            yield each
        elif within and line and each.strip().upper() != f"END:{within}":
            line.take(f"\n{each}")
        elif each.strip() and not within and line and line.takes(each):
            continue
        else:
            yield from _told(line)
            line, within = (_Line.of(each) if each.strip() else None), ""
            if line and line.is_text:
                yield line
                line, within = _Line("TEXT", {}, ""), line.kind
    yield from _told(line)


def _told(line: _Line | None) -> Iterator[_Line | Gap]:
    if line:
        yield line
        if line.is_too_long and not line.is_file:
            yield Gap("cell-too-long")
