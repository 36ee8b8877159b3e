"""Labelled samples: texts with every span they are known to hold, read from a file of one's own.

Errors say which line of a sample is wrong, never what it holds.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detectors.columns import FREE_TEXT_PII
from detectors.entities import load_entities
from pipelines.errors import Refused

Span = tuple[int, int, str]

LARGEST_SAMPLE = 64 << 20
_MARK = re.compile(r"⟦(?:([A-Z_]+):)?([^⟦⟧]*)⟧")


@dataclass(frozen=True)
class Labelled:
    """A text and every span it is known to hold: start, end (code points, end exclusive), entity type."""

    text: str
    spans: tuple[Span, ...] = ()


def labelled(marked: str) -> Labelled:
    """Return a text labelled by marks.

    >>> labelled("担当は⟦PERSON:佐藤⟧です")
    Labelled(text='担当は佐藤です', spans=((3, 5, 'PERSON'),))

    Raises `Refused` ``sample-line`` for a mark without a known type.
    """
    text, spans, last = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        spans.append((len(text), len(text) + len(mark[2]), mark[1]))
        text, last = text + mark[2], mark.end()
    return _checked(text + marked[last:], spans, 1)


def read_sample(path: Path) -> list[Labelled]:
    """Read a labelled sample (UTF-8), by its suffix.

    ``.jsonl``: ``{"text": …, "spans": [[start, end, type], …]}`` per line; `label`, as doccano writes it, will do.
    ``.csv``: columns text, start, end, entity_type; a row per span, one without a span for a text that holds none.
    ``.txt``: a text per line with marks, as `labelled` reads them.
    Raises `Refused` ``sample-unreadable``, ``sample-line`` (with its number, never its content).
    """
    readers = {".jsonl": _from_jsonl, ".csv": _from_csv, ".txt": _from_marks}
    reader = readers.get(path.suffix.lower())
    try:
        if reader is None or path.stat().st_size > LARGEST_SAMPLE:
            raise ValueError
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError):
        raise Refused("sample-unreadable", "sample", "a UTF-8 file: .jsonl, .csv or .txt") from None
    return list(reader(text))


def _from_jsonl(text: str) -> Iterator[Labelled]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
                yield _checked(row["text"], row.get("spans", row.get("label", ())), number)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                raise _bad_line(number) from None


def _from_csv(text: str) -> Iterator[Labelled]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    spans: dict[str, list[Span]] = {}
    lines: dict[str, int] = {}
    try:
        for row in rows:
            held = spans.setdefault(row["text"], [])
            lines.setdefault(row["text"], rows.line_num)
            if row["start"]:
                held.append((int(row["start"]), int(row["end"]), row["entity_type"]))
    except (ValueError, TypeError, KeyError, csv.Error):
        raise _bad_line(rows.line_num) from None
    for each, held in spans.items():
        yield _checked(each, held, lines[each])


def _from_marks(text: str) -> Iterator[Labelled]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield labelled(line)
            except Refused:
                raise _bad_line(number) from None


def _checked(text: Any, spans: Iterable[Any], number: int) -> Labelled:
    if not isinstance(text, str):
        raise _bad_line(number)
    checked: list[Span] = []
    for start, end, kind in spans:
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            raise _bad_line(number)
        check_type(kind, f"line {number}")
        checked.append((start, end, kind))
    return Labelled(text, tuple(checked))


def check_type(kind: object, place: str) -> None:
    """Raise `Refused` ``sample-type`` for what is no entity type."""
    if kind not in {FREE_TEXT_PII, *load_entities()}:
        # A typing error would otherwise read as a recall of 0.
        raise Refused("sample-type", place, "entity types are those of docs/detection.md")


def _bad_line(number: int) -> Refused:
    return Refused("sample-line", f"line {number}", "a text and spans of start, end and entity type in it")
