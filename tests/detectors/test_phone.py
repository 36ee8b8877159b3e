"""Telephone numbers against libphonenumber itself, the corpora, and the words beside them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import phonenumbers
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError

from detectors.jp.phone import JpPhoneRecognizer, is_valid, validate
from detectors.jp.phone_plan import Kind, area_length, kind
from detectors.recognizer import Match
from detectors.text import fold

CORPORA = Path(os.environ.get("MEIBO_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
RECOGNIZER = JpPhoneRecognizer()
GATE = re2.compile(RECOGNIZER.gate)


def found(text: str) -> list[Match]:
    return list(RECOGNIZER.find(text, fold(text)))


def score(text: str) -> float:
    return max((match.score for match in found(text)), default=0.0)


@settings(max_examples=500, deadline=None)
@given(national=st.from_regex(r"[1-9][0-9]{8,9}", fullmatch=True))
def test_the_plan_agrees_with_libphonenumber(national: str) -> None:
    parsed = phonenumbers.PhoneNumber(country_code=81, national_number=int(national))
    kinds = phonenumbers.PhoneNumberType
    # The old personal numbers (060 and six digits) are gone; the carrier codes 00… are no subscriber's.
    expected = (
        phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) != kinds.PERSONAL_NUMBER
    )
    assert (kind(national) is not None) == expected
    if expected:
        written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert f"{written}-".index("-") == 1 + area_length(national)


@settings(max_examples=300, deadline=None)
@given(
    tail=st.from_regex(r"[1-9][0-9]{7}", fullmatch=True),
    head=st.sampled_from(["060", "070", "080", "090"]),
    separator=st.sampled_from(["-", "‐", "−", "－", "ー", " ", "　", "の", ".", ""]),
    before=st.sampled_from(["", "は", "（", "携帯:", "\n", "、", "TEL"]),
    after=st.sampled_from(["", "です", "）", "\n", "、", "まで"]),
)
def test_a_mobile_number_is_found_in_every_spelling(
    head: str, tail: str, separator: str, before: str, after: str
) -> None:
    number = separator.join((head, tail[:4], tail[4:]))
    # Eleven digits that count up are a dummy.
    if (head + tail) in "01234567890123456789":
        return
    (match,) = found(before + number + after)
    assert (match.start, match.end) == (len(before), len(before) + len(number))
    assert match.score >= 0.5
    assert RECOGNIZER.keys(number) == (f"+81{head[1:]}{tail}", None)


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("03-3581-5471", "+81335815471"),
        ("+81 (0)3 3581 5471", "+81335815471"),
        ("(+81)90-1234-5678", "+819012345678"),
        ("81-90-1234-5678", "+819012345678"),
        ("9012345678", "+819012345678"),
        ("０１２０−４４４−４４４", "+81120444444"),
        ("+1 202-456-1111", "+12024561111"),
    ],
)
def test_one_number_has_one_key_however_written(written: str, e164: str) -> None:
    assert RECOGNIZER.keys(written) == (e164, None)


@pytest.mark.parametrize("written", ["011-123-4567", "03-123-4567", "", "電話", "0000000000"])
def test_what_no_plan_has_is_refused(written: str) -> None:
    assert not is_valid(written)
    with pytest.raises(ValidationError):
        validate(written)


@pytest.mark.parametrize(
    ("national", "use", "personal"),
    [
        ("120444444", Kind.TOLL_FREE, False),
        ("8001234567", Kind.TOLL_FREE, False),
        ("570012345", Kind.SHARED_COST, False),
        ("990512345", Kind.PREMIUM, False),
        ("2012345678", Kind.MACHINE, False),
        ("5012345678", Kind.IP, True),
        ("6012345678", Kind.MOBILE, True),
        ("335815471", Kind.FIXED, True),
    ],
)
def test_the_plan_tells_people_from_businesses(national: str, use: Kind, personal: bool) -> None:
    assert kind(national) is use
    (match,) = found(f"電話 0{national}")
    assert match.personal is personal


def test_a_label_raises_and_a_rival_label_lowers() -> None:
    assert score("090-1234-5678") >= 0.6
    assert score("携帯 090-1234-5678") >= 0.9
    assert score("09012345678") == pytest.approx(0.5)
    assert score("携帯電話番号：09012345678") >= 0.9
    assert score("注文番号 09012345678") <= 0.2
    assert score("0335815471") == pytest.approx(0.4)
    assert score("0312-34-5678") <= 0.4


def test_a_number_in_no_plan_is_low_alone_and_kept_beside_a_label() -> None:
    assert score("011-123-4567") <= 0.3
    assert score("電話 011-123-4567") == 0.5
    assert score("電話 03-123-4567") == 0.3
    assert not found("電話 011-123-4567")[0].checked


def test_a_lost_zero_is_evidence_for_a_column_and_nothing_in_a_sentence() -> None:
    (mobile,) = found("9012345678")
    assert mobile.checked and mobile.score == pytest.approx(0.2)
    assert [match.checked for match in found("335815471")] == [False]
    assert found("金額は9012345678です") == []


def test_a_short_code_is_nobodys_number() -> None:
    (match,) = found("緊急の電話は119番へ")
    assert not match.personal
    assert found("銀座110番地") == []


def test_the_corpora_are_read_with_the_precision_and_recall_asked_for() -> None:
    if not CORPORA.exists():
        pytest.skip("no corpora beside this tree")
    wanted_total = found_total = right = 0
    for text, wanted in _corpus():
        got = {(match.start, match.end) for match in found(text) if match.score >= 0.4}
        wanted_total, found_total, right = (
            wanted_total + len(wanted),
            found_total + len(got),
            right + len(got & wanted),
        )
    assert right / found_total >= 0.99
    assert right / wanted_total >= 0.97


def _corpus() -> list[tuple[str, set[tuple[int, int]]]]:
    cases = []
    for row in _rows("phones"):
        cases.append((row["text"], {(0, len(row["text"]))} if row["valid"] else set()))
    for name in ("biz_templated", "addr_in_records"):
        for row in _rows(name):
            cases.append((row["text"], {(s, e) for s, e, kind in row["spans"] if kind == "PHONE_NUMBER"}))
    return cases


def _rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (CORPORA / f"{name}.jsonl").read_text("utf-8").splitlines()]


@settings(deadline=None)
@given(
    st.sampled_from(["", "電話", "+", "00", "(+", "x", "5-"]),
    st.sampled_from(["81-", "81 ", "81- ", "81-(0)", "81 - "]),
    st.from_regex(r"[1-9](?:[-. ()の・ー]?[0-9]){5,10}", fullmatch=True),
)
def test_numbers_from_abroad_pass_the_gate(before: str, country: str, rest: str) -> None:
    folded = fold(before + country + rest)
    assert GATE.search(folded) or not list(RECOGNIZER.find(folded, folded))


def test_block_numbers_do_not_pass_the_gate() -> None:
    assert not GATE.search("東京都港区芝81-12-1")
    assert GATE.search("電話81-3-5463-8210")
