"""Value keys: one value has one key, however it is written."""

from __future__ import annotations

import pytest

from pipelines.seal import Sealer
from tests.pipelines.scans import KEYS


@pytest.mark.parametrize(
    ("entity_type", "written", "also"),
    [
        ("PERSON", "ヤマダ タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
        ("JP_ADDRESS", "東京都葛飾区亀有3-1-2 コーポ亀有201", "東京都葛\U000e0101飾区亀有3-1-2 ｺｰﾎﾟ亀有201"),
        ("EMAIL_ADDRESS", "taro@example.jp", "taro@\u200bexample.jp"),
        ("JP_LICENSE_PLATE", "品川300さ1234", "品川\ufe0f300さ1234"),
    ],
)
def test_half_width_kana_and_invisible_signs_make_no_other_key(
    entity_type: str, written: str, also: str
) -> None:
    assert Sealer(KEYS).keys(entity_type, written) == Sealer(KEYS).keys(entity_type, also)


def test_different_values_and_types_have_different_keys() -> None:
    sealer = Sealer(KEYS)
    given = [("PERSON", "山田 太郎"), ("PERSON", "山田 花子"), ("PHONE_NUMBER", "03-1234-5678"),
             ("PERSONAL_ID", "03-1234-5678")]  # fmt: skip
    assert len({sealer.keys(*each)[0] for each in given}) == len(given)
    assert sealer.keys("JP_SPECIAL_CARE", "糖尿病") == (None, None)
