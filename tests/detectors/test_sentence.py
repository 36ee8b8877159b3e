"""Cells read at a glance, and sentences met again: quicker ways to what the rules and the tagger say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.names import cell, passage
from detectors.names.beside import in_context
from detectors.names.morphology import Tag
from detectors.names.passage import Point
from detectors.names.person import PersonRecognizer, propose
from detectors.names.sentence import read_sentences
from detectors.names.shapes import possible_shapes, shaped
from detectors.names.tokens import tokenize
from detectors.names.windows import windows
from detectors.registry import find_entities
from detectors.text import fold

SENTENCES = [
    "担当の高橋健太様より電話。",
    "折り返しは夕方へ。",
    "青空商事の朝倉健太郎社長が来店した。",
    "氏名：",
    "宮坂、柴田の二名。\n",
    "様子を見る。",
    "山田\n",
    "花子さん",
    "藤本製薬に確認済み！",
    "ジョン・アシュクロス氏",
    "代表\n",
    "前任の",
    "・",
    "製薬",
]
texts = st.lists(st.sampled_from(SENTENCES), max_size=6).map("".join)


@pytest.mark.parametrize("point", ["fast", "balanced"])
@settings(deadline=None, max_examples=60)
@given(texts=st.lists(texts, min_size=1, max_size=4))
def test_a_sentence_met_again_says_what_it_said(point: Point, texts: list[str]) -> None:
    recognizer = PersonRecognizer(point)
    together = recognizer.find_all(texts, texts)
    for text, found in zip(texts, together, strict=True):
        passage.forget()
        assert list(recognizer.find(text, text)) == found


CLAUSES = [
    "担当の高橋健太様より電話、",
    "折り返しは夕方へ、",
    "青空商事の朝倉健太郎社長が来店、",
    "前職は藤本製薬、",
    "関する件を行う、",
    "森が来た、",
    "宮坂、",
    "東京の佐藤、",
    "ジョン・アシュクロス氏、",
    "カールさんに確認、",
    "長曽我部元親と話す、",
    "届いた品を見直した",
    "林 修",
]


@given(st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=6).map("".join))
def test_the_rules_miss_no_name_where_they_read_a_sentence_in_windows(sentence: str) -> None:
    whole, parts = (read_sentences([sentence], whole=whole)[0] for whole in (True, False))
    assert parts.names == whole.names
    assert parts.addresses == whole.addresses


def test_only_clauses_in_which_a_name_may_begin_are_tokenized() -> None:
    sentence = "品物は届いた、森が来た、宮坂にも会った、書類を見直した、関と話す"
    assert [sentence[start:end] for start, end in windows(sentence)] == [
        "森が来た、宮坂にも会った、",
        "関と話す",
    ]
    assert list(windows("関する件を行い、書類を見直した。")) == []
    assert list(windows("、")) == list(windows("")) == []


SHAPES = [
    "山田 太郎",
    "山 田 太 郎",
    "みなもと の よりとも",
    "ヤマダ タロウ",
    "やまだ たろう",
    "ヤマダタロウ",
    "ジョン・アシュクロス",
    "ヘンリー8世",
    "Taro Yamada",
    "YAMADA, Taro",
    "T. Yamada",
    "yamada taro",
    "Mr. Ashcroft",
    "氏名：",
    "担当者(主)：",
    "講師は、",
    "課長 ",
    "代表取締役社長\t",
    "姓：小川",
    "名：達也",
    "出席者：小川、木村(営業)、達川課長",
    "王 小明",
    "王小明さん",
    "金・チュンリ",
    "月崎\u3000跡苗（つきざき\u3000あとなえ）",
    "取締役島和平氏",
    "理事長谷川が",
    "宇賀神：",
    "宇賀神「",
    "確認します。",
    "[10:15] ",
    "宇賀神 10:15",
    "お世話になります。",
    "東洋精機の宇賀神です",
    "受付：宇賀神",
    "】",
    "  ",
    "、",
    "は",
    "\n",
    "・",
    "(",
    ")",
    "X",
    "生",
    "様",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(SHAPES), max_size=6).map("".join).map(fold))
def test_a_shape_says_nothing_of_a_text_that_lacks_what_it_needs(text: str) -> None:
    (possible,) = possible_shapes([text])
    assert list(shaped(text, possible)) == list(shaped(text, -1))


@pytest.mark.parametrize(
    "value", ["山田　太郎", "髙橋 健太", "ヤマダ タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ", "やまだ たろう", "林 修", "森 光"]
)
def test_a_cell_that_is_a_name_and_nothing_else_is_one_whole_name(value: str) -> None:
    assert [(start, end, score) for start, end, score in propose(fold(value))] == [(0, len(value), 0.85)]


@pytest.mark.parametrize(
    ("value", "score"),
    [("福田 絃音美", 0.65), ("蓼塚 伊廣", 0.6), ("タデヅカ タロウ", 0.6), ("ヤマダ デンキ", 0.3)],
)
def test_a_cell_of_two_pieces_of_which_one_is_known_is_one_whole_name(value: str, score: float) -> None:
    assert list(propose(fold(value))) == [(0, len(value), score)]


@pytest.mark.parametrize(
    "value",
    [
        "東京都千代田区丸の内1-1-1",
        "〒100-0005 東京都千代田区丸の内1丁目1番1号",
        "神奈川県川崎市宮前区鷺沼3-2-1 シャトー桜台204号",
        "北海道札幌市中央区大通西4",
        "岡山県高梁市小高下町691番地13",
        "栃木県真岡市西高間木583 第二山荘アパート307号室",
    ],
)
def test_a_cell_that_is_an_address_names_nobody_and_is_found_as_an_address(value: str) -> None:
    assert cell.read(value) == []
    (found,) = [
        each for each in find_entities(value) if each.score >= 0.4 and each.entity_type == "JP_ADDRESS"
    ]
    assert value.endswith(value[found.start : found.end])


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "山田",
        "山田 太郎様",
        "山田 太郎 花子",
        "経理部 山田",
        "東京都千代田区丸の内1-1-1 山田様方",
        "佐藤健 営業課",
        "林健 調達課",
        "部長林 太郎",
        "山田太郎 均一",
        "篁塚様 均一",
        "担当者名 椋淵",
        "牧 朔冴",
        "東京都千代田区丸の内1-1-1 山田太郎",
        "営業 担当",
        "東京都の山田さん",
        "やまだ でんき",
        "神奈川県鈴木",
    ],
)
def test_every_other_cell_is_read(value: str) -> None:
    assert cell.read(value) is None


@pytest.mark.parametrize("surname", passage.SURNAMES[1:])
@pytest.mark.parametrize("given", passage.GIVEN_NAMES[1:])
def test_the_names_certain_ones_are_read_as_are_read_as_names(surname: str, given: str) -> None:
    tokens = tokenize(f"担当の{surname} {given}様より電話。")
    assert [each.surface for each in tokens[2:5]] == [surname, " ", given]
    assert [each.tag for each in tokens[2:5]] == [Tag.SURNAME, Tag.SPACE, Tag.GIVEN]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("担当の楡浦 朔巳様より電話。", "担当の山田 太郎様より電話。"),
        ("名義人:蓼塚 凪、090-1234-5678", "名義人:山田 誠、000-0000-0000"),
        ("担当の楡浦より電話。", "担当の楡浦より電話。"),  # a surname alone is not certain
        ("足利 尊氏は将軍。", "足利 尊氏は将軍。"),  # 氏 may be the end of the name
    ],
)
def test_numbers_and_certain_names_are_read_as_one(text: str, plain: str) -> None:
    told = [in_context(text, each) for each in shaped(text, -1)]
    assert passage.plainly(text, told) == plain


@given(
    st.sampled_from(
        ["担当の{}様より電話。{}", "{}さんと小川が来店。{}", "名義人:{}、電話:090-1234-5678。{}"]
    ),
    st.sampled_from(["楡浦 朔巳", "真壁 光子", "蓼塚 凪羽", "篠崎 達也"]),
    st.sampled_from(SENTENCES),
)
def test_how_a_certain_name_is_spelled_says_nothing_of_the_words_beside_it(
    frame: str, name: str, further: str
) -> None:
    text, other = frame.format(name, further), frame.format("木村 一郎", further)
    first = len(text) - len(further)
    read = {
        span for span in propose(text, "balanced") if span[0] >= first or text[span[0] : span[1]] == "小川"
    }
    assert read == {
        span for span in propose(other, "balanced") if span[0] >= first or other[span[0] : span[1]] == "小川"
    }
