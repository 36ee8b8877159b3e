"""適格請求書発行事業者の登録番号: T and thirteen digits, on every invoice since October 2023.

For a corporation the digits are its 法人番号; a sole trader gets digits of his own from the National Tax Agency,
with the same check digit in front (measured over all 5.4 million of the register). The number of a sole trader
leads to his name in the public register and is personal; only the register tells the two apart, so the number
counts as personal where a person is named or spoken of beside it, nearer than a company, and as a company's
otherwise.

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

from detectors.ahead import compiled
from detectors.jp.digits import APART_AFTER, APART_BEFORE, is_trivial
from detectors.jp.vicinity import Context, Vicinity
from detectors.names.person import propose
from detectors.recognizer import Match, Recognizer
from detectors.resolver import REPORTED
from detectors.text import fold

_CANDIDATE = compiled(
    rf"{APART_BEFORE}[Tt][- ]?(?:[0-9]{{13}}|[0-9]([ -])[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}){APART_AFTER}"
)
_VICINITY = Vicinity(
    r"登録番号|T番号|インボイス(?:の?(?:登録)?番号)?|適格請求書(?:発行事業者)?(?:の?(?:登録)?番号)?|事業者(?:登録)?番号"
    r"|(?<![A-Za-z])(?i:(?:invoice|registration|tax)[ _-]?(?:registration[ _-]?)?(?:no(?![a-z])\.?|number|id))"
)
#: Words for somebody in business alone, and words beside which a person's name stands.
_INDIVIDUAL = compiled(
    r"個人事業|屋号|フリーランス|一人親方|自営業|氏名|お?名前|本名|(?<![一-龥])(?:様|氏|さん|先生)(?![一-龥])"
    r"|(?<=[一-龥ぁ-んァ-ヶ ])(?:様|さん|氏)(?![一-龥])"
)
_COMPANY = compiled(
    r"(?:株式|有限|合同|合資|合名)会社|[㈱㈲]|\([株有同]\)|法人|組合|(?<![A-Za-z])(?i:inc|ltd|llc|corp)(?![A-Za-z])|御中"
)
#: 担当：山田 at a company with a short name.
_STAFF = re.compile(r"(?:担当者?|経理|作成者?|承認者?|連絡先)[:は ]{0,2}\Z")
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
    version = "3"
    gate = r"[Tt][- ]?[0-9][ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the form; what fails the check keeps a low score."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            context = _VICINITY.judge(folded, start, end)
            if context is not Context.OWN and candidate[0][0] == "t":
                continue
            checked = is_valid(candidate[0]) and not is_trivial(compact(candidate[0])[1:])
            score = _score(checked, context)
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
    if not (left or right):
        return False
    company = _nearest(_COMPANY, left, right)
    individual = _nearest(_INDIVIDUAL, left, right)
    if individual is not None and (company is None or individual < company):
        return True
    if company is None:
        return any(True for side in (left, right) for _ in _names(side))
    # The name of a company is longer than its legal form; what follows the number may be the company's staff.
    return any(len(left) - end < company for end in _names(left))


def _names(side: str) -> Iterator[int]:
    """Yield where the names on one side of a number end, but for those of a company's staff."""
    for start, end, score in propose(side, "fast"):
        if score >= REPORTED["fast"] and not _STAFF.search(side, 0, start):
            yield end


def _nearest(pattern: re.Pattern[str], left: str, right: str) -> int | None:
    distances = [len(left) - each.end() for each in pattern.finditer(left)]
    distances += [each.start() for each in pattern.finditer(right)]
    return min(distances, default=None)
