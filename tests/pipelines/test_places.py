"""Paths, sheet and column names: personal spans become tags, everything else stays. Persons are invented."""

from __future__ import annotations

import pytest

from pipelines.keys import KeyRing
from pipelines.places import mask_place


@pytest.mark.parametrize(
    "place",
    [
        "public.orders",
        "share/t01_customers.csv",
        "氏名",
        "電話番号",
        "店舗別売上.xlsx#2026年度",
        "column_1",
        "",
    ],
)
def test_places_without_personal_data_stay(place: str, key: KeyRing) -> None:
    assert mask_place(place, key) == place


@pytest.mark.parametrize(
    ("place", "value", "kind"),
    [
        ("解約/山田太郎様_解約届.pdf", "山田太郎", "PERSON"),
        ("share/090-1234-5678.txt", "090-1234-5678", "PHONE_NUMBER"),
        ("mail/taro.yamada@example.jp/inbox", "taro.yamada@example.jp", "EMAIL_ADDRESS"),
    ],
)
def test_personal_spans_become_tags(place: str, value: str, kind: str, key: KeyRing) -> None:
    masked = mask_place(place, key)
    assert value not in masked
    before, _, after = place.partition(value)
    assert masked.startswith(f"{before}‹{kind} ") and masked.endswith(after)


def test_a_family_name_no_dictionary_has_is_masked_with_the_given_name(key: KeyRing) -> None:
    for place in ("大豆生田 由美子様.pdf", "大豆生田_由美子様.pdf", "大豆生田由美子様.pdf"):
        assert mask_place(place, key).startswith("‹PERSON ")
    assert "山田" not in mask_place("山田様、花子様、山田 花子様", key)


def test_two_people_stay_two_places_and_one_person_one(key: KeyRing) -> None:
    first, second = (mask_place(f"090-1234-567{digit}.txt", key) for digit in "89")
    assert first != second
    assert mask_place("090-1234-5678.txt", key) == first
    assert mask_place("090-1234-5678.txt", KeyRing(b"another secret of the tests")) != first


def test_a_masked_place_stays_as_it_is(key: KeyRing) -> None:
    once = mask_place("顧客/山田太郎様/090-1234-5678.txt", key)
    assert mask_place(once, key) == once
