"""運転免許証番号, the number of a Japanese driver's licence.

Twelve digits: two for the public safety commission that issued the first licence (it stays on moving house),
two for that year, six serial, a check digit at place **11**, and the count of re-issues. Printed on the card as
``第 309012345620 号``. Foreign licences converted long ago begin with 00; padded numbers of every kind do, too, so
that 00 counts beside the label only. A マイナ免許証 carries a 免許情報記録 number of the same form.

The check digit is 11 − r, its last digit, with r = (5d1+4d2+3d3+2d4+7d5+6d6+5d7+4d8+3d9+2d10) mod 11; the
remainder 0 gives 1 and 1 gives 0. The rule comes from a notice of the National Police Agency (1981) that is
only cited: https://www.jiko0.com/bangou.html; published validators that check digit 12 are wrong.

>>> validate("第３０９０１２３４５６２０号")
'309012345620'
>>> is_valid("3090-1234-5630")  # 2 expected at place 11
False
>>> validate("31901234560")
Traceback (most recent call last):
    ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
>>> validate("319012345600")  # 31 is no commission
Traceback (most recent call last):
    ...
stdnum.exceptions.InvalidComponent: One of the parts of the number are invalid or unknown.
>>> format("3090 1234 5620")
'第309012345620号'
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    InvalidFormat,
    InvalidLength,
)

from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import weigh
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

#: Issuing commissions, by the first two digits.
COMMISSIONS = {
    "10": "北海道", "11": "函館", "12": "旭川", "13": "釧路", "14": "北見", "20": "青森", "21": "岩手",
    "22": "宮城", "23": "秋田", "24": "山形", "25": "福島", "30": "東京", "40": "茨城", "41": "栃木",
    "42": "群馬", "43": "埼玉", "44": "千葉", "45": "神奈川", "46": "新潟", "47": "山梨", "48": "長野",
    "49": "静岡", "50": "富山", "51": "石川", "52": "福井", "53": "岐阜", "54": "愛知", "55": "三重",
    "60": "滋賀", "61": "京都", "62": "大阪", "63": "兵庫", "64": "奈良", "65": "和歌山", "70": "鳥取",
    "71": "島根", "72": "岡山", "73": "広島", "74": "山口", "80": "徳島", "81": "香川", "82": "愛媛",
    "83": "高知", "90": "福岡", "91": "佐賀", "92": "長崎", "93": "熊本", "94": "大分", "95": "宮崎",
    "96": "鹿児島", "97": "沖縄",
}  # fmt: skip

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def compact(number: str) -> str:
    """Return the bare digits: width folded; 第, 号, spaces and hyphens gone."""
    return number if number.isascii() and number.isdigit() else re.sub(r"[第号\s-]", "", fold(number))


def calc_check_digit(number: str) -> str:
    """Return the eleventh digit that belongs to the first ten of `number` (digits)."""
    remainder = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:10], strict=True)) % 11
    return str((11 - remainder) % 10)


def validate(number: str) -> str:
    """Return the compact number or raise one of `stdnum.exceptions`."""
    number = compact(number)
    if not re.fullmatch("[0-9]*", number):
        raise InvalidFormat
    if len(number) != 12:
        raise InvalidLength
    if number[:2] not in COMMISSIONS:
        raise InvalidComponent
    if calc_check_digit(number) != number[10]:
        raise InvalidChecksum
    return number


def is_valid(number: str) -> bool:
    """Say whether the number is valid in form, issuer and check digit, without the cost of an exception."""
    digits = compact(number)
    if len(digits) != 12 or digits[:2] not in COMMISSIONS or not (digits.isascii() and digits.isdigit()):
        return False
    return (11 - weigh(digits[:10], _WEIGHTS) % 11) % 10 == int(digits[10])


def format(number: str) -> str:
    """Return the number as the card shows it."""
    return f"第{compact(number)}号"


_VICINITY = Vicinity(
    r"運転免許証?(?:の?(?:番号| ?No(?![a-z])\.?| ?NO(?![A-Z])\.?))?|運免(?:証?番号)?"
    r"|運転経歴証明書?(?:番号)?|免許情報記録(?:の?番号)?"
    r"|(?<![師員士])免許証?[の ]?(?:番号|No\.?)|(?<![師員士猟舶])免許証?[:は ]{0,3}\Z"
    r"|(?<![師員士])免許証(?=[( ]{0,2}第)"
    r"|(?i:driv(?:er'?s?|ing)[ _-]?licen[cs]e(?:[ _-]?(?:no\.?|number))?)",
    # The card itself speaks of 免許 all over: 免許の条件等 眼鏡等 番号 第309012345620号.
    NUMBER_LABELS.replace("免許証?|", "免許証|", 1),
)
_FRAME_LEFT, _FRAME_RIGHT = re.compile(r"第 ?$"), re.compile(r" ?号")


class DriverLicenseRecognizer(Recognizer):
    """Finds licence numbers: twelve digits, judged by issuer, check digit and the label beside them.

    Scores: check digit and label .95; check digit within 第…号 .9; check digit alone .4, under another label .2;
    label with a failing check .3 (malformed); any other twelve digits .1, so that columns can count a base rate.
    """

    entity_type = "JP_DRIVER_LICENSE"
    version = "4"
    gate = r"[0-9]{12}|[0-9]{4}[- ][0-9]{4}[- ][0-9]{4}"

    _number = re.compile(
        r"(?<![0-9A-Za-z])(?<![0-9A-Za-z]-)(?<![0-9]\.)[0-9]{12}(?![0-9A-Za-z]|-[0-9A-Za-z]|\.[0-9])"
        r"|(?<![0-9A-Za-z])(?<![0-9][- ])[0-9]{4}([- ])[0-9]{4}\1[0-9]{4}(?![0-9A-Za-z]|[- ][0-9])"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every run of twelve digits with the evidence for it."""
        for match in self._number.finditer(folded):
            context = _VICINITY.judge(folded, *match.span())
            checked = is_valid(match[0]) or (context is Context.OWN and _is_converted(match[0]))
            score = _score(checked, context, folded, *match.span())
            yield Match(*match.span(), score, self.entity_type, checked=checked)

    def traits(self, cells: Digits) -> Ints:
        """Issuer and check digit of twelve digits."""
        if cells.groups not in ((12,), (4, 4, 4)):
            return cells.nothing
        issued = np.isin(cells.number(0, 2), np.array(list(COMMISSIONS), dtype=np.int64))
        check = (11 - cells.weigh(_WEIGHTS) % 11) % 10
        return told_apart(issued & (check == cells.places[:, 10]))

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """Key on the digits; alternatively without the last, which counts re-issues."""
        number = compact(value)
        return number or None, number[:11] if len(number) == 12 else None


def _is_converted(number: str) -> bool:
    digits = compact(number)
    return digits.startswith("00") and len(set(digits)) > 1 and calc_check_digit(digits) == digits[10]


def _score(checked: bool, context: Context, folded: str, start: int, end: int) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.3
    if not checked:
        return 0.1
    if context is Context.RIVAL:
        return 0.2
    framed = _FRAME_LEFT.search(folded, max(0, start - 2), start) and _FRAME_RIGHT.match(folded, end)
    return 0.9 if framed else 0.4
