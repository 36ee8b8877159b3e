"""From values and header to the type of a column, with the reasons.

A column is a population: what share of its *distinct* values passes a check, against the share that
random values of that shape would pass; whether surnames in it are also places; whether it is prose. The header
is a prior that lowers or raises what is asked of the values; it decides alone for no type. Evidence comes in as
EVIDENCE rows of any number of batches, findings as FINDINGS rows; neither holds a value, nor do the reasons.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors import column_rules
from detectors.evidence import IMPERSONAL
from detectors.headers import announced
from detectors.population import TALLY, Candidate, Population, Tally
from detectors.profile import merge
from detectors.resolver import REPORTED
from detectors.schema import EVIDENCE
from detectors.sketch import Sketch

#: The type of a column of prose in which personal data stands.
FREE_TEXT_PII = "FREE_TEXT_PII"

#: Score above what a pattern or a check digit gives alone.
CONTEXT = 0.55
#: Distinct values from which a column is a population whose rejection of a type counts.
POPULATION = 20

Kind = Literal["typed", "free_text", "none"]
_SUMS = (
    "rows", "values", "matched", "whole", "checked", "distinct", "distinct_matched", "distinct_whole",
    "distinct_checked",
)  # fmt: skip


@dataclass(frozen=True)
class ColumnType:
    """What a column holds.

    `entity_type`: the type of a typed column, `FREE_TEXT_PII` for prose that contains personal data, None for a
    column that holds none. `score`: 0–1. `reasons`: sentences without values. `rows`, `values` (cells that are
    not empty), `distinct` (estimate) and `matched` (cells of the type, or rows of prose with a finding) count
    the whole asset. `found`: rows with a reported finding inside a cell, by entity type.
    """

    field: str
    entity_type: str | None
    score: float
    kind: Kind
    reasons: tuple[str, ...] = ()
    rows: int = 0
    values: int = 0
    distinct: int = 0
    matched: int = 0
    found: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def floor(self, reported: float) -> float:
        """Return the score from which a cell that is one match counts, where others count from `reported` on.

        A tenth of random twelve-digit numbers pass the check digit of a My Number: what the values of a whole
        column do not bear out needs more than that in each cell.
        """
        return max(reported, CONTEXT) if self.kind == "none" and self.distinct >= POPULATION else reported


def merge_evidence(tables: Iterable[pa.Table | pa.RecordBatch]) -> pa.Table:
    """Add the evidence of batches, parts or workers: one row per field and entity type, in order of appearance.

    Counts are summed, sketches and profiles merged. The order of the tables decides only the order of the rows.
    """
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for table in tables:
        for row in table.to_pylist():
            key = (row["field"], row["entity_type"])
            merged[key] = _add(merged[key], row) if key in merged else row
    return pa.Table.from_pylist(list(_spread_totals(merged)), EVIDENCE)


def resolve_columns(
    findings: pa.RecordBatch | pa.Table | Iterator[pa.Table],
    evidence: pa.RecordBatch | pa.Table,
    header: Mapping[str, str] | None = None,
) -> dict[str, ColumnType]:
    """Decide the type of every field of the (merged or unmerged) `evidence`.

    `findings`: occurrences inside cells, batches in the order they were scanned; an iterator is
    counted table by table, so that only one is in memory. `header`: header text of a
    field where it is not the field's own name. Fields come in the order of the evidence.
    """
    headers = header or {}
    found = _add_up(findings if isinstance(findings, Iterator) else iter([findings]))
    return {
        name: _resolve(
            replace(population, header=announced(headers.get(name, name)), found=found.get(name, {}))
        )
        for name, population in _populations(merge_evidence([evidence])).items()
    }


def _add(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    physical = sorted({*left["physical_type"].split("|"), *right["physical_type"].split("|")})
    profiles = [json.loads(row["profile"]) for row in (left, right) if row["profile"]]
    sketch = Sketch.from_bytes(left["sketch"]).merge(Sketch.from_bytes(right["sketch"]))
    return {
        **left,
        **{name: left[name] + right[name] for name in _SUMS},
        "physical_type": "|".join(physical),
        "score": max(left["score"], right["score"]),
        "sketch": sketch.to_bytes(),
        "profile": json.dumps(merge(*profiles), sort_keys=True) if len(profiles) == 2 else "".join(
            json.dumps(each, sort_keys=True) for each in profiles
        ),
    }  # fmt: skip


def _spread_totals(merged: Mapping[tuple[str, str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A batch without a match of a type has no row of that type: its cells count all the same."""
    for (name, entity_type), row in merged.items():
        total = merged.get((name, ""))
        if entity_type and total:
            row = {**row, **{each: total[each] for each in ("rows", "values", "distinct", "physical_type")}}
        yield row


def _populations(evidence: pa.Table) -> dict[str, Population]:
    rows = evidence.to_pylist()
    types: dict[str, dict[str, Tally]] = {}
    for row in rows:
        if row["entity_type"]:
            tally = Tally(**{name: row[name] for name in TALLY})
            types.setdefault(row["field"], {})[row["entity_type"]] = tally
    return {
        row["field"]: _population(row, types.get(row["field"], {})) for row in rows if not row["entity_type"]
    }


def _population(row: Mapping[str, Any], types: Mapping[str, Tally]) -> Population:
    profile: dict[str, int] = json.loads(row["profile"]) if row["profile"] else {}
    values = row["values"] - profile.get("blank", 0)
    distinct = row["distinct"] - profile.get("blank_values", 0)
    estimate = Sketch.from_bytes(row["sketch"]).estimate() - bool(profile.get("blank"))
    return Population(
        field=row["field"],
        physical=row["physical_type"],
        rows=row["rows"],
        values=values,
        distinct=distinct,
        # A sketch knows some per cent more or less; the batches, how many there are at most.
        estimate=min(max(0, estimate), distinct),
        profile=profile,
        types=types,
    )


def _add_up(tables: Iterator[pa.RecordBatch | pa.Table]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for table in tables:
        for name, counts in _rows_with_findings(table).items():
            total.setdefault(name, Counter()).update(counts)
    return {name: dict(counts) for name, counts in total.items()}


def _rows_with_findings(findings: pa.RecordBatch | pa.Table) -> dict[str, dict[str, int]]:
    """Count the rows with a reported personal finding, per field and type, and per field under ``""``.

    Row numbers start again with every batch, so runs of one row number are counted, not numbers.
    """
    table = pa.Table.from_batches([findings]) if isinstance(findings, pa.RecordBatch) else findings
    table = table.filter(
        pc.and_(
            table["personal"], pc.greater_equal(table["score"], pa.scalar(REPORTED["balanced"], pa.float32()))
        )
    )
    counted: dict[str, dict[str, int]] = {}
    for name in pc.unique(table["field"]).to_pylist():
        of_field = table.filter(pc.equal(table["field"], name))
        counts = {"": _runs(of_field["row"])}
        for entity_type in pc.unique(of_field["entity_type"]).to_pylist():
            counts[entity_type] = _runs(
                of_field.filter(pc.equal(of_field["entity_type"], entity_type))["row"]
            )
        counted[name] = counts
    return counted


def _runs(rows: pa.ChunkedArray) -> int:
    numbers = rows.to_numpy()
    return int(np.count_nonzero(np.diff(numbers)) + 1) if len(numbers) else 0


def _resolve(column: Population) -> ColumnType:
    if not column.values:
        return _typed(column, None, "none", ("no value was seen",))
    personal = [each for each in column_rules.candidates(column) if not _impersonal(column, each)]
    candidates = sorted(personal, key=lambda each: (-each.score, each.entity_type))
    if candidates:
        return _typed(column, candidates[0], "typed", _reasons(column, candidates))
    if mixed := column_rules.mixed(column):
        return _typed(column, mixed, "typed", (mixed.reason,))
    if prose := column_rules.prose(column):
        return _typed(column, prose, "free_text", (prose.reason,))
    return _typed(column, None, "none", tuple(column_rules.ruled_out(column)))


def _impersonal(column: Population, candidate: Candidate) -> bool:
    """A column of nothing but toll-free numbers says nothing about a person."""
    tally = column.types.get(candidate.entity_type)
    impersonal = column.profile.get(f"{IMPERSONAL}{candidate.entity_type}", 0)
    return tally is not None and 0 < tally.distinct_whole <= impersonal


def _reasons(column: Population, candidates: list[Candidate]) -> tuple[str, ...]:
    chosen = candidates[0]
    others = {
        each.entity_type: each for each in reversed(candidates) if each.entity_type != chosen.entity_type
    }
    reasons = [chosen.reason]
    if column.header == chosen.entity_type:
        reasons.append("the header announces this type")
    elif column.header:
        announces = "something that is not personal" if column.header == "NONE" else column.header
        reasons.append(f"the header announces {announces}, the values say otherwise")
    reasons.extend(f"weaker: {each.entity_type}, {each.reason}" for each in others.values())
    return tuple(reasons)


def _typed(column: Population, chosen: Candidate | None, kind: Kind, reasons: tuple[str, ...]) -> ColumnType:
    return ColumnType(
        field=column.field,
        entity_type=chosen.entity_type if chosen else None,
        score=round(chosen.score, 3) if chosen else 0.0,
        kind=kind,
        reasons=reasons,
        rows=column.rows,
        values=column.values,
        distinct=column.estimate,
        matched=chosen.matched if chosen else 0,
        found={name: count for name, count in column.found.items() if name},
    )
