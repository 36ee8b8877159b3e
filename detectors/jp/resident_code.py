"""住民票コード: the number of a resident record, from which My Number is derived.

Eleven digits, ten random and a check digit, given by the municipality to every resident; asking for it outside the
law is forbidden. As long as a mobile number, so the label decides. That there is a check digit is certain; its
formula (notice 436 of 2002: My Number's family of weights) was not seen in the original and for the remainders 0
and 1 two readings exist: both are accepted, it raises a score and never rejects.

>>> calc_check_digits("1234567890")
('3', '3')
>>> is_valid("１２３４５６７８９０３"), is_valid("12345678904"), is_valid("1234567890")
(True, False, False)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import APART_AFTER, APART_BEFORE, is_trivial, only_digits
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_CANDIDATE = compiled(rf"{APART_BEFORE}[0-9]{{11}}{APART_AFTER}")
#: Mobile and IP telephone numbers: nine in ten of the eleven-digit columns there are.
_MOBILE = re.compile("0[5-9]0")
_OWN = re.compile(r"住民票?の?コード|住基(?:ネット)?コード|(?i:resident(?: record)?[ _-]code|juminhyo)")
_VICINITY = Vicinity(_OWN.pattern, NUMBER_LABELS)


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def calc_check_digits(number: str) -> tuple[str, str]:
    """Return the check digit of the first ten digits in both readings; they differ for remainders 0 and 1."""
    remainder = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:10], strict=True)) % 11
    return "0" if remainder <= 1 else str(11 - remainder), str((11 - remainder) % 10)


def is_valid(number: str) -> bool:
    """Tell whether `number` passes one reading of the check digit; False does not mean that it is none."""
    number = compact(number)
    return len(number) == 11 and number[10] in calc_check_digits(number)


class ResidentCodeRecognizer(Recognizer):
    """Eleven digits beside the label; without it the score of a pattern, below any telephone number's."""

    entity_type = "JP_RESIDENT_CODE"
    version = "2"
    gate = (
        r"住民票?の?コード|住基(?:ネット)?コード|(?i:resident|juminhyo)"
        r"|(?:^|[^0-9])(?:[1-9][0-9]{10}|0[0-4][0-9]{9}|0[5-9][1-9][0-9]{8})(?:[^0-9]|$)"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of eleven digits; of those in the form of mobile numbers the labelled ones."""
        labelled = _OWN.search(folded) is not None
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            checked = is_valid(candidate[0]) and not is_trivial(candidate[0])
            own = labelled and _VICINITY.judge(folded, start, end) is Context.OWN
            if not own and _MOBILE.match(candidate[0]):
                continue
            score = (0.95 if checked else 0.8) if own else (0.15 if checked else 0.1)
            yield Match(start, end, score, self.entity_type, checked=checked)

    def traits(self, cells: Digits) -> Ints:
        """Check digit, triviality and the form of a mobile number of eleven digits."""
        if cells.groups != (11,):
            return cells.nothing
        remainder, check = cells.weigh(_WEIGHTS) % 11, cells.places[:, 10]
        checked = (check == np.where(remainder <= 1, 0, 11 - remainder)) | (check == (11 - remainder) % 10)
        mobile = cells.matches(f"{_MOBILE.pattern}[0-9]{{8}}")
        return told_apart(checked & ~cells.trivial, mobile)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The eleven digits."""
        return compact(value) or None, None
