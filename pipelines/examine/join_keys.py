"""Value keys of a typed column: what joins records of one person across assets without their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import pyarrow as pa
import pyarrow.types as pt

from detectors.cascade import Cascade
from detectors.flatten import as_text
from detectors.registry import recognizer_for
from detectors.resolver import REPORTED
from pipelines.seal import Keys, Sealer
from pipelines.store.files import KEY_FILE

#: ``keys: auto`` of an asset (docs/estate.md); names and birth dates, too: subjects are told apart by them.
KEY_TYPES = frozenset(
    {"PHONE_NUMBER", "EMAIL_ADDRESS", "PERSONAL_ID", "JP_ADDRESS", "PERSON", "DATE_OF_BIRTH"}
)

#: Type of the keys of a column that tells people apart only together with others (`quasi` of an asset).
QUASI = "QUASI"


class Span(NamedTuple):
    """Where in a cell its value stands, and how sure that is."""

    start: int
    end: int
    score: float


def key_rows(
    field: str,
    entity_type: str,
    column: pa.Array,
    row_keys: list[str | None],
    first_row: int,
    sealer: Sealer,
    known: Mapping[str, Span] = MappingProxyType({}),
) -> pa.Table:
    """Return KEY_FILE rows for the cells of `column` whose value can be normalised.

    `known`: cells whose span of the type was found before; the others are examined.
    """
    encoded = as_text(column).dictionary_encode()
    values = encoded.dictionary.to_pylist()
    spans = {**known, **_spans(entity_type, [value for value in values if value not in known])}
    sealed = _seal_distinct(entity_type, values, spans, pt.is_integer(column.type), sealer)
    families = _families(entity_type, values, sealed, sealer)
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
            "family_key": [families.get(each[0]) for _, each in rows],
        },
        schema=KEY_FILE,
    )


def _is_half(entity_type: str, score: float) -> bool:
    # A name no dictionary has is found by halves (ｸﾞｴﾝ in ｸﾞｴﾝ ｳﾞｧﾝ ﾐﾝ); the column says the cell is one name.
    return entity_type == "PERSON" and score < REPORTED["balanced"]


def _families(
    entity_type: str, values: Sequence[str], sealed: Sequence[Keys], sealer: Sealer
) -> dict[bytes | None, bytes | None]:
    """Return key of a name → key of its surname: what people of one household share."""
    if entity_type != "PERSON":
        return {}
    families: dict[bytes | None, bytes | None] = {}
    for value, (key, _) in zip(values, sealed, strict=True):
        # One spelling of a name may show where the surname ends, another of the same name not.
        families[key] = families.get(key) or sealer.family(value)[0]
    return families


def _spans(entity_type: str, values: Sequence[str]) -> dict[str, Span]:
    """Return the best span of the type in each value that has one."""
    recognizer = recognizer_for(entity_type)
    if recognizer is None or not values:
        return {}
    found = Cascade(recognizers=(recognizer,)).examine(values)
    return {
        value: max(
            (Span(each.start, each.end, each.score) for each in examined.spans),
            key=lambda span: (span.score, span.end - span.start),
        )
        for value, examined in zip(values, found, strict=True)
        if examined.spans
    }


def _seal_distinct(
    entity_type: str, values: Sequence[str], spans: Mapping[str, Span], numeric: bool, sealer: Sealer
) -> list[Keys]:
    sealed = []
    for value in values:
        best = spans.get(value)
        text = value[best.start : best.end] if best and not _is_half(entity_type, best.score) else value
        keys = sealer.keys(entity_type, text)
        if keys[0] is None and numeric and entity_type == "PHONE_NUMBER":
            # A number column has lost the leading zero of 090….
            keys = sealer.keys(entity_type, f"0{text}")
        sealed.append(keys)
    return sealed
