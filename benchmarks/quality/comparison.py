"""The same documents, read by Presidio with ja_ginza and by Sudachi's 人名 tags: PERSON only.

GiNZA reads about a thousand characters per CPU second, so it gets a sample of every set, and its counts (no text)
are kept in ``benchmarks/results/quality_ginza.json`` under a digest of documents and versions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from benchmarks.quality import score, systems
from benchmarks.quality.documents import DocumentSet, Span

CACHE = Path(__file__).resolve().parents[1] / "results" / "quality_ginza.json"
#: Most documents per set.
SAMPLE = 150
PERSON = "PERSON"

Json = dict[str, Any]


def compare(sets: Sequence[DocumentSet], proposed: dict[str, list[list[Span]]]) -> Json:
    """Return the PERSON figures of all systems on a sample of every set that says who is named in it.

    Our split to calibrate on and our ambiguous cases are left out; so is the column of ja_ginza where it is not
    installed.
    """
    result: Json = {}
    for each in sets:
        unnamed = each.types is not None and PERSON not in each.types
        if unnamed or "calibrate" in each.name or "ambiguous" in each.name:
            continue
        chosen = each.sample(SAMPLE)
        part = each.part(chosen)
        found = {"meibo": [proposed[each.name][index] for index in chosen]}
        found["sudachi"] = systems.sudachi([document.text for document in part.documents])
        counts = {name: _counts(part, spans) for name, spans in found.items()}
        if (cached := _ginza(part)) is not None:
            counts["presidio_ginza"] = cached
        result[each.name] = {"documents": len(chosen)} | {
            name: _figures(part, counted) for name, counted in counts.items()
        }
    return result


def _figures(part: DocumentSet, counts: Sequence[score.Counts]) -> Json:
    if any(document.names_somebody() for document in part.documents):
        return {mode: figure.as_json() for mode, figure in score.figures(counts).items()}
    false = [int(each[0, 1]) for each in counts]
    value, low, high = score.rate(false, [len(document.text) for document in part.documents], 10_000)
    return {"false_per_10k": {"rate": round(value, 4), "low": round(low, 4), "high": round(high, 4)}}


def _counts(part: DocumentSet, spans: Sequence[Sequence[Span]]) -> list[score.Counts]:
    return [
        score.count(document.spans, each, PERSON)
        for document, each in zip(part.documents, spans, strict=True)
    ]


def _ginza(part: DocumentSet) -> list[score.Counts] | None:
    """Return GiNZA's counts, from the cache where the documents and the versions are the same."""
    try:
        versions = {name: version(name) for name in systems.GINZA_VERSIONS}
    except PackageNotFoundError:
        return None
    stated = json.dumps([versions, [[each.text, each.spans] for each in part.documents]], ensure_ascii=False)
    digest = xxhash.xxh3_128_hexdigest(stated.encode())
    cache: Json = json.loads(CACHE.read_text("utf-8")) if CACHE.is_file() else {}
    if cache.get(part.name, {}).get("digest") != digest:
        started = time.process_time()
        counts = _counts(part, systems.presidio_ginza([document.text for document in part.documents]))
        cache[part.name] = {
            "digest": digest,
            "versions": versions,
            "characters_per_cpu_second": round(part.characters / (time.process_time() - started)),
            "counts": [each.tolist() for each in counts],
        }
        lines = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(cache.items()))
        CACHE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return [np.array(each, dtype=np.int64) for each in cache[part.name]["counts"]]
