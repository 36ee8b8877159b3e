"""The public development corpora, read where they lie: ``MEIBO_CORPORA`` or ``../shared/corpora``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quality.documents import Document, DocumentSet

_ROOT = Path(__file__).resolve().parents[2]

#: Types of the corpora and ours; a type that is not here is none we look for.
TYPES = {
    "PERSON": "PERSON",
    "ADDRESS": "JP_ADDRESS",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "POSTAL_CODE": "JP_POSTAL_CODE",
    "MY_NUMBER": "JP_MY_NUMBER",
}

_NAMES = ("PERSON",)
_RECORD = ("JP_ADDRESS", "PHONE_NUMBER", "JP_POSTAL_CODE")

#: File, what it is, the types annotated in it.
SETS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("text_stockmark", "Wikipedia sentences", _NAMES),
    ("text_wac", "Wikipedia leads", _NAMES),
    ("text_gsd", "web and news sentences", _NAMES),
    ("biz_personnel_notice", "government personnel notices", _NAMES),
    ("biz_templated", "business mail, memos, forms from templates", (*_NAMES, *_RECORD, "JP_MY_NUMBER")),
    ("neg_policy", "policies that name nobody", _NAMES),
    ("neg_biz_summary", "business summaries that name nobody", _NAMES),
    ("addr_strings", "whole addresses, many spellings", ("JP_ADDRESS",)),
    ("addr_in_records", "addresses inside records", _RECORD),
    ("addr_negative", "names of places, facilities and companies that are no address", ("JP_ADDRESS",)),
)

#: Sets whose rows the shipped name tagger learned from (`detectors/names/tagger/train.py`): not unseen.
LEARNED_FROM = frozenset(
    {
        "text_stockmark", "text_wac", "text_gsd", "biz_personnel_notice", "biz_templated", "neg_policy",
        "neg_biz_summary",
    }
)  # fmt: skip


def home() -> Path | None:
    """Return the directory of the corpora, or None where there are none."""
    path = Path(os.environ.get("MEIBO_CORPORA") or _ROOT.parent / "shared" / "corpora")
    return path if path.is_dir() else None


def document_sets(corpora: Path) -> list[DocumentSet]:
    """Return every set of texts that is present and not empty."""
    return [
        DocumentSet(name, about, documents, frozenset(types))
        for name, about, types in SETS
        if (documents := tuple(_documents(corpora / f"{name}.jsonl")))
    ]


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _documents(path: Path) -> Iterator[Document]:
    for row in rows(path) if path.is_file() else ():
        spans = [(start, end, TYPES[kind]) for start, end, kind in row["spans"] if kind in TYPES]
        yield Document(row["text"], tuple(sorted(spans)))
