"""Masked samples never are, nor contain, the value. Values are invented."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text import fold
from pipelines.masking import MASKS, UNSHOWN, mask

TYPES = sorted(
    {*MASKS, *UNSHOWN, "JP_MY_NUMBER", "CREDIT_CARD", "JP_BANK_ACCOUNT", "PERSONAL_ID", "IP_ADDRESS"}
)


@pytest.mark.parametrize(
    ("entity_type", "value", "expected"),
    [
        ("PHONE_NUMBER", "090-1234-5678", "090-****-**78"),
        ("PHONE_NUMBER", "０９０１２３４５６７８", "090-****-**78"),
        ("PHONE_NUMBER", "03-1234-5678", "********78"),
        ("PHONE_NUMBER", "+81 90 1234 5678", "**********78"),
        ("EMAIL_ADDRESS", "taro@example.jp", "t***@e***.jp"),
        ("EMAIL_ADDRESS", "taro@mail.example.co.jp", "t***@m***.jp"),
        ("EMAIL_ADDRESS", "a@b.jp", "***"),
        ("PERSON", "山田太郎", "山*"),
        ("PERSON", "Taro Yamada", "T*"),
        ("PERSON", "林", "*"),
        ("JP_ADDRESS", "東京都千代田区丸の内1-1-1", "東京都千代田区＊"),
        ("JP_ADDRESS", "神奈川県横浜市西区みなとみらい2-2-2", "神奈川県横浜市＊"),
        ("JP_ADDRESS", "千代田区1", "＊"),
        ("JP_MY_NUMBER", "123456789018", "**********18"),
        ("CREDIT_CARD", "3530 1113 3330 0000", "**************00"),
        ("JP_BANK_ACCOUNT", "1234567", "*****67"),
        ("JP_POSTAL_CODE", "100-0001", "*****01"),
        ("JP_PASSPORT", "TR1234567", "*******67"),
        ("DATE_OF_BIRTH", "1990-02-03", "**********"),
        ("AGE", "35", "**"),
        ("JP_SPECIAL_CARE", "通院中", ""),
        ("EMPLOYMENT_HISTORY", "以前は東西商事に勤務", "**********"),
        ("UNKNOWN_TYPE", "ab", "**"),
        ("PERSON", "", "*"),
    ],
)
def test_samples_have_the_style_of_their_type(entity_type: str, value: str, expected: str) -> None:
    assert mask(entity_type, value) == expected


@given(st.sampled_from(TYPES), st.text(max_size=60))
def test_no_sample_is_its_value(entity_type: str, value: str) -> None:
    sample = mask(entity_type, value)
    assert len(sample) <= 24
    assert sample != value or set(sample) <= set("*＊")


@given(
    st.sampled_from([each for each in TYPES if each != "JP_ADDRESS"]),
    st.text(alphabet="0123456789０１２３４５-@.abc山田太郎", min_size=2, max_size=40),
)
def test_no_sample_shows_more_than_its_types_few_characters(entity_type: str, value: str) -> None:
    shown = [char for char in mask(entity_type, value).partition(".")[0] if char.isalnum()]
    allowed = 5 if entity_type == "PHONE_NUMBER" else 2
    assert len(shown) <= allowed
    assert entity_type in {"PERSON", "PHONE_NUMBER"} or len(shown) * 3 <= len(value)


@given(st.sampled_from(TYPES), st.from_regex(r"0[789]0-?[0-9]{4}-?[0-9]{4}", fullmatch=True))
def test_no_sample_has_the_shape_of_a_number(entity_type: str, value: str) -> None:
    sample = fold(mask(entity_type, value))
    assert not re.search(r"[0-9]{4}", sample) and not re.search(r"[0-9]+-[0-9]", sample)


@given(st.from_regex(r"[a-z0-9._]{1,20}@[a-z0-9]{1,20}(\.[a-z]{2,3}){1,2}", fullmatch=True))
def test_no_sample_has_the_shape_of_an_address(value: str) -> None:
    sample = mask("EMAIL_ADDRESS", value)
    assert not re.search(r"[a-z0-9]@|@[a-z0-9]+\.", sample)


@given(st.text(alphabet="東京都北海道千代田区市町村札幌1-9丁目番号の", min_size=1, max_size=30))
def test_an_address_never_shows_what_follows_its_city(value: str) -> None:
    assert not any(char.isdigit() for char in mask("JP_ADDRESS", value))
