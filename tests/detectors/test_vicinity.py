"""Labels near a number: own, rival, nearest, and how far they reach."""

from __future__ import annotations

import pytest

from detectors.jp.vicinity import LIST_REACH, REACH, Context, Vicinity

MY_NUMBER = Vicinity("個人番号|マイナンバー")
NUMBER = "621498320257"


def judge(text: str) -> Context:
    start = text.rindex(NUMBER)
    return MY_NUMBER.judge(text, start, start + len(NUMBER))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (NUMBER, Context.NONE),
        (f"番号は{NUMBER}です", Context.NONE),
        (f"個人番号 {NUMBER}", Context.OWN),
        (f"{NUMBER}(マイナンバー)", Context.OWN),
        (f"伝票番号 {NUMBER}(マイナンバー)", Context.OWN),
        (f"{NUMBER} マイナンバー: 301661318600", Context.NONE),
        (f"マイナンバーカードの受付番号 {NUMBER}", Context.RIVAL),
        (f"マイナンバーカードの番号 {NUMBER}", Context.OWN),
        (f"マイナンバーカード番号: {NUMBER}", Context.OWN),
        (f"マイナンバー No. {NUMBER}", Context.OWN),
        (f"受付番号 12 個人番号 {NUMBER}", Context.OWN),
        (f"伝票番号 301661318600、{NUMBER}", Context.RIVAL),
        (f"伝票番号 12 の荷主は {NUMBER}", Context.NONE),
        (f"No.{NUMBER}", Context.RIVAL),
        (f"https://example.jp/orders/{NUMBER}", Context.RIVAL),
        (f"個人番号={NUMBER}", Context.OWN),
    ],
)
def test_the_nearest_label_that_belongs_to_the_value_decides(text: str, verdict: Context) -> None:
    assert judge(text) is verdict


def test_a_label_out_of_reach_says_nothing() -> None:
    assert judge("個人番号" + "　" * REACH + NUMBER) is Context.OWN
    assert judge("個人番号" + "　" * (REACH + 1) + NUMBER) is Context.NONE
    assert judge("伝票番号" + " " * (LIST_REACH + 1) + NUMBER) is Context.NONE
