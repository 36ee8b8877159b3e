"""在留カード番号 and 特別永住者証明書番号: the number of a foreign resident's card.

Two letters, eight digits, two letters, printed at the card's upper right; assigned by the Immigration Services
Agency, another one at each issue (Ordinance for Enforcement of the Immigration Control Act, article 19-6(5)).
No check digit is public, so the label decides; the form is rare enough for a column to be known by.

>>> validate("ＡＢ１２３４５６７８ＣＤ")
'AB12345678CD'
>>> validate("AB1234567CD")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidFormat: The number has an invalid format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.exceptions import InvalidFormat, ValidationError

from detectors.ahead import compiled
from detectors.jp.digits import APART_AFTER, APART_BEFORE
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_CANDIDATE = compiled(
    rf"{APART_BEFORE}(?:[A-Z]{{2}}([ -]?)[0-9]{{8}}\1[A-Z]{{2}}|[a-z]{{2}}[0-9]{{8}}[a-z]{{2}}){APART_AFTER}"
)
_VICINITY = Vicinity(
    r"在留(?:カード)?[等の]{0,2}(?:番号|(?<=カード)(?: ?No(?![a-z])\.?| ?NO(?![A-Z])\.?)?)"
    r"|特別永住者証明書の?(?:番号)?|外国人登録証明?書?の?番号"
    r"|(?<![A-Za-z])(?i:(?:residence|zairyu)[ _-]?card(?:[ _-]?(?:no(?![a-z])\.?|number))?)",
    NUMBER_LABELS,
)


def compact(number: str) -> str:
    """Return letters and digits alone: width folded, capitals, no space."""
    return re.sub(r"[\s-]", "", fold(number)).upper()


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.InvalidFormat` when it has not the form."""
    number = compact(number)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{8}[A-Z]{2}", number):
        raise InvalidFormat
    return number


def is_valid(number: str) -> bool:
    """Tell whether `number` has the form of a residence card's."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class ResidenceCardRecognizer(Recognizer):
    """Two letters, eight digits, two letters, judged by the label."""

    entity_type = "JP_RESIDENCE_CARD"
    version = "3"
    gate = r"[A-Z]{2}[ -]?[0-9]{8}[ -]?[A-Z]{2}|[a-z]{2}[0-9]{8}[a-z]{2}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the form; without a label it keeps the score of a pattern."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            context = _VICINITY.judge(folded, start, end)
            if context is Context.OWN or candidate[0][0].isupper():
                yield Match(start, end, _SCORE[context], self.entity_type)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The number in capitals."""
        return compact(value) or None, None


_SCORE = {Context.OWN: 0.9, Context.NONE: 0.2, Context.RIVAL: 0.1}
