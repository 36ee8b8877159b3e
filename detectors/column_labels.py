"""Columns that only their header can name: identifiers without a check, and account names.

The header is a prior and no proof: the values have to be identifiers, as long as those of the type are, and
nothing that is known for something else.
"""

from __future__ import annotations

from detectors.population import Candidate, Population, percent

#: Types without a rule of their own shape: an identifier under their header is one.
LABELLED = (
    "JP_BANK_ACCOUNT", "JP_CARE_INSURANCE", "JP_EMPLOYMENT_INSURANCE", "JP_HEALTH_INSURANCE", "JP_PASSPORT",
    "JP_PENSION_NUMBER", "JP_RESIDENCE_CARD", "JP_RESIDENT_CODE", "JP_TRANSIT_CARD", "JP_TRAIN_RESERVATION",
    "IMEI", "ICCID", "PERSONAL_ID",
)  # fmt: skip
#: How many characters such an identifier has, as digits alone (a spreadsheet takes leading zeros away) and written
#: otherwise; of the types not listed, any number. GUIDs, article codes and digests under 口座番号 are none of it.
SIZES = {
    "ICCID": (range(18, 21), range(18, 21)),
    "IMEI": (range(14, 17), range(15, 20)),
    "JP_BANK_ACCOUNT": (range(4, 9), (11, 14, 16)),
    "JP_CARE_INSURANCE": (range(5, 11), range(10, 12)),
    "JP_EMPLOYMENT_INSURANCE": ((9, 10, 11, 16), range(12, 15)),
    "JP_HEALTH_INSURANCE": (range(1, 11), range(3, 18)),
    "JP_PASSPORT": (range(7, 10), range(6, 12)),
    "JP_PENSION_NUMBER": ((9, 10), (11, 15, 16)),
    "JP_RESIDENCE_CARD": ((), range(12, 15)),
    "JP_RESIDENT_CODE": (range(9, 12), (12, 13)),
    "JP_TRANSIT_CARD": (range(16, 18), range(15, 21)),
    "JP_TRAIN_RESERVATION": (range(4, 17), range(4, 20)),
}
#: Of so few values the way they are written says nothing about the others.
_FEW = 0.1
#: Types whose check nine in ten values pass by no chance, and which are nobody's identifiers.
BELYING = ("JP_CORPORATE_NUMBER", "JP_INVOICE_NUMBER", "PHONE_NUMBER")


def labelled(column: Population) -> Candidate | None:
    """Identifiers without a form of their own: the header has to name them, the values to be identifiers."""
    if column.header not in LABELLED or column.share("date") > 0.5 or column.share("zeroless_mobile") > 0.9:
        return None
    if column.share("date8") > 0.9 or _belies(column) or not _sized(column, column.header):
        return None
    share = column.share("identifier")
    if share < 0.8 or column.estimate < min(3, column.values):
        return None
    reason = f"{percent(share)} of {column.distinct:,} distinct values are identifiers"
    return Candidate(column.header, 0.75 * share, reason, column.values)


def _belies(column: Population) -> bool:
    """Companies under 顧客番号, and toll-free numbers: what the values are beyond chance, the header is not."""
    return any(column.of_distinct(column.tally(name).distinct_checked) > 0.9 for name in BELYING)


def _sized(column: Population, entity_type: str) -> bool:
    sizes = SIZES.get(entity_type)
    if sizes is None:
        return True
    plain = column.share("number")
    # Some clerks write the hyphens, others do not.
    fitting = {*(sizes[0] if plain > _FEW else ()), *(sizes[1] if plain < 1 - _FEW else ())}
    return column.share(*(f"len_{size}" for size in sorted(fitting))) >= 0.8


def handle(column: Population) -> Candidate | None:
    """Account names, with or without @."""
    tally = column.tally("SOCIAL_ACCOUNT")
    share = max(column.of_distinct(tally.distinct_whole), column.share("handle"))
    if column.header != "SOCIAL_ACCOUNT" or share < 0.8:
        return None
    reason = f"{percent(share)} of {column.distinct:,} distinct values have the form of an account name"
    return Candidate("SOCIAL_ACCOUNT", 0.75 * share, reason, column.values)
