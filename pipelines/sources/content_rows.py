"""Components of content lines as rows: a column per property, what is repeated in columns of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.blobs import Blob, is_shown
from pipelines.sources.columns import is_data
from pipelines.sources.content_lines import Component, components
from pipelines.sources.content_values import Property
from pipelines.sources.jsonl import BATCH_BYTES, OTHER, batch_of
from pipelines.sources.text import read_text

#: Columns of one property; what comes beyond stands in the last, line by line.
MOST_REPEATED = 20

#: Parameters that say how a value is written, what it is for, how surely: nothing of anybody.
_TECHNICAL = frozenset(
    {
        "ALTID", "CALSCALE", "CHARSET", "CUTYPE", "DERIVED", "ENCODING", "FBTYPE", "FMTTYPE", "INDEX", "LANGUAGE",
        "LEVEL", "MEDIATYPE", "PARTSTAT", "PID", "PREF", "RANGE", "RELATED", "RELTYPE", "ROLE", "RSVP",
        "SCHEDULE-AGENT", "SCHEDULE-STATUS", "STATUS", "TYPE", "TZID", "VALUE", "X-NUM-GUESTS",
    }
)  # fmt: skip

#: What a component says, as pairs of column and text.
Cells = Iterator[tuple[str, str]]


def read_components(path: Path, cells_of: Callable[[Component], Cells]) -> Iterator[pa.RecordBatch | Gap]:
    """Stream the components of a file as rows; one of which `cells_of` says nothing is none.

    Gaps: ``row-broken``: a component that does not end, or has no beginning: what it says is read; ``attachment``:
    files within that are no pictures; those of `components`. A file without any component is text.
    """
    if not _has_components(path):
        yield from read_text(path)
        return
    records: list[dict[str, str]] = []
    gaps: Counter[str] = Counter()
    size = 0
    for each in components(path):
        if isinstance(each, Gap):
            gaps[each.reason] += each.rows
            continue
        gaps += Counter({"attachment": sum(_is_unread(said) for said in each.properties)})
        gaps += Counter({"row-broken": int(not each.whole)})
        if record := _record(cells_of(each)):
            records.append(record)
            size += each.size
        if len(records) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch_of(records)
            records, size = [], 0
    if records:
        yield batch_of(records)
    yield from (Gap(reason, number) for reason, number in sorted(gaps.items()))


def photos_of(path: Path) -> Iterator[Blob]:
    """Yield the files within the components of a file: photos, logos."""
    for each in components(path):
        if isinstance(each, Component):
            yield from (Blob(said.name, said.content) for said in each.properties if said.is_file)


def _is_unread(said: Property) -> bool:
    return said.is_file and not is_shown(said.content)


def parameters_of(said: Property, *known: str) -> Cells:
    """Yield what stands in the parameters of a property and may be of somebody, but for the `known` ones."""
    for name, values in said.parameters.items():
        if name not in _TECHNICAL and name not in known:
            yield from ((f"{said.name}.{name}", value) for value in values)


def _has_components(path: Path) -> bool:
    return any(isinstance(each, Component) and each.kind for each in components(path))


def _record(cells: Cells) -> dict[str, str]:
    """Return a cell per column: ``電話番号``, ``電話番号2`` …"""
    record: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for column, text in cells:
        if is_data(column):
            # Names of lines and parameters come from the file: one that is a number is nobody's header.
            column, text = OTHER, f"{column}: {text}"
        # A lone surrogate is what a broken value may hold, and no text.
        if text := text.strip().encode("utf-8", "replace").decode():
            counts[column] += 1
            number = min(counts[column], MOST_REPEATED)
            record.setdefault(column if number == 1 else f"{column}{number}", []).append(text)
    return {place: "\n".join(texts) for place, texts in record.items()}
