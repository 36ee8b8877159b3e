"""Detect: one part in, its findings and evidence out, sealed, immutable, named by what made them.

The work key is a digest of (part, detector, dictionaries, configuration, key): a part that was examined with
the same of all is not examined again. Nothing written here holds a raw value, a scan id or a time.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from detectors.cascade import Cascade, Occurrences, scan_batch
from detectors.columns import merge_evidence
from detectors.context.special_care import SPECIAL_CARE, kind_of
from detectors.flatten import as_text, columns_of
from detectors.names.spacy_ner import ModelMissing
from detectors.resolver import REPORTED
from detectors.schema import EVIDENCE
from detectors.second_opinion import SecondOpinion, second_opinion
from pipelines import work
from pipelines.documents import examine_documents
from pipelines.errors import NotExamined
from pipelines.image_parts import examine_images
from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.refs import FindingsRef, PartRef
from pipelines.seal import Sealer
from pipelines.staging import read_part
from pipelines.store.files import FINDING_FILE
from pipelines.work import EVIDENCE_FILE, work_key

#: Kinds of assets whose cells are documents: every occurrence counts, columns have no type.
DOCUMENTS = frozenset({"text", "image"})

#: Counter in a column's profile: windows a second opinion was not asked about, the budget being spent.
SKIPPED = "ner_windows_skipped"


def detect(job: Job, part: PartRef, *, full: bool = False) -> FindingsRef:
    """Examine one staged part; a part already examined is only looked up, unless `full`."""
    key = work_key(job, part)
    if not full and work.has(job, key, EVIDENCE_FILE):
        return FindingsRef(part=part, work_key=key, reused=True)
    findings, evidence = examine(job, part, "all" if part.asset.kind in DOCUMENTS else "text")
    work.put(job, key, "findings.parquet", findings)
    # Evidence comes last: where it is, the findings are whole.
    work.put(job, key, EVIDENCE_FILE, evidence)
    return FindingsRef(part=part, work_key=key)


def examine(
    job: Job, part: PartRef, occurrences: Occurrences, only: frozenset[str] | None = None
) -> tuple[pa.Table, pa.Table]:
    """Return (findings as FINDING_FILE, merged EVIDENCE) of a part; `only`: masked names of fields to look at."""
    opinion = _second_opinion(job, part)
    point = job.estate.detection.point
    cascade = (job.memory and job.memory.cascade) or Cascade.at(
        point, sketch_key=job.keys.derive("sketch"), opinions=opinion.spans
    )
    sealer = Sealer(job.keys)
    findings: list[pa.Table] = []
    evidence: list[pa.RecordBatch] = []
    row = 0
    for batch in read_part(job, part):
        if part.asset.kind == "image":
            found, summary = examine_images(batch, row, point, sealer)
            findings.append(found)
        else:
            named = rename(job, batch, only)
            spans, summary = _look(named, cascade, part.asset.kind, occurrences)
            summary = _with_skipped(summary, opinion) if row == 0 else summary
            findings.append(_seal(job, part, batch, named, spans, row, sealer))
        evidence.append(summary)
        row += batch.num_rows
    return pa.concat_tables([FINDING_FILE.empty_table(), *findings]), merge_evidence(
        evidence or [pa.RecordBatch.from_pylist([], EVIDENCE)]
    )


def _look(
    named: pa.RecordBatch, cascade: Cascade, kind: str, occurrences: Occurrences
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    if kind in DOCUMENTS:
        return examine_documents(named, cascade)
    scan = scan_batch(named, cascade=cascade, occurrences=occurrences)
    return scan.findings, scan.evidence


def _second_opinion(job: Job, part: PartRef) -> SecondOpinion:
    detection = job.estate.detection
    strict = detection.point == "strict"
    if part.asset.kind == "image" or (detection.ner == "off" and not strict):
        return SecondOpinion()
    batches = (rename(job, batch) for batch in read_part(job, part))
    try:
        return second_opinion(batches, detection.ner_budget, role="vote" if strict else "add")
    except ModelMissing:
        raise NotExamined("ner-model-missing", part.name, "install meibo[ner]") from None


def _with_skipped(evidence: pa.RecordBatch, opinion: SecondOpinion) -> pa.RecordBatch:
    """Note the windows the budget left unread in the profile of their column."""
    rows = evidence.to_pylist()
    for row in rows:
        if row["profile"] and opinion.skipped.get(row["field"]):
            profile = json.loads(row["profile"]) | {SKIPPED: opinion.skipped[row["field"]]}
            row["profile"] = json.dumps(profile, sort_keys=True)
    return pa.RecordBatch.from_pylist(rows, EVIDENCE)


def rename(job: Job, batch: pa.RecordBatch, only: frozenset[str] | None = None) -> pa.RecordBatch:
    """Return the batch's text columns under their masked names, nested ones flattened; `only` keeps some."""
    columns = [(mask_place(name, job.keys), values) for name, values in columns_of(batch)]
    kept = [(name, values) for name, values in columns if only is None or name in only]
    return pa.RecordBatch.from_arrays([values for _, values in kept], names=[name for name, _ in kept])


def row_keys(job: Job, part: PartRef, batch: pa.RecordBatch, sealer: Sealer) -> list[str | None]:
    """Return the storable identifier of every row: the key column as it is if it is a plain number, else keyed."""
    name = part.row_key
    if not name or name not in batch.schema.names:
        return [None] * batch.num_rows
    column = batch.column(name)
    personal = name == job.estate.rule(part.asset.id).columns.key or not pt.is_integer(column.type)
    return [
        None if value is None else sealer.row_key(value, personal=personal)
        for value in as_text(column).to_pylist()
    ]


def _seal(
    job: Job,
    part: PartRef,
    batch: pa.RecordBatch,
    named: pa.RecordBatch,
    findings: pa.RecordBatch,
    first_row: int,
    sealer: Sealer,
) -> pa.Table:
    # By a mask: an expression starts an execution plan, which costs more than a small part.
    floor = pa.scalar(REPORTED[job.estate.detection.point] - 1e-6, pa.float32())
    kept = findings.filter(pa.compute.greater_equal(findings.column("score"), floor))
    if not kept.num_rows:
        return FINDING_FILE.empty_table()
    keys = row_keys(job, part, batch, sealer) if part.row_key else None
    texts = {name: as_text(named.column(name)) for name in kept.column("field").unique().to_pylist()}
    spans = [
        (entity_type, texts[name][row].as_py(), start, end)
        for name, row, start, end, entity_type in zip(
            *(kept.column(each).to_pylist() for each in ("field", "row", "start", "end", "entity_type")),
            strict=True,
        )
    ]
    sealed = [sealer.seal(entity_type, text[start:end]) for entity_type, text, start, end in spans]
    rows = kept.column("row").to_pylist()
    return _table(
        kept,
        row=[first_row + row for row in rows],
        row_key=[keys[row] if keys else None for row in rows],
        page=[None] * len(rows),
        quad=[None] * len(rows),
        value_key=[each[0] for each in sealed],
        alt_key=[each[1] for each in sealed],
        masked=[each[2] for each in sealed],
        kind=[
            kind_of(text, start, end) if each == SPECIAL_CARE else None for each, text, start, end in spans
        ],
    )


def _table(findings: pa.RecordBatch, **more: list[Any]) -> pa.Table:
    given = {**dict(zip(findings.schema.names, findings.columns, strict=True)), **more}
    return pa.table({name: given[name] for name in FINDING_FILE.names}, schema=FINDING_FILE)
