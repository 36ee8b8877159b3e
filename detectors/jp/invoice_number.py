"""適格請求書発行事業者の登録番号: T and thirteen digits, on every invoice since October 2023.

For a corporation the digits are its 法人番号; a sole trader gets digits of his own from the National Tax Agency,
with the same check digit in front (FACTS §1.1, measured over the whole register). The number of a sole trader
leads to his name in the public register and is personal; only the register tells the two apart, so the number
counts as personal where a person is spoken of beside it and as a company's otherwise.

>>> validate("Ｔ５８３５６７８２５６２４６")
'T5835678256246'
>>> validate("T2835678256246")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("5835678256246")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidFormat: The number has an invalid format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.exceptions import InvalidFormat, ValidationError
from stdnum.jp import cn

from detectors.jp.digits import APART_AFTER, APART_BEFORE, is_trivial
from detectors.jp.vicinity import Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_CANDIDATE = re.compile(
    rf"{APART_BEFORE}T[- ]?(?:[0-9]{{13}}|[0-9]([ -])[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}){APART_AFTER}"
)
_VICINITY = Vicinity(
    r"登録番号|インボイス(?:の?(?:登録)?番号)?|適格請求書(?:発行事業者)?(?:の?(?:登録)?番号)?|事業者(?:登録)?番号"
    r"|(?<![A-Za-z])(?i:(?:invoice|registration|tax)[ _-]?(?:registration[ _-]?)?(?:no(?![a-z])\.?|number|id))"
)
#: Words for somebody in business alone, and words beside which a person's name stands.
_INDIVIDUAL = re.compile(
    r"個人事業|屋号|フリーランス|一人親方|自営業|氏名|お?名前|本名|(?<![一-龥])(?:様|氏|さん|先生)(?![一-龥])"
    r"|(?<=[一-龥ぁ-んァ-ヶ ])(?:様|さん|氏)(?![一-龥])"
)
_COMPANY = re.compile(
    r"(?:株式|有限|合同|合資|合名)会社|[㈱㈲]|\([株有同]\)|法人|組合|(?<![A-Za-z])(?i:inc|ltd|llc|corp)(?![A-Za-z])|御中"
)
#: How far from the number such a word counts, in code points.
_REACH = 40


def compact(number: str) -> str:
    """Return T and the digits: width folded, capital, no separators."""
    return re.sub(r"[\s-]", "", fold(number)).upper()


def calc_check_digit(number: str) -> str:
    """Return the leading check digit of the last twelve digits."""
    return str(cn.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number or raise one of `stdnum.exceptions`."""
    number = compact(number)
    if not number.startswith("T"):
        raise InvalidFormat
    return "T" + str(cn.validate(number[1:]))


def is_valid(number: str) -> bool:
    """Tell whether `number` can be a registration."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class InvoiceNumberRecognizer(Recognizer):
    """T and thirteen digits, judged by check digit and label; personal only beside words for a person."""

    entity_type = "JP_INVOICE_NUMBER"
    version = "1"
    gate = r"T[- ]?[0-9][ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the form; what fails the check keeps a low score."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            checked = is_valid(candidate[0]) and not is_trivial(compact(candidate[0])[1:])
            score = _score(checked, _VICINITY.judge(folded, start, end))
            yield Match(
                start, end, score, self.entity_type, checked=checked, personal=_personal(folded, start, end)
            )

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """T and the digits; the digits alone as the alternative."""
        number = compact(value)
        return number or None, number.removeprefix("T") or None


def _score(checked: bool, context: Context) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.3
    if not checked:
        return 0.1
    return 0.5 if context is Context.NONE else 0.2


def _personal(folded: str, start: int, end: int) -> bool:
    left, right = folded[max(0, start - _REACH) : start], folded[end : end + _REACH]
    individual = _nearest(_INDIVIDUAL, left, right)
    return individual is not None and individual < (_nearest(_COMPANY, left, right) or _REACH + 1)


def _nearest(pattern: re.Pattern[str], left: str, right: str) -> int | None:
    distances = [len(left) - each.end() for each in pattern.finditer(left)]
    distances += [each.start() for each in pattern.finditer(right)]
    return min(distances, default=None)
