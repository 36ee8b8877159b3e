"""Folding keeps lengths, settles in one pass, and shrugs at what no codec likes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text import FOLDED, HYPHENS, VARIANTS, condense, fold

ANY_TEXT = st.text(st.characters(exclude_categories=()))
LOOSE_TEXT = st.text(st.sampled_from("ﾀﾞﾊﾟｰ｡ｦか\u3099は\u309aゝ辺\U000e0100\ufe00\u200b a\ud800山"))


@given(ANY_TEXT)
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(ANY_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT, ANY_TEXT)
def test_folding_looks_at_one_code_point_at_a_time(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_text_without_a_foldable_character_stays_as_it_is(text: str) -> None:
    assert (not FOLDED.isdisjoint(text)) == (fold(text) != text)


def test_no_variant_folds_to_another_variant() -> None:
    assert not set(VARIANTS) & set(VARIANTS.values())
    assert all(len(variant) == len(plain) == 1 for variant, plain in VARIANTS.items())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("𠮷田", "吉田"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("濵田", "浜田"),
        ("齋藤", "斎藤"),
        ("德子", "徳子"),
        ("和彥", "和彦"),
        ("⾼⽥", "高田"),
        ("⻑⻄", "長西"),
        ("\uf9c4", "竜"),  # a compatibility ideograph whose plain form is itself a variant
        ("ＡＢＣ１２３", "ABC123"),
        ("山田　様", "山田 様"),
    ],
)
def test_a_written_form_folds_to_the_ordinary_one(written: str, plain: str) -> None:
    assert fold(written) == plain


def test_every_hyphen_folds_to_the_ascii_one() -> None:
    assert set(fold(HYPHENS)) == {"-"}


@pytest.mark.parametrize("mark", ["\U000e0100", "\ufe00", "\ud800", "\udfff"])
def test_selectors_and_lone_surrogates_stay_in_place(mark: str) -> None:
    assert fold(f"髙{mark}橋") == f"高{mark}橋"


def test_surnames_of_their_own_are_not_merged() -> None:
    assert len({fold(name) for name in ("斎藤", "斉藤")}) == 2


@given(LOOSE_TEXT)
def test_condensed_offsets_rise_and_end_with_the_text(text: str) -> None:
    dense, offsets = condense(text)
    if offsets is None:
        assert dense == text
    else:
        assert len(offsets) == len(dense) + 1
        assert offsets == sorted(set(offsets))
        assert offsets[-1] == len(text)


@given(LOOSE_TEXT)
def test_condensing_twice_is_condensing_once(text: str) -> None:
    dense, _ = condense(text)
    assert condense(dense)[0] == dense


def test_condensing_composes_kana_and_drops_what_is_invisible() -> None:
    assert condense("ﾔﾏﾀﾞ ﾀﾛｳ") == ("ヤマダ タロウ", [0, 1, 2, 4, 5, 6, 7, 8])
    assert condense(unicodedata.normalize("NFD", "がぱ"))[0] == "がぱ"
    assert condense("渡辺\U000e0100様") == ("渡辺様", [0, 1, 3, 4])
    assert condense("山田") == ("山田", None)
