"""Small texts read together: what each of them holds is what it would hold if it were read alone.

A finding depends on its value alone, so the texts of many files can be the cells of one column. What
is found goes back to the file it stands in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from detectors.cascade import Cascade
from pipelines.detect import rename, seal
from pipelines.examine.documents import examine_documents, totals
from pipelines.examine.work import Memory, held, put, work_key
from pipelines.job import Job
from pipelines.refs import PartRef
from pipelines.resolve import resolve_document
from pipelines.results import AssetResult, PartResult
from pipelines.seal import Sealer


def read_texts(job: Job, parts: Iterable[PartRef]) -> dict[str, AssetResult]:
    """Examine and resolve, of the assets with these `parts`, those that are one text each; results by asset id.

    Assets that are anything else are not in what is returned, and none is if they cannot be read together.
    """
    memory = job.memory
    if memory is None or memory.cascade is None or not (texts := _single_texts(parts)):
        return {}
    try:
        return _read(job, memory, memory.cascade, texts)
    except Exception:
        # Which of them it is shows when each is examined alone.
        return {}


def _single_texts(parts: Iterable[PartRef]) -> dict[str, PartRef]:
    of_asset: dict[str, list[PartRef]] = {}
    for part in parts:
        of_asset.setdefault(part.asset.id, []).append(part)
    return {
        asset: part
        for asset, (part, *others) in of_asset.items()
        if not others and part.asset.kind == "text" and part.rows == 1 and part.status == "examined"
    }


def _read(job: Job, memory: Memory, cascade: Cascade, texts: dict[str, PartRef]) -> dict[str, AssetResult]:
    parts = list(texts.values())
    staged = pa.Table.from_batches([batch for part in parts for batch in memory.staged[part.path]])
    batch = staged.combine_chunks().to_batches()[0]
    named = rename(job, batch)
    findings, _ = examine_documents(named, cascade)
    found = seal(job, parts[0], batch, named, findings, 0, Sealer(job.keys)).combine_chunks()
    rows = found["row"].to_numpy()
    starts = np.searchsorted(rows, np.arange(len(parts) + 1)).tolist()
    found = found.set_column(1, found.schema.field("row"), pa.array(np.zeros(len(rows), np.int64)))
    told = list(zip(found["entity_type"].to_pylist(), found["personal"].to_pylist(), strict=True))
    field, column = named.schema.names[0], named.column(0)
    results = {}
    for number, (asset, part) in enumerate(texts.items()):
        start, end = starts[number], starts[number + 1]
        kinds = Counter(kind if personal else "" for kind, personal in told[start:end])
        filled = int(column[number].is_valid)
        total = totals(field, str(column.type), 1, filled, filled, "{}")
        key = work_key(job, part)
        put(job, key, "findings.parquet", found.slice(start, end - start))
        result = PartResult(part=part, part_id=key, findings=held(job, key, "findings.parquet"))
        results[asset] = resolve_document(job, part.asset, [result], total, kinds)
    return results
