"""What proposes spans: Meibo, and what it is compared with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from benchmarks.quality.documents import Span
from pipelines.adhoc.stream import detect_texts

#: Labels of ja_ginza (extended named entities) that are one of our types, as Presidio wants them mapped.
GINZA_LABELS = {"Person": "PERSON", "Postal_Address": "JP_ADDRESS", "Phone_Number": "PHONE_NUMBER"}
#: Distributions whose version decides what the slow comparison finds.
GINZA_VERSIONS = ("presidio-analyzer", "spacy", "ginza", "ja-ginza", "sudachipy", "sudachidict-core")

System = Callable[[Sequence[str]], list[list[Span]]]


def meibo(texts: Sequence[str]) -> list[list[Span]]:
    """Return what ``meibo detect --jsonl`` prints at the balanced point."""
    return [[(each.start, each.end, each.entity_type) for each in spans] for spans in detect_texts(texts)]


def sudachi(texts: Sequence[str]) -> list[list[Span]]:
    """Return runs of adjacent Sudachi morphemes tagged 人名, as PERSON."""
    return [_tagged(text) for text in texts]


def presidio_ginza(texts: Sequence[str]) -> list[list[Span]]:
    """Return what Presidio finds with ja_ginza as its NLP engine, its labels mapped to ours."""
    return [
        [(each.start, each.end, each.entity_type) for each in _presidio().analyze(text, language="ja")]
        for text in texts
    ]


def _tagged(text: str) -> list[Span]:
    spans: list[Span] = []
    for morpheme in _tokenizer().tokenize(text):
        if "人名" not in morpheme.part_of_speech():
            continue
        start, end = morpheme.begin(), morpheme.end()
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end, "PERSON"))
    return spans


@cache
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="core").create(mode=SplitMode.C)


@cache
def _presidio() -> Any:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    # One warning per span whose label is not mapped would bury the table.
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    engine = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "ja", "model_name": "ja_ginza"}],
            "ner_model_configuration": {
                "model_to_presidio_entity_mapping": GINZA_LABELS,
                "labels_to_ignore": [],
            },
        }
    ).create_engine()
    recognizer = SpacyRecognizer(
        supported_language="ja", supported_entities=sorted(set(GINZA_LABELS.values()))
    )
    registry = RecognizerRegistry(recognizers=[recognizer], supported_languages=["ja"])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["ja"])
