"""Documents of a part: every occurrence counts. A document is no population: of its column there is no profile."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from detectors.cascade import Cascade
from detectors.flatten import as_text, columns_of
from detectors.schema import EVIDENCE, FINDINGS


def examine_documents(batch: pa.RecordBatch, cascade: Cascade) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Return (FINDINGS, EVIDENCE) of a batch of texts: what `scan_batch` finds, less what columns are typed by."""
    found: list[dict[str, Any]] = []
    counted: list[dict[str, Any]] = []
    for field, column in columns_of(batch):
        texts = as_text(column)
        filled = [(row, text) for row, text in enumerate(texts.to_pylist()) if text is not None]
        for (row, _), examined in zip(filled, cascade.examine([text for _, text in filled]), strict=True):
            found += [
                {
                    "row": row,
                    "field": field,
                    "start": each.start,
                    "end": each.end,
                    "entity_type": each.entity_type,
                    "score": each.score,
                    "recognizer": each.recognizer,
                    "recognizer_version": each.version,
                    "personal": each.personal,
                }
                for each in examined.spans
            ]
        distinct = len({text for _, text in filled})
        counted.append(totals(field, str(column.type), len(texts), len(filled), distinct, "{}"))
    return pa.RecordBatch.from_pylist(found, FINDINGS), pa.RecordBatch.from_pylist(counted, EVIDENCE)


def totals(
    field: str, physical_type: str, rows: int, values: int, distinct: int, profile: str
) -> dict[str, Any]:
    """Return the EVIDENCE row of a field that says how much there is of it, and nothing about types."""
    return dict.fromkeys(EVIDENCE.names, 0) | {
        "field": field,
        "entity_type": "",
        "physical_type": physical_type,
        "rows": rows,
        "values": values,
        "distinct": distinct,
        "sketch": b"",
        "profile": profile,
    }
