"""Half-width kana, selectors of variants, invisible signs: found as without them, placed where they stand."""

from __future__ import annotations

import pyarrow as pa
import pytest

from detectors import build_analyzer, scan_batch
from detectors.context.special_care import kind_of
from detectors.dense import Reading, dense
from detectors.pieces import MANY
from detectors.registry import find_entities
from detectors.text import fold


def found(text: str, entity_type: str) -> list[str]:
    return [
        text[each.start : each.end]
        for each in find_entities(text)
        if each.entity_type == entity_type and each.score >= 0.4
    ]


@pytest.mark.parametrize(
    ("text", "entity_type", "value"),
    [
        ("在留ｶｰﾄﾞ番号 AB12345678CD", "JP_RESIDENCE_CARD", "AB12345678CD"),
        ("住民票ｺｰﾄﾞ：12345678903", "JP_RESIDENT_CODE", "12345678903"),
        ("ﾊﾟｽﾎﾟｰﾄNo. tk1234567", "JP_PASSPORT", "tk1234567"),
        ("会員ﾅﾝﾊﾞｰ：A-00123 様", "PERSONAL_ID", "A-00123"),
        ("東京都新宿区西新宿2-8-1 ｺｰﾎﾟ西新宿 505", "JP_ADDRESS", "東京都新宿区西新宿2-8-1 ｺｰﾎﾟ西新宿 505"),
        ("住所 東京都葛\U000e0100飾区立石5-13-1 です", "JP_ADDRESS", "東京都葛\U000e0100飾区立石5-13-1"),
        ("担当 辻\U000e0100 花子様", "PERSON", "辻\U000e0100 花子"),
        ("電話 090-\u200b3382-1175", "PHONE_NUMBER", "090-\u200b3382-1175"),
        ("\u202a090-3382-1175\u202c に連絡", "PHONE_NUMBER", "090-3382-1175"),
        ("😀𠮷田様はﾍﾙﾆｱで入院された😀", "JP_SPECIAL_CARE", "ﾍﾙﾆｱで入院された"),
        ("ﾒｰﾙ:taro@example.jp\ufeff", "EMAIL_ADDRESS", "taro@example.jp"),
    ],
)
def test_a_value_is_found_through_signs_without_a_form_of_one_letter(
    text: str, entity_type: str, value: str
) -> None:
    assert found(text, entity_type) == [value]


@pytest.mark.parametrize("text", ["注文ｺｰﾄﾞ AB12345678CD", "商品ﾅﾝﾊﾞｰ 12345678903", "ﾎﾟｲﾝﾄ番号 621498320257"])
def test_other_labels_in_half_width_kana_announce_nothing(text: str) -> None:
    assert not [each for each in find_entities(text) if each.score >= 0.4]


def test_a_cell_of_nothing_but_half_width_kana_is_read_as_it_is() -> None:
    assert dense("ﾔﾏﾀﾞ ﾀﾛｳ") == ("ﾔﾏﾀﾞ ﾀﾛｳ", None)
    assert found("ﾔﾏﾀﾞ ﾀﾛｳ", "PERSON") == ["ﾔﾏﾀﾞ ﾀﾛｳ"]


def test_texts_without_loose_signs_are_read_folded() -> None:
    reading = Reading.of(["０９０", "山田"])
    assert (reading.texts, reading.offsets) == (["090", "山田"], {})


def test_a_column_finds_what_the_engine_finds_in_each_of_its_cells() -> None:
    cells = [f"東京都新宿区西新宿2-8-{n} ｺｰﾎﾟ{n}号室" for n in range(1, MANY + 2)]
    cells += [f"東京都新宿区西新宿2-8-{n}" for n in range(1, MANY + 2)]
    cells += [f"ﾔﾏﾀﾞ ﾀﾛｳ{'ｳ' * (n % 3)}" for n in range(MANY)] + [
        f"在留ｶｰﾄﾞ AB123456{n:02}CD" for n in range(MANY)
    ]
    batch = pa.RecordBatch.from_arrays([pa.array(cells)], names=["c"])
    rows = scan_batch(batch, occurrences="all").findings.to_pylist()
    engine = build_analyzer()
    for at in range(0, len(cells), 7):
        alone = {(r.start, r.end, r.entity_type) for r in engine.analyze(cells[at], "ja")}
        assert {(r["start"], r["end"], r["entity_type"]) for r in rows if r["row"] == at} == alone, cells[at]


def test_the_kind_of_a_statement_is_told_through_half_width_kana() -> None:
    text = "ﾔﾏﾀﾞ様はﾍﾙﾆｱで入院された"
    (start, end) = next((e.start, e.end) for e in find_entities(text) if e.entity_type == "JP_SPECIAL_CARE")
    assert kind_of(text, start, end) == "病歴"
    assert len(fold(text)) == len(text)
