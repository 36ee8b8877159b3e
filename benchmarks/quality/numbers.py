"""Single numbers: telephone numbers in many spellings, and identifiers with a check digit beside their label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.score import Counts, verdict
from benchmarks.quality.shared import rows
from pipelines.adhoc.stream import detect_text

FILES = (PHONES, CHECKSUMS) = ("phones.jsonl", "checksums.jsonl")

#: Type of the corpus → our type and the label it stands under.
LABELS = {
    "MY_NUMBER": ("JP_MY_NUMBER", "マイナンバー：{}"),
    "CORPORATE_NUMBER": ("JP_CORPORATE_NUMBER", "法人番号：{}"),
    "DRIVER_LICENSE": ("JP_DRIVER_LICENSE", "運転免許証番号：{}"),
    "CREDIT_CARD": ("CREDIT_CARD", "カード番号：{}"),
}


def phone_counts(corpora: Path) -> list[Counts]:
    """Return one yes-or-no count per row of ``phones.jsonl``: is it a number of the plan, was it found?"""
    return [
        verdict(bool(row["valid"]), _finds("PHONE_NUMBER", row["text"])) for row in rows(corpora / PHONES)
    ]


def checksum_counts(corpora: Path) -> dict[str, list[Counts]]:
    """Return the counts per entity type: every number of ``checksums.jsonl`` under the label of its type.

    Under the label of My Number stand the corporate numbers as well, all of them to be left alone.
    """
    counted: dict[str, list[Counts]] = {}
    for entity_type, text, valid in _questions(corpora / CHECKSUMS):
        counted.setdefault(entity_type, []).append(verdict(valid, _finds(entity_type, text)))
    return counted


def _questions(path: Path) -> Iterator[tuple[str, str, bool]]:
    my_number, label = LABELS["MY_NUMBER"]
    for row in rows(path):
        entity_type, own_label = LABELS[row["type"]]
        yield entity_type, own_label.format(row["value"]), bool(row["valid"])
        if row["type"] == "CORPORATE_NUMBER":
            yield my_number, label.format(row["value"]), False


def _finds(entity_type: str, text: str) -> bool:
    """Business-only phones and corporate numbers count as found: the question is the number, not the person."""
    return any(
        each.entity_type == entity_type and each.score >= 0.4 for each in detect_text(text, everything=True)
    )
