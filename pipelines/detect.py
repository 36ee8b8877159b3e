"""Detect: one part in, its findings and evidence out, sealed, immutable, named by what made them.

The work key is a digest of (part, detector, dictionaries, configuration, key): a part that was examined with
the same of all is not examined again. Nothing written here holds a raw value, a scan id or a time.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from detectors.cascade import Cascade, Occurrences, scan_batch
from detectors.columns import merge_evidence
from detectors.flatten import as_text, columns_of
from detectors.registry import detector_version, dictionary_version
from detectors.resolver import REPORTED
from detectors.schema import EVIDENCE
from detectors.second_opinion import SecondOpinion, second_opinion
from pipelines.errors import NotExamined
from pipelines.image_parts import examine_images
from pipelines.job import Job
from pipelines.layout import Layout, replacing
from pipelines.places import mask_place
from pipelines.plan import config_digest
from pipelines.refs import FindingsRef, PartRef
from pipelines.seal import Sealer
from pipelines.staging import read_part
from pipelines.store import files
from pipelines.store.files import FINDING_FILE

#: Kinds of assets whose cells are documents: every occurrence counts, columns have no type.
DOCUMENTS = frozenset({"text", "image"})

#: Counter in a column's profile: windows a second opinion was not asked about, the budget being spent.
SKIPPED = "ner_windows_skipped"


def detect(job: Job, part: PartRef, *, full: bool = False) -> FindingsRef:
    """Examine one staged part; a part already examined is only looked up, unless `full`."""
    key = work_key(job, part)
    directory = work_directory(job.layout, key)
    if not full and (directory / "evidence.parquet").exists():
        return FindingsRef(part=part, work_key=key, reused=True)
    findings, evidence = examine(job, part, "all" if part.asset.kind in DOCUMENTS else "text")
    write_table(directory / "findings.parquet", findings)
    # Evidence comes last: where it is, the findings are whole.
    write_table(directory / "evidence.parquet", evidence)
    return FindingsRef(part=part, work_key=key)


def examine(
    job: Job, part: PartRef, occurrences: Occurrences, only: frozenset[str] | None = None
) -> tuple[pa.Table, pa.Table]:
    """Return (findings as FINDING_FILE, merged EVIDENCE) of a part; `only`: masked names of fields to look at."""
    opinion = _second_opinion(job, part)
    point = job.estate.detection.point
    cascade = Cascade.at(point, sketch_key=job.keys.derive("sketch"), opinions=opinion.spans)
    sealer = Sealer(job.keys)
    findings: list[pa.Table] = []
    evidence: list[pa.RecordBatch] = []
    row = 0
    for batch in read_part(job, part):
        if part.asset.kind == "image":
            found, summary = examine_images(batch, row, point, sealer)
            findings.append(found)
            evidence.append(summary)
        else:
            named = rename(job, batch, only)
            scan = scan_batch(named, cascade=cascade, occurrences=occurrences)
            evidence.append(_with_skipped(scan.evidence, opinion) if row == 0 else scan.evidence)
            findings.append(_seal(job, part, batch, named, scan.findings, row, sealer))
        row += batch.num_rows
    return pa.concat_tables([FINDING_FILE.empty_table(), *findings]), merge_evidence(
        evidence or [pa.RecordBatch.from_pylist([], EVIDENCE)]
    )


def _second_opinion(job: Job, part: PartRef) -> SecondOpinion:
    detection = job.estate.detection
    strict = detection.point == "strict"
    if part.asset.kind == "image" or (detection.ner == "off" and not strict):
        return SecondOpinion()
    batches = (rename(job, batch) for batch in read_part(job, part))
    try:
        return second_opinion(batches, detection.ner_budget, role="vote" if strict else "add")
    except LookupError:
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


def work_key(job: Job, part: PartRef, *more: str) -> str:
    """Return the name under which the outcome for a part is kept."""
    made_by = [
        part.asset.id,
        part.index,
        part.digest,
        part.row_key,
        detector_version(),
        dictionary_version(),
        config_digest(job),
        job.estate.rule(part.asset.id).columns.key,
        files.FORMAT,
        *more,
    ]
    return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:32]


def work_directory(layout: Layout, key: str) -> Path:
    """Return the directory of a work key, made if need be."""
    directory = layout.work / key[:2] / key
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory


def write_table(path: Path, table: pa.Table) -> None:
    """Write Parquet beside `path` and rename it there; equal tables give equal bytes."""
    with replacing(path) as beside:
        pq.write_table(table.combine_chunks(), beside, compression="zstd", row_group_size=1 << 20)


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
    kept = findings.filter(pa.compute.field("score") >= REPORTED[job.estate.detection.point] - 1e-6)
    if not kept.num_rows:
        return FINDING_FILE.empty_table()
    keys = row_keys(job, part, batch, sealer) if part.row_key else None
    texts = {name: as_text(named.column(name)) for name in kept.column("field").unique().to_pylist()}
    sealed = [
        sealer.seal(kind, texts[name][row].as_py()[start:end])
        for name, row, start, end, kind in zip(
            *(kept.column(each).to_pylist() for each in ("field", "row", "start", "end", "entity_type")),
            strict=True,
        )
    ]
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
        kind=[None] * len(rows),
    )


def _table(findings: pa.RecordBatch, **more: list[Any]) -> pa.Table:
    given = {**dict(zip(findings.schema.names, findings.columns, strict=True)), **more}
    return pa.table({name: given[name] for name in FINDING_FILE.names}, schema=FINDING_FILE)
