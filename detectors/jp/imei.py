"""IMEI, the identity of a mobile phone: printed in its settings, on its box and on every repair slip.

Fifteen digits: eight of the type (TAC; its first two name the body that allocated it), six serial, a Luhn check
digit. Written in one run or 2-6-6-1, 6-2-6-1, 8-6-1. IMEISV has sixteen digits, two of them the software version,
and no check digit. Japanese shops call it 製造番号 too. Assigned under GSMA TS.06; arithmetic: `stdnum.luhn`.
An IMSI (440, 441 in Japan) is as long and has no check digit.

>>> validate("49-015420-323751-8")
'490154203237518'
>>> validate("490154203237519")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("4901542032375")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
>>> calc_check_digit("49015420323751")
'8'
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from stdnum import luhn
from stdnum.exceptions import InvalidLength, ValidationError

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import APART_AFTER, APART_BEFORE, is_trivial, only_digits
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer

#: Reporting bodies in today's allocations, by the first two digits. From memory: they raise a score only.
_BODIES = ("01", "10", "33", "35", "44", "45", "49", "50", "51", "52", "53", "54", "86", "91", "98", "99")
#: Japan's mobile country codes: fifteen digits that start with one are an IMSI as likely.
_IMSI = ("440", "441")

_CANDIDATE = compiled(
    rf"{APART_BEFORE}(?:[0-9]{{15,16}}"
    r"|(?<![0-9] )[0-9]{2}(?P<a>[ /-])[0-9]{6}(?P=a)[0-9]{6}(?P=a)[0-9]"
    r"|(?<![0-9] )[0-9]{6}(?P<b>[ /-])[0-9]{2}(?P=b)[0-9]{6}(?P=b)[0-9]"
    r"|(?<![0-9] )[0-9]{8}(?P<c>[ /-])[0-9]{6}(?P=c)[0-9]"
    rf"){APART_AFTER}"
)
_VICINITY = Vicinity(
    r"(?<![A-Za-z])(?i:imei(?:sv)?)(?:[ _-]?(?:番号|[12]|(?i:no(?![a-z])\.?|number|code)))*"
    r"|(?:端末|機体|個体)(?:識別|製造)?(?:番号|ID)|製造番号(?: ?\(IMEI\))?",
    NUMBER_LABELS + r"|IMSI|MEID|ICCID",
)


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def calc_check_digit(number: str) -> str:
    """Return the Luhn digit to append to the first fourteen digits."""
    return str(luhn.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.ValidationError` when it cannot be an IMEI."""
    number = compact(number)
    if len(number) != 15:
        raise InvalidLength
    return str(luhn.validate(number))


def is_valid(number: str) -> bool:
    """Tell whether `number` can be an IMEI."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class ImeiRecognizer(Recognizer):
    """Fifteen digits judged by Luhn and label; sixteen (IMEISV) only beside the label."""

    entity_type = "IMEI"
    version = "2"
    gate = (
        r"(?:^|[^0-9])(?:[0-9]{15,16}(?:[^0-9]|$)|[0-9]{2}[ /-][0-9]{6}[ /-][0-9]{6}[ /-]"
        r"|[0-9]{6}[ /-][0-9]{2}[ /-][0-9]{6}[ /-]|[0-9]{8}[ /-][0-9]{6}[ /-][0-9])"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the right shape; what fails Luhn keeps a low score, as evidence."""
        for candidate in _CANDIDATE.finditer(folded):
            number = compact(candidate[0])
            start, end = candidate.span()
            context = _VICINITY.judge(folded, start, end)
            if len(number) == 15:
                checked = is_valid(number)
                yield Match(start, end, _score(number, checked, context), self.entity_type, checked=checked)
            elif context is Context.OWN:
                yield Match(start, end, 0.7, self.entity_type)

    def traits(self, cells: Digits) -> Ints:
        """Check digit, triviality and allocation of fifteen digits."""
        if cells.size != 15:
            return cells.nothing
        allocated = np.isin(cells.number(0, 2), np.array(_BODIES, dtype=np.int64))
        subscriber = np.isin(cells.number(0, 3), np.array(_IMSI, dtype=np.int64))
        return told_apart(cells.luhn(), cells.trivial, allocated & ~subscriber)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The fourteen digits that IMEI and IMEISV of one device share."""
        return compact(value)[:14] or None, None


def _score(number: str, checked: bool, context: Context) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.3
    if not checked or is_trivial(number):
        return 0.1
    if context is Context.RIVAL:
        return 0.2
    return 0.45 if number.startswith(_BODIES) and not number.startswith(_IMSI) else 0.3
