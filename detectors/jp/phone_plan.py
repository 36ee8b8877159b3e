"""The Japanese numbering plan, read from libphonenumber's own metadata.

A national significant number is the number without trunk prefix 0 and country code 81: nine digits, or ten for
mobile, IP, M2M and 0800 numbers. The patterns are libphonenumber's (`phonenumbers`), compiled once: the answer
is the parser's at about a hundredth of its cost. Nothing is generated beforehand: `_plan` makes the
patterns at first use from the metadata that is installed, so that they cannot fall behind it; its version is part
of every detector's (`detectors.registry.DICTIONARIES`). 060 is open to mobiles since July 2026.

>>> kind("9012345678"), kind("312345678"), kind("120444444"), kind("111234567")
(<Kind.MOBILE: 'mobile'>, <Kind.FIXED: 'fixed'>, <Kind.TOLL_FREE: 'toll-free'>, None)
>>> area_length("312345678"), area_length("154235151"), area_length("499220600")
(1, 3, 4)
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

from detectors.digit_cells import Ints
from detectors.gates import matching


class Kind(Enum):
    """What a number is for. Values are words for people."""

    FIXED = "fixed"
    MOBILE = "mobile"
    IP = "ip"
    TOLL_FREE = "toll-free"
    SHARED_COST = "navi-dial"
    PREMIUM = "premium"
    MACHINE = "machine"

    @property
    def personal(self) -> bool:
        """False for what only businesses and machines have (0120, 0800, 0570, 0990, 020)."""
        return self in (Kind.FIXED, Kind.MOBILE, Kind.IP)


# Tried in this order: 060 belongs to the mobile pattern before the old personal-number pattern, which is left out.
_SECTIONS = (
    (Kind.MOBILE, "mobile"),
    (Kind.FIXED, "fixed_line"),
    (Kind.IP, "voip"),
    (Kind.TOLL_FREE, "toll_free"),
    (Kind.SHARED_COST, "uan"),
    (Kind.PREMIUM, "premium_rate"),
    (Kind.MACHINE, "pager"),
)


#: Leading digits that tell what a number is for, and how it is written: no pattern looks further.
LEAD = 5
_NATIONAL = "^[1-9][0-9]{8,9}$"
#: More than any area code has digits.
_LENGTHS = 16


def kind(national: str) -> Kind | None:
    """Return what `national` (digits of a national significant number) is for; None when not in the plan."""
    if len(national) not in (9, 10):
        return None
    place = int(_by_lead(len(national))[int(national[:LEAD])]) // _LENGTHS
    return _plan()[place - 1][0] if place else None


def area_length(national: str) -> int:
    """Return how many digits of `national` stand before the first official separator, trunk 0 not counted.

    2 where there is no official one.
    """
    return int(_by_lead(len(national))[int(national[:LEAD])]) % _LENGTHS


def plans(leads: Ints, size: int) -> Ints:
    """Return one number for `kind` and `area_length` of strings of `size` digits, by their first `LEAD` digits.

    Equal ones mean that both are equal.
    """
    return _by_lead(size)[leads]


@cache
def _by_lead(size: int) -> Ints:
    """Return for all leading digits `plans` of strings of `size` digits that begin with them."""
    leads = pc.utf8_lpad(pc.cast(pa.array(np.arange(10**LEAD)), pa.string()), LEAD, "0")
    nationals = pc.utf8_rpad(leads, size, "1")
    return kinds(nationals) * _LENGTHS + area_lengths(nationals, size)


def kinds(nationals: pa.Array) -> Ints:
    """Return for every string the place of its kind in the plan, from 1; 0 for what is not in it."""
    found = np.zeros(len(nationals), dtype=np.int64)
    left = np.flatnonzero(matching(nationals, _NATIONAL))
    for place, (_, pattern) in enumerate(_plan(), 1):
        fits = matching(nationals.take(pa.array(left)), rf"^(?:{pattern.pattern})$")
        found[left[fits]] = place
        left = left[~fits]
    return found


def area_lengths(nationals: pa.Array, size: int) -> Ints:
    """Return the area codes' lengths in strings of `size` digits."""
    found = np.full(len(nationals), 2, dtype=np.int64)
    left = np.flatnonzero(matching(nationals, _NATIONAL))
    for leading, shape in _formats():
        if split := shape.fullmatch("1" * size):
            fits = matching(nationals.take(pa.array(left)), rf"^(?:{leading.pattern})")
            found[left[fits]] = len(split[1])
            left = left[~fits]
    return found


@cache
def _metadata() -> PhoneMetadata:
    metadata = PhoneMetadata.metadata_for_region("JP")
    if metadata is None:
        raise LookupError("phonenumbers carries no metadata for Japan")
    return metadata


@cache
def _plan() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    sections = ((name, getattr(_metadata(), section)) for name, section in _SECTIONS)
    return tuple((name, re.compile(desc.national_number_pattern)) for name, desc in sections)


@cache
def _formats() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    # The last of the leading-digit patterns of a format is the exact one.
    return tuple(
        (re.compile(form.leading_digits_pattern[-1]), re.compile(form.pattern))
        for form in _metadata().number_format
        if form.leading_digits_pattern and form.pattern
    )
