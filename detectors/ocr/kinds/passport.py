"""旅券: the page of a passport with the portrait, of Japan and of other countries (ICAO Doc 9303 part 4)."""

from __future__ import annotations

import re

from detectors.ocr import mrz
from detectors.ocr.kinds.kind import ABOUT, Form, Kind, either, every, holds
from detectors.ocr.sheet import Sheet, Stretch, both, labelled

_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
#: 20 FEB 1979, also with the month in a second language: 20 FEB/FEV 79.
_DAY = rf"[0-9]{{1,2}} ?{_MONTH}(?: ?/ ?[A-Z]{{3,4}})? ?(?:[0-9]{{4}}|[0-9]{{2}})(?![0-9])"
_NUMBER = r"(?<![A-Z0-9])(?:[A-Z]{1,2} ?[0-9]{7,8}|[0-9]{9}|[A-Z][0-9]{7}[A-Z])(?![A-Z0-9])"
_NAME = r"^(?=.{2,30}$)[A-Z][A-Z'-]*(?: [A-Z][A-Z'-]*)*$"
_NUMBER_SHAPE = re.compile(r"[A-Z0-9]{1,9}(?: [0-9]{7,8})?")
_NAME_SHAPE = re.compile(r"[A-Z][A-Z '<-]{1,60}")


def _has_zone(text: str) -> bool:
    return any(mrz.checked(line) for line in text.split("\n"))


def _number(sheet: Sheet) -> list[Stretch]:
    """Find the number in the zone, less its fillers."""
    for at, line in enumerate(sheet.folded):
        if mrz.checked(line):
            return [(at, 0, len(line[:9].rstrip("<")))]
    return []


def _birth(sheet: Sheet) -> list[Stretch]:
    return [(at, 13, 19) for at, line in enumerate(sheet.folded) if mrz.checked(line)][:1]


def _holder(sheet: Sheet) -> list[Stretch]:
    """Find surname and given names in the first line of the zone."""
    for at, line in enumerate(sheet.folded):
        if match := mrz.FIRST.match(line):
            return [(at, *match.span("surname")), (at, *match.span("given"))]
    return []


_SURNAME = labelled(r"Surname|SURNAME|^姓", _NAME, below=True)
_GIVEN = labelled(r"Given ?[Nn]ame|GIVEN ?NAME|^名/|Forename", _NAME, below=True)
_PRINTED_NUMBER = labelled(r"Passport ?No|PASSPORT ?NO|旅券番号", _NUMBER, below=True)
_PRINTED_BIRTH = labelled(r"[Dd]ate ?of ?birth|DATE ?OF ?BIRTH|生年月日", _DAY, below=True)

KINDS = (
    Kind(
        "passport",
        words=(
            (0.25, ("PASSPORT", "旅券")),
            (0.1, ("Surname", "SURNAME")),
            (0.05, ("Givenname", "GIVENNAME", "Forename")),
            (0.1, ("Dateofbirth", "DATEOFBIRTH", "生年月日")),
            (0.1, ("Dateofexpiry", "DATEOFEXPIRY", "有効期間満了日")),
            (0.05, ("Authority", "AUTHORITY", "発行官庁")),
            (0.05, ("Nationality", "NATIONALITY", "国籍")),
        ),
        signs=((0.6, _has_zone), (0.1, holds(r"^P[A-Z<][A-Z<]{3}[A-Z]+<<"))),
        vetoes=(
            *ABOUT,
            "BOARDING",
            "搭乗",
            "見分け方",
            "VISA",
            "査証",
            "eTicket",
            "eチケット",
            "APPLICATION",
            "Application",
            "Applicant",
            "Purpose",
        ),
        anchor=either(_has_zone, every(holds(_NUMBER.replace(" ?", "")), holds(_DAY.replace(" ?", ""), 3))),
        forms=(
            Form("JP_PASSPORT", "旅券番号", 0.8, _NUMBER_SHAPE, _PRINTED_NUMBER),
            Form("PERSON", "氏名", 0.8, _NAME_SHAPE, both(_SURNAME, _GIVEN)),
            Form("DATE_OF_BIRTH", "生年月日", 0.8, re.compile(_DAY), _PRINTED_BIRTH),
            Form("JP_PASSPORT", "旅券番号", 0.8, _NUMBER_SHAPE, _number),
            Form("PERSON", "氏名", 0.7, _NAME_SHAPE, _holder),
            Form("DATE_OF_BIRTH", "生年月日", 0.7, re.compile("[0-9]{6}"), _birth),
        ),
        portrait=True,
    ),
)
