"""``meibo detect --jsonl``: one JSON object per line in, one line out, in order, in flat memory.

In: ``{"id": …, "text": "…"}``. Out: ``{"id": …, "spans": [[start, end, type, score], …]}`` with offsets in code
points, or ``{"id": … or null, "error": code}`` for a line that is none. A bad line never stops the stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, BinaryIO, TextIO

from detectors.names.spacy_ner import ModelMissing
from detectors.registry import Point, find_entities, recognizers
from detectors.resolver import REPORTED, Found
from pipelines.errors import Refused

#: A longer line is answered with an error: memory stays bounded whatever comes in.
MAX_LINE_BYTES = 64 << 20

#: Longer texts seldom come twice, and are what memory is made of.
REMEMBERED_LENGTH = 256

#: Recognised in order to be ruled out; shown only on request.
RULED_OUT = frozenset({"JP_CORPORATE_NUMBER"})


def detect_text(text: str, *, point: Point = "balanced", everything: bool = False) -> list[Found]:
    """Return the spans of one text that are reported at an operating point, sorted by position.

    `everything` adds rivals, business-only phone numbers and corporate numbers. Raises `Refused`
    ``ner-model-missing`` at the point "strict" without the extra ``meibo[ner]``.
    """
    try:
        found = _remembered(text, point) if len(text) <= REMEMBERED_LENGTH else find_entities(text, point)
    except ModelMissing:
        raise Refused("ner-model-missing", "point strict", "install meibo[ner]") from None
    if everything:
        return list(found)
    return [
        each
        for each in found
        if each.score >= REPORTED[point] and each.personal and each.entity_type not in RULED_OUT
    ]


@lru_cache(maxsize=16_384)
def _remembered(text: str, point: Point) -> Sequence[Found]:
    # Streams repeat themselves: template lines, log lines, the same form field over and over.
    return find_entities(text, point)


def unread_windows(point: Point) -> int:
    """Return how many windows the budget of the second opinion has left unread in this process."""
    return sum(getattr(each, "skipped", 0) for each in recognizers(point))


def detect_lines(lines: BinaryIO, out: TextIO, *, point: Point = "balanced", everything: bool = False) -> int:
    """Answer every line of `lines` on `out`; return how many were bad."""
    bad = 0
    for line in _lines(lines):
        answer = _answer(line, point, everything)
        bad += "error" in answer
        out.write(json.dumps(answer, separators=(",", ":")) + "\n")
        # Whoever waits at the other end of a pipe gets the answer before sending the next line.
        out.flush()
    return bad


def _lines(lines: BinaryIO) -> Iterator[bytes | None]:
    while line := lines.readline(MAX_LINE_BYTES):
        if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := lines.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield None


def _refuse(constant: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def _answer(line: bytes | None, point: Point, everything: bool) -> dict[str, Any]:
    if line is None:
        return {"id": None, "error": "line-too-long"}
    try:
        record = json.loads(line, parse_constant=_refuse)
    except UnicodeDecodeError:
        return {"id": None, "error": "not-utf-8"}
    except (ValueError, RecursionError):
        return {"id": None, "error": "not-json"}
    if not isinstance(record, dict):
        return {"id": None, "error": "not-an-object"}
    name = record.get("id")
    if not isinstance(name, str | int | float | None):
        return {"id": None, "error": "id-not-scalar"}
    if not isinstance(record.get("text"), str):
        return {"id": name, "error": "text-missing"}
    spans = detect_text(record["text"], point=point, everything=everything)
    return {"id": name, "spans": [[s.start, s.end, s.entity_type, round(s.score, 4)] for s in spans]}
