"""Paths, sheet and column names: personal spans become tags, everything else stays. Persons are invented."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from pipelines.keys import KeyRing
from pipelines.places import _mask_step, mask_place, prepare, unmasked


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


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("mail/taro_yamada@example.co.jp/INBOX", "mail/‹EMAIL_ADDRESS›/INBOX"),
        ("account/yamada_taro.0101@example.jp", "account/‹EMAIL_ADDRESS›"),
        ("Taro_Yamada.pdf", "‹PERSON›.pdf"),
        ("cv_Taro_Yamada_2026.pdf", "cv_‹PERSON›_2026.pdf"),
        ("yamada_taro_履歴書.pdf", "‹PERSON›_履歴書.pdf"),
        ("main.hanako_suzuki", "main.‹PERSON›"),
        ("佐藤_見積.xlsx", "‹PERSON›_見積.xlsx"),
        ("顧客/田中/契約.pdf", "顧客/‹PERSON›/契約.pdf"),
        ("契約(鈴木)", "契約(‹PERSON›)"),
        ("山田-太郎.pdf", "‹PERSON›.pdf"),
        ("山田.太郎.pdf", "‹PERSON›.pdf"),
    ],
)
def test_names_are_masked_whatever_stands_between_their_words(place: str, shown: str, key: KeyRing) -> None:
    assert re.sub(" [0-9a-f]{12}›", "›", mask_place(place, key)) == shown


@pytest.mark.parametrize(
    "place",
    [
        "FROM_DATE", "To_Date", "cho_kana", "order_history.sql", "main.customer_master", "2026-04-01_report.pdf",
        "支店/福島/売上.csv", "東京-大阪.xlsx", "売上 100%_2026.xlsx", "R&D_list-a", "Ä_Übersicht.csv", "ﾃﾞｰﾀ.csv",
    ],
)  # fmt: skip
def test_words_that_are_no_names_stay(place: str, key: KeyRing) -> None:
    assert mask_place(place, key) == place


@pytest.mark.parametrize(
    "written",
    [
        quote("山田太郎様_解約"),
        quote("taro.yamada@example.co.jp"),
        quote("山田太郎様".encode("cp932")),
        "&XHF1MFkqkM5p2A-",
        "=?UTF-8?B?5bGx55Sw5aSq6YOO5qeY?=",
        "=?ISO-2022-JP?B?GyRCOzNFREJATzpNTRsoQg==?=",
        r"\u5c71\u7530\u592a\u90ce様",
        r"\xbb\xb3\xc5\xc4\xc2\xc0\xcf\xba\xcd\xcd",
        "#U5c71#U7530#U592a#U90ce様",
        "&#23665;&#30000;&#22826;&#37070;様",
        "山田太郎様".encode("cp932").decode("cp437"),
        "山田太郎様".encode().decode("latin-1"),
        "勅使河原健太郎様".encode("euc_jp").decode("cp932"),
    ],
)
def test_a_name_in_another_encoding_is_masked_as_a_whole(written: str, key: KeyRing) -> None:
    masked = mask_place(f"share/{written}.pdf", key)
    assert re.fullmatch(r"share/‹[A-Z_]+ [0-9a-f]{12}›", masked)
    assert masked != mask_place(f"share/{written}_2.pdf", key)
    assert mask_place(masked, key) == masked
    assert unmasked(masked).fullmatch(f"share/{written}.pdf")


def test_what_is_looked_at_together_is_masked_alike(key: KeyRing) -> None:
    places = [
        "佐藤_見積.xlsx",
        "b/Taro_Yamada.pdf",
        quote("山田太郎様"),
        "a_b@example.jp",
        "x1/佐藤_b@example.jp",
    ]
    alone = [mask_place(each, key) for each in places]
    _mask_step.cache_clear()
    prepare(places, key)
    assert [mask_place(each, key) for each in places] == alone
