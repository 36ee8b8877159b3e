"""旅券番号 (passport number), as printed and in the machine-readable zone.

A Japanese passport has two letters and seven digits; the first letter is T for the one of ten years and M for the
one of five. It has no check digit, changes with each issue and is an 個人識別符号; a foreign
passport's number is one too. The machine-readable zone (ICAO Doc 9303 part 4, TD3) is two lines of 44 characters;
the second holds number and check digit, nationality, birth, sex, expiry, a personal number and a composite check.
Check digits: weights 7 3 1 over 0–9, A = 10 … Z = 35, ``<`` = 0, modulo 10. The span is the number alone.

>>> validate("ＴＫ１２３４５６７")
'TK1234567'
>>> validate("T1234567")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidFormat: The number has an invalid format.
>>> calc_check_digit("XS1234567")
'3'
>>> is_valid_mrz("XS12345673JPN7902206F3601316<<<<<<<<<<<<<<<6")
True
>>> is_valid_mrz("XS12345683JPN7902206F3601316<<<<<<<<<<<<<<<6")
False
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.exceptions import InvalidFormat, ValidationError

from detectors.jp.digits import APART_AFTER, APART_BEFORE
from detectors.jp.vicinity import Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

#: First letters of ordinary passports: ten years, five years.
_ORDINARY = ("T", "M")
_NUMBER = re.compile(rf"{APART_BEFORE}(?:[A-Z]{{2}}|[a-z]{{2}}) ?[0-9]{{7}}{APART_AFTER}")
_SECOND_LINE = re.compile(
    r"(?<![A-Z0-9<])(?P<number>[A-Z0-9]{5,9})<{0,4}(?<=(?<![A-Z0-9<])[A-Z0-9<]{9})[0-9][A-Z]{1,3}<{0,2}"
    r"[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}[0-9<][0-9](?![A-Z0-9<])"
)
_VICINITY = Vicinity(
    r"(?:旅券|パスポート|ﾊﾟｽﾎﾟｰﾄ)(?:の?(?:番号| ?No(?![a-z])\.?| ?NO(?![A-Z])\.?|ナンバー))?"
    r"|(?<![A-Za-z])(?i:passport)(?:[ _-]?(?i:no(?![a-z])\.?|number|#))?"
)
#: Forms of other countries' passports (E12345678, M123A4567, P1234567A, 123456789), behind the full label only.
_ABROAD = re.compile(
    r"(?:(?:旅券|パスポート|ﾊﾟｽﾎﾟｰﾄ)の? ?(?:番号|No(?![a-z])\.?|NO(?![A-Z])\.?|ナンバー)"
    r"|(?<![A-Za-z])(?i:passport)[ _-]?(?i:no(?![a-z])\.?|number|#))"
    r"[ \t]?(?:\([^()\n]{1,10}\))?[ \t\n]?(?:は|[\"'] ?:|[:=|>」\]】→、])?[ \t]{0,2}[「『(\[\"']?"
    r"(?P<value>[A-Z](?:[0-9]{7,8}|[0-9]{7}[A-Z]|[0-9]{3}[A-Z][0-9]{4})|[0-9]{9})"
    r"(?![0-9A-Za-z])(?![-ーｰ.][0-9A-Za-z])"
)
#: Places of line 2 (from 0) and where the check digit of each stands; the composite covers all three ranges.
_FIELDS = (((0, 9), 9), ((13, 19), 19), ((21, 27), 27))
_PERSONAL, _PERSONAL_CHECK = (28, 42), 42


def compact(number: str) -> str:
    """Return letters and digits alone: width folded, capitals, no space."""
    return re.sub(r"[\s<-]", "", fold(number)).upper()


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.InvalidFormat` when it has not a Japanese passport's form."""
    number = compact(number)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{7}", number):
        raise InvalidFormat
    return number


def is_valid(number: str) -> bool:
    """Tell whether `number` has the form of a Japanese passport's."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


def calc_check_digit(field: str) -> str:
    """Return the ICAO check digit of a field of the machine-readable zone."""
    values = (0 if char == "<" else int(char, 36) for char in field)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def is_valid_mrz(line: str) -> bool:
    """Tell whether `line`, the second of a TD3 zone, has 44 characters and all its check digits."""
    if not re.fullmatch("[A-Z0-9<]{44}", line):
        return False
    fields = [(line[start:end], line[check]) for (start, end), check in _FIELDS]
    personal, check = line[slice(*_PERSONAL)], line[_PERSONAL_CHECK]
    composite = line[0:10] + line[13:20] + line[21:43]
    return (
        all(calc_check_digit(field) == digit for field, digit in fields)
        # An empty personal number may leave its check digit out.
        and (calc_check_digit(personal) == check or (check == "<" and not personal.strip("<")))
        and calc_check_digit(composite) == line[43]
    )


class PassportRecognizer(Recognizer):
    """Two letters and seven digits beside the label; other countries' forms behind it; any number of a zone."""

    entity_type = "JP_PASSPORT"
    version = "3"
    gate = (
        r"(?:^|[^A-Za-z0-9])(?:[A-Z]{2}|[a-z]{2}) ?[0-9]{7}(?:[^0-9]|$)"
        r"|[0-9][A-Z]{1,3}<{0,2}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}"
        r"|旅券|パスポート|ﾊﾟｽﾎﾟｰﾄ|(?i:passport)"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield printed numbers, and the number of each second line of a zone."""
        for line in _SECOND_LINE.finditer(folded):
            checked = is_valid_mrz(line[0])
            yield Match(*line.span("number"), 0.95 if checked else 0.3, self.entity_type, checked=checked)
        for candidate in _NUMBER.finditer(folded):
            start, end = candidate.span()
            context = _VICINITY.judge(folded, start, end)
            if context is Context.OWN or candidate[0][0].isupper():
                yield Match(start, end, _score(candidate[0].upper(), context), self.entity_type)
        for abroad in _ABROAD.finditer(folded):
            # T and M begin Japan's own: with one letter they are a typing error.
            mistyped = abroad["value"][0] in "TM" and len(abroad["value"]) == 8
            yield Match(*abroad.span("value"), 0.3 if mistyped else 0.6, self.entity_type)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The number in capitals."""
        return compact(value) or None, None


def _score(number: str, context: Context) -> float:
    ordinary = number.startswith(_ORDINARY)
    if context is Context.OWN:
        return 0.85 if ordinary else 0.7
    return 0.2 if ordinary and context is Context.NONE else 0.1
