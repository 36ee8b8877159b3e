"""Published example numbers, and what one wrong digit does to them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.jp import corporate_number, credit_card, my_number

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
}
VALIDATORS: dict[str, Callable[[str], bool]] = {
    "my_number": my_number.is_valid,
    "corporate_number": corporate_number.is_valid,
    "credit_card": credit_card.is_valid,
}


def _vectors() -> list[tuple[str, str, bool]]:
    path = SHARED / "vectors.json"
    source = json.loads(path.read_text("utf-8")) if path.exists() else INLINE
    return [
        (kind, row["n"] if isinstance(row, dict) else row, verdict == "valid")
        for kind in VALIDATORS
        for verdict in ("valid", "invalid")
        for row in source[kind][verdict]
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


@given(
    body=st.text("0123456789", min_size=11, max_size=11), wrong=st.integers(1, 9), place=st.integers(0, 11)
)
def test_a_my_number_with_its_check_digit_is_valid_and_a_wrong_check_digit_is_not(
    body: str, wrong: int, place: int
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
    assert credit_card.CreditCardRecognizer().keys("4111-1111-1111-1111") == ("4111111111111111", None)
    assert corporate_number.CorporateNumberRecognizer().keys("5-8356-7825-6246") == ("5835678256246", None)
