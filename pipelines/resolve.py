"""Resolve: what the columns of an asset are, and what follows from it for its parts.

Runs once per asset, after all its parts are examined. A column that turns out to be no typed column is looked
at again, now with every occurrence; of a join-key column the value keys are kept; the last-activity column is
counted per day. The outcome per part is immutable and named by what made it, like that of `detect`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from detectors.columns import FREE_TEXT_PII, ColumnType, merge_evidence, resolve_columns
from detectors.resolver import REPORTED
from detectors.schema import EVIDENCE
from pipelines.asset_rules import AssetRule
from pipelines.detect import DOCUMENTS, SKIPPED
from pipelines.examine import activity, work
from pipelines.examine.join_keys import KEY_TYPES, QUASI
from pipelines.examine.second_look import Look, SecondLook, is_done, look_again, read_activity
from pipelines.examine.work import EVIDENCE_FILE, work_key
from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.refs import AssetRef, FindingsRef, PartRef
from pipelines.results import AssetResult, FieldRow, PartResult, not_examined_id
from pipelines.sources.devices import register_of

_DECLARED_KEY = "the estate declares this column as the person key"


def resolve(
    job: Job, asset: AssetRef, examined: Sequence[FindingsRef], skipped: Sequence[PartRef]
) -> AssetResult:
    """Return everything the loader needs to know about one asset."""
    evidence = _evidence(job, examined)
    types = _types(job, asset, examined, evidence)
    second = _second(job, asset, types, evidence)
    parts = [_finish(job, ref, second) for ref in examined]
    met = activity.merge(each for _, counted in parts for each in counted)
    return AssetResult(
        asset=asset,
        fields=tuple(_field_rows(job, asset, types, evidence.to_pylist(), second)),
        parts=(*(part for part, _ in parts), *(_skipped(part) for part in skipped)),
        activity=activity.last_activity(met),
        events=met,
    )


def resolve_document(
    job: Job, asset: AssetRef, parts: Sequence[PartResult], total: dict[str, Any], kinds: Counter[str]
) -> AssetResult:
    """Return what `resolve` would of a document that was read in one go.

    `total`: its row of EVIDENCE; `kinds`: the number of findings by type, those not personal under "".
    """
    matched = kinds.total()
    del kinds[""]
    types = {total["field"]: _document(total, matched, dict(kinds))}
    fields = _field_rows(job, asset, types, [total], SecondLook((), ()))
    return AssetResult(asset=asset, fields=tuple(fields), parts=tuple(parts))


def second_looks(job: Job, asset: AssetRef, examined: Sequence[FindingsRef]) -> list[Look]:
    """Return what `resolve` would do part by part, so that several can do it at once."""
    evidence = _evidence(job, examined)
    second = _second(job, asset, _types(job, asset, examined, evidence), evidence)
    looks = (_look(job, ref, second) for ref in examined if second)
    return [look for look in looks if not is_done(job, look.key)]


def _evidence(job: Job, examined: Sequence[FindingsRef]) -> pa.Table:
    return merge_evidence(
        [EVIDENCE.empty_table(), *(work.get(job, ref.work_key, EVIDENCE_FILE) for ref in examined)]
    )


def _types(
    job: Job, asset: AssetRef, examined: Sequence[FindingsRef], evidence: pa.Table
) -> dict[str, ColumnType]:
    columns = ["field", "row", "entity_type", "score", "personal"]
    # Part by part: the findings of a large asset do not fit into memory.
    found = (work.get(job, ref.work_key, "findings.parquet", columns) for ref in examined)
    if asset.kind in DOCUMENTS:
        matched, kinds = _count(found)
        totals = [row for row in evidence.to_pylist() if not row["entity_type"]]
        return {row["field"]: _document(row, matched, kinds) for row in totals}
    types = resolve_columns(found, evidence)
    key = job.estate.rule(asset.id).columns.key
    name = mask_place(key, job.keys) if key else None
    if name in types and types[name].entity_type is None:
        known = types[name]
        types[name] = ColumnType(
            name,
            "PERSONAL_ID",
            1.0,
            "typed",
            (_DECLARED_KEY,),
            known.rows,
            known.values,
            known.distinct,
            known.values,
        )
    return types


def _count(found: Iterable[pa.Table]) -> tuple[int, dict[str, int]]:
    """Return the number of findings and that of the personal ones by type."""
    matched, kinds = 0, Counter[str]()
    for table in found:
        matched += table.num_rows
        counts = pc.value_counts(table.filter(table["personal"])["entity_type"]).to_pylist()
        kinds.update({each["values"]: each["counts"] for each in counts})
    return matched, dict(kinds)


def _document(total: dict[str, Any], matched: int, kinds: dict[str, int]) -> ColumnType:
    """A document has no column type: it holds personal data or it does not; an image says what card it shows."""
    shown = json.loads(total["profile"]) if total["physical_type"] == "image" else {}
    return ColumnType(
        total["field"],
        FREE_TEXT_PII if kinds else None,
        1.0 if kinds else 0.0,
        "free_text" if kinds else "none",
        tuple(f"{kind}: {count}" for kind, count in sorted(shown.items())),
        rows=total["rows"],
        values=total["values"],
        distinct=total["distinct"],
        matched=matched,
        found=kinds,
    )


def _second(job: Job, asset: AssetRef, types: dict[str, ColumnType], evidence: pa.Table) -> SecondLook:
    if asset.kind in DOCUMENTS:
        return SecondLook((), ())
    rule = job.estate.rule(asset.id)
    floor = REPORTED[job.estate.detection.point] - 1e-6
    summaries = evidence.select(["field", "entity_type", "whole", "score"]).to_pylist()
    held_whole = {
        row["field"] for row in summaries if row["entity_type"] and row["whole"] and row["score"] >= floor
    }
    return SecondLook(
        again=tuple(
            (name, each.floor(REPORTED[job.estate.detection.point]))
            for name, each in types.items()
            if each.kind != "typed" and name in held_whole
        ),
        keys=tuple(_key_fields(job, rule, types)),
        watched=_watched(rule),
        register=register_of(rule, asset.kind),
    )


def _key_fields(job: Job, rule: AssetRule, types: dict[str, ColumnType]) -> Iterable[tuple[str, str]]:
    quasi = {mask_place(name, job.keys) for name in rule.quasi}
    for name, column in types.items():
        if _is_key(job, rule, column) or (name in quasi and column.kind == "typed"):
            yield name, column.entity_type or ""
        elif name in quasi and column.kind == "none":
            yield name, QUASI


def _watched(rule: AssetRule) -> activity.Watched:
    columns = rule.columns
    events = {
        activity.ACTIVITY: columns.last_activity,
        "withdrawal": columns.withdrawn,
        "contract_end": columns.contract_end,
    }
    return activity.Watched(
        tuple((event, name) for event, name in events.items() if name), columns.status, columns.key
    )


def _is_key(job: Job, rule: AssetRule, column: ColumnType) -> bool:
    if column.kind != "typed":
        return False
    if rule.keys == "auto":
        return column.entity_type in KEY_TYPES
    return column.field in {mask_place(name, job.keys) for name in rule.keys}


def _finish(job: Job, ref: FindingsRef, second: SecondLook) -> tuple[PartResult, tuple[activity.Count, ...]]:
    if not second:
        return _part_result(job, ref, ref.work_key), ()
    look = _look(job, ref, second)
    if not is_done(job, look.key):
        look_again(job, look)
    return _part_result(job, ref, look.key), read_activity(job, look.key)


def _look(job: Job, ref: FindingsRef, second: SecondLook) -> Look:
    zone = [job.estate.timezone] if second.watched.events or second.register else []
    return Look(ref, second, work_key(job, ref.part, ref.work_key, repr(second), *zone))


def _field_rows(
    job: Job,
    asset: AssetRef,
    types: dict[str, ColumnType],
    evidence: Sequence[dict[str, Any]],
    second: SecondLook,
) -> list[FieldRow]:
    rule = job.estate.rule(asset.id)
    declared = {mask_place(name, job.keys): set(kinds) for name, kinds in rule.declared.items()}
    totals = {(row["field"], row["entity_type"]): row for row in evidence}
    keys = dict(second.keys)
    rows = []
    for position, (name, column) in enumerate(types.items()):
        total = totals[name, ""]
        of_type = totals.get((name, column.entity_type or ""), total)
        found = {column.entity_type} if column.kind == "typed" else set(column.found)
        rows.append(
            FieldRow(
                field=name,
                position=position,
                physical_type=total["physical_type"],
                rows=total["rows"],
                values=total["values"],
                distinct=column.distinct,
                entity_type=column.entity_type,
                kind=column.kind,
                score=column.score,
                matched=column.matched,
                whole=of_type["whole"],
                checked=of_type["checked"],
                reasons=(*column.reasons, *_unverified(total)),
                key_column=name in keys,
                declared=bool(found) and found <= declared.get(name, set()),
            )
        )
    return rows


def _unverified(total: dict[str, Any]) -> tuple[str, ...]:
    skipped = json.loads(total["profile"] or "{}").get(SKIPPED)
    return (
        (f"ambiguous, unverified: {skipped:,} windows beyond the budget of the second opinion",)
        if skipped
        else ()
    )


def _part_result(job: Job, ref: FindingsRef, key: str) -> PartResult:
    return PartResult(
        part=ref.part,
        part_id=key,
        reused=ref.reused,
        findings=work.held(job, key, "findings.parquet"),
        keys=work.held(job, key, "keys.parquet"),
        records=work.held(job, key, "records.parquet"),
        pictures=work.held(job, key, "pictures.parquet"),
    )


def _skipped(part: PartRef) -> PartResult:
    return PartResult(part=part, part_id=not_examined_id(part))
