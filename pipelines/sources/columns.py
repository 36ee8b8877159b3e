"""What every source does to columns: names that are unique, headers told from data, cells as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa

#: A header cell longer than this is data.
LONGEST_HEADER = 200

#: Columns and rows that are looked at for whether the first row is like the others.
COLUMNS = 256
ROWS = 20
#: What is less surely a name may be a label: セイ, 金.
LEAST_NAME = 0.29
#: What names somebody in the middle of a text.
NAMED = 0.4
_NOTE = "note"
#: Types whose words are labels as well: 配偶者, 上司, 病歴.
_LABELS = frozenset({"RELATIONSHIP", "EMPLOYMENT_HISTORY", "JP_SPECIAL_CARE"})

_CODE = re.compile("[A-Za-z]{1,4}[-_]?[0-9]{3,12}")
#: What never stands in a header: a mail address, seven digits in a row (hyphens aside), a street address.
_DATA = re.compile(
    r"[^\s@]@[^\s@]+\.[A-Za-z]|(?:[0-9０-９][-‐－ー()（） ]?){7}"
    r"|^(?:北海道|東京都|(?:京都|大阪)府|[一-龥]{2,3}県)[^\s]+[市区町村郡]"
)


def unique_names(names: Sequence[str | None]) -> list[str]:
    """Return usable column names: ``column_3`` for a blank one, ``name#2`` for a repeated one.

    >>> unique_names(["氏名", "", "氏名", None])
    ['氏名', 'column_2', '氏名#2', 'column_4']
    """
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names, 1):
        plain = (name or "").strip().lstrip("\ufeff") or f"column_{position}"
        candidate, count = plain, 1
        while candidate in seen:
            count += 1
            candidate = f"{plain}#{count}"
        seen.add(candidate)
        result.append(candidate)
    return result


def has_header(first: Sequence[str], following: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row of a table is its header: yes, unless it is clearly data.

    Clearly data: a cell that holds a mail address, a long number or a street address; one that is the kind of
    value most cells beneath it are (a name, a date, a member number); one that stands again further down in its
    column (男, 東京都) while not the whole row repeats, as in files put together. A header becomes
    the names of columns, which are kept.
    """
    if any(len(cell) > LONGEST_HEADER or is_data(cell) for cell in first):
        return False
    below = [row for row in following if list(row) != list(first)]
    if any(_is_like_those_beneath(position, cell, below) for position, cell in enumerate(first[:COLUMNS])):
        return False
    return not any(
        cell.strip() and any(len(row) > position and row[position] == cell for row in below)
        for position, cell in enumerate(first)
    )


def _is_like_those_beneath(position: int, cell: str, below: Sequence[Sequence[str]]) -> bool:
    kind = _kind(cell.strip())
    if not kind:
        return False
    beneath = [row[position].strip() for row in below[:ROWS] if len(row) > position and row[position].strip()]
    if not beneath:
        # A name and nothing beneath: a table of one person rather than one of none.
        return kind != _NOTE
    return sum(_kind(each) == kind for each in beneath) * 2 >= len(beneath)


@lru_cache(maxsize=8_192)
def _kind(cell: str) -> str:
    """Return what a cell is: an entity type, the shape of a code (K-00000), `_NOTE`; "" for any other text."""
    # Lazy: the detectors load dictionaries, and most tables are told by their numbers and addresses.
    from detectors.registry import find_entities

    if _CODE.fullmatch(cell):
        return re.sub("[0-9]", "0", cell)
    found = [each for each in find_entities(cell) if each.entity_type not in _LABELS]
    whole = [each for each in found if (each.start, each.end) == (0, len(cell))]
    whole = [each for each in whole if each.entity_type != "PERSON" or each.score >= LEAST_NAME]
    if whole:
        return max(whole, key=lambda each: (each.score, each.entity_type)).entity_type
    return _NOTE if any(each.score >= NAMED for each in found) else ""


def is_data(name: str) -> bool:
    """Say whether what stands where a name should is data: a mail address, a long number, a street address."""
    return bool(_DATA.search(name))


def is_full_name(name: str) -> bool:
    """Say whether what stands where a name of a column should is the name of a person, surely."""
    if name.isascii() or not 3 <= len(name) <= LONGEST_HEADER:
        return False
    from detectors.registry import find_entities

    whole = (each for each in find_entities(name) if (each.start, each.end) == (0, len(name)))
    return any(each.entity_type == "PERSON" and each.score >= NAMED for each in whole)


def text_batch(names: Sequence[str], columns: Sequence[Sequence[str | None]]) -> pa.RecordBatch:
    """Return a batch of string columns."""
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in columns], names=list(names)
    )


def decode_cell(value: bytes | None) -> str | None:
    """Return binary content as text where it is UTF-8 without control characters, else None."""
    try:
        text = None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
    return None if text is not None and "\0" in text else text


def number_text(value: float) -> str:
    """Return a number as text without loss, a whole one as its digits: integers often come as floats."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(value)
