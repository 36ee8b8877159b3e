"""GiNZA as a second opinion over a whole part: the least certain windows of all its values, within one budget.

Which windows are read depends on what is in the part, ranked by (doubt, hash); never on its order. The outcome
is value-level: each value that was read again carries its extra spans wherever it stands.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from detectors.flatten import as_text, columns_of
from detectors.names.spacy_ner import Role, SpacyNerRecognizer, weak_windows
from detectors.resolver import Found


@dataclass(frozen=True)
class SecondOpinion:
    """`spans`: extra proposals by value; `skipped`: windows left unread, by field: ambiguous, unverified."""

    spans: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


def second_opinion(
    batches: Iterable[pa.RecordBatch], budget: int, model: str = "ja_ginza", role: Role = "add"
) -> SecondOpinion:
    """Read the `budget` least certain windows of all columns of `batches` with a spaCy model.

    `role`: "add" for windows round weak candidates, "vote" for those the point ``strict`` wants a second for.
    Memory is bounded by the budget. Raises `ModelMissing` when the model is not installed.
    """
    best: list[tuple[float, int, str, str]] = []
    windows: dict[str, int] = {}
    for batch in batches:
        for name, column in columns_of(batch):
            for value in as_text(column).unique().drop_null().to_pylist():
                for doubt, digest in weak_windows(value, role):
                    windows[name] = windows.get(name, 0) + 1
                    # A heap of the best has its worst on top: order and ties are turned round.
                    heapq.heappush(best, (-doubt, -digest, value, name))
                    if len(best) > budget:
                        heapq.heappop(best)
    ner = SpacyNerRecognizer(model, budget, role)
    values = sorted({value for _, _, value, _ in best})
    spans = {
        value: tuple(Found.of(match, ner) for match in matches)
        for value, matches in zip(values, ner.examine(values), strict=True)
    }
    for _, _, _, name in best:
        windows[name] -= 1
    return SecondOpinion(spans, {name: count for name, count in windows.items() if count})
