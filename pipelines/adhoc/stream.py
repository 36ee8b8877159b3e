"""``meibo detect --jsonl``: one JSON object per line in, one line out, in order, in flat memory.

In: ``{"id": …, "text": "…"}``. Out: ``{"id": …, "spans": [[start, end, type, score], …]}`` with offsets in code
points, or ``{"id": … or null, "error": code}`` for a line that is none. A bad line never stops the stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from io import BufferedIOBase
from typing import Any, TextIO

from detectors.cascade import Cascade
from detectors.names.spacy_ner import ModelMissing
from detectors.registry import Point, find_entities, recognizers
from detectors.resolver import REPORTED, Found
from detectors.text import SURROGATE
from pipelines.errors import Refused

#: A longer line is answered with an error: memory stays bounded whatever comes in.
MAX_LINE_BYTES = 64 << 20

#: Bytes read at once, and letters remembered: streams repeat themselves, and their memory stays flat.
AT_ONCE, REMEMBERED = 1 << 20, 1_000_000

#: Recognised in order to be ruled out; shown only on request.
RULED_OUT = frozenset({"JP_CORPORATE_NUMBER"})


def detect_text(text: str, *, point: Point = "balanced", everything: bool = False) -> list[Found]:
    """Return the spans of one text that are reported at an operating point, sorted by position.

    `everything` adds rivals, business-only phone numbers and corporate numbers. Raises `Refused`
    ``ner-model-missing`` at the point "strict" without the extra ``meibo[ner]``.
    """
    return detect_texts([text], point=point, everything=everything)[0]


def detect_texts(
    texts: Sequence[str], *, point: Point = "balanced", everything: bool = False
) -> list[list[Found]]:
    """Return what `detect_text` returns for every text; many at once cost less than one after the other."""
    # A lone surrogate, which JSON can spell, has no place in Arrow.
    odd = {at: text for at, text in enumerate(texts) if SURROGATE.search(text)}
    try:
        examined = _cascade(point).examine(["" if at in odd else text for at, text in enumerate(texts)])
        found = [each.spans for each in examined]
        for at, text in odd.items():
            found[at] = tuple(find_entities(text, point))
    except ModelMissing:
        raise Refused("ner-model-missing", "point strict", "install meibo[ner]") from None
    return [[each for each in spans if everything or _is_reported(each, point)] for spans in found]


def _is_reported(found: Found, point: Point) -> bool:
    return found.score >= REPORTED[point] and found.personal and found.entity_type not in RULED_OUT


@cache
def _cascade(point: Point) -> Cascade:
    return Cascade.at(point, remembered=REMEMBERED)


def unread_windows(point: Point) -> int:
    """Return how many windows the budget of the second opinion has left unread in this process."""
    return sum(getattr(each, "skipped", 0) for each in recognizers(point))


def detect_lines(
    lines: BufferedIOBase, out: TextIO, *, point: Point = "balanced", everything: bool = False
) -> int:
    """Answer every line of `lines` on `out`; return how many were bad."""
    bad = 0
    for arrived in _arriving(lines):
        for answer in _answers(arrived, point, everything):
            bad += "error" in answer
            out.write(json.dumps(answer, separators=(",", ":")) + "\n")
        # Whoever waits at the other end of a pipe gets the answer before sending the next line.
        out.flush()
    return bad


def _arriving(lines: BufferedIOBase) -> Iterator[list[bytes | None]]:
    """Yield the lines that have arrived together; None for one that is too long."""
    begun: list[bytes] = []
    while chunk := lines.read1(AT_ONCE):
        *ends, rest = chunk.split(b"\n")
        arrived = []
        for end in ends:
            arrived.append(_line([*begun, end]))
            begun = []
        # Of a line that is too long no more is kept than shows that it is.
        if rest and sum(map(len, begun)) < MAX_LINE_BYTES:
            begun.append(rest)
        if arrived:
            yield arrived
    if begun:
        yield [_line(begun)]


def _line(pieces: Sequence[bytes]) -> bytes | None:
    return b"".join(pieces) if sum(map(len, pieces)) < MAX_LINE_BYTES else None


def _answers(lines: Sequence[bytes | None], point: Point, everything: bool) -> Iterator[dict[str, Any]]:
    records = [_record(line) for line in lines]
    asked = [record["text"] for record in records if "error" not in record]
    found = iter(detect_texts(asked, point=point, everything=everything))
    for record in records:
        if "error" in record:
            yield record
        else:
            spans = [[s.start, s.end, s.entity_type, round(s.score, 4)] for s in next(found)]
            yield {"id": record["id"], "spans": spans}


def _record(line: bytes | None) -> dict[str, Any]:
    """Return the `id` and `text` of a line, or the `id` as far as it has one and the `error`."""
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
    return {"id": name, "text": record["text"]}


def _refuse(constant: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
