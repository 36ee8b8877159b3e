"""法人番号 (corporate number): recognised in order to rule it out; it is public and not personal.

Thirteen digits, the **first** one a check digit 1–9; printed 1-4-4-4. Assigned by the National Tax Agency to
every corporation, state body and municipality and published with name and address. One random string of
thirteen digits in nine passes the check, and JAN article codes have the same length.

Rule: 財務省令第70号 (2014) article 2; check = 9 − (Σ Pn·Qn mod 9). Arithmetic: `stdnum.jp.cn`.
``T`` and the same thirteen digits is an invoice registration, which may be a sole trader's: not this module.

>>> validate("5-8356-7825-6246")
'5835678256246'
>>> validate("2-8356-7825-6246")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("583567825624")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
>>> calc_check_digit("123456789012")
'7'
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from stdnum import ean
from stdnum.jp import cn

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import is_trivial, only_digits, weigh
from detectors.jp.vicinity import Context, Vicinity
from detectors.recognizer import Match, Recognizer

_CANDIDATE = compiled(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-ーｰ])(?<![0-9]\.)"
    r"(?:[0-9]{13}|(?<![0-9] )[0-9]([ \-ーｰ])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?! [0-9]{4}(?![0-9/年.-])))"
    r"(?![0-9A-Za-z])(?![-ーｰ.][0-9])"
)
_VICINITY = Vicinity(
    r"法人(?:番号|No(?![a-z])\.?|ナンバー|等番号)|(?i:corporate[ _-]?(?:number|no(?![a-z])\.?|id))"
)
_WEIGHTS = (2, 1) * 6
_ARTICLE_WEIGHTS = (1, 3) * 6 + (1,)
#: GS1 prefixes of Japan: thirteen digits on every article in a shop.
_JAN_PREFIXES = ("45", "49")


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def calc_check_digit(number: str) -> str:
    """Return the leading check digit of the last twelve digits."""
    return str(cn.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.ValidationError` when it cannot be a corporate number."""
    return str(cn.validate(compact(number)))


def is_valid(number: str) -> bool:
    """Tell whether `number` can be a corporate number: as `validate` does, without the cost of an exception."""
    digits = compact(number)
    return len(digits) == 13 and 9 - weigh(digits[1:], _WEIGHTS) % 9 == int(digits[0])


class CorporateNumberRecognizer(Recognizer):
    """Thirteen digits in one run or 1-4-4-4, judged by check digit and label; never personal."""

    entity_type = "JP_CORPORATE_NUMBER"
    version = "2"
    gate = r"[0-9][ \-ーｰ]?[0-9]{4}[ \-ーｰ]?[0-9]{4}[ \-ーｰ]?[0-9]{4}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the right length; what fails the check keeps a low score, as evidence."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            number = compact(candidate[0])
            checked = is_valid(number)
            score = _score(number, checked, _VICINITY.judge(folded, start, end))
            yield Match(start, end, score, self.entity_type, checked=checked, personal=False)

    def traits(self, cells: Digits) -> Ints:
        """Check digit, triviality and JAN code of thirteen digits."""
        if cells.groups not in ((13,), (1, 4, 4, 4)):
            return cells.nothing
        check = 9 - cells.weigh(_WEIGHTS, 1) % 9
        article = np.isin(cells.number(0, 2), np.array(_JAN_PREFIXES, dtype=np.int64))
        article &= cells.weigh(_ARTICLE_WEIGHTS) % 10 == 0
        return told_apart(check == cells.places[:, 0], cells.trivial, article)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The thirteen digits."""
        return compact(value) or None, None


def _score(number: str, checked: bool, context: Context) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.3
    if not checked or is_trivial(number):
        return 0.1
    if context is Context.RIVAL or (number.startswith(_JAN_PREFIXES) and ean.is_valid(number)):
        return 0.2
    return 0.4
