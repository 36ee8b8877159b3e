"""The business partners' workbook: companies, their contacts, and a hidden sheet nobody remembers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo import numbers, talk
from pipelines.demo.names import hiragana
from pipelines.demo.people import TODAY, World
from pipelines.demo.places import draw_address
from pipelines.demo.truth import FREE_TEXT, Marked, Truth, compose, plain

_STEMS = (
    "山本",
    "藤本",
    "みどり",
    "さくら",
    "東洋",
    "日の出",
    "北斗",
    "中央",
    "小川",
    "青葉",
    "大和",
    "あさひ",
)
_TRADES = ("物流", "電子", "商事", "印刷", "製薬", "運輸", "システム", "包装", "食品")

COMPANIES: dict[str, str | None] = {
    "取引先コード": None,
    "会社名": None,
    "法人番号": None,
    "登録番号": "JP_INVOICE_NUMBER",
    "郵便番号": "JP_POSTAL_CODE",
    "所在地": "JP_ADDRESS",
    "代表電話": "PHONE_NUMBER",
    "取引開始日": None,
}
CONTACTS: dict[str, str | None] = {
    "取引先コード": None,
    "部署": None,
    "担当者": "PERSON",
    "ふりがな": "PERSON",
    "携帯": "PHONE_NUMBER",
    "メール": "EMAIL_ADDRESS",
    "メモ": FREE_TEXT,
}
EMPLOYEES: dict[str, str | None] = {
    "社員番号": "PERSONAL_ID",
    "氏名": "PERSON",
    "フリガナ": "PERSON",
    "生年月日": "DATE_OF_BIRTH",
    "個人番号": "JP_MY_NUMBER",
    "基礎年金番号": "JP_PENSION_NUMBER",
    "雇用保険被保険者番号": "JP_EMPLOYMENT_INSURANCE",
    "住所": "JP_ADDRESS",
    "給与口座": "JP_BANK_ACCOUNT",
    "入社日": None,
}
_MEMOS = (
    "夜間は{other}さん（{other_phone}）へ",
    "{staff}が訪問予定",
    "請求書は{other_mail}にも送付",
)
_PLAIN_MEMOS = ("月末締め翌月払い", "年末調整の書類は別送", "", "", "", "千葉倉庫経由")

# The date every member of the archive carries: the file is the same from run to run.
_ZIP_DATE = (2026, 4, 1, 0, 0, 0)


def write(world: World, directory: Path) -> Truth:
    """Write ``share/取引先.xlsx`` with the sheets 会社, 担当者 and, hidden, 社員."""
    from openpyxl import Workbook

    rng = world.stream("share.workbook")
    companies = [_company(rng, index) for index in range(world.scaled(240, 40))]
    sheets = (
        ("会社", COMPANIES, companies),
        (
            "担当者",
            CONTACTS,
            [_contact(rng, world, row[0]) for row in companies for _ in range(rng.randint(1, 3))],
        ),
        ("社員", EMPLOYEES, _employees(rng, world)),
    )
    book = Workbook()
    book.remove(book.active)
    truth = Truth()
    for title, types, rows in sheets:
        _fill(book.create_sheet(title), types, rows)
        truth.table(f"share/取引先.xlsx#{title}", types, rows)
    book["社員"].sheet_state = "hidden"
    (directory / "share" / "取引先.xlsx").write_bytes(saved(book))
    return truth


def _fill(sheet: Any, types: Mapping[str, str | None], rows: Sequence[Sequence[Any]]) -> None:
    sheet.append(list(types))
    for row in rows:
        sheet.append([plain(cell) if cell != "" else None for cell in row])


def saved(book: Any) -> bytes:
    """Return a workbook as a file that is the same every time: openpyxl's has the time it was saved at."""
    moment = datetime(TODAY.year, TODAY.month, TODAY.day)
    book.properties.creator = None
    book.properties.created = moment
    raw = io.BytesIO()
    book.save(raw)
    fixed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                body = _fixed_date(body, moment)
            target.writestr(zipfile.ZipInfo(name, _ZIP_DATE), body, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def _fixed_date(core: bytes, moment: datetime) -> bytes:
    # openpyxl stamps the time of saving over whatever `modified` was set to.
    start = core.index(b"<dcterms:modified")
    opened = core.index(b">", start) + 1
    closed = core.index(b"</dcterms:modified>", opened)
    return core[:opened] + moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + core[closed:]


def _company(rng: Random, index: int) -> list[Any]:
    address = draw_address(rng)
    number = numbers.corporate_number(rng)
    name = rng.choice(_STEMS) + rng.choice(_TRADES)
    return [
        f"T{index + 1:04d}",
        f"株式会社{name}" if rng.random() < 0.7 else f"{name}株式会社",
        number,
        f"T{number}" if rng.random() < 0.85 else "",
        address.postcode,
        address.written(),
        numbers.phone_text(rng, numbers.fixed_line(rng, address.town.prefecture)),
        f"{rng.randint(2005, 2025)}-{rng.randint(1, 12):02d}-01",
    ]


def _contact(rng: Random, world: World, company: str) -> list[Any]:
    person = rng.choice(world.strangers)
    return [
        company,
        rng.choice(("営業部", "総務部", "経理課", "物流センター")),
        person.name.written(" "),
        hiragana(person.name.kana(" ")),
        numbers.phone_text(rng, person.phone),
        person.email,
        _memo(rng, world),
    ]


def _memo(rng: Random, world: World) -> Marked | str:
    if rng.random() < 0.3:
        return compose(rng.choice(_MEMOS), talk.fill(rng, world, rng.choice(world.customers)))
    return rng.choice(_PLAIN_MEMOS)


def _employees(rng: Random, world: World) -> list[list[Any]]:
    return [
        [
            employee.number,
            employee.person.name.written(),
            employee.person.name.kana(" "),
            numbers.wareki(employee.person.born),
            employee.person.my_number,
            numbers.pension_number(rng),
            numbers.employment_insurance(rng),
            employee.person.address.written(),
            numbers.digits(rng, 7),
            employee.hired.isoformat(),
        ]
        for employee in world.staff
    ]
