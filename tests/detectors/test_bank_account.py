"""Bank accounts: a bank and a branch that exist weigh more, one that is not in the list says nothing."""

from __future__ import annotations

import pytest

from detectors.jp.bank_account import KNOWN, BankAccountRecognizer
from detectors.jp.banks import is_known


def matches(text: str) -> list[tuple[str, float, bool]]:
    return [(text[m.start : m.end], m.score, m.checked) for m in BankAccountRecognizer().find(text, text)]


@pytest.mark.parametrize(
    "place",
    [
        "みずほ銀行 新宿支店",
        "三菱UFJ銀行新宿支店",
        "給与振込先：みずほ銀行新宿支店",
        "旭川信用金庫 本店",
        "ゆうちょ銀行 〇五八店",
        "みずほ銀行,新宿支店,",
        "金融機関コード 0001 支店コード 240",
    ],
)
def test_an_account_at_a_branch_that_exists_is_as_good_as_checked(place: str) -> None:
    assert matches(f"{place} 普通 1234567") == [("1234567", KNOWN, True)]


@pytest.mark.parametrize("place", ["みずほ銀行 架空支店", "山川銀行 新宿支店", "ゆうちょ銀行 一九八店"])
def test_a_bank_or_branch_that_is_not_in_the_list_keeps_its_score(place: str) -> None:
    assert matches(f"{place} 普通 1234567") == [("1234567", 0.85, False)]


def test_codes_of_bank_and_branch_in_one_with_the_account_are_looked_up() -> None:
    assert matches("0001-240-1234567") == [("1234567", 0.6, True)]
    assert matches("口座番号 0001-240-1234567") == [("1234567", KNOWN, True)]
    assert matches("0100-999-1234567") == []


def test_a_bank_is_known_by_its_name_at_length_or_short_and_by_its_code() -> None:
    assert is_known("みずほ", "新宿") and is_known("みずほ銀行", "新宿支店") and is_known("0001", "240")
    assert not is_known("", "新宿支店") and not is_known("みずほ銀行", "")
