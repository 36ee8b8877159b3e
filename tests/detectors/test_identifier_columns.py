"""Columns of identifiers: by their check or rare form without a header, by the header where the form is common."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from uuid import UUID

import pyarrow as pa
import pytest
from stdnum import ean, luhn
from stdnum.jp import cn

from detectors.cascade import scan_batch
from detectors.columns import resolve_columns

chance = random.Random(20261121)
ROWS = 200
MEANINGLESS = "c_03"


def digits(size: int) -> str:
    return "".join(chance.choices("0123456789", k=size))


def checked(body: str) -> str:
    return body + str(luhn.calc_check_digit(body))


def letters(size: int) -> str:
    return "".join(chance.choices("ABCDEFGHKLMNRSTUWXYZ", k=size))


def plate() -> str:
    place, kana = chance.choice(("品川", "横浜", "なにわ")), chance.choice("さすせそ")
    return f"{place} {chance.choice((300, 500))} {kana} {chance.randint(10, 99)}-{chance.randint(10, 99)}"


#: Header → (type under it, type under a header that says nothing, one value).
COLUMNS: dict[str, tuple[str, str | None, Callable[[], str]]] = {
    "IMEI": ("IMEI", "IMEI", lambda: checked("35" + digits(12))),
    "SIM番号": ("ICCID", "ICCID", lambda: checked("8981" + digits(14))),
    "在留カード番号": ("JP_RESIDENCE_CARD", "JP_RESIDENCE_CARD", lambda: letters(2) + digits(8) + letters(2)),
    "車両番号": ("JP_LICENSE_PLATE", "JP_LICENSE_PLATE", plate),
    "Suica番号": ("JP_TRANSIT_CARD", "JP_TRANSIT_CARD", lambda: "JE" + digits(15)),
    "接続元IP": ("IP_ADDRESS", "IP_ADDRESS", lambda: ".".join(str(chance.randint(1, 254)) for _ in range(4))),
    "口座番号": ("JP_BANK_ACCOUNT", None, lambda: digits(7)),
    "ゆうちょ記号番号": ("JP_BANK_ACCOUNT", None, lambda: f"1{digits(3)}0-{digits(7)}1"),
    "旅券番号": ("JP_PASSPORT", None, lambda: "T" + letters(1) + digits(7)),
    "保険者番号": ("JP_HEALTH_INSURANCE", None, lambda: checked("0613" + digits(3))),
    "被保険者等記号・番号": ("JP_HEALTH_INSURANCE", None, lambda: f"{digits(4)}-{digits(4)}"),
    "住民票コード": ("JP_RESIDENT_CODE", None, lambda: "1" + digits(10)),
    "基礎年金番号": ("JP_PENSION_NUMBER", None, lambda: f"{digits(4)}-{digits(6)}"),
    "年金手帳記号番号": ("JP_PENSION_NUMBER", None, lambda: f"{digits(4)}-{digits(6)}"),
    "介護保険被保険者証番号": ("JP_CARE_INSURANCE", None, lambda: "0000" + digits(6)),
    "雇用保険被保険者番号": ("JP_EMPLOYMENT_INSURANCE", None, lambda: f"{digits(4)}-{digits(6)}-{digits(1)}"),
    "雇用保険番号": (
        "JP_EMPLOYMENT_INSURANCE",
        None,
        lambda: chance.choice((f"{digits(4)}-{digits(6)}-{digits(1)}", digits(11))),
    ),
    "EX予約受取コード": ("JP_TRAIN_RESERVATION", None, lambda: digits(10) + letters(6)),
    "LINE ID": ("SOCIAL_ACCOUNT", None, lambda: f"taro_{digits(3)}"),
    "年齢": ("AGE", None, lambda: f"{chance.randint(18, 99)}歳"),
}
NOBODYS: dict[str, Callable[[], str]] = {
    "seconds since 1970": lambda: str(1_700_000_000 + chance.randint(0, 10**7)),
    "milliseconds since 1970": lambda: str(1_700_000_000_000 + chance.randint(0, 10**9)),
    "microseconds since 1970": lambda: str(1_700_000_000_000_000 + chance.randint(0, 10**12)),
    "fifteen random digits": lambda: "7" + digits(14),
    "nineteen random digits": lambda: "7" + digits(18),
    "eleven random digits": lambda: "1" + digits(10),
    "eight random digits": lambda: digits(8),
    "seven random digits": lambda: digits(7),
    "article codes like passports": lambda: "TK" + digits(7),
    "times": lambda: f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}",
    "hardware addresses": lambda: ":".join(digits(2) for _ in range(6)),
    "age groups": lambda: f"{chance.randint(1, 9)}0歳代",
    "company registrations": lambda: "T" + digits(13),
}


def type_of(header: str, value: Callable[[], str]) -> tuple[str | None, tuple[str, ...]]:
    scan = scan_batch(pa.record_batch({header: pa.array([value() for _ in range(ROWS)])}))
    column = resolve_columns(scan.findings, scan.evidence)[header]
    return column.entity_type, column.reasons


@pytest.mark.parametrize("header", COLUMNS)
def test_a_column_under_its_header_has_its_type(header: str) -> None:
    expected, _, value = COLUMNS[header]
    found, reasons = type_of(header, value)
    assert found == expected, reasons


@pytest.mark.parametrize("header", COLUMNS)
def test_without_a_header_only_a_check_or_a_rare_form_tells(header: str) -> None:
    _, expected, value = COLUMNS[header]
    found, reasons = type_of(MEANINGLESS, value)
    assert found == expected, reasons


@pytest.mark.parametrize("name", NOBODYS)
def test_a_column_that_is_nobodys_has_no_type(name: str) -> None:
    found, reasons = type_of(MEANINGLESS, NOBODYS[name])
    assert found is None, reasons


def article() -> str:
    body = "49" + digits(10)
    return body + str(ean.calc_check_digit(body))


def company() -> str:
    body = digits(12)
    return str(cn.calc_check_digit(body)) + body


#: What stands under headers that lie: numbers of things, firms and moments, as long as they can be told.
BELIED: dict[str, Callable[[], str]] = {
    "GUIDs": lambda: str(UUID(int=chance.getrandbits(128))),
    "digests": lambda: f"{chance.getrandbits(160):040x}",
    "article codes": article,
    "corporate numbers": company,
    "corporate numbers in groups": lambda: "-".join(re.findall("^.|.{4}", company())),
    "registrations of companies": lambda: "T" + company(),
    "orders of a market place": lambda: f"250-{digits(7)}-{digits(7)}",
    "days": lambda: f"20{chance.randint(10, 26)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}",
    "seconds of a day": lambda: f"202611{chance.randint(10, 30)}{chance.randint(0, 23):02}{digits(4)}",
    "milliseconds since 1970": lambda: str(1_700_000_000_000 + chance.randint(0, 10**9)),
    "prices": lambda: f"¥{chance.randint(1_000, 9_999_999):,}",
    "toll-free numbers": lambda: f"0120-{digits(3)}-{digits(3)}",
}


@pytest.mark.parametrize("header", ["口座番号", "住民票コード", "基礎年金番号", "介護保険被保険者証番号"])
@pytest.mark.parametrize("name", BELIED)
def test_a_header_does_not_make_an_identifier_of_something_else(name: str, header: str) -> None:
    found, reasons = type_of(header, BELIED[name])
    assert found is None, reasons
    assert reasons[0].endswith("the values say otherwise")


@pytest.mark.parametrize("name", ["corporate numbers", "registrations of companies", "toll-free numbers"])
def test_companies_are_nobodys_customer_numbers(name: str) -> None:
    found, reasons = type_of("顧客番号", BELIED[name])
    assert found is None, reasons
