"""個人番号カード: the My Number card, front and back."""

from __future__ import annotations

import re

from stdnum.jp import in_ as my_number

from detectors.ocr.kinds import fields
from detectors.ocr.kinds.kind import ABOUT, Form, Kind, has_birth, holds
from detectors.ocr.sheet import matching

TWELVE_DIGITS = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
#: Papers that quote numbers of licences and cards.
PAPERS = ("住民票", "世帯主", "源泉徴収", "申告書", "通知カード", "在留カード", "被保険者", "旅券")
_NUMBER = r"(?<![0-9])[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])"
_has_twelve = holds(TWELVE_DIGITS.pattern)


def _has_my_number(text: str) -> bool:
    return any(my_number.is_valid(match[0]) for match in TWELVE_DIGITS.finditer(text))


KINDS = (
    Kind(
        "my_number_card_front",
        words=(
            (0.45, ("個人番号カード",)),
            (0.2, ("電子証明書",)),
            (0.2, ("臓器提供",)),
            (0.1, ("セキュリティコード",)),
            (0.1, ("性別",)),
            (0.1, ("まで有効",)),
        ),
        signs=((0.15, has_birth), (0.1, holds(r"[市区町村]長$"))),
        vetoes=(*PAPERS, *ABOUT, "保険証"),
        anchor=has_birth,
        forms=(fields.NAME, fields.BIRTH_BY_FORM, fields.ADDRESS),
        portrait=True,
    ),
    Kind(
        "my_number_card_back",
        words=((0.1, ("氏名",)), (0.15, ("番号法", "コピー", "この面", "ICチップ"))),
        signs=(
            (0.35, holds(r"個人番号(?!カ[ー一]ド)")),
            (0.15, _has_twelve),
            (0.2, _has_my_number),
            (0.1, has_birth),
        ),
        vetoes=(*PAPERS, "住所", "電子証明書", "公安委員会"),
        anchor=_has_twelve,
        forms=(
            fields.NAME,
            fields.BIRTH_BY_FORM,
            Form("JP_MY_NUMBER", "個人番号", 0.6, re.compile(_NUMBER), matching(_NUMBER)),
        ),
        portrait=True,
    ),
)
