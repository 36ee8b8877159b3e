"""在留カード and 特別永住者証明書: the cards of foreign residents."""

from __future__ import annotations

import re

from detectors.ocr.kinds import fields
from detectors.ocr.kinds.kind import ABOUT, DAY, Form, Kind, every, holds, printed
from detectors.ocr.sheet import matching

_NUMBER = r"(?<![A-Z0-9])[A-Z]{2} ?[0-9]{8} ?[A-Z]{2}(?![A-Z0-9])"
#: Labels glue to the number and to one another where the print is dense: only what follows is looked at.
_has_number = holds(r"[A-Z]{2}[0-9]{8}[A-Z]{2}(?![A-Z0-9])")
_has_days = holds(DAY.replace(r"\s*", ""), 2)
_ABOUT = (
    *ABOUT,
    "届書",
    "失効情報照会",
    "読取アプリ",
    "偽変造",
    "見分け方",
    "雇用契約",
    "入社",
    "確認してください",
)

#: What the card says of itself; lists of employees have its number and days, too.
_is_issued = printed(
    "日本国政府", "GOVERNMENTOFJAPAN", "出入国在留管理庁長官", "法務大臣", "このカードは", "この証明書は"
)

_FORMS = (
    Form("JP_RESIDENCE_CARD", "在留カード番号", 0.8, re.compile(_NUMBER), matching(_NUMBER)),
    fields.NAME_TWICE,
    fields.BIRTH_BY_LABEL,
    fields.ADDRESS,
)

KINDS = (
    Kind(
        "residence_card",
        words=(
            (0.25, ("在留カード", "RESIDENCECARD")),
            (0.1, ("日本国政府", "GOVERNMENTOFJAPAN")),
            (0.1, ("国籍・地域", "国籍·地域", "NATIONALITY")),
            (0.1, ("住居地",)),
            (0.1, ("在留資格",)),
            (0.1, ("就労制限",)),
            (0.1, ("在留期間",)),
            (0.1, ("このカードは",)),
            (0.1, ("出入国在留管理庁長官", "法務大臣")),
        ),
        signs=((0.25, _has_number),),
        vetoes=(*_ABOUT, "特別永住者証明書"),
        anchor=every(_has_number, _has_days, _is_issued),
        forms=_FORMS,
        portrait=True,
    ),
    Kind(
        "special_permanent_resident_certificate",
        words=(
            (0.4, ("特別永住者証明書", "SPECIALPERMANENTRESIDENT")),
            (0.1, ("日本国政府", "GOVERNMENTOFJAPAN")),
            (0.1, ("国籍・地域", "国籍·地域", "NATIONALITY")),
            (0.1, ("住居地",)),
            (0.1, ("この証明書は",)),
            (0.1, ("出入国在留管理庁長官", "法務大臣")),
        ),
        signs=((0.25, _has_number),),
        vetoes=(*_ABOUT, "在留カード"),
        anchor=every(_has_number, _has_days, _is_issued),
        forms=_FORMS,
        portrait=True,
    ),
)
