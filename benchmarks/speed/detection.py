"""Scanning a table and free text, against reading it, against Presidio, against GiNZA; with what is found."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.quality import shared
from benchmarks.quality.systems import GINZA_LABELS
from benchmarks.speed.table import TEXT, Table, customers, texts
from benchmarks.speed.timing import Json, cpu_seconds, median, ratio, rounds, short
from detectors import build_analyzer, scan_batch
from detectors.cascade import Cascade
from detectors.flatten import as_text, columns_of
from detectors.names.passage import forget
from detectors.registry import Point
from detectors.resolver import REPORTED

#: As much as GiNZA reads in half a minute. It is measured in every run: machines of one name differ in speed.
PRESIDIO_ROWS, GINZA_CHARACTERS, BATCH = 200, 20_000, 64
POINTS: tuple[Point, ...] = ("fast", "balanced")
#: Sets of running text among the public corpora.
PROSE = {"text_stockmark", "text_wac", "text_gsd", "neg_policy", "neg_biz_summary"}
#: Share of the notes that tell of somebody in a table as most are; in the other one it is five sevenths.
SPARSE = 0.1


def table_rates(rows: int, times: int, home: Path) -> Json:
    """Return rows per CPU second of everything that reads the table, and the ratios of the issue's targets."""
    path, sparse = home / "customers.parquet", home / "sparse.parquet"
    table = customers(rows).rows
    pq.write_table(table, path)
    pq.write_table(customers(rows, personal=SPARSE).rows, sparse)
    structured = [name for name in table.schema.names if name != TEXT]
    analyzed = min(rows, 4 * PRESIDIO_ROWS)
    warm_up()
    rates = rounds(
        {
            "read 17": (rows, partial(read, path)),
            "read 16": (rows, partial(read, path, structured)),
            "fast 17": (rows, partial(scan, path, "fast")),
            "fast 16": (rows, partial(scan, path, "fast", structured)),
            "balanced 17": (rows, partial(scan, path, "balanced")),
            "balanced 16": (rows, partial(scan, path, "balanced", structured)),
            "read sparse": (rows, partial(read, sparse)),
            "fast sparse": (rows, partial(scan, sparse, "fast")),
            "balanced sparse": (rows, partial(scan, sparse, "balanced")),
            "analyzer": (analyzed, partial(analyze_distinct, table.slice(0, analyzed))),
        },
        times,
    )
    ginza = presidio_ginza()
    return {
        "rows": rows,
        "rows per CPU second": {name: median(each) for name, each in rates.items()} | {"presidio": ginza},
        "ratios": {
            "read / fast, 17 columns": ratio(rates["read 17"], rates["fast 17"]),
            "read / balanced, 17 columns": ratio(rates["read 17"], rates["balanced 17"]),
            "read / fast, 16 columns": ratio(rates["read 16"], rates["fast 16"]),
            "read / balanced, 16 columns": ratio(rates["read 16"], rates["balanced 16"]),
            "read / fast, 17 columns, sparse": ratio(rates["read sparse"], rates["fast sparse"]),
            "read / balanced, 17 columns, sparse": ratio(rates["read sparse"], rates["balanced sparse"]),
            "balanced / own analyzer": ratio(rates["balanced 17"], rates["analyzer"]),
            "balanced / Presidio with ja_ginza": ratio(rates["balanced 17"], [ginza] * times),
        },
    }


def text_rates(characters: int, times: int) -> Json:
    """Return characters of letters per CPU second."""
    letters = texts(characters)
    size = pc.sum(pc.utf8_length(letters)).as_py()
    batch = pa.RecordBatch.from_arrays([letters], names=["text"])
    warm_up()
    rates = rounds({point: (size, partial(scan_cold, [batch], point)) for point in POINTS}, times)
    return {
        "characters": size,
        "characters per CPU second": {name: median(each) for name, each in rates.items()}
        | {"GiNZA nlp.pipe": ginza_pipe()},
        "prose": _prose(times),
    }


def _prose(times: int) -> Json:
    """Return characters of public prose per CPU second, no sentence of which comes again; {} without the corpora.

    Its words are known from a round before, as those of a large text soon are.
    """
    corpora = shared.home()
    sets = shared.document_sets(corpora) if corpora else []
    read = [each.text for kind in sets if kind.name in PROSE for each in kind.documents]
    if not read:
        return {}
    size = sum(map(len, read))
    batch = pa.RecordBatch.from_arrays([pa.array(read)], names=["text"])
    rates = rounds({point: (size, partial(scan_cold, [batch], point)) for point in POINTS}, times + 1)
    return {"characters": size} | {name: median(each[1:]) for name, each in rates.items()}


def quality(rows: int) -> Json:
    """Return recall and precision of exact spans in the notes of the table, by point and by kind of name."""
    table = customers(rows, seed=3)
    return {"rows": rows} | {point: _quality(table, point) for point in POINTS}


def _quality(table: Table, point: Point) -> Json:
    column = pa.RecordBatch.from_arrays([table.rows[TEXT].combine_chunks()], names=[TEXT])
    found = scan_batch(column, cascade=Cascade.at(point, opinions={}), occurrences="all").findings
    kept = found.filter(pc.greater_equal(found.column("score"), REPORTED[point] - 1e-6)).to_pylist()
    said = {(each["row"], each["start"], each["end"], each["entity_type"]) for each in kept}
    true = {
        (each["row"], each["start"], each["end"], each["entity_type"]): each["known"]
        for each in table.truth.to_pylist()
    }
    persons = [key for key in true if key[3] == "PERSON"]
    return {
        "recall": _share(true, said),
        "precision": _share((key for key in said if key[3] in {each[3] for each in true}), true),
        "recall of names in a dictionary": _share((key for key in persons if true[key]), said),
        "recall of names in none": _share((key for key in persons if not true[key]), said),
        "precision of names": _share((key for key in said if key[3] == "PERSON"), true),
    }


def _share(of: Iterable[Any], among: Any) -> float:
    hits = [key in among for key in of]
    return round(sum(hits) / max(len(hits), 1), 4)


def warm_up() -> None:
    """Load dictionaries and models: start-up is no part of a rate."""
    few = customers(64, seed=9).rows
    for point in POINTS:
        scan_cold(few.to_batches(), point)
    analyze_distinct(few.slice(0, 8))


def read(path: Path, columns: list[str] | None = None) -> int:
    """Read the file into Arrow, on one thread: the floor."""
    return int(pq.read_table(path, columns=columns, use_threads=False).num_rows)


def scan(path: Path, point: Point, columns: list[str] | None = None) -> None:
    """Read the file and scan it, nothing known of its values before."""
    scan_cold(pq.read_table(path, columns=columns, use_threads=False).to_batches(), point)


def scan_cold(batches: Iterable[pa.RecordBatch], point: Point) -> None:
    """Scan batches with a cascade that remembers no value, no sentence remembered either."""
    forget()
    cascade = Cascade.at(point, opinions={})
    for batch in batches:
        scan_batch(batch, cascade=cascade)


@cache
def _analyzer() -> Any:
    return build_analyzer(ner="off")


def analyze_distinct(table: pa.Table) -> None:
    """Ask our own Presidio engine about every distinct value: the same recognizers without the cascade."""
    for batch in table.combine_chunks().to_batches():
        for _, column in columns_of(batch):
            for value in as_text(column).unique().drop_null().to_pylist():
                _analyzer().analyze(value, language="ja")


def presidio_ginza() -> float:
    """Return rows per CPU second of Presidio's batch engine with ja_ginza and five of our recognizers."""
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    from detectors.jp.address import AddressRecognizer
    from detectors.jp.email import JpEmailRecognizer
    from detectors.jp.my_number import MyNumberRecognizer
    from detectors.jp.phone import JpPhoneRecognizer
    from detectors.jp.postal_code import PostalCodeRecognizer

    model = NerModelConfiguration(model_to_presidio_entity_mapping=GINZA_LABELS)
    engine = SpacyNlpEngine([{"lang_code": "ja", "model_name": "ja_ginza"}], ner_model_configuration=model)
    patterns = (
        AddressRecognizer,
        JpEmailRecognizer,
        MyNumberRecognizer,
        JpPhoneRecognizer,
        PostalCodeRecognizer,
    )
    registry = RecognizerRegistry(
        recognizers=[SpacyRecognizer("ja"), *(each() for each in patterns)], supported_languages=["ja"]
    )
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["ja"])
    batch = BatchAnalyzerEngine(analyzer)
    rows = customers(PRESIDIO_ROWS, seed=4).rows
    cells = {name: [str(value) for value in rows[name].to_pylist()] for name in rows.schema.names}
    few = {name: values[:2] for name, values in cells.items()}

    def run(on: dict[str, list[str]]) -> None:
        list(batch.analyze_dict(on, language="ja", batch_size=BATCH))

    run(few)
    return short(PRESIDIO_ROWS / cpu_seconds(partial(run, cells)))


def ginza_pipe() -> float:
    """Return characters per CPU second of ``nlp.pipe`` with ja_ginza."""
    import spacy

    nlp = spacy.load("ja_ginza")
    letters = texts(GINZA_CHARACTERS).to_pylist()
    list(nlp.pipe(letters[:1], batch_size=BATCH))
    return short(sum(map(len, letters)) / cpu_seconds(lambda: list(nlp.pipe(letters, batch_size=BATCH))))
