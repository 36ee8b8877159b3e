"""What a score says: check digit alone, check digit and label, label alone, a rival's label (DESIGN §4)."""

from __future__ import annotations

import pytest

from detectors.jp.corporate_number import CorporateNumberRecognizer
from detectors.jp.credit_card import CreditCardRecognizer
from detectors.jp.my_number import MyNumberRecognizer
from detectors.jp.postal_code import PostalCodeRecognizer
from detectors.recognizer import Match, Recognizer
from detectors.text import fold


def only(recognizer: Recognizer, text: str) -> Match:
    (match,) = recognizer.find(text, fold(text))
    return match


@pytest.mark.parametrize(
    ("recognizer", "label", "valid", "invalid"),
    [
        (MyNumberRecognizer(), "個人番号", "621498320257", "621498320258"),
        (CorporateNumberRecognizer(), "法人番号", "5835678256246", "2835678256246"),
        (CreditCardRecognizer(), "カード番号", "4111111111111111", "4111111111111112"),
    ],
    ids=["my_number", "corporate_number", "credit_card"],
)
def test_check_digit_and_label_decide_together(
    recognizer: Recognizer, label: str, valid: str, invalid: str
) -> None:
    alone, both = only(recognizer, valid), only(recognizer, f"{label}：{valid}")
    malformed, pattern = only(recognizer, f"{label}：{invalid}"), only(recognizer, invalid)
    rival = only(recognizer, f"伝票番号：{valid}")
    assert 0.4 <= alone.score <= 0.5
    assert both.score >= 0.9
    assert malformed.score == 0.3
    assert pattern.score <= 0.2
    assert rival.score <= 0.2
    assert alone.checked and both.checked and rival.checked
    assert not malformed.checked and not pattern.checked


def test_the_nearest_label_decides() -> None:
    text = "個人番号 621498320257 伝票番号 983205673214 マイナンバー 301661318600"
    scores = [match.score for match in MyNumberRecognizer().find(text, fold(text))]
    assert scores == [0.95, 0.2, 0.95]


def test_a_count_up_is_no_number_without_a_label() -> None:
    assert only(MyNumberRecognizer(), "000000000000").score <= 0.2


def test_a_corporate_number_is_not_personal() -> None:
    assert not only(CorporateNumberRecognizer(), "法人番号 5-8356-7825-6246").personal


@pytest.mark.parametrize(
    "text", ["T5835678256246", "登録番号T5835678256246", "14901234567894", "X-5835678256246"]
)
def test_an_invoice_registration_or_a_longer_code_is_no_corporate_number(text: str) -> None:
    assert list(CorporateNumberRecognizer().find(text, fold(text))) == []


def test_a_jan_code_that_passes_as_a_corporate_number_stays_low() -> None:
    # 4902370550733 is a shop article: its prefix and GS1 check digit say so.
    found = list(CorporateNumberRecognizer().find("4901234567894", "4901234567894"))
    assert all(match.score <= 0.2 for match in found)


def test_a_postal_code_is_worth_its_label_and_its_register() -> None:
    recognizer = PostalCodeRecognizer()
    assert only(recognizer, "〒100-0001").score >= 0.9
    assert only(recognizer, "100-0001 東京都千代田区").score >= 0.9
    assert only(recognizer, "100-0001").score == 0.4
    assert only(recognizer, "999-9999").score < 0.4
    assert only(recognizer, "100-0001").checked and not only(recognizer, "〒999-9999").checked
    assert recognizer.keys("〒１００－０００１") == ("1000001", None)
