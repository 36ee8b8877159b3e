"""Columns of tables: personal or not, and of which type, with and without their headers.

Conventions, where the truth of the development tables and our types differ:

* the truth's PERSON_KANA is PERSON; ADDRESS, POSTAL_CODE and so on are ours under another name;
* PERSONAL_ID on a column whose truth is NONE is right: member and customer numbers are none of the truth's types;
* a BIRTHDATE under a header that says nothing counts as NONE: nothing but the header tells it from other dates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.quality.own import OwnColumn
from benchmarks.quality.score import Counts, verdict
from detectors.cascade import scan_batch
from detectors.columns import merge_evidence, resolve_columns
from detectors.schema import FINDINGS
from pipelines.sources.base import Gap
from pipelines.sources.recognise import recognise

NONE = "NONE"
TYPES = {
    "PERSON": "PERSON",
    "PERSON_KANA": "PERSON",
    "POSTAL_CODE": "JP_POSTAL_CODE",
    "ADDRESS": "JP_ADDRESS",
    "PHONE": "PHONE_NUMBER",
    "EMAIL": "EMAIL_ADDRESS",
    "MY_NUMBER": "JP_MY_NUMBER",
    "BIRTHDATE": "DATE_OF_BIRTH",
    "FREE_TEXT_PII": "FREE_TEXT_PII",
    NONE: NONE,
}


@dataclass(frozen=True)
class Judged:
    """One column: what it is, and what it was taken for."""

    table: str
    column: str
    truth: str
    taken_for: str

    def counts(self) -> tuple[Counts, Counts]:
        """Return the counts of "personal or not" and of "which type"."""
        personal = verdict(self.truth != NONE, self.taken_for != NONE)
        typed = verdict(self.truth != NONE, self.taken_for != NONE)
        typed[:, [0, 2]] = int(self.truth == self.taken_for != NONE)
        return personal, typed


def judged_tables(tables: Path, headers: bool) -> list[Judged]:
    """Judge every column of the development tables, under its original header or under ``c_01``, ``c_02`` …"""
    truth = json.loads((tables / "truth.json").read_text("utf-8"))
    return [
        each for name, columns in sorted(truth.items()) for each in _judged(tables / name, columns, headers)
    ]


def judged_columns(columns: Iterable[OwnColumn]) -> list[Judged]:
    """Judge columns of our own corpus, each as a table of its own."""
    judged = []
    for column in columns:
        batch = pa.RecordBatch.from_pydict({"values": pa.array(column.values)})
        found = _types([batch], {"values": column.header})["values"]
        judged.append(Judged(column.kind, column.header, column.truth, _taken_for(found, column.truth)))
    return judged


def _judged(path: Path, columns: Mapping[str, Mapping[str, str]], headers: bool) -> Iterator[Judged]:
    numbered = {name: f"c_{number:02}" for number, name in enumerate(columns, 1)}
    shown = {name: each["original"] for name, each in columns.items()} if headers else numbered
    found = _types(_batches(path), shown)
    for name, each in columns.items():
        truth = TYPES[each["type"]]
        if truth == "DATE_OF_BIRTH" and not headers:
            truth = NONE
        yield Judged(path.name, name, truth, _taken_for(found.get(name), truth))


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    for batch in recognise(path).read(path, ""):
        if not isinstance(batch, Gap):
            yield batch


def _types(batches: Iterable[pa.RecordBatch], headers: Mapping[str, str]) -> dict[str, str | None]:
    findings, evidence = [FINDINGS.empty_table()], []
    for batch in batches:
        scan = scan_batch(batch)
        findings.append(pa.Table.from_batches([scan.findings]))
        evidence.append(scan.evidence)
    resolved = resolve_columns(pa.concat_tables(findings), merge_evidence(evidence), headers)
    return {name: column.entity_type for name, column in resolved.items()}


def _taken_for(found: str | None, truth: str) -> str:
    return NONE if found is None or (found == "PERSONAL_ID" and truth == NONE) else found
