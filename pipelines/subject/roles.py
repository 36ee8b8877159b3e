"""Roles: which join-key columns of an asset are about the person a row is about, and as what.

A row names more than one person: the member and who answered, the guarantor, the employer's switchboard. Only
the columns of one person may become links, so the columns of an asset are told apart by what the estate
declares, by nesting (``顧客.氏名`` and ``回答.担当``) and by words in their headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["id", "name", "phone", "email", "address", "born"]

OF_TYPE: dict[str, Role] = {
    "PERSONAL_ID": "id",
    "PERSON": "name",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "JP_ADDRESS": "address",
    "DATE_OF_BIRTH": "born",
}

_ANOTHER = re.compile(
    r"担当|応対|対応者|受付者|承認|上長|上司|紹介|保証人|緊急|代理|配偶|家族|扶養|勤務先|会社|代表|店舗|"
    r"operator|agent|staff|clerk|contact_person|guarantor|emergency|spouse|manager|company|office|[fF][aA][xX]"
)
#: Whose telephone or mailbox is nobody's: no person more.
_OFFICE = re.compile(r"会社|勤務先|代表|店舗|company|office|[fF][aA][xX]")
_READING = re.compile(r"カナ|ｶﾅ|かな|フリガナ|ﾌﾘｶﾞﾅ|ふりがな|よみ|ヨミ|読み|(?i:kana|yomi|furigana|phonetic)")
#: Half a name is no name: a surname and a birth date are two twins'.
_HALF = re.compile(
    r"(?:^|[._ ])(?:姓|氏|苗字|名字|名|セイ|メイ|せい|めい)(?:$|[ _(（（カか])|"
    r"(?i:(?:first|last|family|given|sur|middle)[ _]?(?:name)?(?:$|[ _(]))"
)
_FORMER = re.compile(r"旧|以前|(?i:old|former|prev|legacy)")


@dataclass(frozen=True)
class KeyColumn:
    """A join-key column as the store knows it."""

    field: str
    position: int
    entity_type: str


def roles(columns: Iterable[KeyColumn], person_key: str | None) -> dict[str, Role]:
    """Return field → role for the columns about the person a row is about; the others are left out.

    `person_key`: the column the estate declares. Without one the first number in the group of columns that
    holds most is the person's.
    """
    known = sorted((each for each in columns if each.entity_type in OF_TYPE), key=lambda each: each.position)
    group = _main_group(known, person_key)
    mine = [each for each in known if _group(each.field) in ("", group)]
    chosen: dict[str, Role] = {}
    for entity_type, role in OF_TYPE.items():
        of_type = [each.field for each in mine if each.entity_type == entity_type]
        chosen |= dict.fromkeys(_chosen(role, of_type, person_key), role)
    return chosen


def others(columns: Iterable[KeyColumn], person_key: str | None) -> list[str]:
    """Return the columns that may name somebody else than the row's person: who answered, who else lives there.

    Numbers `roles` leaves out, names, telephone numbers and addresses whose header says so. Half a name, a reading
    and the switchboard of a company name nobody more.
    """
    known = [each for each in columns if OF_TYPE.get(each.entity_type) in ("id", "name", "phone", "email")]
    mine = roles(known, person_key)
    return [each.field for each in known if each.field not in mine and _names_another(each)]


def _names_another(column: KeyColumn) -> bool:
    role, field = OF_TYPE[column.entity_type], column.field
    if role == "id":
        return True
    if role == "name":
        return bool(
            (_ANOTHER.search(field) or _group(field))
            and not _HALF.search(field)
            and not _READING.search(field)
        )
    return not _OFFICE.search(field)


def _main_group(columns: Sequence[KeyColumn], person_key: str | None) -> str:
    if person_key is not None and _group(person_key):
        return _group(person_key)
    sizes: dict[str, int] = {}
    for each in columns:
        if group := _group(each.field):
            sizes[group] = sizes.get(group, 0) + 1
    return max(sizes, key=lambda group: sizes[group], default="")


def _group(field: str) -> str:
    return field.partition(".")[0] if "." in field else ""


def _chosen(role: Role, fields: list[str], person_key: str | None) -> list[str]:
    if role == "id":
        return _numbers(fields, person_key)
    if role == "name":
        return _names(fields)
    return [field for field in fields if not _ANOTHER.search(field)]


def _numbers(fields: list[str], person_key: str | None) -> list[str]:
    first: str | None = person_key
    if person_key not in fields:
        first = next((field for field in fields if not _ANOTHER.search(field)), next(iter(fields), None))
    former = [field for field in fields if _FORMER.search(field)]
    return [field for field in fields if field == first or field in former]


def _names(fields: list[str]) -> list[str]:
    whole = [field for field in fields if not _HALF.search(field)]
    written = [field for field in whole if not _READING.search(field)]
    first = next((field for field in written if not _ANOTHER.search(field)), next(iter(written), None))
    readings = [field for field in whole if _READING.search(field)]
    mine = [field for field in readings if not _ANOTHER.search(field)] or readings
    return ([first] if first else []) + mine[:1]
