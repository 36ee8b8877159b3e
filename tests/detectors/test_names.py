"""The name recognizer: gazetteers, scores, keys, coreference, offsets, and figures on public corpora."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.names import gazetteer, tokens
from detectors.names.candidate import Candidate
from detectors.names.enumerated import enumerated
from detectors.names.glossed import glossed
from detectors.names.person import PersonRecognizer
from detectors.names.ranked import ranked
from detectors.names.spacy_ner import REACH, SpacyNerRecognizer
from detectors.text import fold

PERSON = PersonRecognizer()
SAMPLES = [
    "担当の髙橋 健太様", "ﾔﾏﾀﾞ ﾀﾛｳ", "氏名：", "代表取締役　", "山　田　太　郎", "ジョン・スミス", "Yamada, T.",
    "TARO YAMADA", "さん", "本日", "株式会社", "、", "。", "\n", " ", "渡邊\U000e0100", "\ud800", "𠮷田",
    "か\u3099", "世", "と申します", "家", "氏",
]  # fmt: skip
NAME_LIKE_TEXT = st.lists(st.sampled_from(SAMPLES) | st.characters(exclude_categories=()), max_size=25).map(
    "".join
)


def names(text: str, least: float = 0.4) -> list[str]:
    return [text[m.start : m.end] for m in PERSON.find(text, fold(text)) if m.score >= least]


def score(text: str) -> float:
    return max((match.score for match in PERSON.find(text, fold(text))), default=0.0)


def test_importing_the_recognizer_loads_no_dictionary() -> None:
    code = "import sys, detectors.names.person; sys.exit('sudachipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- gazetteer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["高橋", "斎藤", "渡辺", "桐生", "横治", "林"])
def test_surnames_are_known_in_folded_spelling(name: str) -> None:
    assert gazetteer.is_surname(name)


@pytest.mark.parametrize("name", ["隆司", "貢司", "健太", "愛"])
def test_given_names_are_known(name: str) -> None:
    assert gazetteer.is_given(name)


@pytest.mark.parametrize("name", ["ヤマダ", "やまだ", "ﾔﾏﾀﾞ", "ナガハマ", "コバヤシ カズヒロ", "あおき あい"])
def test_kana_names_are_known_in_any_kana(name: str) -> None:
    assert gazetteer.is_kana_name(fold(name))


@pytest.mark.parametrize("word", ["仕様", "東京都", "", " ", "ABC", "\ud800"])
def test_words_are_no_names(word: str) -> None:
    assert not gazetteer.is_surname(word)
    assert not gazetteer.is_given(word)
    assert not gazetteer.is_kana_name(word)
    assert gazetteer.surname_count(word) == 0


def test_counts_say_how_many_people_bear_a_surname() -> None:
    assert gazetteer.surname_count("佐藤") > gazetteer.surname_count("桐生") > 0


def test_the_counted_surnames_cover_four_fifths_of_the_people() -> None:
    assert 0.78 < sum(gazetteer.surnames().values()) / 124_000_000 < 0.82


@pytest.mark.parametrize(
    ("one", "other"),
    [("Satoh", "SATOU"), ("Sato", "Satō"), ("Huzita", "Fujita"), ("Sinzi", "Shinji"), ("Namba", "Nanba")],
)
def test_one_name_in_many_romanisations_has_one_key(one: str, other: str) -> None:
    assert gazetteer.romaji_key(one) == gazetteer.romaji_key(other)


# --- tokens --------------------------------------------------------------------------------------------------


@given(NAME_LIKE_TEXT)
def test_morphemes_cover_the_text_in_order(text: str) -> None:
    end = 0
    for morpheme in tokens.tokenize(text):
        assert morpheme.start == end
        end = morpheme.end
    assert end == len(text)


def test_text_beyond_sudachis_limit_is_cut_and_keeps_its_offsets() -> None:
    text = "担当は山田太郎です。" * 4_000
    last = list(tokens.tokenize(text))[-8:]
    assert "".join(each.surface for each in last) == text[last[0].start :]


def test_threads_do_not_share_a_tokenizer() -> None:
    texts = [f"{index}番の山田太郎様" for index in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(names, texts)) == [["山田太郎"]] * 200


# --- scores --------------------------------------------------------------------------------------------------


def test_scores_rise_with_the_evidence() -> None:
    assert score("桐生") <= 0.3
    assert score("桐生様") == pytest.approx(0.7)
    assert score("桐生隆司") == pytest.approx(0.85)
    assert score("氏名：桐生隆司") >= 0.9
    assert score("桐生隆司様") >= 0.9


@pytest.mark.parametrize("value", ["桐生", "隆司", "ナガハマ", "健太", "タロウ"])
def test_a_cell_that_is_half_a_name_is_weak_evidence_for_columns(value: str) -> None:
    (match,) = PERSON.find(value, fold(value))
    assert (match.start, match.end) == (0, len(value))
    assert 0.2 <= match.score <= 0.3


def test_a_place_that_is_a_surname_too_counts_for_less() -> None:
    assert 0 < score("千葉") < score("桐生")


def test_an_edge_is_never_space_or_punctuation() -> None:
    for text in ("　山田　太郎　", "「山田太郎」", "(ジョン・スミス)は", "Yamada Taro,"):
        for name in names(text):
            assert name == name.strip(" 　「」(),")


# --- names told by their place -------------------------------------------------------------------------------


def test_a_rank_says_where_a_name_glued_to_it_begins() -> None:
    text = "取締役四方田周平氏、代表取締役会長野間健司の長男、理事長谷川弓子が、取締役会議長は"
    assert [text[each.start : each.end] for each in ranked(text)] == ["四方田周平", "野間健司"]


def test_a_reading_in_brackets_makes_a_person_of_what_stands_before_it() -> None:
    text = "月崎 跡苗(つきざき さなえ)、東京都庁(とうきょう とちょう)"
    assert [text[each.start : each.end] for each in glossed(text)] == ["月崎 跡苗", "つきざき さなえ"]


def test_what_stands_between_persons_in_an_enumeration_is_one_more() -> None:
    text = "羽山孜・船山元・岡部克也・横浜市らが"
    found = [Candidate(8, 12, 0.85, "full", True, ("岡部", "克也"))]
    assert sorted(text[each.start : each.end] for each in enumerated(text, found)) == ["羽山孜", "船山元"]


# --- the same person further on ------------------------------------------------------------------------------


def test_a_surname_alone_is_found_after_the_name_in_full_and_not_before() -> None:
    assert names("千葉 大介が来た。千葉") == ["千葉 大介", "千葉"]
    assert names("千葉。千葉 大介が来た") == ["千葉 大介"]


def test_a_surname_is_not_found_again_inside_another_word() -> None:
    assert names("藤本 健太様。藤本製薬の株") == ["藤本 健太"]


def test_a_foreign_name_is_found_again_by_its_last_piece() -> None:
    assert names("ジョン・アシュクロスは詩人。アシュクロスの詩") == ["ジョン・アシュクロス", "アシュクロス"]


def test_one_text_never_knows_of_another() -> None:
    assert names("千葉 大介が来た") == ["千葉 大介"]
    assert names("千葉") == []


# --- keys ----------------------------------------------------------------------------------------------------


def test_keys_join_spellings_of_one_name() -> None:
    assert PERSON.keys("髙橋　健太")[0] == PERSON.keys("高橋健太")[0] == "高橋健太"
    assert PERSON.keys("渡邊\U000e0100 綾子")[0] == PERSON.keys("渡辺綾子")[0]


def test_a_kana_name_is_its_own_reading() -> None:
    assert PERSON.keys("ﾔﾏﾀﾞ ﾀﾛｳ") == PERSON.keys("やまだ　たろう") == ("ヤマダタロウ", "ヤマダタロウ")


def test_a_reading_is_given_only_where_the_dictionaries_agree() -> None:
    assert PERSON.keys("佐藤 花子")[1] in (None, "サトウハナコ")
    assert PERSON.keys("山本 貢司")[1] == "ヤマモトコウジ"


def test_romaji_keys_do_not_depend_on_order_or_system() -> None:
    assert PERSON.keys("TARO YAMADA") == PERSON.keys("Yamada Tarou") == ("yamadataro", None)


@pytest.mark.parametrize("value", ["", "　", "・", "\ud800"])
def test_keys_of_nothing_are_nothing_and_never_an_error(value: str) -> None:
    assert PERSON.keys(value)[1] is None


# --- invariants ----------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(NAME_LIKE_TEXT)
def test_matches_are_disjoint_inside_the_text_and_behind_the_gate(text: str) -> None:
    folded = fold(text)
    matches = sorted(PERSON.find(text, folded), key=lambda each: each.start)
    assert all(0 <= each.start < each.end <= len(text) and 0 < each.score <= 1 for each in matches)
    assert all(left.end <= right.start for left, right in pairwise(matches))
    if matches:
        assert re2.search(PERSON.gate, folded.encode("utf-8", "replace").decode())


@settings(max_examples=50, deadline=None)
@given(NAME_LIKE_TEXT)
def test_finding_twice_finds_the_same(text: str) -> None:
    assert list(PERSON.find(text, fold(text))) == list(PERSON.find(text, fold(text)))


@pytest.mark.parametrize(
    "unit", ["山", "ア", "ア・", "山 ", "A ", "あ", "山田太郎様、", "氏名：", "様", "ｱﾞ", "部長", " "]
)
def test_a_long_line_of_one_thing_is_read_to_its_end(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    assert all(0 <= match.start < match.end <= len(text) for match in PERSON.find(text, fold(text)))


# --- the model as second opinion -----------------------------------------------------------------------------


def test_without_weak_candidates_no_model_is_loaded() -> None:
    recognizer = SpacyNerRecognizer(model="no_such_model")
    assert recognizer.examine(["売上は前年を上回った。", "担当の高橋 健太様"]) == [[], []]


def test_a_missing_model_is_named_without_the_text() -> None:
    with pytest.raises(LookupError, match="no_such_model") as caught:
        SpacyNerRecognizer(model="no_such_model").examine(["桐生"])
    assert "桐生" not in str(caught.value)


def test_the_budget_counts_what_it_skips_and_does_not_depend_on_order() -> None:
    values = [f"{place}の桐生。" for place in ("駅前", "港", "公園", "広場")]
    pytest.importorskip("ginza")
    one, other = SpacyNerRecognizer(budget=2), SpacyNerRecognizer(budget=2)
    forward, backward = one.examine(values), other.examine(values[::-1])
    assert forward == backward[::-1]
    assert one.skipped == other.skipped == 2


def test_the_model_reads_only_round_the_weak_candidate() -> None:
    pytest.importorskip("ginza")
    before = "佐藤花子が来た。" + "それは長い話で、誰もが途中で帰ってしまった。" * 6
    text = f"{before}昨日福井に会って話した。"
    assert len(before) > 2 * REACH
    found = [text[each.start : each.end] for each in SpacyNerRecognizer().find(text, fold(text))]
    assert found == ["福井"]


# --- public corpora ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("text_gsd", 0.74),
        ("text_stockmark", 0.76),
        ("text_wac", 0.70),
        ("biz_personnel_notice", 0.95),
        ("biz_templated", 0.93),
    ],
)
def test_exact_f1_on_a_corpus(corpora: Path, name: str, least: float) -> None:
    right = proposed = expected = 0
    for line in (corpora / f"{name}.jsonl").read_text("utf-8").splitlines()[:800]:
        row = json.loads(line)
        text = row["text"]
        found = {(m.start, m.end) for m in PERSON.find(text, fold(text)) if m.score >= 0.4}
        gold = {(start, end) for start, end, kind in row["spans"] if kind == "PERSON"}
        right, proposed, expected = right + len(found & gold), proposed + len(found), expected + len(gold)
    assert 2 * right / (proposed + expected) >= least


@pytest.mark.parametrize("name", ["neg_policy", "neg_biz_summary"])
def test_name_free_business_text_gives_next_to_nothing(corpora: Path, name: str) -> None:
    found = length = 0
    for line in (corpora / f"{name}.jsonl").read_text("utf-8").splitlines():
        text = json.loads(line)["text"]
        length += len(text)
        found += len(names(text))
    assert found * 10_000 <= 0.5 * length
