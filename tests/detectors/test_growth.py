"""No recognizer may be slowed down by what it reads.

Nothing is timed: a pattern whose work grows with the square of the text does not come back from these lines
within a test run, and a linear one is done in a second.
"""

from __future__ import annotations

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.recognizer import Recognizer
from detectors.registry import recognizers
from detectors.text import fold

LENGTH = 1_000_000
HOSTILE_LENGTH = 100_000

#: Names and addresses are judged on their own hostile lines, beside their other tests.
RECOGNIZERS = [each for each in recognizers() if each.entity_type not in ("PERSON", "JP_ADDRESS")]
HOSTILE = [
    "0", "0-", "0 ", "(0", "+81", "+8", "090-1234-", "1234 ", "1234-", "4111", "a", "a.", "@", "a@", "a@a.", ".",
    "1990年1月", "1990-", "昭和", "十", "㍼1年(", "会員番号", "会員番号 a-", "個人番号", "番号", "〒", "May", " ",
    "口座", "普通 ", "10530-", "年金番号 ", "介護", "雇用保険", "記号", "記号 1", "記号1番号", "JE", "Suica",
    "新幹線", "@a", "LINE ID ", "x.com/", "品川", "品川3", "品川300さ", "1.", "1:", "::", "T1", "AB", "AB1234567",
    "<", "18歳", "歳", "年齢 ",
    "元", "元東", "前職は", "以前東", "東亜商事を", "佐藤様の妻", "妻の", "Aさんの夫、",
    "うつ病", "うつ病で通院中", "病院に", "健診の",
    "\ud800", "\x00",
]  # fmt: skip
PIECES = [
    "1", "-", "ー", "年", "月", "日", "生", "二三", "元", "電話", ":", "\n", "𠮷", "ｱ", "@docomo.ne.jp", "5678",
]  # fmt: skip
AWKWARD = st.lists(st.sampled_from(HOSTILE + PIECES) | st.characters(), max_size=40).map("".join)


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda each: each.entity_type)
def test_hostile_lines_are_read_to_their_end(recognizer: Recognizer) -> None:
    for unit in HOSTILE:
        text = unit * (HOSTILE_LENGTH // len(unit))
        assert all(0 <= match.start < match.end <= len(text) for match in recognizer.find(text, fold(text)))


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda each: each.entity_type)
def test_one_line_of_a_million_digits_holds_nothing(recognizer: Recognizer) -> None:
    text = "1" * LENGTH
    assert list(recognizer.find(text, text)) == []


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda each: each.entity_type)
@settings(max_examples=150, deadline=None)
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
