"""Credit card numbers, in the shapes printed on cards and slips.

13–19 digits: issuer range, account, Luhn check digit. Ranges: Visa 4 (13, 16, 19), Mastercard
51–55 and 2221–2720 (16), American Express 34, 37 (15, printed 4-6-5), JCB 3528–3589 (16), Diners 300–305, 36,
38, 39 (14, printed 4-6-4), Discover 6011, 644–649, 65 (16), UnionPay 62 (16–19). Arithmetic: `stdnum.luhn`.
One random string in ten passes Luhn; misuse means property damage, so a leak is reported from one card on.

>>> validate("3530 1113 3330 0000")
'3530111333300000'
>>> validate("3530 1113 3330 0001")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("9999 9999 9999 9995")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidComponent: One of the parts of the number are invalid or unknown.
>>> calc_check_digit("411111111111111")
'1'
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.exceptions import InvalidComponent, ValidationError

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import is_trivial, only_digits
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer

_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|"
    r"5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}|"
    r"3[47][0-9]{13}|"
    r"35(?:2[89]|[3-8][0-9])[0-9]{12}|"
    r"3(?:0[0-5]|[689][0-9])[0-9]{11}|"
    r"6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|"
    r"62[0-9]{14,17}"
)
#: Visa's old length. JAN codes start with 45 and 49 and every tenth passes Luhn: only a label makes it a card.
_OLD_VISA = 13
_CANDIDATE = compiled(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-ーｰ])(?<![0-9]\.)"
    r"(?:[2-6][0-9]{12,18}"
    r"|(?<![0-9] )[2-6][0-9]{3}([ \-ーｰ])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{6}\1[0-9]{4,5}))"
    r"(?![0-9A-Za-z])(?![-ーｰ.][0-9])"
)
_LOYALTY = ("ポイント", "会員", "診察", "図書", "メンバーズ", "スタンプ")
_VICINITY = Vicinity(
    "".join(f"(?<!{kind})" for kind in _LOYALTY) + r"カード ?(?:番号|No(?![a-z])\.?|ナンバー|情報)"
    r"|クレジット(?:カード)?|クレカ|ダイナース|アメックス|決済カード"
    r"|VISA|Visa|JCB|MasterCard|Mastercard|AMEX|Amex"
    r"|(?i:(?:credit|debit)[ _-]?card|card[ _-]?(?:number|no(?![a-z])\.?))"
    # card=4111…
    r"|(?<![A-Za-z])(?i:card|pan)(?=[\"']? ?[:=])",
    NUMBER_LABELS + f"|(?:{'|'.join(_LOYALTY)})カード",
)


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def calc_check_digit(number: str) -> str:
    """Return the Luhn digit to append to `number`."""
    return str(luhn.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.ValidationError` when no issuer or check digit fits."""
    number = str(luhn.validate(compact(number)))
    if not _ISSUERS.fullmatch(number):
        raise InvalidComponent
    return number


def is_valid(number: str) -> bool:
    """Tell whether `number` can be a card number."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class JpCreditCardRecognizer(Recognizer):
    """Digits in an issuer's range and shape, judged by Luhn and label."""

    entity_type = "CREDIT_CARD"
    version = "3"
    gate = r"[2-6][0-9]{3}[ \-ーｰ]?[0-9]{4}[ \-ーｰ]?[0-9]{2}[ \-ーｰ]?[0-9]{2}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run in an issuer's range; what fails Luhn keeps a low score, as evidence."""
        for candidate in _CANDIDATE.finditer(folded):
            number = compact(candidate[0])
            if not _ISSUERS.fullmatch(number):
                continue
            start, end = candidate.span()
            context = _VICINITY.judge(folded, start, end)
            if len(number) == _OLD_VISA and context is not Context.OWN:
                continue
            checked = luhn.is_valid(number)
            score = _score(checked, is_trivial(number), context)
            yield Match(start, end, score, self.entity_type, checked=checked)

    def traits(self, cells: Digits) -> Ints:
        """Issuer, check digit and triviality of 14 to 19 digits; the old length needs a label."""
        if cells.size <= _OLD_VISA:
            return cells.nothing
        issued = cells.matches(_ISSUERS.pattern)
        return told_apart(issued, issued & cells.luhn(), issued & cells.trivial)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The digits."""
        return compact(value) or None, None


def _score(checked: bool, trivial: bool, context: Context) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.3
    if checked and not trivial:
        return 0.5 if context is Context.NONE else 0.2
    return 0.1
