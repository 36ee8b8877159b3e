"""One run: every set that is present, scored, with versions and machine beside the figures."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.quality import comparison, numbers, own, score, shared, tables
from benchmarks.quality.documents import DocumentSet, Span
from benchmarks.quality.systems import meibo
from detectors.registry import DICTIONARIES, detector_version

#: Sets a quick run leaves out: they take most of the time.
LARGE = frozenset({"text_stockmark", "text_wac"})
#: All types of a set taken together.
ALL = "ALL"
PER = 10_000
#: The split of our own corpus that is read before anything is timed.
WARMING = own.SPLITS[0]

Json = dict[str, Any]


def measure(*, quick: bool = False, compare: bool = True) -> Json:
    """Measure everything that is here and return the result as JSON.

    `quick` leaves out the large sets and the tables; what it measures it measures completely, so that figures
    and floors are the same. `compare` also runs the other systems.
    """
    corpora = shared.home()
    sets = [each for split in own.SPLITS for each in own.document_sets(split)]
    if corpora:
        sets += [each for each in shared.document_sets(corpora) if not (quick and each.name in LARGE)]
    # One split holds every type there is: with it all dictionaries are loaded. It is not timed itself.
    meibo([document.text for each in own.document_sets(WARMING) for document in each.documents])
    texts: dict[str, Json] = {}
    speeds: dict[str, float] = {}
    proposed: dict[str, list[list[Span]]] = {}
    for each in sets:
        started = time.process_time()
        proposed[each.name] = meibo([document.text for document in each.documents])
        speeds[each.name] = time.process_time() - started
        texts[each.name] = text_figures(each, proposed[each.name])
    figures: Json = {"text": texts, "columns": _columns(corpora, quick), **_numbers(corpora)}
    figures["speed"] = _speed(sets, speeds)
    if compare:
        figures["comparison"] = comparison.compare(sets, proposed)
    return {
        "complete": not quick,
        "environment": _environment(),
        "sets": {each.name: _described(each) for each in sets},
        "figures": figures,
    }


def text_figures(documents: DocumentSet, proposed: Sequence[Sequence[Span]]) -> Json:
    """Return the figures of one set of texts: per type and together, false names, documents hit, genres."""
    scored = _scored_types(documents, proposed)
    pairs = list(zip(documents.documents, proposed, strict=True))
    counts = {
        entity_type: [score.count(document.spans, spans, entity_type) for document, spans in pairs]
        for entity_type in scored
    }
    result: Json = {}
    if any(kind in scored for document, _ in pairs for _, _, kind in document.spans):
        together = [score.total(each) for each in zip(*counts.values(), strict=True)]
        result["types"] = {name: _figures(each) for name, each in ({ALL: together} | counts).items()}
    else:
        result["documents_hit"] = _rate(
            [int(any(kind in scored for _, _, kind in spans)) for _, spans in pairs], [1] * len(pairs), 1
        )
    if "PERSON" in scored and not any(document.names_somebody() for document, _ in pairs):
        false = [int(each[0, 1]) for each in counts["PERSON"]]
        result["false_per_10k"] = _rate(false, [len(document.text) for document, _ in pairs], PER)
    if any(document.genre for document, _ in pairs):
        result["genres"] = _genres(documents, proposed, scored)
    return result


def _scored_types(documents: DocumentSet, proposed: Sequence[Sequence[Span]]) -> list[str]:
    if documents.types is not None:
        return sorted(documents.types)
    expected = {kind for document in documents.documents for _, _, kind in document.spans}
    return sorted(expected | {kind for spans in proposed for _, _, kind in spans})


def _genres(documents: DocumentSet, proposed: Sequence[Sequence[Span]], scored: Sequence[str]) -> Json:
    counts: dict[str, list[score.Counts]] = {}
    for document, spans in zip(documents.documents, proposed, strict=True):
        together = score.total([score.count(document.spans, spans, each) for each in scored])
        counts.setdefault(document.genre, []).append(together)
        counts.setdefault(document.kind, []).append(together)
    return {name: _figures(each) for name, each in sorted(counts.items())}


def _figures(counts: Sequence[score.Counts]) -> Json:
    exact = score.total(counts)[0]
    rates = {mode: figure.as_json() for mode, figure in score.figures(counts).items()}
    return {"documents": len(counts), "expected": int(exact[3]), "proposed": int(exact[1]), **rates}


def _rate(numerators: Sequence[int], denominators: Sequence[int], per: int) -> Json:
    value, low, high = score.rate(numerators, denominators, per)
    return {"rate": round(value, 4), "low": round(low, 4), "high": round(high, 4), "count": sum(numerators)}


def _columns(corpora: Path | None, quick: bool) -> Json:
    judged = {f"own-{split}": tables.judged_columns(own.columns(split)) for split in own.SPLITS}
    if corpora and not quick and (corpora / "tables").is_dir():
        judged["tables, original headers"] = tables.judged_tables(corpora / "tables", headers=True)
        judged["tables, headers c_01 …"] = tables.judged_tables(corpora / "tables", headers=False)
    return {name: _column_figures(each) for name, each in judged.items()}


def _column_figures(judged: Sequence[tables.Judged]) -> Json:
    counts = [each.counts() for each in judged]
    personal = score.figures([each for each, _ in counts])["exact"].as_json()
    typed = score.figures([each for _, each in counts])["exact"].as_json()
    return {"columns": {"count": len(judged), "personal": personal, "typed": typed}}


def _numbers(corpora: Path | None) -> Json:
    if not corpora or not all((corpora / name).is_file() for name in numbers.FILES):
        return {}
    checks = {name: _yes_or_no(each) for name, each in sorted(numbers.checksum_counts(corpora).items())}
    return {"phones": _yes_or_no(numbers.phone_counts(corpora)), "checksums": checks}


def _yes_or_no(counts: Sequence[score.Counts]) -> Json:
    expected = int(score.total(counts)[0, 3])
    return {"rows": len(counts), "expected": expected, "exact": score.figures(counts)["exact"].as_json()}


def _speed(sets: Sequence[DocumentSet], seconds: dict[str, float]) -> Json:
    """Characters per CPU second, per source of some size: a small set measures the clock."""
    sized = {
        each.name: each.characters
        for each in sets
        if each.characters >= PER and not each.name.startswith(f"own-{WARMING}")
    }
    result = {name: round(size / seconds[name]) for name, size in sized.items()}
    result[ALL] = round(sum(sized.values()) / sum(seconds[name] for name in sized))
    return {"characters_per_cpu_second": result}


def _described(documents: DocumentSet) -> Json:
    return {
        "about": documents.about,
        "documents": len(documents.documents),
        "characters": documents.characters,
        "learned_from": documents.name in shared.LEARNED_FROM,
    }


def _environment() -> Json:
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "detector_version": detector_version(),
        "versions": {name: version(name) for name in (*DICTIONARIES, "presidio-analyzer", "sudachipy")},
        "seed": score.SEED,
        "resamples": score.RESAMPLES,
    }
