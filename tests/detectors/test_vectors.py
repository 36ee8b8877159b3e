"""The vectors beside the tree: valid numbers are found under their label, invalid ones are not believed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from detectors.jp import bank_account, driver_license, passport
from detectors.registry import find_entities

SHARED = Path(os.environ.get("MEIBO_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")).parent
VECTORS = SHARED / "vectors.json"
pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="no vectors beside this tree")


def vectors() -> dict[str, Any]:
    return dict(json.loads(VECTORS.read_text("utf-8"))) if VECTORS.exists() else {}


#: Kind of vector → entity type, and a text that announces it.
LABELLED = {
    "my_number": ("JP_MY_NUMBER", "個人番号 {}"),
    "corporate_number": ("JP_CORPORATE_NUMBER", "法人番号 {}"),
    "invoice_registration": ("JP_INVOICE_NUMBER", "登録番号 {}"),
    "drivers_licence": ("JP_DRIVER_LICENSE", "運転免許証番号 {}"),
    "juminhyo_code": ("JP_RESIDENT_CODE", "住民票コード {}"),
    "insurer_number": ("JP_HEALTH_INSURANCE", "保険者番号 {}"),
    "credit_card": ("CREDIT_CARD", "カード番号 {}"),
    "imei": ("IMEI", "IMEI {}"),
    "iccid": ("ICCID", "ICCID {}"),
    "passport_number": ("JP_PASSPORT", "旅券番号 {}"),
    "residence_card": ("JP_RESIDENCE_CARD", "在留カード番号 {}"),
}
#: Without a check digit, or with one from memory that only raises a score.
UNCHECKED = {"juminhyo_code", "passport_number", "residence_card"}


def numbers(kind: str, verdict: str) -> list[str]:
    rows = vectors().get(kind, {}).get(verdict, [])
    return [
        row["n"] if isinstance(row, dict) else row for row in rows if isinstance(row, dict) or " (" not in row
    ]


def best(text: str, entity_type: str, value: str) -> float:
    start = text.index(value)
    return max(
        (
            each.score
            for each in find_entities(text)
            if each.entity_type == entity_type and (each.start, each.end) == (start, start + len(value))
        ),
        default=0.0,
    )


@pytest.mark.parametrize("kind", LABELLED)
def test_a_valid_number_is_found_under_its_label(kind: str) -> None:
    entity_type, text = LABELLED[kind]
    assert numbers(kind, "valid")
    for number in numbers(kind, "valid"):
        least = 0.7 if kind in UNCHECKED else 0.9
        assert best(text.format(number), entity_type, number) >= least, number


@pytest.mark.parametrize("kind", sorted(LABELLED.keys() - UNCHECKED))
def test_an_invalid_number_is_not_believed_even_under_its_label(kind: str) -> None:
    entity_type, text = LABELLED[kind]
    assert numbers(kind, "invalid")
    for number in numbers(kind, "invalid"):
        assert best(text.format(number), entity_type, number) < 0.4, number


def test_a_code_of_one_digit_more_or_less_is_no_passport_and_no_residence_card() -> None:
    for kind in ("passport_number", "residence_card"):
        entity_type, text = LABELLED[kind]
        for number in numbers(kind, "invalid"):
            assert best(text.format(number), entity_type, number) < 0.4, number


def test_a_licence_is_judged_as_published() -> None:
    assert all(map(driver_license.is_valid, numbers("drivers_licence", "valid")))
    assert not any(map(driver_license.is_valid, numbers("drivers_licence", "invalid")))
    digits = "0123456789"
    for prefix in vectors()["drivers_licence"]["prefix_codes"]:
        body = f"{prefix}12345678"
        assert any(driver_license.is_valid(f"{body}{check}0") for check in digits), prefix


def test_a_post_bank_account_is_known_under_the_account_other_banks_use() -> None:
    recognizer = bank_account.BankAccountRecognizer()
    for each in vectors()["yucho"]["examples"]:
        form = bank_account.transfer_form(each["kigou"], each["bangou"])
        assert form and (form[0], form[2]) == (each["branch"], each["account"])
        assert recognizer.keys(f"{each['kigou']}-{each['bangou']}")[1] == each["account"]
        text = f"ゆうちょ銀行 記号 {each['kigou']} 番号 {each['bangou']}"
        assert best(text, "JP_BANK_ACCOUNT", each["bangou"]) >= 0.4


def test_a_machine_readable_zone_is_valid_until_a_digit_changes() -> None:
    zones = vectors()["mrz_td3"]
    for field, digit in zones["field_checks"].items():
        assert passport.calc_check_digit(field) == digit
    for _, line in (zones["icao_sample"], zones["jp_sample"]):
        assert passport.is_valid_mrz(line)
    first, second = zones["jp_sample"]
    found = [each for each in find_entities(f"{first}\n{second}") if each.entity_type == "JP_PASSPORT"]
    assert max(each.score for each in found) >= 0.9


def test_an_era_has_the_days_it_had() -> None:
    for written, _ in vectors()["era"]["valid"]:
        assert best(f"生年月日 {written}", "DATE_OF_BIRTH", written) >= 0.4, written
    for written in vectors()["era"]["invalid"]:
        assert best(f"生年月日 {written}", "DATE_OF_BIRTH", written) < 0.4, written


def test_numbers_of_the_elderly_and_of_public_payers_are_found_by_their_label() -> None:
    number = vectors()["kouki_insured_8"]["boost_example"]
    assert best(f"後期高齢者医療被保険者番号 {number}", "JP_HEALTH_INSURANCE", number) >= 0.7
    for number in numbers("public_payer_recipient_7", "valid"):
        assert best(f"公費負担医療の受給者番号 {number}", "JP_HEALTH_INSURANCE", number) >= 0.7


NOBODY_S = [
    "4901234567894", "JANコード 4901234567894", "123456789013", "伝票番号 123456789013",
    "お問い合わせ番号 1234-5678-9013", "注文番号 20260401-000123", "注文番号：250-1234567-1234567",
    "受注No.621498320257", "2026年4月1日", "2026-04-01 12:34:56", "20260401123456", "1,234,567円",
    "¥123,456,789", "合計 98,000円(税込)", "1775001600", "timestamp=1775001600123",
    "550e8400-e29b-41d4-a716-446655440000", "session 550e8400e29b41d4a716446655440000",
    "sha256:9f86d081884c7d659a2feaa0c55ad015", "7123456789012", "法人番号 7123456789012",
    "T7123456789012", "株式会社 登録番号 T7123456789012", "0120-444-444", "0570-000-123",
    "0800-123-4567", "警察は110番へ", "管理番号 309012345620", "ISBN 978-4-00-310101-8",
    "バージョン 10.15.7.1", "lat 35.681236, lon 139.767125", "口座数 1,234,567",
    "送り状番号 6214-9832-0257",
]  # fmt: skip


@pytest.mark.parametrize("text", NOBODY_S)
def test_a_number_of_things_firms_and_moments_is_nobody_s(text: str) -> None:
    said = [
        each for each in find_entities(text) if each.personal and each.entity_type != "JP_CORPORATE_NUMBER"
    ]
    assert [
        (each.entity_type, text[each.start : each.end], each.score) for each in said if each.score >= 0.4
    ] == []


def test_a_sole_trader_s_invoice_number_is_personal_and_a_company_s_is_not() -> None:
    for text, personal in (
        ("屋号 山川デザイン 代表 山川花子様 登録番号 T7123456789012", True),
        ("個人事業主 登録番号：T7123456789012", True),
        ("架空商事株式会社 登録番号 T7123456789012", False),
        ("T7123456789012", False),
    ):
        (found,) = [each for each in find_entities(text) if each.entity_type == "JP_INVOICE_NUMBER"]
        assert found.personal is personal, text
