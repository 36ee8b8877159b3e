"""個人番号 (My Number): the number of every resident of Japan.

Twelve digits, the last one a check digit; printed 4-4-4 on the card. Issued by J-LIS for the municipality; the
first eleven are generated from the 住民票コード and mean nothing. Holding somebody's My Number outside the cases
of 番号法 article 19 is unlawful, so every hit matters, and so does every false one: one random string of
twelve digits in ten passes the check.

Rule: 総務省令第85号 (2014) article 5, weights 6 5 4 3 2 7 6 5 4 3 2 modulo 11, remainder ≤ 1 gives 0.
Arithmetic: `stdnum.jp.in_`.

>>> validate("６２１４ ９８３２ ０２５７")
'621498320257'
>>> validate("6214 9832 0258")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("6214 9832 025")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
>>> calc_check_digit("12345678901")
'8'
"""

from __future__ import annotations

from collections.abc import Iterator

from stdnum.exceptions import InvalidComponent
from stdnum.jp import in_

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import is_trivial, only_digits, weigh
from detectors.jp.vicinity import Context, Vicinity
from detectors.recognizer import Match, Recognizer

_CANDIDATE = compiled(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-ーｰ])(?<![0-9]\.)"
    r"(?:[0-9]{12}|(?<![0-9] )[0-9]{4}([ \-ーｰ])[0-9]{4}\1[0-9]{4}(?! [0-9]{1,4}(?![0-9/年.-])))"
    r"(?![0-9A-Za-z])(?![-ーｰ.][0-9])"
)
#: One digit to a box, as forms have them: 6 2 1 4 …, 6|2|1|4|….
_BOXED = r"[0-9](?:[ \t\n]{0,2}[ \t\n|│][ \t\n]{0,2}[0-9]){11}"
_BOXES = compiled(rf"(?<![0-9A-Za-z])(?<![0-9][ \t\n|│.-]){_BOXED}(?![0-9A-Za-z])(?![ \t|│.-]{{1,2}}[0-9])")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_VICINITY = Vicinity(
    r"個 ?人 ?番 ?号(?:(?:又は|または|及び|・|/)法人番号)?"
    r"|マイ ?ナンバー|ﾏｲﾅﾝﾊﾞｰ|マイナ|通知カード|(?i:my[ _-]?number|individual[ _-]?number)"
)


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def calc_check_digit(number: str) -> str:
    """Return the check digit of the first eleven digits."""
    return str(in_.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number; `stdnum.exceptions.ValidationError` when it cannot be a My Number.

    One digit twelve times over passes the arithmetic and is no number.
    """
    number = str(in_.validate(compact(number)))
    if len(set(number)) == 1:
        raise InvalidComponent
    return number


def is_valid(number: str) -> bool:
    """Tell whether `number` can be a My Number: as `validate` does, without the cost of an exception."""
    digits = compact(number)
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    return -weigh(digits[:11], _WEIGHTS) % 11 % 10 == int(digits[11])


class MyNumberRecognizer(Recognizer):
    """Twelve digits in one run, 4-4-4 or beside a label in boxes, judged by check digit and label."""

    entity_type = "JP_MY_NUMBER"
    version = "2"
    gate = rf"[0-9]{{4}}[ \-ーｰ]?[0-9]{{4}}[ \-ーｰ]?[0-9]{{4}}|{_BOXED}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of the right length; what fails the check keeps a low score, as evidence."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            checked = is_valid(candidate[0])
            score = _score(checked, is_trivial(compact(candidate[0])), _VICINITY.judge(folded, start, end))
            yield Match(start, end, score, self.entity_type, checked=checked)
        for boxes in _BOXES.finditer(folded):
            # Rows of digits are in every table: nothing but the label makes boxes of them.
            if _VICINITY.judge(folded, *boxes.span()) is Context.OWN:
                checked = is_valid(boxes[0])
                yield Match(*boxes.span(), 0.95 if checked else 0.3, self.entity_type, checked=checked)

    def traits(self, cells: Digits) -> Ints:
        """Check digit and triviality of twelve digits."""
        if cells.groups not in ((12,), (4, 4, 4)):
            return cells.nothing
        check = -cells.weigh(_WEIGHTS) % 11 % 10
        return told_apart(check == cells.places[:, 11], cells.trivial, cells.repeated())

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The twelve digits."""
        return compact(value) or None, None


def _score(checked: bool, trivial: bool, context: Context) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.3
    if checked and not trivial:
        return 0.4 if context is Context.NONE else 0.2
    return 0.1
