"""The two tables detection writes: findings (occurrences) and evidence (mergeable summaries of columns)."""

from __future__ import annotations

import pyarrow as pa

#: One row per occurrence. `row` counts from the start of the batch; offsets are code points of the cell.
FINDINGS = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("entity_type", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("recognizer", pa.string(), nullable=False),
        pa.field("recognizer_version", pa.string(), nullable=False),
        pa.field("personal", pa.bool_(), nullable=False),
    ]
)

#: One row per field and entity type, and one per field with entity type "" that carries the column's profile.
#: Every number is a sum over cells, or over the distinct cells of each batch (`distinct_*`), so that the
#: evidence of two batches, parts or workers merges by addition. `matched`: cells with any match of the type
#: at score ≥ .2; `whole`: cells that are one match and nothing else (surrounding space aside), at any score;
#: `checked`: whole matches that passed a check digit, plan, register or dictionary. `sketch`: the smallest
#: keyed hashes of distinct cells, a KMV sketch (`detectors.sketch`). `profile`: JSON object of counters.
EVIDENCE = pa.schema(
    [
        pa.field("field", pa.string(), nullable=False),
        pa.field("entity_type", pa.string(), nullable=False),
        pa.field("physical_type", pa.string(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("values", pa.int64(), nullable=False),
        pa.field("matched", pa.int64(), nullable=False),
        pa.field("whole", pa.int64(), nullable=False),
        pa.field("checked", pa.int64(), nullable=False),
        pa.field("distinct", pa.int64(), nullable=False),
        pa.field("distinct_matched", pa.int64(), nullable=False),
        pa.field("distinct_whole", pa.int64(), nullable=False),
        pa.field("distinct_checked", pa.int64(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),  # greatest score of a whole match
        pa.field("sketch", pa.binary(), nullable=False),
        pa.field("profile", pa.string(), nullable=False),
    ]
)
