"""The mail club of the sample estate (incident E): one SQLite file and three lists on the share.

A newsletter went to people who had left five years before: the move to a new member system had lost their flags.
An apology list made for them was left over; an automatic reply came three times. The members of the club are
nobody else's customers, so what a report finds of them is known to the row.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo.club import Club, Member, System, draw_club
from pipelines.demo.people import World
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import Truth

_ISSUES = (
    ("NL-A", datetime(2026, 1, 15, 9)),
    ("NL-B", datetime(2026, 2, 16, 9)),
    ("NL-C", datetime(2026, 3, 16, 9)),
)
_REPLY = "AUTO-REPLY"

Row = list[Any]


def write(world: World, directory: Path) -> Truth:
    """Write ``mail.sqlite`` and the lists below ``share/配信リスト``."""
    rng = world.stream("mailing")
    club = draw_club(world, rng)
    truth = Truth()
    tables = [
        Table(
            "members_before",
            _BEFORE,
            _shuffled(rng, [_before(member) for member in club.all() if member.before]),
        ),
        Table("members", _AFTER, _shuffled(rng, [_after(member) for member in club.all() if member.after])),
        Table("consents", _CONSENTS, _consents(rng, club)),
        Table("send_log", _SENDS, _sends(club, truth)),
        Table("deletions", _DELETIONS, _deletions(club)),
        Table("past_orders", _ORDERS, _orders(rng, club)),
    ]
    write_tables(directory / "mail.sqlite", "mail", tables, truth)
    lists = _lists(rng, club)
    for name, rows in lists.items():
        _write_list(directory / "share" / "配信リスト" / f"{name}.csv", rows)
        truth.table(f"share/配信リスト/{name}.csv", _LIST, rows)
    _migration(club, truth)
    _suppression(truth)
    truth.incidents["orphan_lists"] = {
        "rows": 2, "keys": [f"share/配信リスト/{name}.csv" for name in sorted(lists) if name != _CURRENT]
    }  # fmt: skip
    _residuals(club, tables, lists, truth)
    return truth


_BEFORE = (
    ("旧会員番号", "TEXT", "PERSONAL_ID"),
    ("氏名", "TEXT", "PERSON"),
    ("メール", "TEXT", "EMAIL_ADDRESS"),
    ("状態", "TEXT", None),
    ("退会日", "TEXT", None),
    ("配信停止", "INTEGER", None),
    ("配信同意", "INTEGER", None),
    ("入会日", "TEXT", None),
)
_AFTER = (
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("旧会員番号", "TEXT", "PERSONAL_ID"),
    ("氏名", "TEXT", "PERSON"),
    ("メール", "TEXT", "EMAIL_ADDRESS"),
    ("状態", "TEXT", None),
    ("退会日", "TEXT", None),
    ("配信停止", "INTEGER", None),
    ("配信同意", "INTEGER", None),
    ("入会日", "TEXT", None),
    ("保存期限", "TEXT", None),
)
_CONSENTS = (
    ("同意番号", "INTEGER", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("メール", "TEXT", "EMAIL_ADDRESS"),
    ("同意日", "TEXT", None),
    ("撤回日", "TEXT", None),
)
_SENDS = (
    ("送信番号", "INTEGER", None),
    ("宛先", "TEXT", "EMAIL_ADDRESS"),
    ("送信日時", "TEXT", None),
    ("テンプレート", "TEXT", None),
    ("結果", "TEXT", None),
)
_DELETIONS = (
    ("削除番号", "INTEGER", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("メール", "TEXT", "EMAIL_ADDRESS"),
    ("削除日時", "TEXT", None),
)
_ORDERS = (
    ("注文番号", "TEXT", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("注文日", "TEXT", None),
    ("金額", "INTEGER", None),
)
_LIST: dict[str, str | None] = {"メール": "EMAIL_ADDRESS", "追加日": None, "目的": None}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _before(member: Member) -> Row:
    said = member.before or System()
    return [member.old, member.name.written(" "), member.email, said.status, _day(said.left), said.optout,
            said.consent, _day(member.joined)]  # fmt: skip


def _after(member: Member) -> Row:
    said = member.after or System()
    return [member.number, member.old or None, member.name.written(" "), member.email, said.status,
            _day(said.left), said.optout, said.consent, _day(member.rejoined or member.joined),
            _day(member.due)]  # fmt: skip


def _consents(rng: Random, club: Club) -> list[Row]:
    rows = [
        [member.number, member.email, _day(given), _day(ended)]
        for member in club.all()
        for given, ended in member.consents
    ]
    return _numbered(_shuffled(rng, rows))


def _sends(club: Club, truth: Truth) -> list[Row]:
    rows: list[Row] = []
    good = club.all("regular", "came back", "agreed again", "new", "couple")
    mailed = {
        "NL-A": [*good, *club.all("left, forgotten", "left since")],
        "NL-B": [*good, *club.all("left, forgotten", "left since", "refused, forgotten")],
        "NL-C": [*good, *club.all("left, forgotten", "never asked", "expired", "left, undated")],
    }
    for issue, moment in _ISSUES:
        rows += [
            [member.email, _time(moment + timedelta(seconds=n)), issue, "送信済"]
            for n, member in enumerate(mailed[issue])
        ]
    thrice, twice, apart, failed = (
        club.groups["regular"][first:last] for first, last in ((0, 12), (12, 17), (17, 23), (23, 27))
    )
    start = datetime(2026, 3, 20, 10)
    for people, minutes, results in (
        (thrice, (0, 2, 4), ("送信済",) * 3),
        (twice, (0, 9), ("送信済",) * 2),
        # Hard negatives: two inquiries eleven minutes apart; the first reply failed.
        (apart, (0, 11), ("送信済",) * 2),
        (failed, (0, 2), ("送信失敗", "送信済")),
    ):
        for member in people:
            start += timedelta(minutes=40)
            for minute, result in zip(minutes, results, strict=True):
                rows.append([member.email, _time(start + timedelta(minutes=minute)), _REPLY, result])
    truth.incidents["duplicate_sends"] = {"rows": 1, "keys": sorted(m.number for m in (*thrice, *twice))}
    return _numbered(sorted(rows, key=lambda row: row[1]))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _deletions(club: Club) -> list[Row]:
    return _numbered(
        [[member.number, member.email, "2025-06-30 18:00:00"] for member in club.groups["deleted"]]
    )


def _orders(rng: Random, club: Club) -> list[Row]:
    # Kept by tax law, the orders of two people who were deleted among them.
    buyers = [*rng.choices(club.groups["regular"], k=150), *club.groups["deleted"][3:5]]
    days = [date(2021, 1, 1) + timedelta(rng.randrange(1_500)) for _ in buyers]
    return [[f"P{500_001 + n}", member.number, _day(day), rng.randrange(1, 90) * 110]
            for n, (member, day) in enumerate(zip(buyers, days, strict=True))]  # fmt: skip


_CURRENT, _APOLOGY, _CAMPAIGN = "現行ニュースレター", "お詫び_2021", "春の案内_2023"


def _lists(rng: Random, club: Club) -> dict[str, list[Row]]:
    unknown = [f"guest{n}.{rng.randint(100, 999)}@mail.example.jp" for n in range(11)]
    left = club.groups["left"]
    emails = {
        # Hard negative: current, but for three who left a month ago.
        _CURRENT: [
            m.email
            for m in (
                *club.all("regular", "came back", "agreed again", "new"),
                *club.groups["left since"][:3],
            )
        ],
        _APOLOGY: [
            m.email for m in (*left[:12], *club.groups["left, not moved"][:6], *club.groups["regular"][30:34])
        ]
        + unknown[:5],
        _CAMPAIGN: [
            m.email for m in (*left[12:18], *club.groups["regular"][40:46], *club.groups["deleted"][:3])
        ]
        + unknown[5:],
    }
    added = {_CURRENT: date(2026, 3, 15), _APOLOGY: date(2021, 4, 10), _CAMPAIGN: date(2023, 3, 1)}
    purpose = {_CURRENT: "定期配信", _APOLOGY: "誤配信のお詫び", _CAMPAIGN: "春の案内"}
    return {
        name: _shuffled(
            rng, [[email, _day(added[name] - timedelta(rng.randrange(5))), purpose[name]] for email in found]
        )
        for name, found in emails.items()
    }


def _migration(club: Club, truth: Truth) -> None:
    lost = club.all("left, forgotten", "refused, forgotten", "never asked", "flag emptied")
    # Four differences; noted are: consent gained by those who came back, left since, lost, new.
    truth.incidents["migration_diff"] = {"rows": 4 + 4, "keys": sorted(member.number for member in lost)}


def _suppression(truth: Truth) -> None:
    found = [
        *((issue, "withdrawn") for issue, _ in _ISSUES),
        ("NL-B", "opted-out"), ("NL-C", "no-consent-record"), ("NL-C", "retention-expired"),
        ("NL-C", "withdrawn, undated"), (_CURRENT, "withdrawn"), (_APOLOGY, "withdrawn"),
        (_APOLOGY, "no-consent-record"), (_CAMPAIGN, "withdrawn"), (_CAMPAIGN, "no-consent-record"),
        (_CAMPAIGN, "deleted"),
    ]  # fmt: skip
    truth.incidents["suppression_violations"] = {"rows": len(found), "keys": sorted(map(": ".join, found))}


def _residuals(club: Club, tables: Sequence[Table], lists: dict[str, list[Row]], truth: Truth) -> None:
    """Look the deleted up in what was written: one row per person and column that still has them."""
    cells: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for table in tables:
        if table.name != "deletions":
            for index, (column, *_) in enumerate(table.columns):
                for row in table.rows:
                    cells[str(row[index])].add((table.name, column))
    for name, rows in lists.items():
        for row in rows:
            cells[row[0]].add((name, "メール"))
    found = {m.number: cells.get(m.number, set()) | cells.get(m.email, set()) for m in club.groups["deleted"]}
    truth.incidents["deletion_residuals"] = {
        "rows": sum(map(len, found.values())), "keys": sorted(number for number, places in found.items() if places)
    }  # fmt: skip


def _numbered(rows: Iterable[Row]) -> list[Row]:
    return [[number, *row] for number, row in enumerate(rows, 1)]


def _shuffled(rng: Random, rows: list[Row]) -> list[Row]:
    rng.shuffle(rows)
    return rows


def _write_list(path: Path, rows: list[Row]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_LIST)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue().encode("utf-8-sig"))
