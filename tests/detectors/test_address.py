"""JP_ADDRESS: reading, scores, keys; what holds for any text; the measured targets."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from random import Random

import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detectors.jp import address
from detectors.jp.address import AddressRecognizer
from detectors.jp.address_cell import town_of
from detectors.jp.address_key import address_keys
from detectors.jp.address_likeness import likeness
from detectors.jp.gazetteer import Municipality, gazetteer, spelling
from detectors.recognizer import Match
from detectors.text import fold

RECOGNIZER = AddressRecognizer()
GATE = re2.compile(RECOGNIZER.gate)
REPORTED = 0.4
LENGTH = 200_000


def found(text: str, least: float = REPORTED) -> list[tuple[int, int]]:
    return [(m.start, m.end) for m in RECOGNIZER.find(text, fold(text)) if m.score >= least]


def score(text: str) -> float:
    return max((m.score for m in RECOGNIZER.find(text, fold(text))), default=0.0)


# --- scores: evidence decides -------------------------------------------------------------------------------


def test_town_and_number_in_the_gazetteer_are_checked_and_score_high() -> None:
    (match,) = RECOGNIZER.find("東京都渋谷区神南1-2-3", "東京都渋谷区神南1-2-3")
    assert match.score >= 0.8
    assert match.checked


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("東京都渋谷区", 0.0, 0.2),
        ("東京都渋谷区神南", 0.2, 0.39),
        ("明日は深沢2丁目5-3で", 0.3, 0.39),
        ("深沢2丁目5-3", 0.3, 0.4),
        ("住所：深沢2丁目5-3", 0.5, 0.7),
        ("東京都渋谷区架空町1-2", 0.7, 0.8),
        ("東京都渋谷区役所1-2", 0.0, 0.3),
        ("東京都1-2-3", 0.0, 0.0),
    ],
)
def test_a_score_is_as_strong_as_its_evidence(text: str, least: float, most: float) -> None:
    assert least <= score(text) <= most


def test_a_label_on_the_left_raises_the_score() -> None:
    assert score("お届け先：東京都渋谷区神南1-2-3") > score("東京都渋谷区神南1-2-3")


def test_an_address_of_a_list_does_not_swallow_the_next_one() -> None:
    text = "東京都渋谷区神南1-2-3 東京都渋谷区神南1-2-4"
    assert [text[start:end] for start, end in found(text)] == text.split()


# --- keys: one place, one key -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelled",
    [
        "東京都世田谷区深沢2丁目5番3号",
        "東京都世田谷区深沢２丁目５－３",
        "東京都世田谷区深沢二丁目五番三号",
        "東京都世田谷区深沢2の5の3",
        "東京都 世田谷区 深沢 2-5-3",
        "世田谷区深沢2ー5ー3",
        "東京世田谷区深沢2−5−3",
    ],
)
def test_spellings_of_one_place_share_a_key(spelled: str) -> None:
    assert RECOGNIZER.keys(spelled) == ("東京都|世田谷区|深沢|2|5|3|", "東京都|世田谷区|深沢|2|5|3")


@pytest.mark.parametrize(
    "spelled",
    [
        "東京都世田谷区深沢2-5-3-203",
        "東京都世田谷区深沢2丁目5番3-203号",
        "東京都世田谷区深沢2丁目5番3号203号室",
        "東京都世田谷区深沢2-5-3 サクラハイツ203",
        "世田谷区深沢2-5-3サクラハイツ２０３号室",
        "世田谷区深沢2-5-3サクラハイツ203 青空様方",
        "世田谷区深沢2-5-3サクラハイツ203号室 青空方",
    ],
)
def test_the_room_separates_households_of_one_building(spelled: str) -> None:
    with_room, without_room = RECOGNIZER.keys(spelled)
    assert with_room == "東京都|世田谷区|深沢|2|5|3|203"
    assert without_room == "東京都|世田谷区|深沢|2|5|3"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("東京都渋谷区千駄ヶ谷5-14-6", "東京都渋谷区千駄が谷5-14-6"),
        ("愛知県知多郡東浦町大字森岡字中町24番地の4", "東浦町森岡中町24-4"),
        ("東京都千代田区三番町6-3", "千代田区3番町6番3"),
        ("北海道札幌市中央区北三条西6丁目1番地", "札幌市中央区北3条西6-1"),
        ("京都市中京区寺町通御池上る上本能寺前町488番地", "京都府京都市中京区上本能寺前町488"),
        ("東京都千代田区丸の内1-9-2", "東京都千代田区丸ノ内1丁目9番2号"),
    ],
)
def test_variants_of_a_name_share_a_key(one: str, other: str) -> None:
    assert RECOGNIZER.keys(one)[1] == RECOGNIZER.keys(other)[1]


def test_other_numbers_make_another_key() -> None:
    keys = {RECOGNIZER.keys(f"東京都世田谷区深沢{n}")[1] for n in ("2-5-3", "2-53", "25-3", "2-5-31", "2-5")}
    assert len(keys) == 5


def test_a_branch_in_kana_stays_in_the_key() -> None:
    assert RECOGNIZER.keys("長野県長野市大字西長野6-2のロ")[1] == "長野県|長野市|西長野|6|2|ロ"


def test_a_place_without_number_or_town_has_no_key() -> None:
    assert RECOGNIZER.keys("東京都渋谷区") == (None, None)
    assert RECOGNIZER.keys("青空株式会社") == (None, None)


def test_a_city_name_of_two_prefectures_is_not_guessed() -> None:
    key = RECOGNIZER.keys("府中市架空町1-2")[1]
    assert key is not None
    assert key.startswith("|府中市|")


# --- the gazetteer ------------------------------------------------------------------------------------------


def test_every_municipality_is_found_under_its_own_name() -> None:
    for name in ("川崎市宮前区", "余市町", "宮前区", "浜松市中央区", "金ケ崎町"):
        assert gazetteer().named(name), name
    assert len(gazetteer().prefectures) == 47


def test_a_name_cut_off_at_the_end_of_the_text_ends_with_the_text() -> None:
    assert found("京都府京都市上京区今出川通寺町西入三筋目一丁上る上塔之段町") == [(0, 29)]
    town = gazetteer().named("渋谷区")[0].town_at(spelling("神南"), 0)
    assert town == (2, "神南")


# --- any text -----------------------------------------------------------------------------------------------

PIECES = [
    "東京都", "渋谷区", "大阪市北区", "京都市中京区", "深沢", "神南", "字", "大字", "三番町", "丁目", "番地", "号",
    "の", "-", "ー", "1", "２", "十", "上る", "東入", "ビル", "号室", "様方", "株式会社", "内", "(", ")", "（",
    " ", "　", "\n", "、", "住所", "〒", "に移転", "第", "\ud800", "F", "階", "~", "・", "イ", "北3条西",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.characters(), max_size=25).map("".join))
def test_spans_lie_in_the_text_in_order_and_behind_the_gate(text: str) -> None:
    folded = fold(text)
    matches = list(RECOGNIZER.find(text, folded))
    edge = 0
    for match in matches:
        assert edge <= match.start < match.end <= len(text)
        assert 0 < match.score <= 1
        edge = match.end
        RECOGNIZER.keys(text[match.start : match.end])
    if matches:
        assert GATE.search(folded.encode("utf-8", "replace").decode("utf-8"))


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(*[st.integers(1, 40)] * 3),
    st.sampled_from(["東京都世田谷区深沢", "大阪市北区梅田", "仙台市青葉区国分町"]),
)
def test_units_and_hyphens_say_the_same(numbers: tuple[int, int, int], place: str) -> None:
    hyphens = f"{place}{numbers[0]}-{numbers[1]}-{numbers[2]}"
    units = f"{place}{numbers[0]}丁目{numbers[1]}番{numbers[2]}号"
    assert found(hyphens) == [(0, len(hyphens))]
    assert found(units) == [(0, len(units))]
    assert RECOGNIZER.keys(hyphens) == RECOGNIZER.keys(units)


# Nothing is timed: quadratic work does not come back from these lines, linear work is done in a moment.
ALIKE = [
    "東京都港区芝1-2-3 メゾン芝203号室",
    "北海道札幌市中央区北3条西6-1",
    "旭川市3条通9丁目左10",
    "川崎市宮前区鷺沼3丁目2番1号",
    "大阪市北区梅田1丁目",
    "千代田区3番町5",
    "深沢2-11-30",
    "岩手県久慈市長内町第24地割104番地6",
    "京都市中京区寺町通三条上る1丁目8",
    "青森市第2問屋町3-4-5",
    "〒100-0005 千代田区丸の内1-1-1",
    "在庫50個、港区芝1-20",
]


MUNICIPALITIES = sorted(
    {each for found in gazetteer()._named.values() for each in found},
    key=lambda each: (each.prefecture, each.name),
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(MUNICIPALITIES),
    st.randoms(use_true_random=False),
    st.sampled_from(
        ["5", "1-2", "4-15-3", "1-2-3-4", "2丁目3番4号", "2丁目3-4", "12番地", "30000", "2丁目1-2-3-4"]
    ),
)
def test_an_address_told_at_a_glance_is_the_one_the_grammar_reads(
    place: Municipality, random: Random, numbers: str
) -> None:
    town = random.choice(sorted(place.towns) or [""])
    text = fold(f"{place.prefecture}{place.name}{town}{numbers}")
    assume(town_of(text) is not None)
    (read,) = address._readings(text)
    assert list(AddressRecognizer().find(text, text)) == list(address._matches(text))
    assert AddressRecognizer().keys(text) == address_keys(read)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ALIKE), st.randoms(use_true_random=False))
def test_texts_that_are_alike_hold_the_same_addresses(text: str, random: Random) -> None:
    other = re.sub("[1-9]", lambda _: random.choice("123456789"), text)
    alike = likeness(text)
    if alike is not None and likeness(other) == alike:
        assert list(address._matches(other)) == list(address._matches(text))


@pytest.mark.parametrize(
    ("text", "other", "alike"),
    [
        ("札幌市中央区北3条西6-1", "札幌市中央区北3条西7-2", True),
        ("札幌市中央区北3条西6-1", "札幌市中央区北4条西6-1", False),
        ("千代田区3番町5", "千代田区4番町5", False),
        ("旭川市東光9条5-1", "旭川市東光9条5-0", False),
    ],
)
def test_only_the_number_a_town_is_called_by_matters(text: str, other: str, alike: bool) -> None:
    assert (likeness(text) == likeness(other)) is alike


PHRASES = [
    "配送先を福岡県春日市伯玄町6-29-8に変更。",
    "住所。",
    "住所",
    "送付先：。",
    "〒150-0022。",
    "谷町3-2-11。",
    "深沢2-5-3",
    "京都市上京区今出川通室町東入。",
    "(渋谷区恵比寿南2-12-1 エビスハイツ。203号)",
    "札幌市中央区北3条西6。",
    "南箕輪村4088",
    "、",
    "。",
    "\n",
    "福島",
    "石川郡石川町1-2。",
    "1丁目2番3号のビルに移転した",
    "連休明けに店頭で1050件のうち検品をやり直した。",
    "東京都港区芝",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PHRASES), min_size=1, max_size=9).map("".join).map(fold))
def test_a_long_text_holds_the_addresses_of_its_sentences(text: str) -> None:
    assert list(RECOGNIZER.find(text, text)) == list(address._matches(text))
    assert list(RECOGNIZER.find(LONG + text, LONG + text)) == list(address._matches(LONG + text))


#: Longer than what is read as one.
LONG = "在庫を見直した。" * 10

NUMBERED = sorted(
    f"{place.prefecture}{place.name}{town}"
    for place in MUNICIPALITIES
    for town in place.towns
    if re.search("[0-9]", town)
)


def test_towns_called_by_numbers_are_read_as_those_like_them() -> None:
    random = Random(7)
    read: dict[bytes, list[Match]] = {}
    shared = 0
    for town in random.sample(NUMBERED, 150):
        for block in ("33-55", "4丁目5番6号", "西66丁目1-2", "3番町2-1"):
            for _ in range(3):
                text = town + re.sub("[1-9]", lambda _: random.choice("123456789"), block)
                alike, found = likeness(text) or text.encode(), list(address._matches(text))
                shared += alike in read
                assert read.setdefault(alike, found) == found
    assert shared > 500


@pytest.mark.parametrize("text", ["芝" * 65, "旭川市4区3条5-1"])
def test_a_long_text_and_a_town_with_two_numbers_are_like_no_other(text: str) -> None:
    assert likeness(text) is None


@pytest.mark.parametrize(
    "unit",
    ["1", "1-", "本町1-", "丁目", "一", "町", "\ud800", "深沢1-1ビル", " ", "様", "東京都渋谷区神南1-2-3"],
)
def test_a_long_line_is_read_to_its_end(unit: str) -> None:
    text = unit * (LENGTH // len(unit))
    assert all(0 <= start < end <= len(text) for start, end in found(text, 0))


# --- measured -----------------------------------------------------------------------------------------------


def rows(path: Path) -> list[tuple[str, set[tuple[int, int]]]]:
    read = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        (row["text"], {(start, end) for start, end, kind in row["spans"] if kind == "ADDRESS"})
        for row in read
    ]


def f1(true: int, proposed: int, expected: int) -> float:
    return 2 * true / (proposed + expected)


def characters(spans: set[tuple[int, int]]) -> set[int]:
    return {index for start, end in spans for index in range(start, end)}


@pytest.mark.parametrize(
    ("name", "exact", "by_character"),
    [("addr_in_records", 0.97, 0.99), ("addr_strings", 0.95, 0.98), ("biz_templated", 0.97, 0.99)],
)
def test_spans_of_the_corpora_are_exact(corpora: Path, name: str, exact: float, by_character: float) -> None:
    pairs = [(set(found(text)), expected) for text, expected in rows(corpora / f"{name}.jsonl")]
    true, proposed, expected = (
        sum(len(a & b) for a, b in pairs),
        sum(len(a) for a, _ in pairs),
        sum(len(b) for _, b in pairs),
    )
    assert f1(true, proposed, expected) >= exact
    letters = [(characters(a), characters(b)) for a, b in pairs]
    true = sum(len(a & b) for a, b in letters)
    assert f1(true, sum(len(a) for a, _ in letters), sum(len(b) for _, b in letters)) >= by_character


@pytest.mark.parametrize("name", ["addr_negative", "neg_biz_summary", "biz_personnel_notice"])
def test_places_and_business_text_hold_no_address(corpora: Path, name: str) -> None:
    texts = [text for text, _ in rows(corpora / f"{name}.jsonl")]
    assert sum(bool(found(text)) for text in texts) <= 0.005 * len(texts)


@pytest.mark.parametrize(
    ("table", "column", "share"),
    [
        ("t01_customers.csv", "住所", 0.97),
        ("t02_employees.csv", "c_08", 0.97),
        ("t05_companies.csv", "本店所在地", 0.97),
        ("t10_header_traps.csv", "備考2", 0.97),
    ],
)
def test_cells_of_address_columns_are_one_match(corpora: Path, table: str, column: str, share: float) -> None:
    with (corpora / "tables" / table).open(encoding="utf-8-sig", newline="") as lines:
        cells = [row[column] for row in csv.DictReader(lines) if row[column]]
    assert sum(found(cell) == [(0, len(cell))] for cell in cells) >= share * len(cells)


def test_no_column_of_the_negative_table_holds_an_address(corpora: Path) -> None:
    with (corpora / "tables" / "t12_all_negative.csv").open(encoding="utf-8-sig", newline="") as lines:
        cells = {cell for row in csv.DictReader(lines) for cell in row.values()}
    assert not [cell for cell in cells if found(cell, 0.3)]
