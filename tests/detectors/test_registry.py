"""The recognizers in the hands of a Presidio user: one by one, by a YAML registry, and all together."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from typing import Any

import pytest
import yaml
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngineProvider, NoOpNlpEngine
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
from presidio_analyzer.recognizer_registry.recognizers_loader_utils import RecognizerListLoader

from detectors import Resolver, build_analyzer, recognizer_classes
from detectors.jp.my_number import MyNumberRecognizer
from detectors.registry import RECOGNIZERS, recognizers
from tests.cases import CASES

TEXTS = sorted({case.text for _, case in CASES if case.text})


def no_op() -> NoOpNlpEngine:
    engine = NoOpNlpEngine(models=[{"lang_code": "ja", "model_name": "none"}])
    engine.load()
    return engine


def spans(results: list[Any]) -> set[tuple[Any, ...]]:
    return {(r.start, r.end, r.entity_type, round(r.score, 5)) for r in results}


def from_yaml(text: str, tmp_path: Any) -> RecognizerRegistry:
    recognizer_classes()
    path = tmp_path / "recognizers.yaml"
    path.write_text(text, "utf-8")
    return RecognizerRegistryProvider(conf_file=path, nlp_engine=no_op()).create_recognizer_registry()


@pytest.mark.parametrize("recognizer", recognizers(), ids=lambda each: each.entity_type)
def test_a_recognizer_alone_in_a_stock_engine_finds_what_it_finds(recognizer: EntityRecognizer) -> None:
    alone = type(recognizer)()
    registry = RecognizerRegistry(recognizers=[alone], supported_languages=["ja"])
    engine = AnalyzerEngine(registry=registry, nlp_engine=no_op(), supported_languages=["ja"])
    assert engine.get_supported_entities("ja") == [alone.entity_type]
    for text in [case.text for _, case in CASES if case.entity_type == alone.entity_type and case.spans]:
        found = spans(engine.analyze(text, language="ja"))
        own = {(r.start, r.end, r.entity_type, round(r.score, 5)) for r in alone.analyze(text, [])}
        # Presidio's engine keeps, of two results of one type, the one that holds the other.
        assert found and found <= own, text


def test_a_recognizer_joins_presidio_s_own_over_a_spacy_pipeline() -> None:
    pytest.importorskip("ja_ginza")
    models = [{"lang_code": "ja", "model_name": "ja_ginza"}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    registry = RecognizerRegistry(supported_languages=["ja"])
    registry.add_recognizer(MyNumberRecognizer())
    engine = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["ja"])
    found = engine.analyze("個人番号は621498320257です。", language="ja", entities=["JP_MY_NUMBER"])
    assert [(r.start, r.end, r.score) for r in found] == [(5, 17, 0.95)]


def test_a_recognizer_serves_another_language_when_asked_to() -> None:
    registry = RecognizerRegistry(
        recognizers=[MyNumberRecognizer(supported_language="en")], supported_languages=["en"]
    )
    nlp = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}])
    nlp.load()
    engine = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
    found = engine.analyze("My Number: 6214 9832 0257", language="en")
    assert [(r.entity_type, r.start) for r in found] == [("JP_MY_NUMBER", 11)]


def test_the_shipped_yaml_registry_gives_the_engine_of_the_package(tmp_path: Any) -> None:
    text = resources.files("meibo_configs").joinpath("recognizers.yaml").read_text("utf-8")
    engine = AnalyzerEngine(
        registry=from_yaml(text, tmp_path),
        nlp_engine=no_op(),
        supported_languages=["ja"],
        context_aware_enhancer=Resolver(),
    )
    ours = build_analyzer()
    for text in TEXTS[::9]:
        assert spans(engine.analyze(text, language="ja")) == spans(ours.analyze(text, language="ja")), text


def test_the_shipped_yaml_registry_names_every_recognizer_once() -> None:
    text = resources.files("meibo_configs").joinpath("recognizers.yaml").read_text("utf-8")
    named = [entry["name"] for entry in yaml.safe_load(text)["recognizers"]]
    assert sorted(named) == sorted(entry.split(":")[1] for entry in RECOGNIZERS)


def test_presidio_finds_a_class_by_name_only_after_its_import() -> None:
    code = (
        "from presidio_analyzer.recognizer_registry.recognizers_loader_utils import RecognizerListLoader as r\n"
        "names = lambda: {each.__name__ for each in r.get_all_existing_recognizers()}\n"
        "import detectors\n"
        "assert 'MyNumberRecognizer' not in names()\n"
        "detectors.recognizer_classes()\n"
        "assert 'MyNumberRecognizer' in names()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_class_shares_its_name_with_one_of_presidio_s() -> None:
    ours = {each.__name__: each for each in recognizer_classes()}
    for each in RecognizerListLoader.get_all_existing_recognizers():
        assert ours.get(each.__name__, each) is each, each.__module__
