"""Telephone numbers: Japan's whole plan in every spelling, and foreign ones written with ``+``.

A national number is 0, area code, local number: ten digits, eleven for mobile (060, 070, 080, 090), IP (050) and
0800. Area codes have one to four digits, so the separators move: 03-1234-5678, 0154-23-5151, 04992-2-0600.
Written with hyphens of every kind, brackets, spaces, dots, ー, の, full width, in kanji, or nothing; abroad +81
replaces the 0 and ``(0)`` is sometimes kept. Plan: `detectors.jp.phone_plan` (libphonenumber).

Numbers only businesses have (0120, 0800, 0570, 0990) and short codes are recognised with ``personal=False``.

>>> validate("０９０の１２３４の５６７８")
'+819012345678'
>>> validate("+81 (0)3-1234-5678")
'+81312345678'
>>> validate("011-123-4567")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidComponent: One of the parts of the number are invalid or unknown.
>>> validate("03-123-4567")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import phonenumbers
from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import is_trivial, only_digits
from detectors.jp.phone_plan import LEAD, Kind, area_length, kind, plans
from detectors.jp.vicinity import NUMBERED, Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

# One separator inside a number.
_SEP = r"(?: ?[\-ーｰ.の・] ?| )"
# Not inside a longer number, a part number or a hexadecimal id; TEL03-…, Fax.03-… and 電話No.03-… are fine.
_BEFORE = (
    r"(?:(?<![0-9A-Za-z])(?<![0-9A-Za-z][\-ーｰ.])(?<![0-9]の)"
    r"|(?i:(?<=tel)|(?<=fax)|(?<=phone)|(?<=tel[.\-])|(?<=fax[.\-])|(?<=phone[.\-])|(?<=no[.])))"
)
_AFTER = r"(?![0-9])(?![\-ーｰ][0-9A-Za-z])(?![.の・][0-9])(?!@)"

_INTERNATIONAL = (
    r"(?:\( ?\+ ?81 ?\)|\+ ?81|(?:0081|81)(?=[\- ]))[ \-ーｰ.]?(?:\( ?0 ?\)|0)?"
    rf"{_SEP}?\(?[1-9](?:(?:{_SEP}|[()] ?)?[0-9]){{8,9}}"
)
_GROUPED = (
    rf"\( ?0[0-9]{{1,4}} ?\)[ \-ーｰ.]{{0,2}}[0-9]{{1,4}}{_SEP}[0-9]{{3,4}}"
    r"|0[0-9]{1,4} ?\( ?[0-9]{1,4} ?\)[ \-ーｰ.]?[0-9]{3,4}"
    rf"|0[0-9]{{1,4}}{_SEP}[0-9]{{1,4}}{_SEP}[0-9]{{3,4}}"
)
#: Digits of a number in the plan, with the leading zero or without.
_DIGITS = (9, 10, 11)
_HALVED = (
    rf"\( ?0[0-9]{{1,4}} ?\) ?[0-9]{{5,8}}|0[0-9]{{1,4}}{_SEP}[0-9]{{5,8}}|0[0-9]{{5,6}}{_SEP}[0-9]{{4}}"
)
_PLAIN = r"0[0-9]{9,10}(?![A-Za-z])"
_CANDIDATE = compiled(
    rf"{_BEFORE}(?:(?P<international>{_INTERNATIONAL})|(?P<grouped>{_GROUPED})"
    rf"|(?P<halved>{_HALVED})|(?P<plain>{_PLAIN})){_AFTER}"
)
_FOREIGN = compiled(r"(?<![0-9A-Za-z+])\+(?! ?81)[1-9](?:[ \-.()]{0,2}[0-9]){6,14}(?![0-9])")
#: As columns of newspapers have it: 〇三・三五八一・五四七一.
_KANJI = "〇零一二三四五六七八九"
_ARABIC = str.maketrans(_KANJI, "00123456789")
_IN_KANJI = compiled(
    rf"(?<![{_KANJI}十百第])[〇零][{_KANJI}]{{1,4}}[-ー・(の ][{_KANJI}]{{1,4}}[-ー・)の ]"
    rf"[{_KANJI}]{{3,4}}(?![{_KANJI}十百])"
)
# A spreadsheet took the 0 away: only as the whole value, and only as evidence for its column.
_ZERO_LOST = re.compile(r" *([1-9][0-9]{8,9}) *")
_SHORT_CODE = compiled(r"(?<![0-9A-Za-z.,/-])1(?:04|1[0345-9]|71|77|84|8[89])(?=番(?![地目号]))")

_OWN = (
    r"(?:電話|でんわ|ﾃﾞﾝﾜ|携帯|ケータイ|ｹｰﾀｲ|けいたい|スマホ|ファッ?クス|ﾌｧｯｸｽ|連絡先|折り?返し|"
    r"回線(?=番号)|(?:転入|転出|乗り?換え)[元先](?=番号)|"
    r"番号通知|通知番号|直通|代表|ダイヤル|着信|発信[元者]?|ショートメール|[☎℡📞📱]|"
    r"(?<![A-Za-z])(?i:tel(?:ephone)?|phone|mobile|cell|fax|hotline|sms|call(?:er|ee)|msisdn))"
    r"(?:番号| ?(?i:no(?![a-z])\.?|number|#))?|問い?合わ?せ(?:先|(?!番号|コード|ナンバー| ?(?i:no)(?![a-z])))"
)
# ご予約は 03-…: only a label that names another number is a rival.
_VICINITY = Vicinity(_OWN, NUMBERED + "|品番|型番|型式|図番|ロット")
_CALLED = Vicinity(_OWN + "|通報", NUMBERED, right="番?(?:に|へ|を)?(?:電話|通報|ダイヤル)")


def compact(number: str) -> str:
    """Return the national significant number: digits without country code 81 and trunk 0."""
    digits = only_digits(number)
    if digits.startswith("0081"):
        digits = digits[4:]
    elif digits.startswith("81") and len(digits) >= 11:
        digits = digits[2:]
    return digits.removeprefix("0")


def validate(number: str) -> str:
    """Return the number in E.164; `stdnum.exceptions.ValidationError` when it is not in Japan's plan."""
    national = compact(number)
    if len(national) not in (9, 10):
        raise InvalidLength
    if kind(national) is None:
        raise InvalidComponent
    return f"+81{national}"


def is_valid(number: str) -> bool:
    """Tell whether `number` is in Japan's plan."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class JpPhoneRecognizer(Recognizer):
    """Numbers of the Japanese plan, and foreign ones with ``+``; the span ends before an extension."""

    entity_type = "PHONE_NUMBER"
    version = "4"
    gate = (
        r"\+ ?[1-9][-0-9() .ーｰの・]{6}|81[- ][-0-9() .ーｰの・]{9}|0[0-9][-0-9() .ーｰの・]{7}"
        rf"|^ *[1-9][0-9]{{8,9}} *$|1(?:04|1[0345-9]|71|77|84|8[89])番"
        rf"|[〇零][{_KANJI}]{{1,4}}[-ー・(の ][{_KANJI}]"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield numbers in the plan, and what only looks like one at a score that tells so."""
        for candidate in _CANDIDATE.finditer(folded):
            yield from self._national(candidate, folded)
        for candidate in _FOREIGN.finditer(folded):
            yield from self._foreign(candidate, folded)
        for candidate in _SHORT_CODE.finditer(folded):
            start, end = candidate.span()
            if _CALLED.judge(folded, start, end) is Context.OWN:
                yield Match(start, end, 0.4, self.entity_type, checked=True, personal=False)
        yield from self._in_kanji(folded)
        yield from self._zero_lost(folded)

    def traits(self, cells: Digits) -> Ints:
        """Use and area code of what begins like a number, as far as its form lets `find` see it."""
        zero = cells.places[:, 0] == 0
        abroad = cells.number(0, 4) == 81
        if cells.groups[0] == 2:
            abroad |= cells.number(0, 2) == 81
        lost = ~zero & (len(cells.groups) == 1)
        plan = cells.nothing
        if cells.size in _DIGITS:
            if zero.any():
                plan = np.where(zero, plans(cells.number(1, 1 + LEAD), cells.size - 1), plan)
            if lost.any():
                plan = np.where(lost, plans(cells.number(0, LEAD), cells.size), plan)
        facts = told_apart(zero, plan, (zero | lost) & cells.trivial)
        return np.where(abroad, -1, facts)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """E.164, Japanese or foreign; the bare digits of what no plan knows."""
        value = value.translate(_ARABIC)
        try:
            return validate(value), None
        except ValidationError:
            return _foreign_e164(fold(value)) or only_digits(value) or None, None

    def _national(self, candidate: re.Match[str], folded: str) -> Iterator[Match]:
        start, end = candidate.span()
        national = compact(candidate[0])
        use = kind(national)
        context = _VICINITY.judge(folded, start, end)
        form = str(candidate.lastgroup)
        if use is None or (context is not Context.OWN and is_trivial("0" + national)):
            score = _malformed_score(form, len(national), context)
            if score:
                yield Match(start, end, score, self.entity_type)
            return
        score = _score(form, use, _oddly_split(form, candidate[0], national), context)
        yield Match(start, end, score, self.entity_type, checked=True, personal=use.personal)

    def _foreign(self, candidate: re.Match[str], folded: str) -> Iterator[Match]:
        if _foreign_e164(candidate[0]):
            own = _VICINITY.judge(folded, *candidate.span()) is Context.OWN
            yield Match(*candidate.span(), 0.9 if own else 0.5, self.entity_type, checked=True)

    def _in_kanji(self, folded: str) -> Iterator[Match]:
        for candidate in _IN_KANJI.finditer(folded):
            use = kind(compact(candidate[0].translate(_ARABIC)))
            if use is not None:
                own = _VICINITY.judge(folded, *candidate.span()) is Context.OWN
                score = _LABELLED["plain"] if own else _UNLABELLED["grouped"]
                yield Match(*candidate.span(), score, self.entity_type, checked=True, personal=use.personal)

    def _zero_lost(self, folded: str) -> Iterator[Match]:
        whole = _ZERO_LOST.fullmatch(folded)
        use = kind(whole[1]) if whole else None
        if whole and use is Kind.MOBILE:
            yield Match(*whole.span(1), 0.2, self.entity_type, checked=True)
        elif whole and use is Kind.FIXED:
            # Three in five strings of nine digits are in the plan: no check worth counting.
            yield Match(*whole.span(1), 0.1, self.entity_type)


_RUN = re.compile("[0-9]+")
_LABELLED = {"international": 0.95, "grouped": 0.95, "halved": 0.9, "plain": 0.9}
_RIVALLED = {"international": 0.5, "grouped": 0.3, "halved": 0.2, "plain": 0.2}
_UNLABELLED = {"international": 0.75, "grouped": 0.6, "halved": 0.45, "plain": 0.4}


def _score(form: str, use: Kind, oddly_split: bool, context: Context) -> float:
    if context is Context.OWN:
        return _LABELLED[form]
    if context is Context.RIVAL:
        return _RIVALLED[form]
    if oddly_split:
        # Two groups, neither an area code, are an article's number as often: 07293-60423.
        return 0.4 if form == "grouped" else 0.3
    # Eleven digits and three fixed prefixes leave less to chance than ten.
    return _UNLABELLED[form] + (0.1 if use in (Kind.MOBILE, Kind.IP) else 0.0)


def _malformed_score(form: str, length: int, context: Context) -> float:
    """Score what the plan does not know: dummies like 011-123-4567 and mistyped numbers."""
    if form == "international":
        return 0.3 if context is Context.OWN else 0.0
    if length not in (9, 10):
        return 0.3 if context is Context.OWN else 0.0
    if context is Context.OWN:
        return 0.5 if form == "grouped" else 0.3
    return 0.2 if form == "grouped" else 0.1


def _oddly_split(form: str, written: str, national: str) -> bool:
    """Tell whether the area code as written is more than a digit away from the plan's: 0312-34-5678."""
    if form not in ("grouped", "halved"):
        return False
    area = len(_RUN.findall(written)[0]) - 1
    if form == "halved":
        return area != area_length(national) and area < 5
    return abs(area - area_length(national)) > 1


def _foreign_e164(number: str) -> str | None:
    """Return the number in E.164 when libphonenumber knows it as a number of another country."""
    try:
        parsed = phonenumbers.parse(number.strip(), None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
