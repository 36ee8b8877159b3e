"""The Japanese numbering plan, read from libphonenumber's own metadata.

A national significant number is the number without trunk prefix 0 and country code 81: nine digits, or ten for
mobile, IP, M2M and 0800 numbers. The patterns are libphonenumber's (`phonenumbers`), compiled once: the answer
is the parser's at about a hundredth of its cost (NOTES, speed). Nothing is generated beforehand: `_plan` makes the
patterns at first use from the metadata that is installed, so that they cannot fall behind it; its version is part
of every detector's (`detectors.registry.DICTIONARIES`). 060 is open to mobiles since July 2026 (FACTS §1.3).

>>> kind("9012345678"), kind("312345678"), kind("120444444"), kind("111234567")
(<Kind.MOBILE: 'mobile'>, <Kind.FIXED: 'fixed'>, <Kind.TOLL_FREE: 'toll-free'>, None)
>>> area_length("312345678"), area_length("154235151"), area_length("499220600")
(1, 3, 4)
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache, lru_cache

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


def kind(national: str) -> Kind | None:
    """Return what `national` (digits of a national significant number) is for; None when not in the plan."""
    if len(national) not in (9, 10) or national.startswith("0"):
        return None
    return _kind(national[:LEAD], len(national))


@lru_cache(maxsize=65_536)
def _kind(lead: str, size: int) -> Kind | None:
    national = lead.ljust(size, "1")
    return next((name for name, pattern in _plan() if pattern.fullmatch(national)), None)


def area_length(national: str) -> int:
    """Return how many digits of `national` stand before the first official separator, trunk 0 not counted."""
    return _area_length(national[:LEAD], len(national))


@lru_cache(maxsize=65_536)
def _area_length(lead: str, size: int) -> int:
    national = lead.ljust(size, "1")
    for leading, shape in _formats():
        split = shape.fullmatch(national) if leading.match(national) else None
        if split:
            return len(split[1])
    return 2


def kinds(nationals: pa.Array) -> Ints:
    """Return for every string the place of its `kind` among the kinds, from 1; 0 for what is not in the plan."""
    found = np.zeros(len(nationals), dtype=np.int64)
    left = np.flatnonzero(matching(nationals, _NATIONAL))
    for place, (_, pattern) in enumerate(_plan(), 1):
        fits = matching(nationals.take(pa.array(left)), rf"^(?:{pattern.pattern})$")
        found[left[fits]] = place
        left = left[~fits]
    return found


def area_lengths(nationals: pa.Array) -> Ints:
    """Return `area_length` of every string of nine or ten digits, and 2 for every other."""
    found = np.full(len(nationals), 2, dtype=np.int64)
    lengths = pc.binary_length(nationals).to_numpy(zero_copy_only=False)
    left = np.flatnonzero(matching(nationals, _NATIONAL))
    for leading, shape in _formats():
        split = {size: len(each[1]) for size in (9, 10) if (each := shape.fullmatch("1" * size))}
        fits = np.isin(lengths[left], list(split))
        fits[fits] = matching(nationals.take(pa.array(left[fits])), rf"^(?:{leading.pattern})")
        found[left[fits]] = [split[size] for size in lengths[left[fits]].tolist()]
        left = left[~fits]
    return found


def plans(leads: Ints, size: int) -> Ints:
    """Return one number for `kinds` and `area_lengths` of strings of `size` digits, by their first `LEAD` digits.

    Equal ones mean that both are equal; no pattern looks further (a test holds them against each other).
    """
    known = _known_plans(size)
    new = np.flatnonzero(np.bincount(leads[known[leads] < 0], minlength=len(known)))
    if len(new):
        begun = pc.utf8_lpad(pc.cast(pa.array(new), pa.string()), LEAD, "0")
        texts = pc.utf8_rpad(begun, size, "1")
        known[new] = kinds(texts) * 16 + area_lengths(texts)
    return known[leads]


@cache
def _known_plans(size: int) -> Ints:
    return np.full(10**LEAD, -1, dtype=np.int64)


#: Leading digits that tell what a number is for, and how it is written.
LEAD = 5
_NATIONAL = "^[1-9][0-9]{8,9}$"


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
