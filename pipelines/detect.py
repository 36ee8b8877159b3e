"""Detect: one part in, its findings and evidence out, sealed, immutable, named by what made them.

The work key is a digest of (part, detector, dictionaries, configuration, key): a part that was examined with
the same of all is not examined again. Nothing written here holds a raw value, a scan id or a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.types as pt

from detectors.cascade import Cascade, scan_batch
from detectors.columns import merge_evidence
from detectors.context.special_care import SPECIAL_CARE, kind_of
from detectors.flatten import as_text, columns_of
from detectors.garbage import no_collection
from detectors.names.spacy_ner import ModelMissing
from detectors.registry import Point
from detectors.resolver import REPORTED
from detectors.schema import EVIDENCE
from detectors.second_opinion import SecondOpinion, second_opinion
from pipelines.errors import NotExamined
from pipelines.examine import work
from pipelines.examine.cells import CELLS, CELLS_FILE, Recorder
from pipelines.examine.documents import examine_documents
from pipelines.examine.image_parts import examine_images
from pipelines.examine.join_keys import KEY_TYPES
from pipelines.examine.work import EVIDENCE_FILE, work_key
from pipelines.job import Job
from pipelines.places import mask_place
from pipelines.refs import FindingsRef, PartRef
from pipelines.seal import Sealer
from pipelines.staging import read_part
from pipelines.store.files import FINDING_FILE, PICTURE_FILE

#: Kinds of assets whose cells are documents: every occurrence counts, columns have no type.
DOCUMENTS = frozenset({"text", "image"})

#: Counter in a column's profile: windows a second opinion was not asked about, the budget being spent.
SKIPPED = "ner_windows_skipped"


def detect(job: Job, part: PartRef, *, full: bool = False) -> FindingsRef:
    """Examine one staged part; a part already examined is only looked up, unless `full`."""
    key = work_key(job, part)
    if not full and work.has(job, key, EVIDENCE_FILE):
        return FindingsRef(part=part, work_key=key, reused=True)
    outcome = examine(job, part)
    work.put(job, key, "findings.parquet", outcome.findings)
    work.put(job, key, CELLS_FILE, outcome.cells)
    if outcome.pictures.num_rows:
        work.put(job, key, "pictures.parquet", outcome.pictures)
    # Evidence comes last: where it is, the others are whole.
    work.put(job, key, EVIDENCE_FILE, outcome.evidence)
    return FindingsRef(part=part, work_key=key)


class Outcome(NamedTuple):
    """What a part holds: FINDING_FILE, merged EVIDENCE, CELLS (what findings leave out) and PICTURE_FILE."""

    findings: pa.Table
    evidence: pa.Table
    cells: pa.Table
    pictures: pa.Table


def examine(job: Job, part: PartRef) -> Outcome:
    """Examine a staged part."""
    opinion = _second_opinion(job, part)
    point = job.estate.detection.point
    cascade = (job.memory and job.memory.cascade) or _cascade(job, opinion)
    recorder = Recorder.over(cascade, KEY_TYPES, REPORTED[point] - 1e-6)
    sealer = Sealer(job.keys)
    findings: list[pa.Table] = []
    evidence: list[pa.RecordBatch] = []
    cells: list[pa.Table] = []
    pictures: list[pa.Table] = []
    row = 0
    for batch in read_part(job, part):
        if part.asset.kind == "image":
            keys = row_keys(job, part, batch, sealer)
            found, summary, shown = examine_images(batch, row, point, sealer, job.estate.timezone, keys)
            findings.append(found)
            pictures.append(shown)
        else:
            named = rename(job, batch)
            with no_collection():
                spans, summary = _look(named, recorder, part.asset.kind)
                summary = _with_skipped(summary, opinion) if row == 0 else summary
                findings.append(seal(job, part, batch, named, spans, row, sealer))
                if part.asset.kind not in DOCUMENTS:
                    cells.append(recorder.cells(named, row))
        evidence.append(summary)
        row += batch.num_rows
    return Outcome(
        pa.concat_tables([FINDING_FILE.empty_table(), *findings]),
        merge_evidence(evidence or [pa.RecordBatch.from_pylist([], EVIDENCE)]),
        pa.concat_tables([CELLS.empty_table(), *cells]),
        pa.concat_tables([PICTURE_FILE.empty_table(), *pictures]),
    )


def _cascade(job: Job, opinion: SecondOpinion) -> Cascade:
    point, key = job.estate.detection.point, job.keys.derive("sketch")
    # What was proposed for the values of a part holds for this part alone.
    return Cascade.at(point, sketch_key=key, opinions=opinion.spans) if opinion.spans else _shared(point, key)


@lru_cache(maxsize=1)
def _shared(point: Point, sketch_key: bytes) -> Cascade:
    """Return the cascade of this process: what it has seen in one part it knows in the next."""
    return Cascade.at(point, sketch_key=sketch_key, opinions={})


def forget() -> None:
    """Forget what this process has seen: benchmarks measure nights one after the other."""
    _shared.cache_clear()


def _look(named: pa.RecordBatch, cascade: Cascade, kind: str) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    if kind in DOCUMENTS:
        return examine_documents(named, cascade)
    scan = scan_batch(named, cascade=cascade)
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


def seal(
    job: Job,
    part: PartRef,
    batch: pa.RecordBatch,
    named: pa.RecordBatch,
    findings: pa.RecordBatch,
    first_row: int,
    sealer: Sealer,
) -> pa.Table:
    """Return FINDINGS of a batch as FINDING_FILE; `named` is `batch` as `rename` returns it.

    `first_row`: number of the batch's first row in the part.
    """
    # By a mask: an expression starts an execution plan, which costs more than a small part.
    floor = pa.scalar(REPORTED[job.estate.detection.point] - 1e-6, pa.float32())
    kept = findings.filter(pa.compute.greater_equal(findings.column("score"), floor))
    if not kept.num_rows:
        return FINDING_FILE.empty_table()
    keys = row_keys(job, part, batch, sealer) if part.row_key else None
    spans = [
        (entity_type, text, start, end)
        for text, start, end, entity_type in zip(
            _texts(named, kept),
            *(kept.column(each).to_pylist() for each in ("start", "end", "entity_type")),
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


def _texts(named: pa.RecordBatch, findings: pa.RecordBatch) -> Iterator[str]:
    """Yield the cell each finding lies in; a cell is decoded once, however many findings it holds."""
    fields = findings.column("field")
    cells: dict[str, Iterator[str]] = {}
    for name in fields.unique().to_pylist():
        rows = findings.column("row").filter(pa.compute.equal(fields, name)).dictionary_encode()
        texts = as_text(named.column(name)).take(rows.dictionary).to_pylist()
        cells[name] = map(texts.__getitem__, rows.indices.to_pylist())
    for name in fields.to_pylist():
        yield next(cells[name])


def _table(findings: pa.RecordBatch, **more: list[Any]) -> pa.Table:
    given = {**dict(zip(findings.schema.names, findings.columns, strict=True)), **more}
    return pa.table({name: given[name] for name in FINDING_FILE.names}, schema=FINDING_FILE)
