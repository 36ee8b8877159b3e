"""運転免許証: the driver's licence."""

from __future__ import annotations

import re

from detectors.jp import driver_license
from detectors.ocr.kinds import fields
from detectors.ocr.kinds.kind import Form, Kind, either, has_birth, holds
from detectors.ocr.kinds.my_number import PAPERS, TWELVE_DIGITS
from detectors.ocr.sheet import matching

#: Twelve digits, perhaps in groups.
NUMBER = r"(?<![0-9])[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])"
_has_framed_number = holds(r"第[0-9]{10,13}号?|[0-9]{12}号")


def _has_license_number(text: str) -> bool:
    return any(driver_license.is_valid(match[0]) for match in TWELVE_DIGITS.finditer(text))


KINDS = (
    Kind(
        "driver_license",
        words=(
            (0.3, ("運転免許証",)),
            (0.25, ("公安委員会",)),
            (0.15, ("条件等",)),
            (0.1, ("二・小・原", "二·小·原", "二種")),
            (0.1, ("準中型", "中型", "大特", "種類")),
            (0.1, ("交付",)),
            (0.1, ("まで有効",)),
        ),
        signs=((0.2, _has_framed_number), (0.2, _has_license_number), (0.1, has_birth)),
        vetoes=PAPERS,
        anchor=either(has_birth, _has_framed_number, _has_license_number),
        forms=(
            fields.NAME,
            fields.BIRTH_BY_FORM,
            fields.ADDRESS,
            Form("JP_DRIVER_LICENSE", "運転免許証番号", 0.6, re.compile(NUMBER), matching(NUMBER)),
        ),
        portrait=True,
    ),
)
