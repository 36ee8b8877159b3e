"""What is really in the sample estate, recorded by the generator while it writes.

Free text is composed from templates, so the place of every personal value is known to the code point.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

FREE_TEXT = "FREE_TEXT_PII"

#: Column name → entity type, `FREE_TEXT`, or None where the column holds nothing personal.
ColumnTypes = Mapping[str, str | None]


class Value(NamedTuple):
    """A personal value on its way into a text."""

    text: str
    entity_type: str


class Marked(NamedTuple):
    """A text and its personal values as (start, end, entity type), code points, end exclusive."""

    text: str
    spans: tuple[tuple[int, int, str], ...] = ()


@dataclass
class Truth:
    """Facts of one part of the estate: ``truth.json`` and the span files are the sum of the parts."""

    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    spans: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    ledger: dict[str, Any] = field(default_factory=dict)
    """What report `ledger_diff` has to say once the company's ledger is imported."""

    def add(self, other: Truth) -> None:
        """Take over the facts of another part."""
        self.assets.update(other.assets)
        for report, facts in other.incidents.items():
            known = self.incidents.setdefault(report, {"rows": 0, "keys": []})
            known |= {"rows": known["rows"] + facts["rows"], "keys": known["keys"] + facts["keys"]}
        self.spans.extend(other.spans)
        self.images.extend(other.images)

    def table(self, asset: str, types: ColumnTypes, rows: Sequence[Sequence[Any]]) -> None:
        """Record a table: filled cells of typed columns, spans of `Marked` cells in free-text columns.

        Raises `ValueError` when a column that is said to be harmless holds a marked value, or a free-text
        column none.
        """
        counts: Counter[str] = Counter()
        for index, (column, entity_type) in enumerate(types.items()):
            cells = [row[index] for row in rows]
            if entity_type is not None and entity_type != FREE_TEXT:
                counts[entity_type] += sum(cell not in (None, "") for cell in cells)
                continue
            found = self._record_spans(asset, column, cells)
            if bool(found) != (entity_type == FREE_TEXT):
                raise ValueError(f"{asset}: column {column} is not {entity_type or 'harmless'}")
            counts.update(found)
        self.assets[asset] = {"columns": dict(types), "counts": _nonzero(counts)}

    def document(self, asset: str, text: Marked) -> None:
        """Record a text file: one row with the column ``text``."""
        self.table(asset, {"text": FREE_TEXT if text.spans else None}, [[text]])

    def image(self, asset: str, kind: str | None, values: Sequence[Value], faces: int = 0) -> None:
        """Record an image with what is printed on it; `kind` is the kind of identity document, or None."""
        counts = Counter(value.entity_type for value in values)
        if faces:
            counts["FACE"] = faces
        self.assets[asset] = {"columns": {"image": FREE_TEXT if counts else None}, "counts": _nonzero(counts)}
        self.images.append(
            {
                "asset": asset,
                "kind": kind,
                "faces": faces,
                "values": [[v.entity_type, v.text] for v in values],
            }
        )

    def write(self, directory: Path, seed: int) -> None:
        """Write ``truth.json``, ``truth_spans.jsonl`` and ``truth_images.jsonl`` into `directory`."""
        summary = {
            "seed": seed,
            "assets": self.assets,
            "incidents": self.incidents,
            "ledger": self.ledger,
        }
        text = json.dumps(summary, ensure_ascii=False, indent=1, sort_keys=True)
        (directory / "truth.json").write_text(text + "\n", "utf-8", newline="\n")
        for name, lines in (("truth_spans.jsonl", self.spans), ("truth_images.jsonl", self.images)):
            body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (directory / name).write_text(body, "utf-8", newline="\n")

    def _record_spans(self, asset: str, column: str, cells: Iterable[Any]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for row, cell in enumerate(cells):
            if not isinstance(cell, Marked):
                continue
            for start, end, entity_type in cell.spans:
                counts[entity_type] += 1
                self.spans.append(
                    {
                        "asset": asset,
                        "row": row,
                        "column": column,
                        "start": start,
                        "end": end,
                        "type": entity_type,
                    }
                )
        return counts


def compose(template: str, slots: Mapping[str, Value | str]) -> Marked:
    """Fill ``{name}`` slots of a template; a `Value` is marked with its place, a plain string is not.

    >>> compose("{who}様、{n}件", {"who": Value("佐藤 健", "PERSON"), "n": "2"})
    Marked(text='佐藤 健様、2件', spans=((0, 4, 'PERSON'),))
    """
    pieces: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = 0
    for literal, slot, _, _ in Formatter().parse(template):
        pieces.append(literal)
        length += len(literal)
        if slot is None:
            continue
        value = slots[slot]
        text = value if isinstance(value, str) else value.text
        if not isinstance(value, str):
            spans.append((length, length + len(text), value.entity_type))
        pieces.append(text)
        length += len(text)
    return Marked("".join(pieces), tuple(spans))


def joined(texts: Sequence[Marked], separator: str = "\n") -> Marked:
    """Join texts, moving their spans along."""
    spans: list[tuple[int, int, str]] = []
    offset = 0
    for text in texts:
        spans.extend((start + offset, end + offset, kind) for start, end, kind in text.spans)
        offset += len(text.text) + len(separator)
    return Marked(separator.join(text.text for text in texts), tuple(spans))


def plain(cell: Any) -> Any:
    """Return a cell as it is written: the text of a `Marked`, everything else unchanged."""
    return cell.text if isinstance(cell, Marked) else cell


def _nonzero(counts: Counter[str]) -> dict[str, int]:
    return {entity_type: count for entity_type, count in sorted(counts.items()) if count}
