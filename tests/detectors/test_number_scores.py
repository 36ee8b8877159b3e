"""What a score says: check digit alone, check digit and label, label alone, a rival's label."""

from __future__ import annotations

import pytest

from detectors.jp.corporate_number import CorporateNumberRecognizer
from detectors.jp.credit_card import JpCreditCardRecognizer
from detectors.jp.iccid import IccidRecognizer
from detectors.jp.imei import ImeiRecognizer
from detectors.jp.invoice_number import InvoiceNumberRecognizer
from detectors.jp.ip_address import IpAddressRecognizer
from detectors.jp.license_plate import LicensePlateRecognizer
from detectors.jp.my_number import MyNumberRecognizer
from detectors.jp.passport import PassportRecognizer
from detectors.jp.postal_code import PostalCodeRecognizer
from detectors.jp.residence_card import ResidenceCardRecognizer
from detectors.jp.resident_code import ResidentCodeRecognizer
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
        (JpCreditCardRecognizer(), "カード番号", "4111111111111111", "4111111111111112"),
        (ImeiRecognizer(), "IMEI", "490154203237518", "490154203237519"),
        (IccidRecognizer(), "ICCID", "8981100001234567899", "8981100001234567890"),
        (InvoiceNumberRecognizer(), "登録番号", "T5835678256246", "T2835678256246"),
    ],
    ids=["my_number", "corporate_number", "credit_card", "imei", "iccid", "invoice_number"],
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


@pytest.mark.parametrize(
    ("recognizer", "label", "number"),
    [
        (PassportRecognizer(), "旅券番号", "TK1234567"),
        (ResidenceCardRecognizer(), "在留カード番号", "AB12345678CD"),
        (ResidentCodeRecognizer(), "住民票コード", "12345678904"),
    ],
    ids=["passport", "residence_card", "resident_code"],
)
def test_a_number_without_a_check_digit_is_worth_its_label(
    recognizer: Recognizer, label: str, number: str
) -> None:
    alone, labelled = only(recognizer, number), only(recognizer, f"{label}：{number}")
    assert alone.score <= 0.2 and not alone.checked
    assert 0.7 <= labelled.score <= 0.9


def test_what_is_from_memory_raises_a_score_and_rejects_nothing() -> None:
    # check digit of the resident record code; first digits of an IMEI; offices of number plates
    assert (
        only(ResidentCodeRecognizer(), "住民票コード 12345678903").score
        > only(ResidentCodeRecognizer(), "住民票コード 12345678904").score
        >= 0.4
    )
    assert (
        only(ImeiRecognizer(), "490154203237518").score
        > only(ImeiRecognizer(), "710154203237512").score
        > 0.2
    )
    plates = LicensePlateRecognizer()
    assert only(plates, "品川 300 さ 12-34").score > only(plates, "東京 300 さ 12-34").score > 0
    assert only(plates, "ナンバー 東京 300 さ 12-34").score >= 0.4


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("登録番号 T7123456789012", False),
        ("株式会社山田商店 登録番号 T7123456789012", False),
        ("個人事業主 登録番号 T7123456789012", True),
        ("屋号 やまだ工房 登録番号 T7123456789012", True),
        ("登録番号 T7123456789012 山田花子 様", True),
        ("山田様 いつもお世話になっております。請求書です。 株式会社山田商店 T7123456789012", False),
    ],
)
def test_an_invoice_number_is_personal_beside_a_person_only(text: str, personal: bool) -> None:
    assert only(InvoiceNumberRecognizer(), text).personal is personal


@pytest.mark.parametrize("text", ["127.0.0.1", "0.0.0.0", "255.255.255.0", "224.0.0.1", "::1"])
def test_an_address_no_host_has_is_nobodys(text: str) -> None:
    assert not only(IpAddressRecognizer(), text).personal
