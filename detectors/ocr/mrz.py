"""The machine-readable zone of a passport (ICAO Doc 9303 part 4, TD3) as an OCR engine reads it.

An engine of words reads OCR-B with one filler too many or too few, with Greek letters, with O for 0. Each place
of the second line knows whether a letter or a digit stands there, and the first 28 places hold three check
digits of their own: number, birth, expiry. They are what a reading is judged by; fillers behind them are not.

>>> line = mended("TT26940038JΡN84O2013M3411230<<<<<<<<<<<<02")
>>> line, checked(line)
('TT26940038JPN8402013M3411230<<<<<<<<<<<<02', True)
"""

from __future__ import annotations

import re

from detectors.jp.passport import calc_check_digit

#: Other alphabets' letters, and signs, for capitals.
_ALPHABETS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХ∪∩‹«＜〈", "ABEZHIKMNOPTYXABEKMHOPCTYXUN<<<<")
_TO_DIGITS, _TO_LETTERS = str.maketrans("OQDILZSBG", "000112586"), str.maketrans("012586", "OIZSBG")
#: Places of the second line, from 0, that hold digits alone, letters alone.
_DIGITS, _LETTERS = ((9, 10), (13, 20), (21, 28)), ((10, 13), (20, 21))
#: What a line of the zone looks like before it is mended: of any length near 44, made of capitals and fillers.
_ZONE = re.compile(r"[A-Z0-9<]{28,}")
_FIELDS = ((0, 9), (13, 19), (21, 27))
_LENGTH = range(40, 49)
SECOND = re.compile(r"[A-Z0-9<]{10}[A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{12,20}")
FIRST = re.compile(
    r"P[A-Z<][A-Z<]{3}(?P<surname>[A-Z](?:[A-Z ]|<(?!<))*)<<(?P<given>[A-Z](?:[A-Z ]|<(?!<))*)"
)


def mended(text: str) -> str:
    """Return `text`, if it is a line of a zone, in capitals and fillers, code point for code point."""
    line = text.translate(_ALPHABETS)
    if "<<" not in line or not _ZONE.fullmatch(line.replace(" ", "")):
        return text
    second = _second(line)
    return second if SECOND.fullmatch(second) else line


def _second(line: str) -> str:
    """Put digits and letters right where the second line has the one or the other."""
    symbols = list(line)
    for places, table in ((_DIGITS, _TO_DIGITS), (_LETTERS, _TO_LETTERS)):
        for start, end in places:
            symbols[start:end] = line[start:end].translate(table)
    return "".join(symbols)


def checked(line: str) -> bool:
    """Say whether `line` is a second line whose number, birth and expiry have their check digits."""
    return bool(
        len(line) in _LENGTH
        and SECOND.fullmatch(line)
        and all(calc_check_digit(line[start:end]) == line[end] for start, end in _FIELDS)
    )
