"""The words for codes of reports: of ``labels.yaml``, of the store as it was at the last load, and of sentences.

``entity`` and ``retention`` are the labels of types and retention classes, ``why`` and ``via`` sentences
(`pipelines.reports.reasons`), ``place`` names the assets that were not examined with the day they last were.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from detectors import plain_yaml
from pipelines.policies import Label
from pipelines.reports.reasons import Reasons
from pipelines.store.reader import Reader

Words = dict[str, Label]

#: Columns that name assets: whoever reads of one that was not examined is to read as of when.
PLACES = frozenset({"asset", "assets", "copied_to", "examples", "list", "made_of", "with_asset"})
#: Their vocabulary; an asset that was examined is not in it.
PLACE = "place"

_LABELLED = (("entity", "entity_type", "entity"), ("retention", "retention", "retention_class"))
_OLD = "SELECT asset_id, as_of_day FROM current_asset WHERE as_of_scan IS NOT NULL"


def vocabulary(reader: Reader) -> dict[str, Words]:
    """Return every vocabulary by the name columns have for it."""
    stored = dict(_stored(reader))
    labels = labelled()
    ways = Reasons(stored["entity"], "ways.yaml", labels["via"])
    return {**labels, **stored, "why": Reasons(stored["entity"]), "via": ways}


def _stored(reader: Reader) -> Iterator[tuple[str, Words]]:
    for words, key, table in _LABELLED:
        rows = reader.arrow(f"SELECT {key} AS code, label_ja AS ja, label_en AS en FROM {table}").to_pylist()
        yield words, {row["code"]: Label(ja=row["ja"], en=row["en"]) for row in rows}
    old = reader.arrow(_OLD).to_pylist()
    yield PLACE, {row["asset_id"]: _dated(row["asset_id"], row["as_of_day"]) for row in old}


def _dated(asset: str, day: date) -> Label:
    return Label(
        ja=f"{asset}（最終検査 {day}、今回は未検査）", en=f"{asset} (last examined {day}, not this time)"
    )


@cache
def labelled() -> dict[str, Words]:
    """Return the vocabularies of ``labels.yaml``: those no store is needed for."""
    raw = plain_yaml.read((resources.files("pipelines.reports") / "labels.yaml").read_text("utf-8"))
    return {words: {code: Label(**label) for code, label in codes.items()} for words, codes in raw.items()}


def said(code: str, vocabulary: str, lang: Literal["ja", "en"]) -> str:
    """Return the word of ``labels.yaml`` for a code; the code itself where it has none."""
    label = labelled()[vocabulary].get(code)
    return str(getattr(label, lang)) if label else code
