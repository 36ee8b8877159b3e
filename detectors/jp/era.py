"""和暦: Japanese era dates to the Gregorian calendar, with the days each era really had.

Eras begin and end inside a year: 昭和64年 has seven days, 平成31年 four months. Meiji is read from
1868-01-25; Gregorian dates hold from 1873-01-01, before that the calendar was lunar and no date is returned.

>>> to_date("昭和", "64", 1, 7)
datetime.date(1989, 1, 7)
>>> to_date("昭和", "64", 1, 8) is None
True
>>> to_date("S", "五十五", 3, 15)
datetime.date(1980, 3, 15)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Era:
    """One era: its name, its forms, and its first and last day."""

    name: str
    short: str
    letter: str
    ligature: str
    first: date
    last: date


ERAS = (
    Era("明治", "明", "M", "㍾", date(1868, 1, 25), date(1912, 7, 29)),
    Era("大正", "大", "T", "㍽", date(1912, 7, 30), date(1926, 12, 24)),
    Era("昭和", "昭", "S", "㍼", date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", "平", "H", "㍻", date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", "令", "R", "㋿", date(2019, 5, 1), date.max),
)
_BY_FORM = {form: era for era in ERAS for form in (era.name, era.short, era.letter, era.ligature)}
_GREGORIAN_FROM = date(1873, 1, 1)
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "元": 1}
_NUMERAL = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[〇零一二三四五六七八九]+|元")


def to_date(era: str, year: str, month: int, day: int) -> date | None:
    """Return the Gregorian date, None when the era had no such day. `year` in digits, kanji or 元."""
    which = _BY_FORM.get(era.upper())
    if which is None:
        return None
    found = civil_date(which.first.year + number(year) - 1, month, day)
    if found is None or not max(which.first, _GREGORIAN_FROM) <= found <= which.last:
        return None
    return found


def civil_date(year: int, month: int, day: int) -> date | None:
    """Return the date, None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def number(written: str) -> int:
    """Return the value of ASCII digits, kanji numerals below one hundred or positional kanji; 0 for neither.

    >>> number("元"), number("十"), number("二十一"), number("五五"), number("08"), number("十十")
    (1, 10, 21, 55, 8, 0)
    """
    if written.isascii():
        return int(written)
    if not _NUMERAL.fullmatch(written):
        return 0
    tens, ten, units = written.partition("十")
    if ten:
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)
    return int("".join(str(_DIGITS[digit]) for digit in written))
