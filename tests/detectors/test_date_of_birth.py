"""Era boundaries, both calendars, and when a date is somebody's birth."""

from __future__ import annotations

from datetime import date

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from detectors.jp.date_of_birth import DateOfBirthRecognizer, parse
from detectors.jp.era import ERAS, to_date
from detectors.text import fold

RECOGNIZER = DateOfBirthRecognizer()
GATE = re2.compile(RECOGNIZER.gate)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("明治45年7月29日", "1912-07-29"),
        ("大正元年7月30日", "1912-07-30"),
        ("大正15年12月24日", "1926-12-24"),
        ("昭和元年12月25日", "1926-12-25"),
        ("昭和64年1月7日", "1989-01-07"),
        ("平成元年1月8日", "1989-01-08"),
        ("平成31年4月30日", "2019-04-30"),
        ("令和元年5月1日", "2019-05-01"),
        ("S55.3.15", "1980-03-15"),
        ("R8/11/21", "2026-11-21"),
        ("昭五五・三・一五", None),
        ("昭和五十五年三月十五日", "1980-03-15"),
        ("一九八〇年三月一五日", "1980-03-15"),
        ("１９８０／０３／１５", "1980-03-15"),
        ("1980-03-15 00:00:00", "1980-03-15"),
        ("1980年（昭和55年）3月15日", "1980-03-15"),
        ("15 March 1980", "1980-03-15"),
        ("19800315", "1980-03-15"),
    ],
)
def test_a_date_has_one_key_however_written(written: str, iso: str | None) -> None:
    assert RECOGNIZER.keys(written) == (iso, None)


@pytest.mark.parametrize(
    "written", ["昭和64年1月8日", "平成31年5月1日", "昭和65年1月1日", "平成元年1月7日", "令和元年4月30日"]
)
def test_a_day_its_era_did_not_have_is_no_date(written: str) -> None:
    assert parse(written) is None


@given(day=st.dates(date(1873, 1, 1), date(2030, 12, 31)))
def test_every_day_has_exactly_one_era(day: date) -> None:
    readings = [to_date(era.name, str(day.year - era.first.year + 1), day.month, day.day) for era in ERAS]
    assert readings.count(day) == 1
    assert parse(day.isoformat()) == parse(f"{day.year}年{day.month}月{day.day}日") == day


def test_a_plain_date_counts_for_a_column_and_is_not_reported() -> None:
    for text in ("1980-03-15", "19800315", "昭和55年3月15日"):
        (match,) = RECOGNIZER.find(text, fold(text))
        assert (match.start, match.end) == (0, len(text))
        assert match.score <= 0.2
        assert match.checked


def test_a_date_nobody_alive_was_born_on_is_kept_only_beside_a_label() -> None:
    assert list(RECOGNIZER.find("1603-03-24", "1603-03-24")) == []
    (typo,) = RECOGNIZER.find("生年月日 1880-03-24", "生年月日 1880-03-24")
    assert typo.score == 0.3


def test_the_nearest_label_decides_what_a_date_is() -> None:
    text = "生年月日 1980-03-15 入社日 2001-04-01 生年月日 1990-01-01"
    assert [match.score for match in RECOGNIZER.find(text, fold(text))] == [0.95, 0.1, 0.95]


@given(
    st.sampled_from(["", "大", "東", "令", "昭", "生年月日:", " ", "1"]),
    st.sampled_from(
        [*(form for era in ERAS for form in (era.name, era.short, era.letter, era.ligature)), "和"]
    ),
    st.sampled_from(["", " ", ".", "．"]),
    st.sampled_from(["元", "1", "12", "40", "十二", "〇五"]),
    st.sampled_from(
        ["年3月1日", " 年 三 月 十 日", "(1990)年12月1日", ".3.1", "/03/31", "-1-2", "・1・2", " - 1 - 2"]
    ),
)
def test_dates_of_every_era_pass_the_gate(before: str, era: str, sign: str, year: str, rest: str) -> None:
    folded = fold(f"{before}{era}{sign}{year}{rest}")
    assert GATE.search(folded) or not list(RECOGNIZER.find(folded, folded))


def test_a_town_that_ends_like_an_era_does_not_pass_the_gate() -> None:
    assert not GATE.search("神奈川県大和市大和3-10-5")
    assert GATE.search("愛知県名古屋市昭和3-10-5")
