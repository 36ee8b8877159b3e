"""Statements: the kind of special care, the tie to a person, corpora in which nobody is spoken of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detectors.context import statement
from detectors.context.employment import EmploymentHistoryRecognizer
from detectors.context.special_care import kind_of
from detectors.context.statement import MEANT, NAMED, UNTIED
from detectors.registry import find_entities
from detectors.resolver import REPORTED, STATEMENTS
from tests.cases import CASES, Case


def statements(text: str) -> list[tuple[str, str, float]]:
    return [
        (each.entity_type, text[each.start : each.end], each.score)
        for each in find_entities(text)
        if each.entity_type in STATEMENTS
    ]


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("うつ病で通院中", "病歴"),
        ("既往歴：高血圧", "病歴"),
        ("聴覚障害があり", "障害"),
        ("身体障害者手帳２級を所持", "障害"),
        ("健康診断で要再検査", "健診結果"),
        ("睡眠薬を服用している", "診療・調剤"),
        ("東都病院に入院中", "診療・調剤"),
        ("創価学会の会員", "信条"),
        ("窃盗で逮捕された", "犯罪歴"),
        ("振り込め詐欺の被害に遭われた", "犯罪被害"),
        ("被差別部落の出身", "社会的身分"),
        ("在日韓国人3世", "人種"),
        ("前職は東亜商事", None),
        ("", None),
    ],
)
def test_a_phrase_has_the_kind_of_the_law(phrase: str, kind: str | None) -> None:
    assert kind_of(phrase) == kind


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("田中太郎様の前職は東亜商事。", NAMED),
        ("ご本人の前職は東亜商事。", MEANT),
        ("前職は東亜商事。", UNTIED),
        ("田中太郎様が来店。前職は東亜商事。", UNTIED),
    ],
)
def test_a_statement_is_as_sure_as_its_tie_to_a_person_in_the_sentence(text: str, score: float) -> None:
    assert statements(text) == [("EMPLOYMENT_HISTORY", "前職は東亜商事", score)]


def test_a_name_inside_a_statement_names_nobody() -> None:
    assert [score for *_, score in statements("元松本商事社員が来店した。")] == [UNTIED]


@pytest.mark.parametrize("case", [case for name, case in CASES if name == "special_care" and case.spans])
def test_every_special_care_phrase_found_has_a_kind(case: Case) -> None:
    for start, end in case.spans:
        assert kind_of(case.text, start, end), case.text[start:end]


def test_the_kind_of_a_phrase_may_hang_on_what_follows_it() -> None:
    text = "田中様は詐欺被害で相談に来られた。"
    (phrase,) = [each for each in find_entities(text) if each.entity_type == "JP_SPECIAL_CARE"]
    assert kind_of(text, phrase.start, phrase.end) == "犯罪被害"
    long = "。".join(["本日は晴天なり"] * 1_000) + "。田中様は難聴で、" + "本日は晴天なり" * 100
    assert kind_of(long, long.index("難聴"), long.index("難聴") + 2) == "障害"


def test_names_are_looked_for_where_a_phrase_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def spans(texts: list[str], point: str) -> list[tuple[object, ...]]:
        asked.extend(texts)
        return [()] * len(texts)

    monkeypatch.setattr(statement, "spans_of", spans)
    texts = ["徳島県徳島市元町4-10-10", "久元 元子", "元東亜商事の社員です。"]
    found = EmploymentHistoryRecognizer().find_all(texts, texts)
    assert asked == texts[2:]
    assert [bool(each) for each in found] == [False, False, True]


def test_a_statement_does_not_silence_the_name_beside_it() -> None:
    text = "田中太郎様はうつ病で通院中。"
    found = {each.entity_type: each.score for each in find_entities(text)}
    assert found["PERSON"] >= REPORTED["balanced"]
    assert found["JP_SPECIAL_CARE"] == NAMED


@pytest.mark.parametrize("name", ["neg_policy", "neg_biz_summary"])
def test_text_about_nobody_holds_no_statement(corpora: Path, name: str) -> None:
    for line in (corpora / f"{name}.jsonl").read_text("utf-8").splitlines():
        said = [each for each in statements(json.loads(line)["text"]) if each[2] >= REPORTED["balanced"]]
        assert not said
