"""ICCID, the serial number of a SIM card, printed on it and kept with the contract.

Nineteen digits, the last one a Luhn check digit, or twenty; 89 for telecommunications, then the country: 8981 in
Japan. Printed in one run or in groups of four, some networks pad it with a last F. Form: ITU-T E.118.
The prefix and the check digit leave one random run in a thousand.

>>> validate("8981 1000 0123 4567 899")
'8981100001234567899'
>>> validate("8981100001234567890")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("4111100001234567899")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidComponent: One of the parts of the number are invalid or unknown.
>>> calc_check_digit("898110000123456789")
'9'
"""

from __future__ import annotations

from collections.abc import Iterator

from stdnum import luhn
from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import APART_AFTER, APART_BEFORE, only_digits
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer

_JAPAN = "8981"
_CANDIDATE = compiled(
    rf"{APART_BEFORE}89(?:[0-9]{{17,18}}|[0-9]{{2}}([ -])[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{3,4}})"
    rf"[Ff]?{APART_AFTER}"
)
_VICINITY = Vicinity(
    r"(?<![A-Za-z])(?i:iccid)(?:番号| ?(?i:no(?![a-z])\.?|number))?"
    r"|(?<![A-Za-z])(?i:e?sim|uim)"
    r"(?:(?:カード)?[ _-]?(?:番号|製造番号|ID|(?i:card[ _]?(?:no\.?|number)|no(?![a-z])\.?|serial))|カード)",
    NUMBER_LABELS,
)


def compact(number: str) -> str:
    """Return the digits alone, without the padding F."""
    return only_digits(number)


def calc_check_digit(number: str) -> str:
    """Return the Luhn digit to append to `number`."""
    return str(luhn.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.ValidationError` when it cannot be an ICCID."""
    number = compact(number)
    if len(number) not in (19, 20):
        raise InvalidLength
    if not number.startswith("89"):
        raise InvalidComponent
    return str(luhn.validate(number))


def is_valid(number: str) -> bool:
    """Tell whether `number` can be an ICCID."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class IccidRecognizer(Recognizer):
    """Nineteen or twenty digits from 89, judged by Luhn and label."""

    entity_type = "ICCID"
    version = "2"
    gate = r"89[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the right shape; what fails Luhn keeps a low score, as evidence."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            number = compact(candidate[0])
            checked = is_valid(number)
            score = _score(number, checked, _VICINITY.judge(folded, start, end))
            yield Match(start, end, score, self.entity_type, checked=checked)

    def traits(self, cells: Digits) -> Ints:
        """Industry, country and check digit of nineteen or twenty digits."""
        if cells.size not in (19, 20):
            return cells.nothing
        japan = cells.number(0, 4) == int(_JAPAN)
        return told_apart(cells.number(0, 2) == 89, japan, cells.luhn())

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The digits."""
        return compact(value) or None, None


def _score(number: str, checked: bool, context: Context) -> float:
    if context is Context.OWN:
        # Not every network gives its twenty digits a check digit.
        return 0.95 if checked else 0.7 if number.startswith(_JAPAN) and len(number) == 20 else 0.3
    if not checked:
        return 0.1
    if context is Context.RIVAL:
        return 0.2
    return 0.5 if number.startswith(_JAPAN) else 0.4
