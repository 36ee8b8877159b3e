"""Of cells cut in pieces that are alike one speaks for all: nothing may be lost or made up by that."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alike import spokesmen
from detectors.cascade import Cascade
from detectors.evidence import Examined
from detectors.jp.address_cell import FORM, ends_in_town, town_of
from detectors.jp.gazetteer import gazetteer
from detectors.names.cell import TWO_PIECES, read, score_addresses, score_pairs
from detectors.phrases import Phrases
from detectors.pieces import MANY, Form, Pieces, cells_in_pieces
from detectors.recognizer import Match, Recognizer
from detectors.registry import Point, find_entities, recognizers
from detectors.resolver import Found
from detectors.text import condense, fold

SURNAMES = [
    "山田", "髙橋", "林", "森", "葛塚", "椴峰", "三村", "東", "原", "千葉", "会計", "営業部", "佐々木",
    "長谷部", "小鳥遊", "福井", "五百旗頭", "担当", "第一", "北海道", "中央区", "ヤマダ", "スズキ",
    "ナカモリ", "アイス", "ミナト", "さとう", "すずき", "あいだ", "ーー", "母", "元", "々",
    "葛淵", "部長林", "担当者名", "山田太郎", "佐藤健", "篁塚様",
]  # fmt: skip
GIVEN = [
    "太郎", "花子", "光", "大", "元基", "亜喜夫", "凪埜", "朔巳太", "店舗", "様", "真理様", "一", "千葉",
    "部長", "幸恵", "保険", "高", "町", "美市", "タロウ", "ハナコ", "ナギサ", "コーヒー", "はなこ",
    "たろうさん", "さん", "ひかり", "ジロー", "ーー", "年齢",
    "君明", "朔冴美", "勝利", "林一朗", "調達課", "佑市", "澪臣介",
]  # fmt: skip
PLACES = [
    "東京都渋谷区恵比寿南", "東京都東久留米市小山", "愛知県知多市大僧", "埼玉県川越市元町", "北海道旭川市東",
    "北海道札幌市中央区北", "北海道旭川市", "京都府京都市中京区", "千葉県四街道市みそら",
    "岐阜県岐阜市吾妻町", "奈良県生駒市北大和", "東京都中央区", "東京都港区芝", "大阪府大阪市北区",
    "愛知県名古屋市南区薬師通", "福岡県北九州市小倉南区葛原元町", "埼玉県さいたま市大字",
    "北海道余市郡余市町黒川町", "神奈川県高座郡寒川町一之宮", "新潟県新潟市中央区学校町通",
    "どこか県ない市なし町", "北海道川上郡標茶町平和", "北海道旭川市東光9条", "北海道標津郡中標津町東11条北",
    "青森県黒石市ちとせ", "三重県伊勢市岩渕", "京都府京都市西京区御陵大枝山町", "青森県三沢市前平",
]  # fmt: skip
NUMBERS = [
    "1",
    "2-3",
    "7-17-10",
    "12-1-100-2",
    "2丁目5番3号",
    "3丁目1-2",
    "1丁目2番地",
    "40番地",
    "150-0001",
    "99999-9999-99999-9999",
    "0-1",
]
LOCALS = [
    "user7492878",
    "taro.yamada",
    "T.Yamada",
    "a",
    "maruyama",
    "dec2020",
    "x..y.",
    "id",
    "info-",
    "_",
    "0901234567",
]
DOMAINS = [
    "example.jp",
    "mail3.example.co.jp",
    "x_y.example.com",
    "logo.png",
    "example",
    "a..jp",
    "example.jp.",
    "-.jp",
    "EXAMPLE.JP",
]


def columns(firsts: Sequence[str], between: str, seconds: Sequence[str]) -> st.SearchStrategy[list[str]]:
    cell = st.builds(
        lambda first, second: f"{first}{between}{second}", st.sampled_from(firsts), st.sampled_from(seconds)
    )
    return st.lists(cell, min_size=MANY, max_size=MANY + 16, unique=True)


@settings(max_examples=25, deadline=None)
@given(
    columns(SURNAMES, " ", GIVEN)
    | columns(SURNAMES, "\u3000", GIVEN)
    | columns(PLACES, "", NUMBERS)
    | columns(LOCALS, "@", DOMAINS),
    st.sampled_from(["fast", "balanced"]),
)
def test_a_column_is_found_as_its_cells_are_one_by_one(values: list[str], point: Point) -> None:
    found = [list(each.spans) for each in Cascade.at(point).examine(values)]
    assert found == [find_entities(value, point) for value in values]


@pytest.mark.parametrize(
    "recognizer", [each for each in recognizers() if each.forms], ids=lambda each: each.entity_type
)
def test_a_recognizer_says_the_same_of_cells_that_are_alike_to_it(recognizer: Recognizer) -> None:
    random = Random(3)
    values = [f"{one} {two}" for one in map(fold, SURNAMES) for two in GIVEN]
    for place in (*PLACES, "東京都日野市平山", "北海道江別市4条", "岡山県倉敷市昭和"):
        blocks = [re.sub("[1-9]", lambda _: random.choice("123456789"), each) for each in NUMBERS * 3]
        values += {place + block for block in blocks}
    values += [f"{local}@{domain}" for local in LOCALS for domain in DOMAINS]
    forms = dict.fromkeys(form for each in recognizers() for form in each.forms)
    looked_at = 0
    for places, cells in cells_in_pieces(pa.array(values), forms):
        answers: dict[tuple[int, int], list[Match]] = {}
        said = recognizer.alike(cells)
        for at, each in zip(places.tolist(), [] if said is None else said.tolist(), strict=said is not None):
            found = list(recognizer.find(values[at], values[at]))
            looked_at += each >= 0
            assert each < 0 or answers.setdefault((each, len(values[at])), found) == found
    assert looked_at > 20


def test_a_pair_is_scored_by_its_kinds_as_it_is_read() -> None:
    pairs = [f"{one} {two}" for one in map(fold, SURNAMES) for two in GIVEN]
    ((places, cells),) = cells_in_pieces(pa.array(pairs), [TWO_PIECES])
    scores = score_pairs(cells).tolist()
    assert len({score for score in scores if score >= 0}) > 3
    for dense, score in zip([pairs[at] for at in places], scores, strict=True):
        if score >= 0:
            names = read(dense)
            assert names is not None
            assert [(each.start, each.end, round(each.score * 1000)) for each in names] == [
                (0, len(dense), score)
            ]


def test_numbers_do_not_matter_behind_a_place_that_ends_in_its_town() -> None:
    random = Random(5)
    towns = sorted(
        {
            f"{m.prefecture}{m.name}{town}"
            for name in ("札幌市北区", "旭川市", "中標津町", "上越市", "港区")
            for m in gazetteer().named(name)
            for town in m.towns
        }
    )
    addresses = [town + random.choice(NUMBERS[:8]) for town in towns]
    ((places, cells),) = cells_in_pieces(pa.array(addresses), [FORM])
    settled = score_addresses(cells) + cells.left.each(ends_in_town)
    assert np.count_nonzero(settled == 0) > 300
    for address in [addresses[at] for at in places[settled == 0]]:
        found = town_of(address)
        assert found is not None
        assert address[found.end].isdigit()
        assert not address[found.end - 1].isdigit()
        assert read(address) == []


def test_of_many_cells_few_are_looked_at() -> None:
    names = [
        f"{one} {two}"
        for one in ("山田", "佐藤", "鈴木", "高橋")
        for two in ("太郎", "花子", "健太", "美咲", "翔太", "陽子", "直樹", "恵子")
    ]
    addresses = [f"東京都渋谷区恵比寿南{block}-{number}" for block in range(1, 9) for number in range(1, 9)]
    mails = [f"user{number}@mail{number % 7}.example.jp" for number in range(100, 200)]
    codes = [f"M{number:08}" for number in range(51_630_000, 51_630_100)]
    for values in (names, addresses, mails, codes):
        assert len(np.unique(spokesmen(pa.array(values), recognizers()))) < 4


def test_what_a_second_opinion_was_given_on_is_looked_at_by_itself() -> None:
    names = [
        f"山田 {given}" for given in ("太郎", "花子", "健太", "美咲", "翔太", "陽子", "直樹", "恵子")
    ] * 4
    told = Cascade(opinions={"山田 健太": ()})
    assert told.find(pa.array(names[2:3])) == told.find(pa.array(names))[2:3]
    assert int(np.sum(told._spokesmen(pa.array(names)) == np.arange(32))) == 5


def test_what_a_second_opinion_found_in_one_value_is_said_of_no_other() -> None:
    seen = Found(0, 2, 0.9, "PERSON", recognizer="GiNZA")
    names = [f"山田 {name}" for name in ("太郎", "花子", "健太", "美咲", "翔太", "陽子", "直樹", "恵子")]
    notes = [f"{number}件の在庫を確認して回答済み。" * (1 + number % 9) for number in range(12_000)]
    for values in (names * 4, notes):
        told = Cascade(opinions={values[0]: (seen,)})
        for _ in range(2):
            found = told.find(pa.array(values))
            by_others = [[each for each in spans if each.recognizer == "GiNZA"] for spans in found]
            assert [bool(spans) for spans in by_others] == [value == values[0] for value in values]


SENTENCES = [
    "在庫を確認して回答済み。", "午前中に3件の返品を受けた。", "特になし。", "倉庫へ戻した!\n", "森の色は青。",
    "担当の山田 太郎様より電話。", "名義人：佐藤花子、", "福井店に在庫あり。", "林さんへ。",
    "生産は12日生まれ変わる。",
    "田中\t太郎\t昭和30年5月6日生。", "ｱｲｽの在庫。", "王 明。", "グエン・ティ・ホア。", "電話は090-1234-5678。",
    "髙橋", "千葉", "配送先を東京都港区芝1-2-3に変更。", "", "小鳥遊は休み。",
]  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.lists(st.sampled_from(SENTENCES), max_size=4).map("".join), min_size=1, max_size=60),
    st.sampled_from(["fast", "balanced"]),
)
def test_of_a_text_known_to_say_nothing_nothing_is_found(values: list[str], point: Point) -> None:
    dense = [condense(fold(value))[0] for value in values]
    Cascade.at(point).find(pa.array(dense))
    phrases = Phrases.of(pa.array(dense, pa.string()))
    for each in recognizers(point):
        said = each.silent(phrases)
        for at in [] if said is None else np.flatnonzero(said).tolist():
            assert not list(each.find(dense[at], dense[at]))


@pytest.mark.parametrize("point", ["fast", "balanced"])
def test_texts_of_sentences_that_say_nothing_are_not_looked_at_again(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    look = Cascade._look_at_each

    def counted(cascade: Cascade, texts: list[str]) -> list[Examined]:
        looked_at.extend(texts)
        return look(cascade, texts)

    monkeypatch.setattr(Cascade, "_look_at_each", counted)
    cascade = Cascade.at(point)
    for day in (1, 2):
        notes = [
            f"{day}日の{number}件を確認して回答済み。" + "在庫を見直した。" * (number % 9)
            for number in range(12_000)
        ]
        looked_at.clear()
        found = cascade.find(pa.array([*notes, "担当の山田 太郎様より電話。"]))
        assert [len(spans) for spans in found] == [0] * len(notes) + [1]
    assert len(looked_at) == 4  # twice, for some come first: one of the short ones and one of the long ones


@pytest.mark.parametrize("recognizer", recognizers(), ids=lambda each: each.name)
def test_a_recognizer_says_nothing_of_a_form_it_does_not_know(recognizer: Recognizer) -> None:
    assert recognizer.alike(Pieces(Form("x.y", "."), pa.array(["x.y"]))) is None
    assert all(form.cut.isascii() for form in recognizer.forms)


def test_real_addresses_are_found_together_as_one_by_one(corpora: Path) -> None:
    lines = (corpora / "addr_strings.jsonl").read_text("utf-8").splitlines()[::7]
    values = sorted({json.loads(line)["text"] for line in lines})
    assert len(values) > MANY
    found = [list(each.spans) for each in Cascade().examine(values)]
    assert found == [find_entities(value) for value in values]
