"""基礎年金番号通知書 and 年金手帳: the papers that show a 基礎年金番号 (the handbook until March 2022)."""

from __future__ import annotations

import re

from detectors.ocr.kinds import fields
from detectors.ocr.kinds.kind import ABOUT, DAY, Form, Kind, every, holds
from detectors.ocr.sheet import labelled, matching

_NUMBER = r"(?<![0-9])[0-9]{4} ?[-ーｰ] ?[0-9]{6}(?![0-9])"
_has_number = holds(r"(?<![0-9])[0-9]{4}[-ーｰ][0-9]{6}(?![0-9])")
_has_day = holds(DAY.replace(r"\s*", ""))

KINDS = (
    Kind(
        "pension_number_card",
        words=(
            (0.35, ("基礎年金番号通知書", "年金手帳")),
            (0.15, ("基礎年金番号",)),
            (0.15, ("日本年金機構", "社会保険庁")),
            (0.1, ("厚生労働大臣", "厚生年金保険の記号番号", "国民年金の記号番号")),
            (0.05, ("生年月日",)),
        ),
        signs=((0.2, _has_number),),
        vetoes=(
            *ABOUT, "届書", "ねんきん定期便", "源泉徴収", "個人番号", "振込", "年金証書", "事業所名",
            "再発行", "賃金", "受給",
        ),
        anchor=every(_has_number, _has_day),
        forms=(
            Form("JP_PENSION_NUMBER", "基礎年金番号", 0.7, re.compile(_NUMBER), matching(_NUMBER)),
            fields.NAME,
            Form(
                "DATE_OF_BIRTH", "生年月日", 0.8, fields.ANYTHING, labelled(r"生\s*年\s*月\s*日", DAY),
            ),
        ),
    ),
)  # fmt: skip
