"""学生証 and 社員証: there is no common layout; the sentence that certifies the holder tells them."""

from __future__ import annotations

import re
from collections.abc import Callable

from detectors.ocr.kinds import fields
from detectors.ocr.kinds.kind import ABOUT, Form, Kind, either, every, holds
from detectors.ocr.sheet import labelled

_VALUE = r"(?<![0-9A-Za-z])(?=[A-Za-z-]{0,6}[0-9])[0-9A-Za-z][0-9A-Za-z-]{2,14}(?![0-9A-Za-z])"
_ABOUT = (
    *ABOUT,
    "在学証明書",
    "在職証明書",
    "成績",
    "再発行",
    "提示",
    "割引",
    "募集",
    "願書",
    "紛失",
    "届け出",
    "規程",
    "規則",
    "ログイン",
)
_STUDENT = r"学籍番号|学生番号|生徒番号|学生証番号"
_STAFF = r"社員番号|職員番号|従業員番号|社員No|職員No|社員コード"


def _numbered(label: str) -> Callable[[str], bool]:
    """Say that the label is there and a line is a number, alone or behind it: lines come in any order."""
    return every(
        holds(label), holds(rf"^(?:(?:{label})[:.]?)?(?=(?:[A-Za-z-]{{0,6}}[0-9]){{3}})[0-9A-Za-z-]{{4,15}}$")
    )


def _number(label: str, written: str) -> Form:
    return Form("PERSONAL_ID", written, 0.7, re.compile("[0-9A-Za-z-]{3,15}"), labelled(label, _VALUE))


KINDS = (
    Kind(
        "student_card",
        words=(
            (0.3, ("学生証", "生徒証", "学生証明書", "身分証明書")),
            (0.25, ("学生であることを証明", "生徒であることを証明")),
            (0.1, ("大学", "高等学校", "専門学校", "学園", "高専")),
            (0.05, ("有効期限", "発行日", "発行年月日", "交付")),
        ),
        signs=((0.2, _numbered(_STUDENT)), (0.1, holds("生年月日"))),
        vetoes=_ABOUT,
        anchor=every(
            holds("学生証|生徒証|身分証明書"),
            _numbered(_STUDENT),
            either(holds("であることを証明"), holds("有効期[限間]|生年月日")),
        ),
        forms=(_number(_STUDENT, "学籍番号"), fields.NAME, fields.BIRTH_BY_LABEL),
        portrait=True,
    ),
    Kind(
        "employee_card",
        words=(
            (0.3, ("社員証", "職員証", "従業員証", "身分証明書")),
            (0.25, ("社員であることを証明", "職員であることを証明", "従業員であることを証明")),
            (0.1, ("株式会社", "市役所", "病院", "有限会社")),
            (0.05, ("有効期限", "発行日", "発行年月日", "所属")),
        ),
        signs=((0.2, _numbered(_STAFF)),),
        vetoes=_ABOUT,
        anchor=every(
            _numbered(_STAFF),
            holds("社員証|職員証|従業員証|身分証明書"),
            either(holds("であることを証明"), holds("^(?:社員|職員|従業員)証$")),
        ),
        forms=(_number(_STAFF, "社員番号"), fields.NAME, fields.BIRTH_BY_LABEL),
        portrait=True,
    ),
)  # fmt: skip
