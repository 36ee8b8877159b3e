"""Member, customer, employee, student and patient numbers: whatever stands behind such a label.

Every organisation makes its own, so there is no format to recognise: only the label beside the value, or the
header above the column (`detectors.columns`), tells. The value is 3–20 letters and digits with at least one
digit, perhaps in groups.

>>> [m[0] for m in _CANDIDATE.finditer("社員番号: E-00123、会員番号は８桁です")]
['社員番号: E-00123']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.recognizer import Match, Recognizer

_JAPANESE = (
    r"(?:会員|メンバー|社員|従業員|職員|スタッフ|学籍|学生|生徒|児童|受験|患者|診察券|カルテ|お?客様|顧客|ユーザー?|"
    r"契約者|組合員|利用者|加入者|登録者|申請者|入居者|組員|隊員)"
    r"(?:カード)?[ _]?(?:管理)?(?:番号|ID|コード|ナンバー|No(?![a-z])\.?|NO(?![A-Z])\.?|№|#)"
    r"|(?:学籍|診察券|カルテ)(?=[:])"
)
_ENGLISH = (
    r"(?<![A-Za-z])(?i:(?:member(?:ship)?|employee|staff|student|patient|customer|client|subscriber|user)"
    r"[ _-]?(?:id|no(?![a-z])\.?|number|code|#))(?![A-Za-z])"
)
_CANDIDATE = re.compile(
    rf"(?:{_JAPANESE}|{_ENGLISH})[ \t]?(?:\([^()\n]{{1,10}}\))?"
    r"[ \t\n]?(?:は|が|[:=|>」\]】→]|is )?[ \t]{0,2}[「『(\[\"'<#]?"
    r"(?P<value>(?=[A-Za-z_-]{0,10}[0-9])[A-Za-z0-9]{1,20}(?:[-_][A-Za-z0-9]{1,10}){0,4})"
    r"(?![A-Za-z0-9_@-])(?! ?(?:桁|文字|年|月|円|名|人|個|件|%|回|つ|番目|種類))(?![.][A-Za-z0-9])"
)
_SHORTEST, _LONGEST = 3, 24


class PersonalIdRecognizer(Recognizer):
    """The value behind a label of a member, employee, student or patient number."""

    entity_type = "PERSONAL_ID"
    version = "1"
    gate = (
        r"番号|コード|ナンバー|№|#|学籍|診察券|カルテ|ID|NO|No"
        r"|(?i:(?:member|membership|employee|staff|student|patient|customer|client|subscriber|user)"
        r"[ _-]?(?:id|no|num|code))"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield the value, without its label."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span("value")
            if _SHORTEST <= end - start <= _LONGEST:
                yield Match(start, end, 0.7, self.entity_type)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The number folded and in upper case; without its separators as the alternative."""
        key, _ = super().keys(value)
        if key is None:
            return None, None
        key = key.upper()
        return key, re.sub(r"[-_ ]", "", key) or None
