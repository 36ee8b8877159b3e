"""No recognizer may be slowed down, stopped or misled by what it reads.

Time is compared with time, in CPU seconds of this process: four times the text may not take much more than four
times as long. A pattern whose work grows with the square takes sixteen times.
"""

from __future__ import annotations

import gc
import time

import pyarrow as pa
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import scan_batch
from detectors.recognizer import Recognizer
from detectors.registry import find_entities, recognizers
from detectors.text import fold

#: Code points of the shorter and the longer text; reading every name takes longer than a pattern.
SHORT = {"PERSON": 2_500}
GROWN = 4
#: Seconds below which a time says nothing, and how much more than the text it may grow.
NOISE, SLACK = 0.15, 2.5
TRIES = 5
LENGTH = 1_000_000

RECOGNIZERS = recognizers()
HOSTILE = [
    "0", "0-", "0 ", "(0", "+81", "+8", "090-1234-", "1234 ", "1234-", "4111", "a", "a.", "@", "a@", "a@a.", ".",
    "1990年1月", "1990-", "昭和", "十", "㍼1年(", "会員番号", "会員番号 a-", "個人番号", "番号", "〒", "May", " ",
    "口座", "普通 ", "10530-", "年金番号 ", "介護", "雇用保険", "記号", "記号 1", "記号1番号", "JE", "Suica",
    "新幹線", "@a", "LINE ID ", "x.com/", "品川", "品川3", "品川300さ", "1.", "1:", "::", "T1", "AB", "AB1234567",
    "<", "18歳", "歳", "年齢 ",
    "元", "元東", "前職は", "以前東", "東亜商事を", "佐藤様の妻", "妻の", "Aさんの夫、",
    "うつ病", "うつ病で通院中", "病院に", "健診の", "彼女はうつ病です",
    "T7123456789012 山田太郎 ", "山田太郎(24)", "生年月日 3-55",
    "山", "一", "あ", "ア", "ｱ", "山田", "山田 ", "木村、", "様", "田中様", "氏名:", "担当:山",
    "ヤマダ・", "ア・", "Taro ", "Yamada, ", "A. ",
    "東京都", "県", "市", "東京都千代田区", "京都市中京区寺町通", "上る", "北一条西",
    "丁目", "三丁目", "1-1-", "番地", "ビル", "号室",
    "0001-240-", "みずほ銀行新宿支店", "支店",
    "\ud800", "\x00", "\u202e", "\u200d", "🍣", "𠮷", "a\u0301", "山\U000e0100",
]  # fmt: skip
PIECES = [
    "1", "-", "ー", "年", "月", "日", "生", "二三", "元", "電話", ":", "\n", "𠮷", "ｱ", "@docomo.ne.jp", "5678",
]  # fmt: skip
AWKWARD = st.lists(st.sampled_from(HOSTILE + PIECES) | st.characters(), max_size=40).map("".join)


def seconds(recognizer: Recognizer, text: str) -> float:
    folded = fold(text)
    gc.disable()  # walking all dictionaries takes longer than a pattern does
    try:
        started = time.process_time()
        matches = list(recognizer.find(text, folded))
        spent = time.process_time() - started
    finally:
        gc.enable()
    assert all(0 <= match.start < match.end <= len(text) for match in matches)
    return spent


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda each: each.entity_type)
def test_time_grows_no_faster_than_the_text(recognizer: Recognizer) -> None:
    length = SHORT.get(recognizer.entity_type, 6_000)
    mixed = "".join(HOSTILE)
    seconds(recognizer, mixed)  # dictionaries are loaded now
    for unit in [*HOSTILE, mixed]:
        # On a machine shared with others one of the two may be held up.
        assert any(_grows_along(recognizer, unit, length) for _ in range(TRIES)), unit


def _grows_along(recognizer: Recognizer, unit: str, length: int) -> bool:
    shorter = seconds(recognizer, unit * (length // len(unit)))
    longer = seconds(recognizer, unit * (GROWN * length // len(unit)))
    return longer < GROWN * SLACK * max(shorter, NOISE / GROWN)


@pytest.mark.slow
def test_a_cell_of_millions_of_characters_costs_what_its_length_says() -> None:
    def cell(lines: int) -> pa.RecordBatch:
        line = "担当の高橋 健一様より電話、折り返しは090-1234-{:04}へ。転居前は東京都千代田区、神田小川町{}-1。\n"
        text = "".join(line.format(at % 10_000, at) for at in range(lines))
        return pa.RecordBatch.from_arrays([pa.array([text])], names=["text"])

    def spent(lines: int) -> float:
        started = time.process_time()
        assert scan_batch(cell(lines)).findings.num_rows >= 3 * lines
        return time.process_time() - started

    spent(1_000)  # dictionaries are loaded now
    assert any(spent(GROWN * 15_000) < GROWN * SLACK * spent(15_000) for _ in range(TRIES))


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda each: each.entity_type)
def test_one_line_of_a_million_digits_holds_nothing(recognizer: Recognizer) -> None:
    text = "1" * LENGTH
    assert list(recognizer.find(text, text)) == []


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["1", "a", " ", "🍣", "本日の会議の資料を送付します、"])
def test_a_line_of_ten_million_characters_is_read_to_its_end(unit: str) -> None:
    filler = unit * (10_000_000 // len(unit))
    text = f"{filler}、電話 090-1234-5678、担当：鈴木一郎様。"
    found = {text[each.start : each.end] for each in find_entities(text) if each.score >= 0.4}
    assert found == {"090-1234-5678", "鈴木一郎"}


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda each: each.entity_type)
@settings(max_examples=100, deadline=None)
@given(text=AWKWARD)
def test_any_text_gives_ordered_spans_behind_the_gate(recognizer: Recognizer, text: str) -> None:
    folded = fold(text)
    matches = list(recognizer.find(text, folded))
    for match in matches:
        assert 0 <= match.start < match.end <= len(text)
        assert 0 < match.score <= 1
        assert match.entity_type == recognizer.entity_type
        recognizer.keys(text[match.start : match.end])
    if matches:
        assert re2.search(recognizer.gate, folded.encode("utf-8", "replace").decode("utf-8"))


#: What may stand around personal data without moving it: (before, after).
SURROUNDINGS = {
    "nothing": ("", ""),
    "emoji of several code points": ("👨\u200d👩\u200d👧🏽 ", " 🇯🇵"),
    "characters beyond the first plane": ("𠮷野家𩸽 ", " 𠮷"),
    "right to left": ("\u202bمرحبا שלום\u202c ", " \u200fשלום"),
    "control characters": ("\x00\x01\x08\x1b[31m ", " \x7f\x85"),
    "a lone surrogate": ("\ud800\udfff ", " \udc00"),
    "combining marks": ("e\u0301か\u3099ﾊﾟ ", " か\u3099"),
    "lines of every kind": ("\r\n\u2028\u2029\x0b\x0c", "\r\n"),
    "nothing to see": ("\ufeff\u200b ", " \u00ad"),
}
SAID = {
    "PHONE_NUMBER": "電話 ⟦090-1234-5678⟧",
    "JP_MY_NUMBER": "個人番号 ⟦621498320257⟧",
    "PERSON": "担当：⟦鈴木一郎⟧様",
    "JP_ADDRESS": "住所：⟦東京都千代田区丸の内1-1-1⟧",
    "EMAIL_ADDRESS": "メール ⟦taro@example.jp⟧",
    "JP_BANK_ACCOUNT": "口座番号 ⟦1234567⟧",
    "JP_SPECIAL_CARE": "鈴木一郎様は⟦うつ病で通院中⟧",
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
@pytest.mark.parametrize("entity_type", SAID)
def test_offsets_are_right_whatever_stands_around(entity_type: str, surroundings: str) -> None:
    before, after = SURROUNDINGS[surroundings]
    left, value, right = SAID[entity_type].replace("⟧", "⟦").split("⟦")
    text = before + left + value + right + after
    found = [
        text[each.start : each.end]
        for each in find_entities(text)
        if each.entity_type == entity_type and each.score >= 0.4
    ]
    assert found == [value]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([], pa.string()),
        pa.array(["", None, " "]),
        pa.array([None, None], pa.string()),
        pa.nulls(3),
        pa.array([], pa.list_(pa.struct([("a", pa.string())]))),
        pa.array([None, [{"a": None}], [{"a": ""}], []], pa.list_(pa.struct([("a", pa.string())]))),
        pa.array([b"\xff\x00", None]),
        pa.array([float("nan"), None]),
    ],
    ids=str,
)
def test_columns_of_nothing_hold_nothing(column: pa.Array) -> None:
    scan = scan_batch(pa.RecordBatch.from_arrays([column], names=["c"]), occurrences="all")
    assert scan.findings.num_rows == 0
