"""Published example numbers, and what one wrong digit does to them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.jp import (
    bank_account,
    corporate_number,
    credit_card,
    health_insurance,
    iccid,
    imei,
    invoice_number,
    my_number,
    passport,
    residence_card,
    resident_code,
)

SHARED = Path(os.environ.get("MEIBO_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")).parent
#: Public examples, for a tree that stands alone: ordinance, stdnum and gateway test numbers.
INLINE: dict[str, dict[str, list[str]]] = {
    "my_number": {
        "valid": ["123456789018", "621498320257", "983205673214", "301661318600", "913909960300"],
        "invalid": ["123456789012", "621498320258", "301661318601", "12345678901", "000000000000"],
    },
    "corporate_number": {
        "valid": ["7123456789012", "5835678256246", "4011001098993", "9018246281948"],
        "invalid": ["2835678256246", "0123456789012", "1123456789012"],
    },
    "credit_card": {
        "valid": [
            "4111111111111111",
            "5555555555554444",
            "3530111333300000",
            "378282246310005",
            "30569309025904",
        ],
        "invalid": ["4111111111111112", "3530111333300001", "1234567812345678"],
    },
    "imei": {"valid": ["490154203237518", "350000000000006"], "invalid": ["490154203237519"]},
    "iccid": {"valid": ["8981100001234567899"], "invalid": ["8981100001234567890"]},
    "insurer_number": {
        "valid": ["33120015", "01130012", "138040"],
        "invalid": ["33120016", "01130013", "138041"],
    },
    "invoice_registration": {
        "valid": ["T7123456789012", "T5835678256246", "T4011001098993", "T9018246281948"],
        "invalid": ["T2835678256246", "T583567825624"],
    },
    "passport_number": {
        "valid": ["TK1234567", "MZ7654321"],
        "invalid": ["T1234567", "TK123456", "TK12345678"],
    },
    "residence_card": {"valid": ["AB12345678CD"], "invalid": ["AB1234567CD", "A12345678CD"]},
    "juminhyo_code": {"valid": ["12345678903", "98765432103"], "invalid": ["12345678904"]},
}
VALIDATORS: dict[str, Callable[[str], bool]] = {
    "my_number": my_number.is_valid,
    "corporate_number": corporate_number.is_valid,
    "credit_card": credit_card.is_valid,
    "imei": imei.is_valid,
    "iccid": iccid.is_valid,
    "insurer_number": health_insurance.is_valid,
    "invoice_registration": invoice_number.is_valid,
    "passport_number": passport.is_valid,
    "residence_card": residence_card.is_valid,
    "juminhyo_code": resident_code.is_valid,
}
#: Second lines of machine-readable zones, published by ICAO and by the Ministry of Foreign Affairs.
ZONES = ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", "XS12345673JPN7902206F3601316<<<<<<<<<<<<<<<6")


def _vectors() -> list[tuple[str, str, bool]]:
    path = SHARED / "vectors.json"
    source = json.loads(path.read_text("utf-8")) if path.exists() else INLINE
    return [
        (kind, row["n"] if isinstance(row, dict) else row, verdict == "valid")
        for kind in VALIDATORS
        for verdict in ("valid", "invalid")
        for row in source[kind][verdict]
        # A remark in brackets says what has to be done before the number is one.
        if isinstance(row, dict) or " (" not in row
    ]


@pytest.mark.parametrize(("kind", "written", "valid"), _vectors())
def test_an_example_number_is_judged_as_published(kind: str, written: str, valid: bool) -> None:
    assert VALIDATORS[kind](written) is valid


def test_the_labelled_numbers_of_the_corpus_are_judged_as_labelled() -> None:
    path = SHARED / "corpora" / "checksums.jsonl"
    if not path.exists():
        pytest.skip("no corpora beside this tree")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    judged = [row for row in rows if row["type"].lower() in VALIDATORS]
    wrong = [row["value"] for row in judged if VALIDATORS[row["type"].lower()](row["value"]) != row["valid"]]
    assert judged
    assert wrong == []


@given(body=st.text("0123456789", min_size=11, max_size=11), wrong=st.integers(1, 9))
def test_a_my_number_with_its_check_digit_is_valid_and_a_wrong_check_digit_is_not(
    body: str, wrong: int
) -> None:
    number = body + my_number.calc_check_digit(body)
    assert my_number.is_valid(number) is (len(set(number)) > 1)
    altered = number[:-1] + str((int(number[-1]) + wrong) % 10)
    assert not my_number.is_valid(altered)


@given(body=st.text("0123456789", min_size=12, max_size=12))
def test_a_corporate_number_carries_its_check_digit_in_front(body: str) -> None:
    assert corporate_number.is_valid(corporate_number.calc_check_digit(body) + body)


@given(body=st.text("0123456789", min_size=14, max_size=14))
def test_a_card_with_its_check_digit_is_valid(body: str) -> None:
    number = "4" + body
    assert credit_card.is_valid(number + credit_card.calc_check_digit(number))


def test_a_written_number_compacts_to_its_digits() -> None:
    for module in (my_number, corporate_number, credit_card):
        assert module.compact("１２３４－5678 90ー12") == "123456789012"


def test_a_recognizer_gives_the_digits_as_its_key() -> None:
    assert my_number.MyNumberRecognizer().keys("６２１４ ９８３２ ０２５７") == ("621498320257", None)
    assert credit_card.JpCreditCardRecognizer().keys("4111-1111-1111-1111") == ("4111111111111111", None)
    assert corporate_number.CorporateNumberRecognizer().keys("5-8356-7825-6246") == ("5835678256246", None)


@pytest.mark.parametrize(
    ("field", "digit"), [("XS1234567", "3"), ("790220", "6"), ("360131", "6"), ("L898902C3", "6")]
)
def test_a_field_of_a_zone_has_the_published_check_digit(field: str, digit: str) -> None:
    assert passport.calc_check_digit(field) == digit


@pytest.mark.parametrize("line", ZONES)
def test_a_zone_is_valid_until_a_digit_of_it_changes(line: str) -> None:
    assert passport.is_valid_mrz(line)
    checked = [place for place in range(44) if line[place].isdigit()]
    for place in checked:
        altered = line[:place] + str((int(line[place]) + 1) % 10) + line[place + 1 :]
        assert not passport.is_valid_mrz(altered), place


def test_an_empty_personal_number_may_carry_a_zero_or_nothing() -> None:
    assert passport.is_valid_mrz("XS12345673JPN7902206F3601316<<<<<<<<<<<<<<06")


@pytest.mark.parametrize(
    ("symbol", "number", "expected"),
    [
        ("10530", "12345671", ("058", "普通", "1234567")),
        ("11940", "1234561", ("198", "普通", "0123456")),
        ("01940", "123456", ("199", "当座", "0123456")),
        ("00190-1", "123456", ("019", "当座", "0123456")),
        ("20530", "12345671", None),
        ("10530", "12345672", None),
    ],
)
def test_a_post_bank_account_has_the_published_transfer_form(
    symbol: str, number: str, expected: tuple[str, str, str] | None
) -> None:
    assert bank_account.transfer_form(symbol, number) == expected


def test_a_post_bank_account_and_its_transfer_form_share_a_key() -> None:
    keys = bank_account.BankAccountRecognizer().keys
    assert keys("10530-12345671") == ("1053012345671", "1234567")
    assert keys("1234567") == ("1234567", None)
    assert keys("123456") == ("0123456", None)
    assert keys("10530") == (None, None)


@given(body=st.text("0123456789", min_size=14, max_size=14), wrong=st.integers(1, 9))
def test_an_imei_with_its_check_digit_is_valid_and_a_wrong_check_digit_is_not(body: str, wrong: int) -> None:
    number = body + imei.calc_check_digit(body)
    assert imei.is_valid(number)
    assert not imei.is_valid(body + str((int(number[-1]) + wrong) % 10))


@given(body=st.text("0123456789", min_size=7, max_size=7))
def test_an_insurers_number_with_its_check_digit_is_valid(body: str) -> None:
    assert health_insurance.is_valid(body + health_insurance.calc_check_digit(body))


@given(body=st.text("0123456789", min_size=10, max_size=10))
def test_a_resident_code_is_valid_with_the_check_digit_of_either_reading(body: str) -> None:
    assert all(resident_code.is_valid(body + digit) for digit in resident_code.calc_check_digits(body))


def test_imei_and_imeisv_of_one_device_share_a_key() -> None:
    keys = imei.ImeiRecognizer().keys
    assert keys("49-015420-323751-8")[0] == keys("4901542032375101")[0]
