"""Addresses the carriers handed out, keys, and what only looks like an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.jp.email import JpEmailRecognizer, is_valid
from detectors.text import fold

RECOGNIZER = JpEmailRecognizer()


def test_the_key_folds_width_and_case_and_keeps_the_dots() -> None:
    assert RECOGNIZER.keys("Taro..Yamada.@DoCoMo.ne.jp") == ("taro..yamada.@docomo.ne.jp", None)
    assert RECOGNIZER.keys("ＴＡＲＯ＠example.jp") == ("taro@example.jp", None)


@given(
    local=st.from_regex(r"[a-z0-9_][a-z0-9._+-]{0,30}", fullmatch=True),
    domain=st.sampled_from(["example.jp", "docomo.ne.jp", "mail.example.co.jp", "example.com"]),
    before=st.sampled_from(["", "メールは", "（", "<", "\n", "、", "mail:", "="]),
    after=st.sampled_from(["", "まで", "）", ">", "\n", "、", " "]),
)
def test_an_address_is_found_whole_beside_anything(local: str, domain: str, before: str, after: str) -> None:
    text = f"{before}{local}@{domain}{after}"
    (match,) = RECOGNIZER.find(text, fold(text))
    assert text[match.start : match.end] == f"{local}@{domain}"


@pytest.mark.parametrize(
    "text", ["a" * 65 + "@example.jp", "taro@-example.jp", "taro@example.c", "taro@example.jp2"]
)
def test_what_no_server_accepts_is_no_address(text: str) -> None:
    assert not is_valid(text)
