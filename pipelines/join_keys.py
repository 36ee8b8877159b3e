"""Value keys of a typed column: what joins records of one person across assets without their values."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as pt

from detectors.cascade import Cascade
from detectors.flatten import as_text
from detectors.registry import recognizer_for
from pipelines.seal import Sealed, Sealer
from pipelines.store.files import KEY_FILE

#: ``keys: auto`` of an asset (DESIGN §3.3); names and birth dates, too: subjects are told apart by them.
KEY_TYPES = frozenset(
    {"PHONE_NUMBER", "EMAIL_ADDRESS", "PERSONAL_ID", "JP_ADDRESS", "PERSON", "DATE_OF_BIRTH"}
)


def key_rows(
    field: str, entity_type: str, column: pa.Array, row_keys: list[str | None], first_row: int, sealer: Sealer
) -> pa.Table:
    """Return KEY_FILE rows for the cells of `column` whose value can be normalised."""
    encoded = as_text(column).dictionary_encode()
    sealed = _seal_distinct(entity_type, encoded.dictionary, pt.is_integer(column.type), sealer)
    rows = [
        (row, sealed[code])
        for row, code in enumerate(encoded.indices.to_pylist())
        if code is not None and sealed[code][0] is not None
    ]
    return pa.table(
        {
            "field": [field] * len(rows),
            "row": [first_row + row for row, _ in rows],
            "row_key": [row_keys[row] for row, _ in rows],
            "entity_type": [entity_type] * len(rows),
            "value_key": [each[0] for _, each in rows],
            "alt_key": [each[1] for _, each in rows],
        },
        schema=KEY_FILE,
    )


def _seal_distinct(entity_type: str, values: pa.Array, numeric: bool, sealer: Sealer) -> list[Sealed]:
    recognizer = recognizer_for(entity_type)
    found = Cascade(recognizers=(recognizer,)).find(values) if recognizer else [[] for _ in values]
    sealed = []
    for value, spans in zip(values.to_pylist(), found, strict=True):
        best = max(spans, key=lambda span: (span.score, span.end - span.start), default=None)
        text = value[best.start : best.end] if best else value
        key = sealer.seal(entity_type, text)
        if key[0] is None and numeric and entity_type == "PHONE_NUMBER":
            # A number column has lost the leading zero of 090….
            key = sealer.seal(entity_type, f"0{text}")
        sealed.append(key)
    return sealed
