"""Identifiers drawn at random, valid by their own rules; none is known to belong to anybody.

Payment cards start with the issuer digits of published test numbers.
"""

from __future__ import annotations

from datetime import date
from random import Random

from pipelines.demo.places import PREFECTURES

CARD_ISSUERS = (
    ("411111", 16),
    ("424242", 16),
    ("555555", 16),
    ("353011", 16),
    ("356600", 16),
    ("378282", 15),
)
TAC = ("35328411", "35699110", "86472005", "35875412")
_LICENCE_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def digits(rng: Random, count: int) -> str:
    """Draw `count` decimal digits."""
    return f"{rng.randrange(10**count):0{count}d}"


def my_number(rng: Random) -> str:
    """個人番号: 11 digits and a check digit."""
    from stdnum.jp import in_

    body = digits(rng, 11)
    return body + str(in_.calc_check_digit(body))


def corporate_number(rng: Random) -> str:
    """法人番号: a check digit, then 12 digits of a company (leading 01–05)."""
    from stdnum.jp import cn

    body = f"0{rng.randint(1, 5)}{digits(rng, 10)}"
    return str(cn.calc_check_digit(body)) + body


def driver_licence(rng: Random, prefecture: str, first_issued: int) -> str:
    """運転免許証番号: commission, year of first issue, serial, check digit at 11, number of re-issues."""
    body = f"{PREFECTURES[prefecture][2]}{first_issued % 100:02d}{digits(rng, 6)}"
    remainder = sum(w * int(d) for w, d in zip(_LICENCE_WEIGHTS, body, strict=True)) % 11
    return f"{body}{(11 - remainder) % 10}{rng.choices((0, 1, 2), (85, 12, 3))[0]}"


def credit_card(rng: Random) -> str:
    """Draw a card number that passes Luhn."""
    issuer, length = rng.choice(CARD_ISSUERS)
    return luhn(issuer + digits(rng, length - len(issuer) - 1))


def imei(rng: Random) -> str:
    """IMEI: type allocation code, serial number, Luhn digit."""
    return luhn(rng.choice(TAC) + digits(rng, 6))


def iccid(rng: Random) -> str:
    """ICCID of a Japanese SIM, 19 digits."""
    return luhn("8981" + digits(rng, 14))


def pension_number(rng: Random) -> str:
    """基礎年金番号: 4-6 digits, no check digit."""
    return f"{rng.choice((21, 22, 31, 41, 51)):02d}{rng.randint(1, 20):02d}-{digits(rng, 6)}"


def employment_insurance(rng: Random) -> str:
    """雇用保険被保険者番号: 4-6-1 digits; how the last is made is not public."""
    return f"{rng.randint(1301, 5099)}-{digits(rng, 6)}-{digits(rng, 1)}"


def jan_code(rng: Random) -> str:
    """JAN (EAN-13) of a Japanese maker: as long as a corporate number."""
    body = rng.choice(("45", "49")) + digits(rng, 10)
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(body))
    return body + str(-total % 10)


def slip_number(rng: Random) -> str:
    """Parcel slip: 11 digits and their remainder by 7; as long as My Number."""
    body = digits(rng, 11)
    return body + str(int(body) % 7)


def mobile(rng: Random) -> str:
    """Draw a mobile number, 11 digits; 060 is in use since July 2026 and still rare."""
    prefix = rng.choices(("090", "080", "070", "060"), (42, 38, 19, 1))[0]
    return f"{prefix}{rng.randint(1, 9)}{digits(rng, 7)}"


def ip_phone(rng: Random) -> str:
    """050 number, 11 digits."""
    while True:
        number = f"050{rng.randint(1, 8)}{digits(rng, 7)}"
        if _in_plan(number):
            return number


def fixed_line(rng: Random, prefecture: str) -> str:
    """Draw a fixed line in the capital's area of `prefecture`, 10 digits."""
    area = PREFECTURES[prefecture][1]
    while True:
        number = f"{area}{rng.randint(2, 9)}{digits(rng, 9 - len(area))}"
        if _in_plan(number):
            return number


def toll_free(rng: Random) -> str:
    """0120 number of a business, hyphenated."""
    return f"0120-{digits(rng, 3)}-{digits(rng, 3)}"


def phone_text(rng: Random, number: str) -> str:
    """Write a national number as people do: mostly with hyphens."""
    style = rng.random()
    if style < 0.12:
        return number
    parts = _phone_parts(number)
    if style < 0.16:
        return f"{parts[0]}({parts[1]}){parts[2]}"
    if style < 0.18:
        return f"+81-{parts[0][1:]}-{parts[1]}-{parts[2]}"
    return "-".join(parts)


def wareki(day: date, *, short: bool = False) -> str:
    """Write a date in the Japanese era (昭和60年4月2日, or S60.4.2)."""
    for start, name, letter in _ERAS:
        if day >= start:
            year = day.year - start.year + 1
            if short:
                return f"{letter}{year}.{day.month}.{day.day}"
            return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    raise ValueError("before Taisho")


def luhn(body: str) -> str:
    """Return `body` with its Luhn digit."""
    total = 0
    for index, digit in enumerate(reversed(body)):
        doubled = int(digit) * (1 if index % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


_ERAS = (
    (date(2019, 5, 1), "令和", "R"),
    (date(1989, 1, 8), "平成", "H"),
    (date(1926, 12, 25), "昭和", "S"),
    (date(1912, 7, 30), "大正", "T"),
)


def _phone_parts(number: str) -> list[str]:
    if len(number) == 11:
        return [number[:3], number[3:7], number[7:]]
    import phonenumbers

    parsed = phonenumbers.parse(number, "JP")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)).split("-")


def _in_plan(number: str) -> bool:
    import phonenumbers

    return bool(phonenumbers.is_valid_number(phonenumbers.parse(number, "JP")))
