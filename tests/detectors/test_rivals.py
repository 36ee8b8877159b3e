"""Numbers of one length: every recognizer proposes, context decides, and what is nobody's stays silent.

Each line of `DECIDED` names the one type reported; of `SILENT`, nothing personal is reported at all.
"""

from __future__ import annotations

import pytest

from detectors.registry import build_analyzer, find_entities
from detectors.resolver import REPORTED, RIVAL

DECIDED = [
    # 7 digits: account, postal code, recipient of public payment
    ("口座番号 1000001", "JP_BANK_ACCOUNT"),
    ("普通 1000001", "JP_BANK_ACCOUNT"),
    ("〒1000001", "JP_POSTAL_CODE"),
    ("受給者番号 1234566", "JP_HEALTH_INSURANCE"),
    ("会員番号 1234566", "PERSONAL_ID"),
    # 8 digits: insurer, insured, number of Japan Post Bank, date
    ("保険者番号 33120015", "JP_HEALTH_INSURANCE"),
    ("口座番号 12345671", "JP_BANK_ACCOUNT"),
    ("生年月日 19800315", "DATE_OF_BIRTH"),
    ("患者番号 19800315", "PERSONAL_ID"),
    # 10 digits: fixed telephone, pension, care insurance
    ("0335815471", "PHONE_NUMBER"),
    ("電話 0335815471", "PHONE_NUMBER"),
    ("基礎年金番号 0335815471", "JP_PENSION_NUMBER"),
    ("基礎年金番号 2101-234567", "JP_PENSION_NUMBER"),
    ("介護保険被保険者番号 0335815471", "JP_CARE_INSURANCE"),
    # 11 digits: mobile telephone, resident record, employment insurance
    ("09012345678", "PHONE_NUMBER"),
    ("携帯 09012345678", "PHONE_NUMBER"),
    ("090-1234-5678", "PHONE_NUMBER"),
    ("住民票コード 09012345678", "JP_RESIDENT_CODE"),
    ("住民票コード 12345678903", "JP_RESIDENT_CODE"),
    ("雇用保険被保険者番号 12345678903", "JP_EMPLOYMENT_INSURANCE"),
    ("被保険者番号 1234-567890-1", "JP_EMPLOYMENT_INSURANCE"),
    # 12 digits: My Number, licence
    ("個人番号 621498320257", "JP_MY_NUMBER"),
    ("運転免許証番号 309012345620", "JP_DRIVER_LICENSE"),
    # 13 digits: invoice registration of a sole trader
    ("個人事業主 登録番号 T7123456789012", "JP_INVOICE_NUMBER"),
    # 14–16 digits: card, telephone's identity, reservation
    ("カード番号 378282246310005", "CREDIT_CARD"),
    ("IMEI 378282246310005", "IMEI"),
    ("IMEI 490154203237518", "IMEI"),
    ("受取コード 4111111111111111", "JP_TRAIN_RESERVATION"),
    # 17 and 19: SIM card, transit card
    ("ICCID 8981100001234567899", "ICCID"),
    ("Suica JE123456789012345", "JP_TRANSIT_CARD"),
    # letters and digits
    ("旅券番号 TK1234567", "JP_PASSPORT"),
    ("会員番号 TK1234567", "PERSONAL_ID"),
    ("在留カード番号 AB12345678CD", "JP_RESIDENCE_CARD"),
    # 記号 and 番号: of a bank, of an insurer
    ("ゆうちょ銀行 記号 10530 番号 12345671", "JP_BANK_ACCOUNT"),
    ("健康保険証 記号 10530 番号 12345671", "JP_HEALTH_INSURANCE"),
]

SILENT = [
    # dates, times, prices, quantities
    "2026-11-21", "20261121", "2026年11月21日", "20261121123456", "12:34:56",
    "2026-11-21T12:34:56.123456+09:00",
    "1234567円", "¥12,345,678", "単価 1234567", "普通預金残高 1234567円", "1234567件", "0.1234567",
    # epoch times: seconds, milliseconds, microseconds, nanoseconds
    "1700000000", "1700000000000", "1700000000000000", "1700000000000000000", "timestamp=1700000000123",
    # identifiers of machines
    "550e8400-e29b-41d4-a716-044665544000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "00:1A:2B:3C:4D:5E",
    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709", "v10.0.19045.1234", "1.2.3.4 適用範囲", "127.0.0.1",
    # goods and papers
    "4901234567894", "JAN 4902370550733", "978-4-10-101001-3", "注文番号 123456789012", "注文番号 490154203237518",
    "order_no=4111111111111111", "受注番号 2101-234567",
    "型番 AB12345678CD", "品番 TK1234567", "部品 1234-567890-1",
    "請求書番号 T-2026-0012345", "契約番号 12345678903", "管理番号 33120015",
    # parcel slips
    "伝票番号 123456789013", "お問い合わせ番号 1234-5678-9013", "追跡番号 EE123456789JP", "送り状 309012345620",
    # companies and offices
    "法人番号 5835678256246", "登録番号 T5835678256246", "株式会社山田商店 T5835678256246",
    "介護保険事業所番号 1371234567", "雇用保険適用事業所番号 1301-123456-7",
    # telephone numbers of businesses
    "0120-444-444", "0570-012-345",
    # talk about numbers, ages and accounts
    "口座番号は7桁です", "口座開設は1000001件",
    "年齢制限は18歳以上", "対象年齢 3歳以上", "LINEで連絡",
    "@media (min-width: 100px)",
    "普通 2026年", "新幹線で3号車", "Suicaで1234円", "第12条の3",
]  # fmt: skip


@pytest.mark.parametrize(("text", "entity_type"), DECIDED)
def test_the_label_decides_between_rivals(text: str, entity_type: str) -> None:
    reported = {each.entity_type for each in find_entities(text) if each.score >= REPORTED["balanced"]}
    assert reported == {entity_type}


@pytest.mark.parametrize("text", SILENT)
def test_what_is_nobodys_is_not_reported(text: str) -> None:
    found = [each for each in find_entities(text) if each.score >= REPORTED["balanced"] and each.personal]
    assert [(each.entity_type, each.score) for each in found] == []


def test_the_losers_stay_as_rivals() -> None:
    found = {each.entity_type: each.score for each in find_entities("運転免許証番号 309012345620")}
    assert found["JP_DRIVER_LICENSE"] >= 0.9
    assert 0 < found["JP_MY_NUMBER"] <= RIVAL
    found = {each.entity_type: each.score for each in find_entities("IMEI 378282246310005")}
    assert 0 < found["CREDIT_CARD"] <= RIVAL < found["IMEI"]


def test_several_numbers_of_one_person_are_told_apart() -> None:
    text = (
        "山田花子 携帯 09012345678 住民票コード 12345678903 基礎年金番号 2101-234567 口座番号 1234567 "
        "旅券番号 TK1234567 IMEI 490154203237518 伝票番号 123456789013"
    )
    reported = {
        text[each.start : each.end]: each.entity_type
        for each in find_entities(text)
        if each.score >= REPORTED["balanced"]
    }
    assert reported == {
        "山田花子": "PERSON",
        "09012345678": "PHONE_NUMBER",
        "12345678903": "JP_RESIDENT_CODE",
        "2101-234567": "JP_PENSION_NUMBER",
        "1234567": "JP_BANK_ACCOUNT",
        "TK1234567": "JP_PASSPORT",
        "490154203237518": "IMEI",
    }


def test_the_engine_decides_as_the_function_does() -> None:
    engine = build_analyzer()
    for text, _ in DECIDED:
        results = engine.analyze(text, "ja")
        ours = {
            (each.start, each.end, each.entity_type, round(each.score, 6)) for each in find_entities(text)
        }
        assert {(each.start, each.end, each.entity_type, round(each.score, 6)) for each in results} == ours
