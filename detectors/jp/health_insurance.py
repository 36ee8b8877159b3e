"""Health insurance: 保険者番号 of the insurer, 被保険者記号・番号・枝番 of the insured.

The insurer's number has eight digits (kind of scheme 2, prefecture 2, insurer 3, check digit) or, for municipal
insurance, six without the kind; 39 is the scheme of the elderly, whose insured have eight digits each. Everybody
else is known by 記号 (of the employer; digits or words), 番号 (up to eight digits) and, since 2021, a 枝番 of two
digits. New cards ended in December 2024; 資格確認書 carries the same numbers. It is forbidden to ask for them
outside health insurance (Health Insurance Act article 194-2), so a copy of a card is itself a finding.
公費負担者番号 and 受給者番号 stand beside them.

The insurer's check digit, M10W21, is the ministry's rule: weights 2 1 2 1 … from the right, digits of
the products added, complement to ten. For the other numbers it is from memory and only raises a score.

>>> validate("33120015"), validate("13804-0")
('33120015', '138040')
>>> validate("33120016")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidChecksum: The number's checksum or check digit is invalid.
>>> validate("3312001")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
>>> calc_check_digit("3312001")
'5'
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from detectors.ahead import compiled
from detectors.jp.digits import only_digits
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_LEAD = (
    r"[ \t]?(?:\([^()\n]{1,10}\))?[ \t\n]?(?:は|が|[\"'] ?:|[:=|>」\]】→、]|・{2,6})?[ \t]{0,2}"
    r"[「『(\[\"'#]?(?:No\.?|第)?[ \t]?"
)
_COUNTER = "(?:桁|文字|年|月|円|名|人|個|件|%|回|種類)"
_END = rf"(?![0-9A-Za-z])(?![-ーｰ・.][0-9])(?!{_COUNTER}| {_COUNTER}(?![一-龥々]))"
_INSURER = re.compile(
    rf"(?<!被)(?<!介護)保険者番号{_LEAD}(?P<value>[0-9]{{8}}|[0-9]{{6}}|[0-9]{{2}} [0-9]{{6}}){_END}"
)
_PAYER = re.compile(
    rf"(?:公費負担(?:者|医療の?)?番号{_LEAD}(?P<payer>[0-9]{{8}})|受給者番号{_LEAD}(?P<value>[0-9]{{7}})){_END}"
)
_INSURED = compiled(
    r"(?<!雇用保険)(?<!雇用保険の)(?<!雇用)(?<!介護保険)(?<!介護保険の)(?<!介護)"
    r"(?:被保険者証?等?(?:の?記号)?[・、及びと ]{0,2}番号|保険証[の ]?(?:記号)?[・ ]?番号"
    r"|(?:健康保険|健保|国保)の?(?:記号)?[・ ]?番号"
    r"|(?:資格確認書|組合員証|加入者証|資格情報)の?(?:記号)?[・ ]?番号"
    r"|(?<![A-Za-z])(?i:(?:health )?insur(?:ance|ed)(?:[ _-]card)?[ _-](?:id|no(?![a-z])\.?|number)))"
    rf"{_LEAD}(?P<value>[0-9]{{1,8}}[-ーｰ・ ][0-9]{{1,8}}|[0-9]{{3,8}}){_END}"
)
_PAIR = re.compile(
    r"記号(?:[ \t:=は]{1,3}|(?=[一-龥]{0,3}[0-9]))(?P<symbol>(?!及び|並びに|番号)"
    r"[0-9A-Za-zぁ-んァ-ヶー一-龥][0-9A-Za-zぁ-んァ-ヶー一-龥・-]{0,11}?)"
    r"[ \t\n,、/|・ー-]{0,3}(?:被保険者[証等]?の?)?番号[ \t:=は]{0,3}(?P<number>[0-9]{1,8})(?![0-9-])"
    r"(?:[ \t\n,、/|(]{0,3}枝番(?:号)?[)]?[ \t:=は]{0,3}(?P<branch>[0-9]{2})(?![0-9]))?"
)
_JOINED = re.compile(
    rf"(?<!者)(?<!者証)(?<!者等)(?<!証)記号[・、及びと ]{{0,2}}番号{_LEAD}"
    rf"(?P<value>(?:[0-9]{{1,8}}|[一-龥ぁ-んァ-ヶ]{{1,4}}[0-9]{{0,4}})[-ーｰ・ ][0-9]{{1,8}}){_END}"
    r"(?P<branch>[ (]{0,2}枝番)?"
)
_HEALTH = re.compile("保険|健保|国保|後期高齢|資格確認|共済組合")
_POST = re.compile(r"ゆうちょ|貯金|郵貯|通帳|振替|振込|払込|口座")
#: How far round 記号 … 番号 a word for insurance is looked for, in code points.
_REACH = 40


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def calc_check_digit(number: str) -> str:
    """Return the M10W21 digit to append to `number`: the digits of 2 1 2 1 … products, as in Luhn."""
    return str(luhn.calc_check_digit(number))


def validate(number: str) -> str:
    """Return the compact number of an insurer or raise one of `stdnum.exceptions`."""
    number = compact(number)
    if len(number) not in (6, 8):
        raise InvalidLength
    if calc_check_digit(number[:-1]) != number[-1]:
        raise InvalidChecksum
    return number


def is_valid(number: str) -> bool:
    """Tell whether `number` can be an insurer's."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class HealthInsuranceRecognizer(Recognizer):
    """The value behind each label of a card; 記号 and 番号 as a pair only where insurance is spoken of."""

    entity_type = "JP_HEALTH_INSURANCE"
    version = "3"
    gate = (
        r"保険者|保険証|(?:健康保険|健保|国保)の?[記番]|公費負担|受給者番号|資格確認書|組合員証|加入者証|資格情報|記号"
        r"|(?i:insur(?:ance|ed))"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield insurers' numbers by check digit, the rest by label."""
        for each in _INSURER.finditer(folded):
            checked = is_valid(each["value"])
            yield Match(*each.span("value"), 0.95 if checked else 0.3, self.entity_type, checked=checked)
        for each in _PAYER.finditer(folded):
            group = "payer" if each["payer"] else "value"
            yield Match(*each.span(group), 0.9 if luhn.is_valid(each[group]) else 0.7, self.entity_type)
        for each in _INSURED.finditer(folded):
            boosted = len(each["value"]) == 8 and luhn.is_valid(compact(each["value"]) or "1")
            yield Match(*each.span("value"), 0.85 if boosted else 0.8, self.entity_type)
        for each in _JOINED.finditer(folded):
            if score := self._context(folded, each):
                yield Match(*each.span("value"), score, self.entity_type)
        yield from self._pairs(folded)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The value folded, its separators one hyphen; a 枝番 alone (two digits) is no key."""
        key = re.sub(r"[-ーｰ・ ]+", "-", fold(value).strip())
        return (key, None) if len(key) > 2 else (None, None)

    def _pairs(self, folded: str) -> Iterator[Match]:
        for pair in _PAIR.finditer(folded):
            score = self._context(folded, pair)
            for group in ("symbol", "number", "branch"):
                if score and pair[group]:
                    yield Match(*pair.span(group), score, self.entity_type)

    def _context(self, folded: str, found: re.Match[str]) -> float:
        """Score 記号 and 番号, which drawings and passbooks have too; 0 beside a word for the post bank."""
        around = max(0, found.start() - _REACH), found.end() + _REACH
        if _POST.search(folded, *around):
            return 0.0
        return 0.8 if found["branch"] is not None or _HEALTH.search(folded, *around) else 0.3
