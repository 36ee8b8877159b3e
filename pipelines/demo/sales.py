"""The sales department of the sample estate (incident D): one SQLite file and an extract on the share.

A sales rep wrote into the CRM what prospects' acquaintances had told: former employers, relations, illness. The
extract on the share carried it to everybody. What the purposes registered for each system cover stands in
``estate.yaml`` (`registered`) and, for the readers of the company, in the table of purposes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo import numbers
from pipelines.demo.people import Person, World
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import FREE_TEXT, Marked, Truth, Value, compose, plain

NOTES = "sales/main.visit_notes"
EXTRACT = "share/商談メモ_共有.csv"

#: Companies nobody runs.
_COMPANIES = ("東亜商事", "みずほ物産", "北星電機", "青葉建設", "桜坂システム", "若松食品")

#: A prospect and, as {other}, an acquaintance. The statement itself is marked, without the names.
_STATED = (
    ("{name}様、{said}とのこと。", "EMPLOYMENT_HISTORY", "前職は{company}"),
    ("{name}様は{said}。", "EMPLOYMENT_HISTORY", "元{company}社員"),
    ("{name}様は{other}様の{said}とのこと。", "RELATIONSHIP", "恋人"),
    ("{name}様は{said}とのこと。", "JP_SPECIAL_CARE", "うつ病で通院中"),
)
_BORN = "{name}様、生年月日{born}を伺った。"
_NAMED = ("{name}様へ見積書を送付。来週再訪。", "{name}様と面談。新プランに関心あり。価格は要検討。")
#: Hard negatives: the company's own history, illness in general.
_PLAIN = (
    "当社は元々東亜商事の販売部門として始まった会社です、と沿革を説明。",
    "健康診断の案内チラシを持参。うつ病対策のセミナーも紹介。",
    "花粉症の季節で来店が多いとのこと。",
    "デモ機の手配を依頼。",
    "導入事例の資料を持参。",
)
_INTERVIEW = "応募者の{name}様、{said}で営業を担当。"

_PURPOSES = (
    ("P01", "商談管理", "商談の記録と連絡", "氏名・連絡先"),
    ("P02", "見込客台帳", "営業活動のための連絡", "氏名・連絡先"),
    ("P03", "採用面談", "採用選考", "氏名・職歴"),
)


@dataclass(frozen=True)
class _Prospect:
    person: Person
    number: str
    company: str
    title: str


@dataclass(frozen=True)
class _Note:
    number: str
    about: _Prospect
    writer: str
    when: datetime
    text: Marked | str
    type: str = ""


def write(world: World, directory: Path) -> Truth:
    """Write ``sales.sqlite`` and ``share/商談メモ_共有.csv``."""
    rng = world.stream("sales")
    clear = [person for person in world.strangers if person.name.before_sama]
    prospects = [
        _Prospect(
            person,
            f"KY{30_000 + index * 3}",
            f"{rng.choice(_COMPANIES)}株式会社",
            rng.choice(("部長", "課長", "主任")),
        )
        for index, person in enumerate(clear[: world.scaled(600, 40)])
    ]
    notes = _written(world, rng, prospects)
    truth = Truth()
    tables = (
        _prospect_table(rng, prospects),
        _note_table(notes),
        _read_table(world, rng, notes),
        _purpose_table(),
        _interviews(world, rng, clear),
    )
    write_tables(directory / "sales.sqlite", "sales", tables, truth)
    extract = [note for note in notes if note.type][::2]
    _write_extract(directory, extract, truth)
    types = sorted({note.type for note in notes if note.type})
    # There the birth dates are in the row of what has no purpose registered, statements stand for themselves.
    in_extract = sorted({note.type for note in extract} - {"DATE_OF_BIRTH"})
    # The assets without a registered purpose are one row together.
    truth.incidents["purpose_mismatch"] = {
        "rows": len(types) + len(in_extract) + 1,
        "keys": [f"{NOTES} {each}" for each in types] + [f"{EXTRACT} {each}" for each in in_extract],
    }
    # Prospects are no customers: whose names their notes hold cannot be judged.
    truth.incidents["third_party_notes"] = {"rows": 1, "keys": []}
    return truth


def _written(world: World, rng: Random, prospects: Sequence[_Prospect]) -> list[_Note]:
    drawn: list[tuple[_Prospect, Marked | str, str]] = []
    for index in range(world.scaled(160, 32)):
        about, other = rng.sample(prospects, 2)
        template, kind, words = _STATED[index % len(_STATED)]
        said = words.format(company=rng.choice(_COMPANIES))
        drawn.append((about, _say(template, about.person, other.person, Value(said, kind)), kind))
    for _ in range(world.scaled(20, 5)):
        about = rng.choice(prospects)
        drawn.append((about, _say(_BORN, about.person), "DATE_OF_BIRTH"))
    for _ in range(world.scaled(700, 60)):
        about = rng.choice(prospects)
        text = _say(rng.choice(_NAMED), about.person) if rng.random() < 0.6 else rng.choice(_PLAIN)
        drawn.append((about, text, ""))
    rng.shuffle(drawn)
    start = datetime(2025, 11, 4, 9, 30)
    return [
        _Note(
            f"M25-{1_000 + index}",
            about,
            rng.choice(world.staff).number,
            start + timedelta(hours=3 * index),
            text,
            kind,
        )
        for index, (about, text, kind) in enumerate(drawn)
    ]


def _say(template: str, about: Person, other: Person | None = None, said: Value | str = "") -> Marked:
    return compose(
        template,
        {
            "name": about.value(about.name.written("")),
            "other": other.value(other.name.written("")) if other else "",
            "said": said,
            "born": Value(f"{about.born.year}年{about.born.month}月{about.born.day}日", "DATE_OF_BIRTH"),
        },
    )


def _prospect_table(rng: Random, prospects: Sequence[_Prospect]) -> Table:
    columns = (
        ("見込客番号", "TEXT", "PERSONAL_ID"),
        ("会社名", "TEXT", None),
        ("氏名", "TEXT", "PERSON"),
        ("フリガナ", "TEXT", "PERSON"),
        ("役職", "TEXT", None),
        ("電話番号", "TEXT", "PHONE_NUMBER"),
        ("メール", "TEXT", "EMAIL_ADDRESS"),
    )
    rows = [
        [
            each.number, each.company, each.person.name.written(), each.person.name.kana(), each.title,
            numbers.phone_text(rng, each.person.phone), each.person.email,
        ]
        for each in prospects
    ]  # fmt: skip
    return Table("prospects", columns, rows)


def _note_table(notes: Sequence[_Note]) -> Table:
    columns = (
        ("メモ番号", "TEXT", None),
        ("見込客番号", "TEXT", "PERSONAL_ID"),
        ("記入者", "TEXT", "PERSONAL_ID"),
        ("記入日時", "TEXT", None),
        ("本文", "TEXT", FREE_TEXT),
    )
    rows = [
        [each.number, each.about.number, each.writer, f"{each.when:%Y-%m-%d %H:%M}", each.text]
        for each in notes
    ]
    return Table("visit_notes", columns, rows)


def _read_table(world: World, rng: Random, notes: Sequence[_Note]) -> Table:
    columns = (
        ("閲覧番号", "INTEGER", None),
        ("メモ番号", "TEXT", None),
        ("閲覧者", "TEXT", "PERSONAL_ID"),
        ("閲覧日時", "TEXT", None),
        ("操作", "TEXT", None),
    )
    rows: list[list[Any]] = []
    for note in notes:
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            when = note.when + timedelta(hours=rng.randint(1, 200))
            act = rng.choices(("閲覧", "転送"), (9, 1))[0]
            rows.append(
                [len(rows) + 1, note.number, rng.choice(world.staff).number, f"{when:%Y-%m-%d %H:%M}", act]
            )
    return Table("note_reads", columns, rows)


def _purpose_table() -> Table:
    columns = (
        ("目的番号", "TEXT", None),
        ("システム", "TEXT", None),
        ("利用目的", "TEXT", None),
        ("想定する項目", "TEXT", None),
    )
    return Table("purposes", columns, _PURPOSES)


def _interviews(world: World, rng: Random, people: Sequence[Person]) -> Table:
    """A hard negative: here former employers are what the purpose is about."""
    columns = (
        ("面談番号", "TEXT", None),
        ("応募者", "TEXT", "PERSON"),
        ("面談日", "TEXT", None),
        ("面談記録", "TEXT", FREE_TEXT),
    )
    rows = []
    for index, person in enumerate(people[-world.scaled(80, 12) :]):
        said = Value(f"前職は{rng.choice(_COMPANIES)}", "EMPLOYMENT_HISTORY")
        day = datetime(2026, 1, 7) + timedelta(days=index % 60)
        rows.append(
            [
                f"I26-{index + 1:03d}",
                person.name.written(),
                f"{day:%Y-%m-%d}",
                _say(_INTERVIEW, person, said=said),
            ]
        )
    return Table("interviews", columns, rows)


def _write_extract(directory: Path, notes: Sequence[_Note], truth: Truth) -> None:
    types: dict[str, str | None] = {"メモ番号": None, "記入日時": None, "本文": FREE_TEXT}
    rows = [[each.number, f"{each.when:%Y-%m-%d %H:%M}", each.text] for each in notes]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(types)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    (directory / EXTRACT).write_bytes(buffer.getvalue().encode("utf-8-sig"))
    truth.table(EXTRACT, types, rows)
