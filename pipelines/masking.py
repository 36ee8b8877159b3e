"""Masked samples: enough for a colleague to recognise what was found, too little to be the value.

At most a third of what tells a value from others is shown, of a name its first character, and never a shape a
recognizer would take for a value again: the prefix of mobile numbers tells nothing. What is shown per type
follows what Japanese offices print on slips: the end of a phone number, the first letter of an address, the family
name's first character, the prefecture and city.

>>> mask("PHONE_NUMBER", "090-1234-5678")
'090-****-**78'
>>> mask("EMAIL_ADDRESS", "taro.yamada@example.jp")
't***@e***.jp'
>>> mask("PERSON", "山田 太郎")
'山*'
>>> mask("JP_ADDRESS", "東京都千代田区丸の内一丁目1番1号 丸の内ハイツ301")
'東京都千代田区＊'
>>> mask("JP_MY_NUMBER", "1234 5678 9018")
'**********18'
>>> mask("JP_SPECIAL_CARE", "通院中")
''
"""

from __future__ import annotations

import re
from collections.abc import Callable

from detectors.text import fold

_CITY = re.compile(
    r"(?P<prefecture>北海道|東京都|(?:京都|大阪)府|[一-龥]{2,3}県)?"
    r"(?P<city>[一-龥ぁ-んァ-ヶ々]{1,6}?(?:市(?!市)|区|町|村|郡))?"
)


def mask(entity_type: str, value: str) -> str:
    """Return the masked sample of one value; "" where even a sample would say too much."""
    text = fold(value).strip()
    if entity_type in UNSHOWN:
        return ""
    if len(text) < 2:
        return "*"
    return MASKS.get(entity_type, _mask_identifier)(text)


def _mask_phone(text: str) -> str:
    """Keep a mobile or toll-free prefix and the last two digits: 090-****-**78; else only the last two."""
    digits = _digits(text)
    if len(digits) == 11 and digits.startswith("0"):
        return f"{digits[:3]}-****-**{digits[-2:]}" if digits[1:3] in _PREFIXES else f"*********{digits[-2:]}"
    return _mask_identifier(text)


def _mask_email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    host, dot, top = domain.rpartition(".")
    # Two of six characters are the third that may be shown; the country or generic domain is no secret.
    if not (at and dot and local and host) or len(local) + len(host) < 6 or not _TOP.fullmatch(top):
        return "***"
    return f"{_first(local)}***@{_first(host)}***.{top}"


def _mask_name(text: str) -> str:
    return f"{text[0]}*" if text[0].isalpha() else "*"


def _mask_address(text: str) -> str:
    """Keep prefecture and city while they are at most a third of the address or hold no more than a region."""
    found = _CITY.match(text)
    shown = found.group() if found else ""
    prefecture = found.group("prefecture") or "" if found else ""
    rest = len(text) - len(shown)
    if rest < 1 or len(shown) > len(text) * 2 / 3:
        shown = prefecture if len(prefecture) * 3 <= len(text) else ""
    return f"{shown}＊"


def _mask_identifier(text: str) -> str:
    """Keep the last two digits (letters and signs become *), of six or more characters."""
    plain = [char for char in text if char.isalnum()]
    tail = "".join(plain[-2:])
    if len(plain) < 6 or not (tail.isascii() and tail.isdigit()):
        return "*" * min(len(plain), 12) or "*"
    return "*" * (min(len(plain), 16) - 2) + tail


def _mask_whole(text: str) -> str:
    return "*" * min(len(text), 12)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isdigit())


def _first(text: str) -> str:
    return text[0] if text[0].isascii() and text[0].isalnum() else "*"


_PREFIXES = frozenset({"20", "50", "60", "70", "80", "90"})
_TOP = re.compile(r"[A-Za-z]{2,6}")

#: Types of which only place and count are kept: neither key nor sample.
UNSHOWN = frozenset({"JP_SPECIAL_CARE"})

#: How each type is masked; every other type by its last two digits.
MASKS: dict[str, Callable[[str], str]] = {
    "PHONE_NUMBER": _mask_phone,
    "EMAIL_ADDRESS": _mask_email,
    "PERSON": _mask_name,
    "JP_ADDRESS": _mask_address,
    "DATE_OF_BIRTH": _mask_whole,
    "AGE": _mask_whole,
    "EMPLOYMENT_HISTORY": _mask_whole,
    "RELATIONSHIP": _mask_whole,
    "SOCIAL_ACCOUNT": _mask_whole,
    "FACE": _mask_whole,
}
