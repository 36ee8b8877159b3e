"""Passports, drawn as in `pipelines.demo.drawn`; not in the sample estate."""

from __future__ import annotations

from datetime import date
from random import Random

from pipelines.demo import numbers
from pipelines.demo.pencil import Drawn, card, face, line, near_past
from pipelines.demo.people import Person
from pipelines.demo.truth import Value

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_MRZ_WIDTH = 44


def passport(rng: Random, person: Person) -> Drawn:
    """Draw the page of a Japanese passport with the portrait."""
    number = rng.choice("TM") + rng.choice("GHKRSTZ") + numbers.digits(rng, 7)
    return _passport(rng, person, "JPN", number, "日本国 JAPAN", "旅券 PASSPORT", "JAPAN")


def foreign_passport(rng: Random, person: Person) -> Drawn:
    """Draw the page of a passport of the invented state of Utopia (UTO in ICAO Doc 9303)."""
    number = rng.choice("LXE") + numbers.digits(rng, 8)
    return _passport(rng, person, "UTO", number, "REPUBLIC OF UTOPIA", "PASSPORT", "UTOPIAN")


def _passport(
    rng: Random, person: Person, state: str, number: str, country: str, title: str, nationality: str
) -> Drawn:
    from detectors.jp.passport import calc_check_digit

    picture, draw = card((240, 226, 232), (1240, 870))
    surname, given = person.name.surname_romaji.upper(), person.name.given_romaji.upper()
    issued = near_past(rng)
    until = issued.replace(year=issued.year + 10)
    sex = "F" if person.sex == "女" else "M"
    for x, y, label, value in (
        (400, 80, "型/Type", "P"),
        (560, 80, "発行国/Issuing country", state),
        (880, 80, "旅券番号/Passport No.", number),
        (400, 170, "姓/Surname", surname),
        (400, 260, "名/Given name", given),
        (400, 350, "国籍/Nationality", nationality),
        (740, 350, "生年月日/Date of birth", _short_date(person.born)),
        (400, 440, "性別/Sex", sex),
        (740, 440, "本籍/Registered Domicile", "TOKYO"),
        (400, 530, "発行年月日/Date of issue", _short_date(issued)),
        (740, 530, "所持人自署/Signature of bearer", ""),
        (400, 620, "有効期間満了日/Date of expiry", _short_date(until)),
        (740, 620, "発行官庁/Authority", "MINISTRY OF FOREIGN AFFAIRS"),
    ):
        line(draw, (x, y), label if state == "JPN" else label.split("/")[1], 18)
        line(draw, (x, y + 26), value, 34 if len(value) < 20 else 24)
    line(draw, (60, 24), country, 30)
    line(draw, (400, 24), title, 30)
    face(draw, rng, (60, 170, 350, 560))
    first = f"P<{state}{surname}<<{given}".ljust(_MRZ_WIDTH, "<")[:_MRZ_WIDTH]
    fields = [number.ljust(9, "<"), f"{person.born:%y%m%d}", f"{until:%y%m%d}", "<" * 14]
    checked = [field + calc_check_digit(field) for field in fields]
    second = f"{checked[0]}{state}{checked[1]}{sex}{checked[2]}{checked[3]}"
    second += calc_check_digit(checked[0] + checked[1] + checked[2] + checked[3])
    for row, text in enumerate((first, second)):
        for column, character in enumerate(text):
            # OCR-B stands 2.54 mm apart: a proportional font is set letter by letter.
            line(draw, (40 + round(column * 26.4), 726 + row * 62), character, 36)
    values = [
        Value(f"{surname} {given}", "PERSON"),
        Value(_short_date(person.born), "DATE_OF_BIRTH"),
        Value(number, "JP_PASSPORT"),
    ]
    return Drawn(picture, "passport", values, faces=1)


def _short_date(day: date) -> str:
    return f"{day:%d} {_MONTHS[day.month - 1]} {day.year}"
