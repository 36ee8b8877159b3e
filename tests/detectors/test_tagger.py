"""The learned name tagger: features, weights, decoding, and how it and the rules agree on a verdict."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.names.candidate import Candidate
from detectors.names.morphology import Tag
from detectors.names.person import PersonRecognizer
from detectors.names.reading import sentences
from detectors.names.tagger import corpus, model, templates
from detectors.names.tagger.clusters import cluster
from detectors.names.tagger.decode import Decoder, Tagged, decoder
from detectors.names.tagger.doubt import doubtful, is_settled
from detectors.names.tagger.features import features, said_by_rules, sentence_features
from detectors.names.tagger.katakana import sounds_like_a_name
from detectors.names.tagger.verdict import SHORT, UNSEEN, judged, left_to_rules, weighed
from detectors.names.tokens import tokenize
from detectors.text import condense, fold

FAST, BALANCED = PersonRecognizer("fast"), PersonRecognizer()
#: Sentences with persons nobody is, and without.
PROSE = [
    "青空商事の朝倉健太郎社長は記者会見で、新製品の発売を発表した。",
    "常勤監査役　瀬戸口　一真　昭和30年5月6日生　当社入社",
    "二次面接は宮坂、柴田の二名で行う予定です。",
    "俳優のジョン・アシュクロスと歌手の三原ゆりが出演した番組。",
    "藤本製薬は山口県に工場を建設し、来春から操業を始める。",
    "情報サービスの提供、システム開発及びシステム機器販売を行う。",
]
TEXT = st.lists(
    st.sampled_from([*PROSE, "山田", "太郎", "様", " ", "\n", "・", "株式会社", "は", "9"]), max_size=8
).map("".join)


def names(recognizer: PersonRecognizer, text: str, least: float = 0.4) -> list[str]:
    return [text[m.start : m.end] for m in recognizer.find(text, fold(text)) if m.score >= least]


def read(text: str) -> list[tuple[list, list[Candidate]]]:
    return [(tokens, said) for tokens, said in sentences(condense(fold(text))[0]) if tokens]


# --- features ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["佐藤", "桐生", "健太", "ジョン", "千葉"])
def test_names_are_no_feature_by_their_spelling(name: str) -> None:
    for tag in Tag:
        if tag not in (Tag.PARTICLE, Tag.VERB, Tag.SYMBOL, Tag.SPACE):
            assert f"w{name}" not in features(name, tag).attributes


def test_words_are_features_by_their_spelling() -> None:
    assert "w監督" in features("監督", Tag.NOUN).attributes
    assert "wさん" in features("さん", Tag.SUFFIX).attributes


def test_the_sound_of_a_word_is_the_same_in_every_process() -> None:
    program = (
        "from detectors.names.tagger.clusters import words\n"
        "from detectors.names.tagger.katakana import sounds_like_a_name\n"
        "print([sounds_like_a_name(word) for word in words() if 'ァ' <= word < 'ヷ'])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "8")
    }
    assert len(said) == 1


def test_words_used_alike_are_in_one_cluster() -> None:
    assert cluster("ジョン")[:2] == cluster("スミス")[:2] != cluster("会社")[:2]
    assert cluster("そんな語はない") == ""


def test_a_candidate_of_the_rules_is_seen_by_its_morphemes_and_their_neighbours() -> None:
    tokens = list(tokenize("昨日、山田太郎が来た"))
    said = said_by_rules(tokens, [Candidate(3, 7, 0.85, "full")])
    told = {tokens[at].surface: features for at, features in said.items()}
    assert {"、", "が"} <= set(told)
    assert any(each.startswith("rB") for features in told.values() for each in features)


# --- weights and decoding ------------------------------------------------------------------------------------


def test_the_weights_are_small_and_survive_a_round_trip() -> None:
    content = files("detectors.names.tagger").joinpath(model.FILE).read_bytes()
    clusters = files("detectors.names.tagger").joinpath("clusters.tsv.gz").read_bytes()
    assert len(content) + len(clusters) < 3_000_000
    assert model.to_bytes(model.from_bytes(content)) == content


def test_weights_of_other_labels_are_refused() -> None:
    import gzip

    with pytest.raises(ValueError, match="another version"):
        model.from_bytes(gzip.compress(b"O\tB\n"))


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_summing_word_by_word_equals_summing_the_features_of_training(text: str) -> None:
    rows = model.load().rows
    for tokens, said in read(text):
        summed = [
            sum((rows[each] for each in features if each in rows), np.zeros(len(model.LABELS), np.float32))
            for features in sentence_features(tokens, said)
        ]
        np.testing.assert_allclose(decoder().emissions([(tokens, said)])[0], np.stack(summed), atol=1e-3)


@pytest.mark.parametrize("text", PROSE)
def test_searching_only_where_in_doubt_finds_what_searching_everywhere_finds(text: str) -> None:
    for tokens, said in read(text):
        (path,) = decoder().best_paths([decoder().emissions([(tokens, said)])[0]])
        begun = {tokens[at].start for at, label in enumerate(path) if label == model.BEGIN}
        assert {each.start for each in decoder().names(tokens, said)} == begun


def test_the_best_path_is_the_best_of_all_paths() -> None:
    rng = np.random.default_rng(1)
    transitions = rng.normal(size=(7, 7)).astype(np.float32)
    tagger = Decoder(model.Model({}, transitions))
    weights = rng.normal(size=(4, 7)).astype(np.float32)

    def total(path: tuple[int, ...]) -> float:
        moves = sum(float(transitions[a, b]) for a, b in pairwise(path))
        return moves + sum(float(weights[at, label]) for at, label in enumerate(path))

    every = [(a, b, c, d) for a in range(7) for b in range(7) for c in range(7) for d in range(7)]
    assert tuple(tagger.best_paths([weights])[0]) == max(every, key=total)


# --- verdict -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["桐生", "山田 太郎", "千葉", "ナガハマ", "藤本製薬", "青空建設 営業部 鈴木"]
)
def test_short_cells_are_the_rules_alone(text: str) -> None:
    assert len(text) <= SHORT
    assert list(BALANCED.find(text, fold(text))) == list(FAST.find(text, fold(text)))


def test_the_tagger_decides_in_running_text() -> None:
    found = [names(BALANCED, text) for text in PROSE]
    assert found[0] == ["朝倉健太郎"]
    assert found[2] == ["宮坂", "柴田"]
    assert found[3] == ["ジョン・アシュクロス", "三原ゆり"]
    assert found[4] == found[5] == []


def test_a_name_the_tagger_does_not_see_stays_for_the_recall_point() -> None:
    text = "関係者の出席を求めた第三回の会議について記録する。"
    tokens, _ = read(text)[0]
    weak = Candidate(0, 3, 0.6, "other")
    assert [each.score for each in judged(text, tokens, [weak])] == [UNSEEN]


def test_the_strongest_evidence_of_the_rules_stands() -> None:
    text = "関係者の出席を求めた第三回の会議について記録する。"
    tokens, _ = read(text)[0]
    strong = Candidate(0, 3, 0.93, "full")
    assert judged(text, tokens, [strong]) == [strong]


def test_a_birth_date_makes_a_name_of_words_no_dictionary_has() -> None:
    record = "常勤監査役　瓦葺　一利　昭和30年5月6日生　(注)4　12,000"
    assert names(BALANCED, record) == names(FAST, record) == ["瓦葺　一利"]
    assert names(BALANCED, "専務取締役　営業部長　昭和30年5月6日生") == []


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_the_verdict_is_disjoint_sorted_and_the_same_each_time(text: str) -> None:
    for tokens, said in read(text):
        once = judged(text, tokens, said)
        assert once == judged(text, tokens, said)
        assert all(left.end <= right.start for left, right in pairwise(once))
        assert all(0 < each.score <= 1 for each in once)


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("担当の高橋 健太様より電話がありました。", True),
        ("説明書を同封して発送した件を確認した。", True),
        ("林が担当の高橋 健太様に電話しました。", False),  # another surname
        ("担当の高橋が電話をかけました。", False),  # nothing is certain of a surname alone
        ("昨日はナナミンが電話をかけました。", False),  # a word no dictionary has
    ],
)
def test_the_tagger_is_not_asked_where_every_other_word_is_an_ordinary_one(text: str, settled: bool) -> None:
    tokens = tokenize(text)
    ((_, said),) = sentences(text)
    assert is_settled(text, said, doubtful(tokens), 0) is settled


def test_the_tagger_is_asked_where_a_certain_name_may_begin_further_left() -> None:
    found = Candidate(1, 6, 0.93, "full", True)
    assert is_settled("、高橋 健太様より", [found], [], 0)
    assert not is_settled("大高橋 健太様より", [found], [], 0)


def test_a_short_sentence_is_the_taggers_too() -> None:
    text = "朝倉健太郎と話す"
    assert len(text) <= SHORT
    tokens, _ = read(text)[0]
    assert not left_to_rules(text, tokens)
    assert names(BALANCED, text) == ["朝倉健太郎"]


def test_the_reading_beside_a_label_is_a_name() -> None:
    text = "氏名：朝倉健太郎\n氏名かな：あさくら けんたろう"
    assert names(BALANCED, text) == ["朝倉健太郎", "あさくら けんたろう"]


def test_unknown_katakana_sounds_like_a_name_or_does_not() -> None:
    assert sounds_like_a_name("ザラチェンコ") > 3 > sounds_like_a_name("スプリンクラー")
    assert 0 <= sounds_like_a_name("ー") <= 6


def test_the_readings_under_a_name_are_no_second_person() -> None:
    assert names(BALANCED, "## 朝倉 健太郎\n\n- 氏名かな: あさくら けんたろう\n- 種別: 職員\n") == [
        "朝倉 健太郎"
    ]


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_of_one_length_are_the_same_to_the_tagger(one: int, other: int) -> None:
    texts = [f"{number:013}番の高橋健太が来た。" for number in (one, other)]
    weights = [decoder().emissions([(read(text)[0][0], [])])[0] for text in texts]
    assert (weights[0] == weights[1]).all()
    assert features(f"{one:013}", Tag.NUMBER) == features("00000", Tag.NUMBER)


def test_the_tagger_needs_nothing_of_its_training() -> None:
    code = (
        "import sys\nfrom detectors.names.person import PersonRecognizer\n"
        f"text = {PROSE[0]!r}\nlist(PersonRecognizer().find(text, text))\n"
        "sys.exit(bool({'pycrfsuite', 'torch', 'detectors.names.tagger.train'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- what the verdict adds to the tagger's --------------------------------------------------------------------


def tagged(text: str, *names: str) -> list[str]:
    """What is reported of `text` where the tagger is sure of `names` and the rules of nothing."""
    seen = [Tagged(text.index(name), text.index(name) + len(name), 0.99) for name in names]
    return [text[each.start : each.end] for each in weighed(text, [], seen) if each.score >= 0.4]


def test_two_names_in_kanji_with_a_point_between_are_two_persons() -> None:
    assert tagged("昨年、林山右衛門・林山蔵造らが", "林山右衛門・林山蔵造") == ["林山右衛門", "林山蔵造"]
    assert tagged("昨年、ジョン・アシュクロスが", "ジョン・アシュクロス") == ["ジョン・アシュクロス"]


def test_a_title_the_tagger_took_for_part_of_the_name_is_left_out() -> None:
    said = [Candidate(0, 5, 0.8, "full", True)]
    (found,) = weighed("朝倉健太郎外務大臣が述べた", said, [Tagged(0, 9, 0.99)])
    assert (found.start, found.end) == (0, 5)


def test_the_maker_of_a_ware_in_a_list_of_goods_is_no_person() -> None:
    assert tagged("ブラウの腕時計 2個", "ブラウ") == []
    assert tagged("ブラウの弟が来た", "ブラウ") == ["ブラウ"]
    assert tagged("その年の暮れに開かれた会で、ブラウの腕時計が盗まれたという。", "ブラウ") == ["ブラウ"]


# --- training data -------------------------------------------------------------------------------------------


def test_made_sentences_repeat_by_their_seed() -> None:
    assert templates.sentences(7, 1) == templates.sentences(7, 1) != templates.sentences(8, 1)


def test_made_sentences_carry_their_spans() -> None:
    for text, spans in templates.sentences(7, 1):
        assert not re.search(r"\{\w\}|␣", text)
        assert all(0 <= start < end <= len(text) for start, end, _ in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_other_names_move_the_spans_with_them() -> None:
    row = corpus.Row(
        "x",
        "担当は山田太郎、青空商事の佐藤です",
        ((3, 7, "PERSON"), (8, 12, "ORGANIZATION"), (13, 15, "PERSON")),
    )
    (other,) = corpus.renamed([row], 3)
    assert other.text[: other.spans[0][0]] == "担当は"
    start, end, _ = other.spans[1]
    assert other.text[start:end] == "青空商事"


def test_every_morpheme_gets_one_label() -> None:
    tokens = list(tokenize("担当は山田太郎です"))
    given = corpus.labels(tokens, [(3, 7, "PERSON")])
    inside = [label for token, label in zip(tokens, given, strict=True) if 3 <= token.start < 7]
    assert inside == ["BP", *["IP"] * (len(inside) - 1)]
    assert set(given) - set(inside) == {"O"}
